import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.models import SLMRec
from pygmmrec.typing import INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1, 4, 2]), torch.tensor([2, 4, 3, 2, 2]), torch.tensor([1, 3, 2, 0, 5]))
"""Item 2 is there three times; negatives are never looked at."""

HAVING = torch.arange(11) != 4
"""Which items have the second modality."""


@pytest.fixture
def data(toy_data):
    data = toy_data()
    data["item"][available_key("m1")] = HAVING
    return SLMRec.pre_transform()(data)


def build(data, **config) -> SLMRec:
    model = SLMRec.from_data(data, **{"embedding_dim": 4, "reg_weight": 0.0, **config}).double()
    for name, value in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value)
    return model


def dense_start(model: SLMRec, data) -> list[Tensor]:
    """Ids and projected modalities."""
    starts = [model.item_embedding.weight]
    for name, having in (("m0", torch.ones(11)), ("m1", HAVING)):
        lin = model.project.lins[name]
        starts.append(having[:, None] * (F.normalize(data["item"][name]) @ lin.weight.t() + lin.bias))
    return starts


def dense_propagation(model: SLMRec, data, starts: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """One pass for each, with the same users."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).clamp(min=1).rsqrt()
    graph = root[:, None] * graph * root
    passes = []
    for start in starts:
        layers = [torch.cat([model.user_embedding.weight, start])]
        for _ in range(model.num_layers):
            layers.append(graph @ layers[-1])
        passes.append(torch.stack(layers).mean(0).split([9, 11]))
    return passes


def fused(lin, views) -> Tensor:
    return torch.cat(list(views), dim=1) @ lin.weight.t() + lin.bias


def nce(a: Tensor, b: Tensor, temperature: float, items: Tensor, masked: bool, cosine: bool = True) -> Tensor:
    """Row b of the batch against all rows, or against those of other items only."""
    if cosine:
        a, b = F.normalize(a), F.normalize(b)
    logits = a @ b.t() / temperature
    if masked:
        same = (items[:, None] == items) & ~torch.eye(len(items), dtype=torch.bool)
        logits = logits.masked_fill(same, -torch.inf)
    return F.cross_entropy(logits, torch.arange(len(items)))


@pytest.mark.parametrize("num_layers", [0, 3])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_layers, variant) -> None:
    config = {"temperature": 0.3, "ssl_temperature": 0.7, "ssl_weight": 0.4, "variant": variant}
    model, paper = build(data, num_layers=num_layers, **config), variant == "paper"
    passes = dense_propagation(model, data, dense_start(model, data))
    user = fused(model.fuse_user, (u for u, _ in passes))
    item = fused(model.fuse_item, (i for _, i in passes))
    out = model(data)
    near = {"rtol": 1e-6, "atol": 1e-6} if num_layers else {"rtol": 1e-10, "atol": 1e-10}  # a float32 graph
    torch.testing.assert_close(out.user, user, **near)
    torch.testing.assert_close(out.item, item, **near)

    main = nce(user[BATCH.user], item[BATCH.pos], 0.3, BATCH.pos, paper)
    (_, x), (_, x0), (_, x1) = passes
    layer, tasks = model.fine_coarse, []
    z = x @ layer.joint["m0"].weight.t() + layer.joint["m0"].bias
    tasks.append(
        nce(*(v[BATCH.pos] for v in (z, x0 @ layer.own["m0"].weight.t())), 0.7, BATCH.pos, paper, paper)
    )
    if not paper:
        z = z @ layer.between.weight.t() + layer.between.bias
    z = z @ layer.joint["m1"].weight.t() + layer.joint["m1"].bias
    having = BATCH.pos[HAVING[BATCH.pos]]
    tasks.append(nce(*(v[having] for v in (z, x1 @ layer.own["m1"].weight.t())), 0.7, having, paper, paper))

    terms = model.loss(data, BATCH)
    assert list(terms) == ["nce", "ssl_FAC"]
    torch.testing.assert_close(terms["nce"], main, **near)
    torch.testing.assert_close(terms["ssl_FAC"], 0.4 * sum(tasks), **near)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(main + 0.4 * sum(tasks), weights), strict=True):
        torch.testing.assert_close(left, right, **near)


@pytest.mark.parametrize("variant", ["paper", "released"])
@pytest.mark.parametrize("task", ["FD", "FM"])
def test_two_augmented_views_are_contrasted(data, task, variant) -> None:
    model = build(data, ssl_tasks=[task], ssl_weight=0.4, ssl_temperature=0.7, p=0.5, variant=variant)
    start = torch.stack(dense_start(model, data), dim=1)
    torch.manual_seed(3)
    views = []
    for _ in range(2):  # the same draws as in the model
        if task == "FD":
            kept = F.dropout(torch.ones_like(start), 0.5)
            assert set(kept.unique().tolist()) == {0, 2}
        else:
            kept = (torch.randint(3, (11, 1)) != torch.arange(3)).unsqueeze(2)
        passes = dense_propagation(model, data, list((start * kept).unbind(1)))
        views.append(fused(model.fuse_item, (i for _, i in passes))[BATCH.pos])
    expected = nce(*views, 0.7, BATCH.pos, variant == "paper")
    torch.manual_seed(3)
    terms = model.loss(data, BATCH)
    assert list(terms) == ["nce", f"ssl_{task}"]
    torch.testing.assert_close(terms[f"ssl_{task}"], 0.4 * expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("num_modalities", [1, 2, 3])
@pytest.mark.parametrize("tasks", [["FD"], ["FM"], ["FAC"], ["FAC", "FM", "FD"], []])
def test_the_gradient_of_any_tasks_reaches_every_weight(toy_data, tasks, num_modalities) -> None:
    data = SLMRec.pre_transform()(toy_data(num_modalities=num_modalities))
    model = build(data, ssl_tasks=tasks)  # without weight decay, which would reach anything
    assert list(model.loss(data, BATCH)) == ["nce", *(f"ssl_{task}" for task in tasks)]
    everyone = Triplets(*data[INTERACTS].edge_index, data[INTERACTS].edge_index[1])
    sum(model.loss(data, everyone).values()).backward()
    zero = [name for name, value in model.named_parameters() if not value.grad.ne(0).all()]
    assert zero == []


def test_weight_decay_is_that_of_adam(data) -> None:
    models = [build(data, reg_weight=weight) for weight in (0.0, 0.02)]
    models[1].load_state_dict(models[0].state_dict())
    decays = (0.02, 0.0)
    for model, decay in zip(models, decays, strict=True):
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=decay)
        for _ in range(3):
            optimizer.zero_grad()
            sum(model.loss(data, BATCH).values()).backward()
            optimizer.step()
    for left, right in zip(*(model.parameters() for model in models), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-9, atol=1e-9)
    assert list(models[1].loss(data, BATCH)) == ["nce", "ssl_FAC", "l2"]


def test_negatives_are_not_looked_at_and_a_weight_of_zero_leaves_the_tasks_out(data) -> None:
    model = build(data)
    other = BATCH._replace(neg=BATCH.neg.flip(0))
    assert torch.equal(model.loss(data, BATCH)["nce"], model.loss(data, other)["nce"])
    assert list(build(data, ssl_weight=0.0).loss(data, BATCH)) == ["nce"]


def test_a_modality_that_no_item_of_the_batch_has_is_left_out(data) -> None:
    data["item"][available_key("m1")] = torch.arange(11) > 4
    model = build(data, ssl_weight=1.0)
    x, x0, x1 = model.propagate(data, model.start(data))[0].item[BATCH.pos].split(4, dim=1)
    joint, own = model.fine_coarse(x, {"m0": x0, "m1": x1})["m0"]
    expected = nce(joint, own, model.ssl_temperature, BATCH.pos, masked=True)
    torch.testing.assert_close(model.loss(data, BATCH)["ssl_FAC"], expected, rtol=1e-10, atol=1e-10)
    data["item"][available_key("m0")] = torch.arange(11) > 4
    assert list(model.loss(data, BATCH)) == ["nce"]


def test_wrong_arguments_are_errors() -> None:
    sizes = (2, 3, {"m0": 4})
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'SLMRec' \(got 'mine'\)"):
        SLMRec(*sizes, variant="mine")
    for tasks in (["FAC", "XY"], "FAC"):
        with pytest.raises(ValueError, match=r"'ssl_tasks' needs to be some of \('FD', 'FM', 'FAC'\)"):
            SLMRec(*sizes, ssl_tasks=tasks)
    for name in ("temperature", "ssl_temperature"):
        with pytest.raises(ValueError, match=f"'{name}' needs to be positive in 'SLMRec'"):
            SLMRec(*sizes, **{name: 0.0})
    with pytest.raises(ValueError, match="'p' needs to be at least 0 and below 1 in 'SLMRec'"):
        SLMRec(*sizes, p=1.0)
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0"):
        SLMRec(*sizes, num_layers=-1)
