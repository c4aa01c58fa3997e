from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.models import BPRMF
from pygmmrec.training import load_ids, load_weights, save_weights
from pygmmrec.training.files.weights import WeightsFile, read_weights, write_weights


def test_weights_come_back(tmp_path: Path) -> None:
    model, other = BPRMF(4, 5, embedding_dim=3), BPRMF(4, 5, embedding_dim=3)
    save_weights(model, tmp_path / "model.safetensors")
    load_weights(other, tmp_path / "model.safetensors")
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_weights_of_another_model(tmp_path: Path) -> None:
    save_weights(BPRMF(4, 5, embedding_dim=3), tmp_path / "model.safetensors")
    other = BPRMF(4, 5, embedding_dim=3, reg_weight=0.5)
    with pytest.raises(ValueError, match=r"'model' needs to be the one whose weights '.*' holds, BPRMF\("):
        load_weights(other, tmp_path / "model.safetensors")


def graph(users: list, items: list) -> HeteroData:
    data = HeteroData()
    for kind, ids in (("user", users), ("item", items)):
        data[kind].raw_id, data[kind].num_nodes = IdMap(ids), len(ids)
    return data


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The weights of a model of users a, b, c and items 7, 8, each row of which says whose it is."""
    model = BPRMF(3, 2, embedding_dim=2)
    model.user_embedding.weight.data = torch.tensor([[1.0, 1], [2, 2], [3, 3]])
    model.item_embedding.weight.data = torch.tensor([[7.0, 7], [8, 8]])
    save_weights(model, tmp_path / "ids.safetensors", graph(["a", "b", "c"], [7, 8]))
    return tmp_path / "ids.safetensors"


def test_weights_find_their_users_and_items_in_any_order(file: Path) -> None:
    model = BPRMF(3, 2, embedding_dim=2)
    load_weights(model, file, graph(["c", "a", "b"], [8, 7]))
    assert model.user_embedding.weight[:, 0].tolist() == [3, 1, 2]
    assert model.item_embedding.weight[:, 0].tolist() == [8, 7]
    assert load_ids(file) == {"user": ("a", "b", "c"), "item": (7, 8)}


def test_weights_never_meet_other_users_or_items(file: Path) -> None:
    model = BPRMF(3, 2, embedding_dim=2)
    before = model.user_embedding.weight.clone()
    pattern = (
        r"'data' needs to be a graph with the users of these weights .*lacks 1, such as 'c'; it has others, "
    )
    with pytest.raises(ValueError, match=pattern + r"1, such as 'd'.*model\.grow\(load_ids\(path\), data\)"):
        load_weights(model, file, graph(["d", "a", "b"], [8, 7]))
    with pytest.raises(ValueError, match="a graph with the items of these weights"):
        load_weights(model, file, graph(["a", "b", "c"], ["7", "8"]))
    with pytest.raises(ValueError, match=r"one that from_data built for the (users|items) of the weights in"):
        load_weights(model, file)
    with pytest.raises(ValueError, match=r"raw ids of its .*raw_id = IdMap\(ids\)"):
        load_weights(model, file, HeteroData())
    with pytest.raises(
        ValueError, match=r"whose weights '.*' holds, .*model\.grow\(load_ids\(path\), data\)"
    ):
        load_weights(BPRMF(4, 2, embedding_dim=2), file, graph(["a", "b", "c", "d"], [7, 8]))
    assert torch.equal(model.user_embedding.weight, before)
    with pytest.raises(ValueError, match=r"3 nodes of type 'user' in 'save_weights' \(got 2\)"):
        save_weights(model, file, graph(["a", "b"], [7, 8]))


def test_a_saved_model_grows_without_its_old_graph(file: Path) -> None:
    old, today = BPRMF(3, 2, embedding_dim=2), graph(["d", "c", "b", "a"], [7, 8])
    load_weights(old, file, graph(["a", "b", "c"], [7, 8]))
    new = old.grow(load_ids(file), today)
    assert new.user_embedding.weight[1:, 0].tolist() == [3, 2, 1]


def test_weights_of_a_graph_without_ids_are_trusted(tmp_path: Path) -> None:
    data, model = HeteroData(), BPRMF(3, 2, embedding_dim=2)
    data["user"].num_nodes, data["item"].num_nodes = 3, 2
    save_weights(model, tmp_path / "model.safetensors", data)
    assert load_ids(tmp_path / "model.safetensors") == {}
    for later in (None, data, graph(["a", "b", "c"], [7, 8])):
        other = BPRMF(3, 2, embedding_dim=2)
        load_weights(other, tmp_path / "model.safetensors", later)
        assert torch.equal(other.user_embedding.weight, model.user_embedding.weight)


def test_weights_missing_or_truncated(tmp_path: Path) -> None:
    model, path = BPRMF(4, 5), tmp_path / "model.safetensors"
    with pytest.raises(ValueError, match="'path' needs to be an existing file"):
        load_weights(model, path)
    save_weights(model, path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match="'path' needs to be a complete safetensors file"):
        load_weights(model, path)


def test_a_byte_that_changed(tmp_path: Path) -> None:
    model, path = BPRMF(4, 5, embedding_dim=3), tmp_path / "model.safetensors"
    save_weights(model, path)
    content = path.read_bytes()
    value = model.item_embedding.weight.detach().numpy().tobytes()
    at = content.index(value[:8])
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(ValueError, match=r"complete safetensors file, as it was written .*is damaged"):
        load_weights(model, path)


@pytest.mark.parametrize("change", ["missing", "shape", "type", "more"])
def test_weights_in_other_shapes(tmp_path: Path, change: str) -> None:
    model, path = BPRMF(4, 5, embedding_dim=3), tmp_path / "model.safetensors"
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    name = "item_embedding.weight"
    if change == "missing":
        del weights[name]
    elif change == "more":
        weights["other"] = torch.zeros(1)
    else:
        weights[name] = weights[name][:4] if change == "shape" else weights[name].double()
    save_file(weights, path, metadata={"model": repr(model)})
    with pytest.raises(ValueError, match="'path' needs to be a file with all weights of the model"):
        load_weights(model, path)


def test_without_a_graph_the_model_has_to_be_of_the_same_users_and_items(tmp_path: Path) -> None:
    """Also where the file holds no ids: ``from_data`` knows whose the rows are."""
    ours, others = graph(["a", "b", "c"], [7, 8]), graph(["a", "c", "b"], [7, 8])
    model = BPRMF.from_data(ours, embedding_dim=2)
    for data in (None, ours):
        save_weights(model, tmp_path / "weights.safetensors", data)
        same = BPRMF.from_data(ours, embedding_dim=2, seed=5)
        load_weights(same, tmp_path / "weights.safetensors")
        assert torch.equal(same.user_embedding.weight, model.user_embedding.weight)
        with pytest.raises(ValueError, match="'model' needs to be one that from_data built for the users"):
            load_weights(BPRMF.from_data(others, embedding_dim=2), tmp_path / "weights.safetensors")


def test_what_a_file_holds(tmp_path: Path) -> None:
    model, path = BPRMF(3, 2, embedding_dim=2), tmp_path / "model.safetensors"
    write_weights(model, path, {}, "run 7, epoch 2")
    found = read_weights(path, "test")
    assert found == WeightsFile(repr(model), {}, "run 7, epoch 2", found.weights, {})
    assert found.weights.keys() == model.state_dict().keys()
    save_weights(model, path)
    assert read_weights(path, "test").written_by == ""
