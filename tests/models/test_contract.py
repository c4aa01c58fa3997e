"""The conformance suite on every model of ``models.__all__``, and what each of them is excused from."""

from typing import ClassVar

import pytest

from pygmmrec import models
from pygmmrec.testing import RecommenderTests


class TestBM3(RecommenderTests):
    model = models.BM3
    config: ClassVar = {"embedding_dim": 6}
    trained_by_features = True  # ranks by ids alone


class TestBPRMF(RecommenderTests):
    model = models.BPRMF
    config: ClassVar = {"embedding_dim": 6}


class TestCRANE(RecommenderTests):
    model = models.CRANE
    config: ClassVar = {"embedding_dim": 6, "k": 4, "num_rounds": 2}


class TestDGVAE(RecommenderTests):
    model = models.DGVAE
    config: ClassVar = {"embedding_dim": 6, "p": 0.2}  # with more, losses differ too much from draw to draw
    global_losses = ("items",)  # the softmax is over all items


class TestDualGNN(RecommenderTests):
    model = models.DualGNN
    config: ClassVar = {"embedding_dim": 6}
    by_features_alone = True


class TestFREEDOM(RecommenderTests):
    model = models.FREEDOM
    config: ClassVar = {"embedding_dim": 6}


class TestGRCN(RecommenderTests):
    model = models.GRCN
    config: ClassVar = {"embedding_dim": 6, "content_dim": 5}


class TestLATTICE(RecommenderTests):
    model = models.LATTICE
    config: ClassVar = {"embedding_dim": 6, "k": 4}


class TestLGMRec(RecommenderTests):
    model = models.LGMRec
    config: ClassVar = {"embedding_dim": 6, "noise": "never", "p": 0.0}  # the same numbers in training too
    global_embeddings = True  # hyperedges join all users and items
    global_losses = ("bpr", "cl_user", "cl_item")


class TestLightGCN(RecommenderTests):
    model = models.LightGCN
    config: ClassVar = {"embedding_dim": 6}


class TestLPIC(RecommenderTests):
    model = models.LPIC
    config: ClassVar = {"embedding_dim": 6}


class TestMambaRec(RecommenderTests):
    model = models.MambaRec
    config: ClassVar = {"embedding_dim": 6, "reduction": 1}


class TestMGCN(RecommenderTests):
    model = models.MGCN
    config: ClassVar = {"embedding_dim": 6}


class TestMMGCN(RecommenderTests):
    model = models.MMGCN
    config: ClassVar = {"embedding_dim": 6}


class TestSLMRec(RecommenderTests):
    model = models.SLMRec
    config: ClassVar = {"embedding_dim": 6}
    global_losses = ("l2",)  # of all parameters


class TestVBPR(RecommenderTests):
    model = models.VBPR
    config: ClassVar = {"embedding_dim": 3}  # more factors memorise features that are noise


@pytest.mark.parametrize("name", [name for name in models.__all__ if name != "Recommender"])
def test_every_model_is_here(name: str) -> None:
    assert globals()[f"Test{name}"].model is getattr(models, name)
