"""The conformance suite on every model of ``models.__all__``, and what each of them is excused from."""

import inspect
from typing import Any, ClassVar

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec import models
from pygmmrec.models import Recommender
from pygmmrec.models.closed import ClosedForm
from pygmmrec.testing import ClosedFormTests, RecommenderTests


class TestBM3(RecommenderTests):
    model = models.BM3
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 1
    trained_by_features = True  # ranks by ids alone


class TestBPRMF(RecommenderTests):
    model = models.BPRMF
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 0


class TestCOHESION(RecommenderTests):
    model = models.COHESION
    config: ClassVar = {"embedding_dim": 6, "hidden_dim": 8}
    num_hops = 3


class TestCRANE(RecommenderTests):
    model = models.CRANE
    config: ClassVar = {"embedding_dim": 6, "k": 4, "rca": {"num_rounds": 2}}
    num_hops = 3

    def test_without_the_item_graph_of_the_whole_embeddings_are_others(self) -> None:
        """Attention is among all users and items: what :meth:`refresh` builds of some is another graph."""
        assert not subgraphs_are_exact(self, refreshed=False)


class TestDAMRS(RecommenderTests):
    model = models.DAMRS
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 2
    global_losses = ("item_alignment",)  # the softmax is over all items

    def test_items_in_another_order_give_the_same_scores_in_that_order(self) -> None:
        """Of equally many users in common the smaller index stays: where there is room for all, none goes."""
        prepare = classmethod(lambda cls: models.DAMRS.pre_transform(behaviour_k=40))
        form = {"model": type("DAMRS", (models.DAMRS,), {"pre_transform": prepare}), "config": self.config}
        other = type("Other", (RecommenderTests,), form)()
        other.test_items_in_another_order_give_the_same_scores_in_that_order()


class TestDGVAE(RecommenderTests):
    model = models.DGVAE
    config: ClassVar = {"embedding_dim": 6, "p": 0.2}  # with more, losses differ too much from draw to draw
    num_hops = 2
    global_losses = ("items",)  # the softmax is over all items


class TestDRAGON(RecommenderTests):
    model = models.DRAGON
    config: ClassVar = {"embedding_dim": 6, "hidden_dim": 8}
    num_hops = 3
    by_features_alone = True


class TestDiffMM(RecommenderTests):
    model = models.DiffMM
    config: ClassVar = {"embedding_dim": 6, "hidden_dim": 64, "step_dim": 4, "reg_weight": 1e-3}
    num_hops = 2
    global_losses = ("l2", "cl", "denoise", "inject")  # of all users or all items

    def large(self) -> tuple[Recommender, HeteroData]:
        """With denoisers that give users what they have: as drawn, they join all users to a few items."""
        model, data = super().large()
        with torch.no_grad():
            for denoiser in model.denoisers.values():
                denoiser.decode.copy_(denoiser.encode.normal_(std=0.1))
                for bias in (denoiser.bias, denoiser.join.weight, denoiser.join.bias):
                    bias.zero_()
            model.refresh(data)
        return model, data


class TestDualGNN(RecommenderTests):
    model = models.DualGNN
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 2  # of three: users with common items are two hops apart as well
    by_features_alone = True


class TestFREEDOM(RecommenderTests):
    model = models.FREEDOM
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 2


class TestGRCN(RecommenderTests):
    model = models.GRCN
    config: ClassVar = {"embedding_dim": 6, "content_dim": 5}
    num_hops = 2


class TestGUME(RecommenderTests):
    model = models.GUME
    config: ClassVar = {"embedding_dim": 6, "num_ui_layers": 2, "eps": 0.0}
    num_hops = 2
    global_losses = ("alignment", "l2_interest")  # moments of all nodes; interests look a hop further


class TestLATTICE(RecommenderTests):
    model = models.LATTICE
    config: ClassVar = {"embedding_dim": 6, "k": 4}
    num_hops = 2


class TestLGMRec(RecommenderTests):
    model = models.LGMRec
    config: ClassVar = {"embedding_dim": 6, "noise": "never", "p": 0.0}  # the same numbers in training too
    num_hops = 2
    global_embeddings = True  # hyperedges join all users and items
    global_losses = ("bpr", "cl_user", "cl_item")

    def test_without_hyperedges_embeddings_are_those_of_the_whole(self) -> None:
        assert subgraphs_are_exact(self, alpha=0.0)


class TestLightGCN(RecommenderTests):
    model = models.LightGCN
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 3


class TestLPIC(RecommenderTests):
    model = models.LPIC
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 2


class TestMambaRec(RecommenderTests):
    model = models.MambaRec
    config: ClassVar = {"embedding_dim": 6, "reduction": 1}
    num_hops = 4


class TestMENTOR(RecommenderTests):
    model = models.MENTOR
    config: ClassVar = {"embedding_dim": 6, "hidden_dim": 8, "eps": 0.0, "p": 0.0}  # the same in each draw
    num_hops = 3
    global_losses = ("alignment", "mask", "cl_graph")  # of all users and items


class TestMGCN(RecommenderTests):
    model = models.MGCN
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 2


class TestMMGCF(RecommenderTests):
    model = models.MMGCF
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 2


class TestMMGCN(RecommenderTests):
    model = models.MMGCN
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 3


class TestMVGAE(RecommenderTests):
    model = models.MVGAE
    config: ClassVar = {"embedding_dim": 6, "hidden_dim": 8}
    num_hops = 2
    global_losses = ("kl",)  # of all users and items


class TestREARM(RecommenderTests):
    model = models.REARM
    config: ClassVar = {"embedding_dim": 6, "num_layers": 1, "rank": 2, "p_self": 0.0, "p_mutual": 0.0}
    num_hops = 3
    global_embeddings = True  # what is shared has a mean over all users and items
    global_losses = ("bpr",)


class TestPGL(RecommenderTests):
    model = models.PGL
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 2
    by_features_alone = True


class TestSLMRec(RecommenderTests):
    model = models.SLMRec
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 3
    global_losses = ("l2",)  # of all parameters


class TestSMORE(RecommenderTests):
    model = models.SMORE
    config: ClassVar = {"embedding_dim": 6, "num_ui_layers": 2, "p": 0.0}
    num_hops = 2


class TestVBPR(RecommenderTests):
    model = models.VBPR
    config: ClassVar = {"embedding_dim": 3}  # more factors memorise features that are noise
    num_hops = 0


class TestLayerGCN(RecommenderTests):
    model = models.LayerGCN
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 4


class TestSimGCL(RecommenderTests):
    model = models.SimGCL
    config: ClassVar = {"embedding_dim": 6, "cl_weight": 0.01}  # more spreads a small graph
    num_hops = 2


class TestXSimGCL(RecommenderTests):
    model = models.XSimGCL
    config: ClassVar = {"embedding_dim": 6, "cl_weight": 0.01}  # more spreads a small graph
    num_hops = 2


class TestSGL(RecommenderTests):
    model = models.SGL
    config: ClassVar = {"embedding_dim": 6, "cl_weight": 0.01}  # more spreads a small graph
    num_hops = 3
    global_losses = ("cl_user", "cl_item")  # all nodes are negatives


class TestSelfCF(RecommenderTests):
    model = models.SelfCF
    config: ClassVar = {"embedding_dim": 6, "p": 0.1, "max_edge_p": 0.0}
    num_hops = 2


class TestLightGCL(RecommenderTests):
    model = models.LightGCL
    config: ClassVar = {"embedding_dim": 6, "cl_weight": 0.01}  # more spreads a small graph
    num_hops = 2
    global_losses = ("cl_user", "cl_item", "l2")  # of all nodes


class TestUltraGCN(RecommenderTests):
    model = models.UltraGCN
    config: ClassVar = {"embedding_dim": 6}
    num_hops = 0
    global_losses = ("related",)  # of items wherever they are


class TestPopularity(ClosedFormTests):
    model = models.Popularity
    personal = False


class TestItemKNN(ClosedFormTests):
    model = models.ItemKNN
    config: ClassVar = {"k": 50}


class TestContentKNN(ClosedFormTests):
    model = models.ContentKNN
    config: ClassVar = {"k": 50}
    trained_by_features = True  # of known items


class TestUserKNN(ClosedFormTests):
    model = models.UserKNN
    config: ClassVar = {"k": 50}
    by_features_alone = True  # it has a row for each user, and reads items off the graph
    among_users = True


class TestRP3Beta(ClosedFormTests):
    model = models.RP3Beta
    config: ClassVar = {"k": 50, "beta": -0.2}


class TestEASE(ClosedFormTests):
    model = models.EASE
    config: ClassVar = {"reg_weight": 2.0}


class TestCEASE(ClosedFormTests):
    model = models.CEASE
    config: ClassVar = {"reg_weight": 2.0}
    trained_by_features = True


class TestSLIM(ClosedFormTests):
    model = models.SLIM
    config: ClassVar = {"k": 50, "l1_weight": 0.01, "l2_weight": 0.5, "tolerance": 1e-12}


class TestIALS(ClosedFormTests):
    model = models.IALS
    config: ClassVar = {"embedding_dim": 4, "num_iterations": 4}
    global_embeddings = True  # the ridge grows with the number of pairs


NAMES = [name for name in models.__all__ if name != "Recommender"]
TRAINED = [name for name in NAMES if not issubclass(getattr(models, name), ClosedForm)]


@pytest.mark.parametrize("name", NAMES)
def test_every_model_is_here(name: str) -> None:
    assert globals()[f"Test{name}"].model is getattr(models, name)


@pytest.mark.parametrize("name", [name for name in TRAINED if name not in ("LGMRec", "REARM")])
def test_one_hop_less_is_not_enough(name: str) -> None:
    """So the tests of subgraphs see each edge that counts, and fail if one is lost or weighed anew."""
    suite = globals()[f"Test{name}"]()
    assert subgraphs_are_exact(suite)
    assert suite.num_hops == 0 or not subgraphs_are_exact(suite, suite.num_hops - 1)


OTHER_FORMS = [("CRANE", {"late_fusion": True, "layer_weight": True, "semantic_aggr": "attention"})]
OTHER_FORMS += [
    (name, {"variant": "released"})
    for name in NAMES
    if "variant" in inspect.signature(getattr(models, name)).parameters
]


@pytest.mark.parametrize(("name", "config"), OTHER_FORMS)
def test_tables_of_other_forms(name: str, config: dict[str, Any]) -> None:
    suite = globals()[f"Test{name}"]
    form: dict[str, Any] = {"config": {**suite.config, **config}}
    if name in ("BM3", "COHESION", "DRAGON", "DualGNN", "GRCN", "LGMRec", "MENTOR", "MMGCN"):
        form["global_losses"] = (*suite.global_losses, "l2")  # of more than free rows of the batch
    if name == "LATTICE":
        form["num_hops"] = suite.num_hops + 1  # counts the edges of the furthest node
    other = type("Other", (suite,), form)()
    other.test_every_weight_that_counts_nodes_is_declared()
    other.test_a_grown_model_gives_what_the_model_of_the_larger_graph_gives()
    other.test_a_restricted_model_gives_the_embeddings_of_the_whole()
    other.test_a_restricted_model_gives_the_loss_of_the_whole()


WITH_NEIGHBOURS = [name for name in NAMES if "ItemKNNGraph" in repr(getattr(models, name).pre_transform())]


@pytest.mark.parametrize("name", WITH_NEIGHBOURS)
def test_neighbours_of_items_may_be_searched_approximately(name: str) -> None:
    cls = getattr(models, name)
    for search in ("exact", "approximate"):
        assert f"search='{search}'" in repr(cls.pre_transform(search=search))


def subgraphs_are_exact(
    suite: RecommenderTests, num_hops: int | None = None, *, refreshed: bool = True, **config: Any
) -> bool:
    """Whether a restricted model gives the embeddings of the whole to nodes with so many hops around them."""
    form = {"config": {**suite.config, **config}, "global_embeddings": False}
    form["num_hops"] = suite.num_hops if num_hops is None else num_hops
    if not refreshed:
        form["model"] = type(suite.model.__name__, (suite.model,), {"refresh": Recommender.refresh})
    try:
        type("Other", (type(suite),), form)().test_a_restricted_model_gives_the_embeddings_of_the_whole()
    except AssertionError:
        return False
    return True
