import copy
import io

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import CRANE
from pygmmrec.models.crane import REFINED
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS, Embeddings, Triplets

NUM_USERS, NUM_ITEMS, DIM = 9, 11, 4
SMALL = {"embedding_dim": DIM, "k": 4}


@pytest.fixture
def data(toy_data) -> HeteroData:
    """With weights of the collaborative graph in double precision."""
    data = CRANE.pre_transform()(toy_data())
    adj = data[INTERACTS].matrix
    to_item, to_user = adj.degree()[adj.row], adj.t().degree()[adj.col]
    data[INTERACTS].matrix = adj.with_value((to_item * to_user).double().rsqrt())
    data[REV_INTERACTS].matrix = data[INTERACTS].matrix.t()
    return data


@pytest.fixture
def batch() -> Triplets:
    """Users and items repeat, so that the contrast has something to mask."""
    return Triplets(
        torch.tensor([0, 1, 1, 5, 8]), torch.tensor([2, 0, 2, 7, 10]), torch.tensor([1, 3, 4, 0, 6])
    )


def build(data: HeteroData, **config) -> CRANE:
    rca = {"num_rounds": 2, **config.pop("rca", {})}
    return CRANE.from_data(data, **{**SMALL, "rca": rca, **config}).double()


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=1, keepdim=True)


def gather(x: Tensor, has: Tensor, aggr: str, query: Tensor | None) -> Tensor:
    """Equation 5 for each user: [I, D] and [U, I] to [U, D]."""
    rows = []
    for mask in has.bool():
        items = x[mask]
        if aggr == "attention":
            rows.append(torch.softmax(items @ query / DIM**0.5, dim=0) @ items)
        elif aggr == "sym":
            rows.append((items / (has.sum(0)[mask] * mask.sum()).sqrt()[:, None]).sum(0))
        else:
            rows.append({"sum": items.sum(0), "mean": items.mean(0), "max": items.amax(0)}[aggr])
    return torch.stack(rows)


def dense_item_graph(model: CRANE, data: HeteroData, has: Tensor) -> Tensor:
    """Equations 5 to 14 with every matrix whole: [I, I]."""
    xs, layer = [], model.item_graph
    for name in model.modality_dims:
        items = data["item"][name] @ layer.project.lins[name].weight.t()
        xs.append(torch.cat([gather(items, has, model.profile_aggr, layer.profile.query), items]))
    for r in range(model.rca["num_rounds"]):
        w = layer.rca.rounds[0 if model.rca["share_weights"] else r]
        if model.rca["norm"] == "l2":
            xs = [unit(x) * DIM**0.5 for x in xs]
        elif model.rca["norm"] == "common":
            xs = [x * (DIM * len(x)) ** 0.5 / x.norm() for x in xs]
        joint = torch.cat(xs, dim=1) @ w.joint.t() + w.bias  # eq. 7, 8
        after = []
        for m, x in enumerate(xs):
            f = joint @ w.query[m]  # eq. 9
            if model.rca["correlation"] == "entity":
                correlation = torch.tanh(x @ f.t() / (model.rca["scale"] or DIM**0.5))  # eq. 10
                hidden = torch.relu(correlation @ x @ w.value[m])  # eq. 11
            else:
                correlation = torch.tanh(x.t() @ f / (model.rca["scale"] or len(x)))
                hidden = torch.relu(x @ w.value[m] @ correlation)
            divisor = len(x) if model.rca["correlation"] == "entity" else DIM**0.5
            after.append(x + hidden / (model.rca["hidden_scale"] or divisor) @ w.out[m])  # eq. 12
        xs = after
    items = [x[NUM_USERS:] for x in xs]
    if model.fusion == "average":
        similarity = sum(unit(x) @ unit(x).t() for x in items) / len(items)
    else:
        joined = unit(torch.cat(items, dim=1) if model.fusion == "concat" else sum(items))  # eq. 13
        similarity = joined @ joined.t()  # eq. 14
    candidates = similarity.detach().clone()
    if not model.include_self:
        candidates.fill_diagonal_(-2)
    keep = torch.zeros_like(candidates).scatter_(1, candidates.topk(model.k, dim=1).indices, 1)
    graph = similarity.clamp(min=0) * keep
    return graph / graph.sum(1, keepdim=True)


def dense_views(model: CRANE, data: HeteroData) -> tuple[Embeddings, Embeddings]:
    """Equations 1 to 17 with every matrix whole."""
    user, item = data[PROFILES].edge_index.flip(0)
    has = torch.zeros(NUM_USERS, NUM_ITEMS, dtype=torch.float64)
    has[user, item] = 1  # eq. 1
    user, item = data[INTERACTS].edge_index
    square = torch.zeros(NUM_USERS + NUM_ITEMS, NUM_USERS + NUM_ITEMS, dtype=torch.float64)
    square[user, item + NUM_USERS] = square[item + NUM_USERS, user] = 1
    root = square.sum(1).clamp(min=1).rsqrt()
    square = root[:, None] * square * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for layer in range(model.num_ui_layers):  # eq. 3, 4
        layers.append(square @ layers[-1])
        if model.layer_weight:
            layers[-1] = layers[-1] @ model.collaborative.weight[layer]
    e = torch.stack(layers).mean(0)
    e = Embeddings(e[:NUM_USERS], e[NUM_USERS:])
    h_item = e.item if model.semantic_start == "collaborative" else model.item_embedding.weight
    h_item = model.semantic_embedding.weight if model.late_fusion else h_item
    if model.num_ii_layers > 0:
        graph = dense_item_graph(model, data, has)
        h_item = torch.linalg.matrix_power(graph, model.num_ii_layers) @ h_item  # eq. 15
    return e, Embeddings(
        gather(h_item, has, model.semantic_aggr, model.semantic_user.query), h_item
    )  # eq. 16


def contrast(left: Tensor, right: Tensor, index: Tensor, temperature: float) -> Tensor:
    """Equation 19, row by row; a repeated id is no negative."""
    a, b = unit(left[index]), unit(right[index])
    terms = []
    for n, node in enumerate(index.tolist()):
        others = [m for m, other in enumerate(index.tolist()) if m == n or other != node]
        logits = b[others] @ a[n] / temperature
        terms.append(logits.exp().sum().log() - a[n] @ b[n] / temperature)
    return torch.stack(terms).mean()


def pairwise(out: Embeddings, batch: Triplets) -> Tensor:
    """The sum over the batch of -log sigmoid(s_pos - s_neg)."""
    wrong = (out.user[batch.user] * (out.item[batch.neg] - out.item[batch.pos])).sum(1)
    return F.softplus(wrong).sum()


def dense_loss(model: CRANE, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
    """Equations 17 to 20."""
    e, h = dense_views(model, data)
    divisor = len(batch.user) if model.reduction == "mean" else 1
    ego = [
        model.user_embedding.weight[batch.user],
        model.item_embedding.weight[batch.pos],
        model.item_embedding.weight[batch.neg],
    ]
    terms = {}
    if model.late_fusion:
        ego += [model.semantic_embedding.weight[index] for index in (batch.pos, batch.neg)]
        terms["bpr"], terms["bpr_semantic"] = pairwise(e, batch) / divisor, pairwise(h, batch) / divisor
    else:
        terms["bpr"] = pairwise(Embeddings(e.user + h.user, e.item + h.item), batch) / divisor  # eq. 17
    if model.cl_weight and not model.late_fusion:
        terms["cl_user"] = model.cl_weight * contrast(e.user, h.user, batch.user, model.temperature)
        terms["cl_item"] = model.cl_weight * contrast(e.item, h.item, batch.pos, model.temperature)
    terms["l2"] = model.reg_weight * sum(x.pow(2).sum() for x in ego) / 2 / divisor
    return terms


@pytest.mark.parametrize(
    "config",
    [
        {},
        {
            "rca": {"correlation": "feature"},
            "reduction": "mean",
            "cl_weight": 0.3,
            "temperature": 0.2,
            "reg_weight": 0.1,
        },
        {"layer_weight": True, "num_ui_layers": 3, "num_ii_layers": 2, "include_self": False},
        {"profile_aggr": "mean", "semantic_aggr": "sum", "rca": {"norm": "none", "scale": 2.0}},
        {"profile_aggr": "sym", "semantic_aggr": "mean", "rca": {"correlation": "feature", "norm": "l2"}},
        {"semantic_start": "free", "num_ui_layers": 4, "fusion": "average"},
        {"rca": {"correlation": "feature", "norm": "l2", "hidden_scale": 1.0}, "semantic_aggr": "mean"},
        {"profile_aggr": "max", "semantic_aggr": "max", "rca": {"share_weights": True, "num_rounds": 3}},
        {"profile_aggr": "attention", "semantic_aggr": "attention", "k": 11},
        {"num_ui_layers": 0, "num_ii_layers": 0, "rca": {"num_rounds": 0, "norm": "none"}},
        {"num_ii_layers": 0},
        {"cl_weight": 0.0, "fusion": "sum"},
        {"late_fusion": True, "fusion": "average"},
        {"late_fusion": True, "num_ii_layers": 0},
        {"modality_dims": {"m1": 6}},
    ],
    ids=lambda config: "-".join(config) or "default",
)
def test_views_loss_and_gradients_are_the_equations(data, batch, config) -> None:
    model = build(data, **config)
    for actual, expected in zip(model.views(data), dense_views(model, data), strict=True):
        torch.testing.assert_close(actual.user, expected.user, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(actual.item, expected.item, rtol=1e-12, atol=1e-12)
    e, h = dense_views(model, data)
    scores = (e.user + h.user) @ (e.item + h.item).t()  # eq. 17
    if model.late_fusion:
        scores = e.user @ e.item.t() + h.user @ h.item.t()
    actual = model.score(model(data), torch.arange(NUM_USERS))
    torch.testing.assert_close(actual, scores, rtol=1e-12, atol=1e-12)

    actual, expected = model.loss(data, batch), dense_loss(model, data, batch)
    assert list(actual) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, rtol=1e-12, atol=1e-12)
    parameters = dict(model.named_parameters())
    grads = [
        torch.autograd.grad(sum(terms.values()), list(parameters.values()), allow_unused=True)
        for terms in (actual, expected)
    ]
    for name, left, right in zip(parameters, *grads, strict=True):
        left, right = (torch.zeros(1).double() if grad is None else grad for grad in (left, right))
        torch.testing.assert_close(*torch.broadcast_tensors(left, right), rtol=1e-12, atol=1e-12, msg=name)


def test_linear_attention_differs_from_tanh_and_has_its_own_gradient(data, batch) -> None:
    torch.manual_seed(3)
    tanh = build(data)
    linear = build(data, rca={"activation": "identity"})
    linear.load_state_dict(tanh.state_dict())
    assert not torch.allclose(linear.refine(data).value, tanh.refine(data).value)
    sum(linear.loss(data, batch).values()).backward()
    assert all(value.grad.abs().sum() > 0 for value in linear.item_graph.rca.parameters())


def test_the_collaborative_graph_is_the_epochs_and_profiles_are_everyones(data, batch) -> None:
    torch.manual_seed(2)
    graph = CRANE.epoch_transform(0.5)(data)
    assert graph[INTERACTS].matrix.nnz < graph[PROFILES].matrix.nnz
    model = build(data)
    actual, expected = model.loss(graph, batch), dense_loss(model, graph, batch)
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, rtol=1e-6, atol=1e-6)


def test_transforms_of_the_paper(toy_data) -> None:
    data = CRANE.pre_transform()(toy_data())
    assert data[INTERACTS].matrix.t() is data[REV_INTERACTS].matrix
    assert data[PROFILES].matrix.value.eq(1).all()
    assert "ScaleFeatures(mode='centred')" in data.prepared_by["settings"]
    assert "p=0.3, mode='budget'" in repr(CRANE.epoch_transform(0.3, "budget").transforms)
    graph = CRANE.epoch_transform(0.3, "budget")(data)
    assert graph[INTERACTS].matrix.nnz == round(0.7 * data[INTERACTS].matrix.nnz)


def test_features_are_centred_scaled_or_raw(toy_data) -> None:
    raw = toy_data()["item"].m0
    centred = unit(raw - raw.mean(0))
    for features, expected in {"centred": centred, "unit": unit(raw), "raw": raw}.items():
        data = CRANE.prepare(toy_data(), features=features)
        torch.testing.assert_close(data["item"].m0, expected)
        assert torch.equal(CRANE.prepare(data, features=features)["item"].m0, data["item"].m0)
    stamps = {
        CRANE.prepare(toy_data(), features=f).prepared_by["settings"] for f in ("centred", "unit", "raw")
    }
    assert len(stamps) == 3
    with pytest.raises(ValueError, match=r"'features' needs to be one of .* \(got 'scaled'\)"):
        CRANE.pre_transform("scaled")


def test_sum_and_mean_profiles_are_two_models_unless_rows_are_scaled(data) -> None:
    torch.manual_seed(1)
    for norm, same in (("common", False), ("l2", True)):
        summed = build(data, rca={"norm": norm, "correlation": "feature"})
        mean = build(data, profile_aggr="mean", rca={"norm": norm, "correlation": "feature"})
        mean.load_state_dict(summed.state_dict())
        left, right = (model.refine(data).to_dense() for model in (summed, mean))
        assert torch.allclose(left, right, rtol=1e-9, atol=1e-9) == same


def rca_gradient(model: CRANE, graph: HeteroData, batch: Triplets) -> float:
    model.zero_grad()
    sum(model.loss(graph, batch).values()).backward()
    found = [
        value.grad.abs().sum().item() for value in model.item_graph.rca.parameters() if value.grad is not None
    ]
    assert model.user_embedding.weight.grad.abs().sum() > 0
    return sum(found)


def test_the_first_step_of_an_epoch_carries_the_gradient_and_later_ones_do_not(data, batch) -> None:
    model, graph = build(data), copy.copy(data)
    for _ in range(2):
        model.refresh(graph)
        values = graph[REFINED].matrix.value.detach().clone()
        with torch.no_grad():
            model(graph)  # a look without gradient takes nothing away
        assert rca_gradient(model, graph, batch) > 0
        with torch.no_grad():
            for value in model.item_graph.rca.parameters():
                value.add_(torch.randn_like(value))
        assert rca_gradient(model, graph, batch) == 0
        assert rca_gradient(model, graph, batch) == 0
        assert torch.equal(graph[REFINED].matrix.value, values)  # the graph stands, though the weights moved
    assert REFINED not in data.edge_types


def test_the_gradient_through_a_refreshed_graph_is_that_without_refresh(data, batch) -> None:
    model, graph = build(data), copy.copy(data)
    model.refresh(graph)
    grads = [
        torch.autograd.grad(sum(model.loss(each, batch).values()), list(model.parameters()))
        for each in (graph, data)
    ]
    for left, right in zip(*grads, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("refresh_every", "carries"),
    [("epoch", [1, 0, 0, 0, 0]), (1, [1, 1, 1, 1, 1]), (2, [1, 0, 1, 0, 1]), (4, [1, 0, 0, 0, 1])],
)
def test_the_item_graph_is_built_again_after_so_many_steps(data, batch, refresh_every, carries) -> None:
    model, graph = build(data, refresh_every=refresh_every), copy.copy(data)
    model.refresh(graph)
    for expected in carries:
        with torch.no_grad():
            model(graph)  # a look counts as no step
            fresh = model.refine(graph).value
        assert (rca_gradient(model, graph, batch) > 0) == bool(expected)
        assert torch.equal(graph[REFINED].matrix.value, fresh) == bool(expected)
        with torch.no_grad():
            for value in model.item_graph.rca.parameters():
                value.add_(torch.randn_like(value))


def test_late_fusion_trains_two_branches_that_share_nothing(data, batch) -> None:
    model = build(data, late_fusion=True)
    terms = model.loss(data, batch)
    for name, own in {"bpr": "collaborative", "bpr_semantic": "semantic"}.items():
        grads = torch.autograd.grad(
            terms[name], list(model.parameters()), allow_unused=True, retain_graph=True
        )
        reached = {
            key for (key, _), grad in zip(model.named_parameters(), grads, strict=True) if grad is not None
        }
        semantic = {key for key, _ in model.named_parameters() if key.startswith(("semantic", "item_graph"))}
        collaborative = {"user_embedding.weight", "item_embedding.weight"}
        assert reached == (collaborative if own == "collaborative" else semantic)


def test_without_an_item_graph_there_is_nothing_to_refine(data) -> None:
    model = build(data, num_ii_layers=0)
    assert set(model.state_dict()) == {"user_embedding.weight", "item_embedding.weight"}
    graph = copy.copy(data)
    model.refresh(graph)
    assert REFINED not in graph.edge_types
    with pytest.raises(ValueError, match="'num_ii_layers' needs to be at least 1"):
        model.refine(data)


def test_an_item_without_a_modality_has_no_part_in_it(data, batch) -> None:
    """What stands in the rows that are not available changes nothing; that they are not, does."""
    model = build(data, profile_aggr="mean")
    mask = torch.ones(NUM_ITEMS, dtype=torch.bool)
    mask[[2, 7]] = False
    graphs = []
    for rubbish in (0.0, 5.0):
        masked = copy.copy(data)
        masked["item"].m1_available = mask
        masked["item"].m1 = torch.where(mask[:, None], data["item"].m1, rubbish)
        graphs.append(model.refine(masked).to_dense())
        sum(model.loss(masked, batch).values()).backward()
    torch.testing.assert_close(*graphs, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(graphs[0], model.refine(data).to_dense())
    assert all(value.grad.isfinite().all() for value in model.parameters())


def test_evaluation_uses_the_weights_as_they_are(data, batch) -> None:
    model, graph = build(data), copy.copy(data)
    model.refresh(graph)
    before = model(data).item.detach()
    with torch.no_grad():
        for value in model.item_graph.rca.parameters():
            value.add_(torch.randn_like(value))
    assert not torch.allclose(model(data).item, before)
    torch.testing.assert_close(model(graph).item, before)
    model.refresh(graph)
    torch.testing.assert_close(model(graph).item, model(data).item)


def test_the_refined_graph_of_an_epoch_does_not_reach_the_next(data) -> None:
    model = build(data)
    first = CRANE.epoch_transform()(data)
    model.refresh(first)
    assert REFINED in first.edge_types
    assert REFINED not in CRANE.epoch_transform()(data).edge_types


def test_sum_and_mean_differ_by_the_size_of_the_batch_in_bpr_and_l2_alone(data, batch) -> None:
    summed = build(data)
    averaged = build(data, reduction="mean")
    averaged.load_state_dict(summed.state_dict())
    left, right = summed.loss(data, batch), averaged.loss(data, batch)
    for name, factor in {"bpr": 5, "l2": 5, "cl_user": 1, "cl_item": 1}.items():
        torch.testing.assert_close(left[name], factor * right[name])


def test_a_user_without_items_ranks_by_the_collaborative_view(toy_data, edge_index, batch) -> None:
    data = CRANE.pre_transform()(toy_data(edge_index, 5, 4))
    model = build(data, k=2)
    e, h = model.views(data)
    assert h.user[4].tolist() == [0] * DIM
    few = Triplets(torch.tensor([4, 0]), torch.tensor([3, 1]), torch.tensor([0, 2]))
    sum(model.loss(data, few).values()).backward()
    assert all(value.grad.isfinite().all() for value in model.parameters())
    assert e.user[4].abs().sum() > 0


def test_the_arguments_of_buckets_reach_the_attention(data) -> None:
    rca = {"correlation": "bucket", "bucket_size": 3, "num_hashes": 2, "bucket_by": "random"}
    shown = repr(build(data, rca=rca).item_graph)
    assert "correlation='bucket', activation='tanh', bucket_size=3, num_hashes=2, bucket_by='random'" in shown


def test_defaults_are_those_of_the_papers_table() -> None:
    config = CRANE(3, 4, {"image": 5}).config
    table = {"embedding_dim": 64, "num_ui_layers": 2, "num_ii_layers": 1, "k": 15}
    weights = {"cl_weight": 0.8, "temperature": 0.6, "reg_weight": 1e-3, "reduction": "sum"}
    assert {**table, **weights}.items() <= config.items()
    rca = config["rca"]
    assert (rca["num_rounds"], rca["correlation"], rca["activation"]) == (3, "entity", "tanh")
    assert (config["profile_aggr"], config["semantic_start"]) == ("sum", "collaborative")


def test_all_options_of_the_attention_are_kept_and_unknown_ones_refused() -> None:
    rca = CRANE(3, 4, {"image": 5}, rca={"num_rounds": 1}).config["rca"]
    assert rca == {**CRANE(3, 4, {"image": 5}).config["rca"], "num_rounds": 1}
    assert len(rca) == 11
    with pytest.raises(TypeError, match=r"'RCA' takes no argument 'num_round'\. Did you mean 'num_rounds'"):
        CRANE(3, 4, {"image": 5}, rca={"num_round": 1})


def test_reset_parameters_reaches_the_optional_weights_too(data) -> None:
    model = build(data, layer_weight=True, profile_aggr="attention", semantic_aggr="attention")
    with torch.no_grad():
        for value in model.parameters():
            value.fill_(77)
    model.reset_parameters()
    assert [name for name, value in model.named_parameters() if value.eq(77).any()] == []


def test_embeddings_start_as_xavier_says() -> None:
    model = CRANE(400, 300, {"image": 5}, embedding_dim=32, late_fusion=True)
    for table in (model.user_embedding, model.item_embedding, model.semantic_embedding):
        bound = (6 / (table.num_embeddings + 32)) ** 0.5
        assert float(table.weight.detach().abs().max()) == pytest.approx(bound, rel=0.02)
        assert float(table.weight.detach().std()) == pytest.approx(bound / 3**0.5, rel=0.05)


def test_weights_survive_the_safe_loader(data) -> None:
    model, other, file = build(data), build(data), io.BytesIO()
    torch.save(model.state_dict(), file)
    other.load_state_dict(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    assert torch.equal(other(data).item, model(data).item)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"rca": {"correlation": "graph"}}, "correlation"),
        ({"rca": {"activation": "relu"}}, "activation"),
        ({"rca": {"bucket_size": 0}}, "bucket_size"),
        ({"rca": {"num_hashes": 0}}, "num_hashes"),
        ({"rca": {"bucket_by": "size"}}, "bucket_by"),
        ({"rca": {"norm": "batch"}}, "norm"),
        ({"rca": {"scale": -1.0}}, "scale"),
        ({"rca": {"hidden_scale": 0.0}}, "hidden_scale"),
        ({"semantic_start": "ego"}, "semantic_start"),
        ({"profile_aggr": "min"}, "aggr"),
        ({"semantic_aggr": "min"}, "aggr"),
        ({"k": 0}, "k"),
        ({"rca": {"num_rounds": -1}}, "num_rounds"),
        ({"num_ui_layers": -1}, "num_ui_layers"),
        ({"num_ii_layers": -1}, "num_ii_layers"),
        ({"temperature": 0.0}, "temperature"),
        ({"reduction": "none"}, "reduction"),
        ({"fusion": "product"}, "mode"),
        ({"refresh_every": 0}, "refresh_every"),
        ({"refresh_every": "step"}, "refresh_every"),
    ],
)
def test_wrong_arguments_are_errors_when_the_model_is_built(config, named) -> None:
    with pytest.raises(ValueError, match=f"'{named}' needs to be"):
        CRANE(3, 4, {"image": 5}, **config)


def test_more_neighbours_than_items_is_an_error(data) -> None:
    with pytest.raises(ValueError, match="'k' needs to be between 1 and 11"):
        build(data, k=12)(data)
