import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import GRCN
from pygmmrec.typing import INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return GRCN.pre_transform()(data)


def attend(score, mask) -> torch.Tensor:
    return score.masked_fill(~mask, -1e9).softmax(dim=1) * mask


def dense_output(model: GRCN, data) -> tuple[torch.Tensor, torch.Tensor]:
    """All steps on matrices of users and items."""
    known = torch.zeros(9, 11, dtype=torch.bool)
    known[data[INTERACTS].edge_index[0], data[INTERACTS].edge_index[1]] = True
    users, items, of_user, of_item = [], [], [], []
    for name in NAMES:
        lin = model.project.lins[name]
        f = F.leaky_relu(data["item"][name] @ lin.weight.t() + lin.bias)
        f = f / f.norm(dim=1, keepdim=True)
        having = known
        if name == "m1":
            f = f * (torch.arange(11) != 4)[:, None]
            having = known & (torch.arange(11) != 4)
        p = model.preference[name]
        p = p / p.norm(dim=1, keepdim=True)
        for _ in range(model.num_rounds if model.variant == "paper" else 0):
            p = p + attend(p @ f.t(), having) @ f
            p = p / p.norm(dim=1, keepdim=True)
        to_user, to_item = attend(p @ f.t(), having), attend(f @ p.t(), known.t())
        users.append(p + to_user @ f)
        items.append(f + to_item @ p)
        of_user.append(to_user)
        of_item.append(to_item)
    item_c, user_c = model.item_confidence.weight, model.user_confidence.weight
    to_user = torch.stack([a * item_c[:, m] for m, a in enumerate(of_user)]).amax(0)  # [U, I]
    to_item = torch.stack([a * user_c[:, m] for m, a in enumerate(of_item)]).amax(0)  # [I, U]
    if model.prune:
        to_user, to_item = to_user.relu(), to_item.relu()
    user = model.user_embedding.weight / model.user_embedding.weight.norm(dim=1, keepdim=True)
    item = model.item_embedding.weight / model.item_embedding.weight.norm(dim=1, keepdim=True)
    sums = [user, item]
    for _ in range(model.num_layers):
        user, item = to_user @ item, to_item @ user
        sums = [sums[0] + user, sums[1] + item]
    return torch.cat([sums[0], *users], dim=1), torch.cat([sums[1], *items], dim=1)


@pytest.mark.parametrize(("num_rounds", "num_layers", "prune"), [(3, 2, True), (1, 0, True), (0, 3, False)])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_rounds, num_layers, prune, variant
) -> None:
    config = {"num_rounds": num_rounds, "num_layers": num_layers, "prune": prune, "variant": variant}
    model = GRCN.from_data(data, embedding_dim=4, content_dim=3, reg_weight=0.3, **config).double()
    for confidence in (model.user_confidence, model.item_confidence):
        torch.nn.init.normal_(confidence.weight)  # some are negative, so that some edges are cut
    out, (user, item) = model(data), dense_output(model, data)
    torch.testing.assert_close(out.user, user, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(out.item, item, rtol=1e-10, atol=1e-10)

    bpr = F.softplus((user[BATCH.user] * (item[BATCH.neg] - item[BATCH.pos])).sum(1)).mean()
    p, q = model.user_embedding.weight, model.item_embedding.weight
    preferences = [model.preference[name] for name in NAMES]
    if variant == "paper":
        parts = [p[BATCH.user], q[BATCH.pos], q[BATCH.neg], *(x[BATCH.user] for x in preferences)]
        l2 = sum(x.pow(2).sum() for x in parts) / 2 / 3
    else:
        pairs = [p[BATCH.user] ** 2 + q[BATCH.pos] ** 2, p[BATCH.user] ** 2 + q[BATCH.neg] ** 2]
        l2 = torch.stack(pairs).mean() + sum((x[BATCH.user] ** 2).mean() for x in preferences)
        l2 = l2 + (preferences[0] ** 2).mean()  # once more
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(terms["l2"], 0.3 * l2, rtol=1e-10, atol=1e-10)
    weights = list(model.parameters())
    options = {"allow_unused": True, "materialize_grads": True}  # no layer, no confidence
    actual = torch.autograd.grad(sum(terms.values()), weights, **options, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + 0.3 * l2, weights, **options), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-8, atol=1e-10)


def test_preferences_are_routed_unless_released(data) -> None:
    """Rounds of routing change what the paper's form computes, and nothing of the released one."""
    for variant in ("paper", "released"):
        models = [
            GRCN.from_data(data, embedding_dim=4, content_dim=3, num_rounds=rounds, variant=variant).double()
            for rounds in (0, 3)
        ]
        models[1].load_state_dict(models[0].state_dict())
        same = torch.equal(models[0](data).user, models[1](data).user)
        assert same == (variant == "released")


def test_a_user_without_items_keeps_its_own(toy_data, edge_index) -> None:
    data = GRCN.pre_transform()(toy_data(edge_index, 5, 4))
    model = GRCN.from_data(data, embedding_dim=4, content_dim=3).double()
    out = model(data)
    own = [model.user_embedding.weight[4], *(model.preference[name][4] for name in NAMES)]
    torch.testing.assert_close(out.user[4], torch.cat([x / x.norm() for x in own]))
    assert out.item.isfinite().all()


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'GRCN' \(got 'mine'\)"):
        GRCN(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0 in 'GRCN'"):
        GRCN(2, 3, {"m0": 4}, num_layers=-1)
    with pytest.raises(ValueError, match="'num_rounds' needs to be at least 0"):
        GRCN(2, 3, {"m0": 4}, num_rounds=-1)
