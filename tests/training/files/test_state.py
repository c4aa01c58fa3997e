import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from pygmmrec.training.files.state import check_moments, check_state, load_state, save_state


def test_state_comes_back(tmp_path: Path) -> None:
    state = {"tensor": torch.arange(3.0), "list": [{"a": 0.5}], "none": None}
    save_state(state, tmp_path / "state.pt")
    loaded = load_state(tmp_path / "state.pt")
    assert torch.equal(loaded.pop("tensor"), state.pop("tensor"))
    assert loaded == state


class Payload:
    """Would run code if it were unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a file was unpickled",))


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(pickle.dumps(Payload(), protocol=2))
    with pytest.raises(ValueError, match=r"'path' needs to be a complete state .*Delete it to start anew"):
        load_state(tmp_path / "state.pt")


def test_a_byte_that_changed(tmp_path: Path) -> None:
    path, values = tmp_path / "state.pt", torch.arange(100.0)
    save_state({"tensor": values}, path)
    content = path.read_bytes()
    at = content.index(values.numpy().tobytes()[200:240])
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(ValueError, match=r"'path' needs to be a complete state .*BadZipFile.*state.pt"):
        load_state(path)


def test_a_file_without_names(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "state.pt")
    with pytest.raises(ValueError, match="'path' needs to be a complete state"):
        load_state(tmp_path / "state.pt")


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state["list"][0].update(a=0.25),
        lambda state: state["list"].append(1),
        lambda state: state.pop("none"),
        lambda state: state.update(none=False),
        lambda state: state.update(tensor=state["tensor"].view(3, 1)),
        lambda state: state.update(tensor=state["tensor"].view(torch.int32)),
        lambda state: state.update(pair=[1, 2]),
        lambda state: state.update(checksum=True),
    ],
)
def test_a_part_that_was_changed_and_saved_again(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "state.pt"
    state = {"tensor": torch.arange(3.0), "list": [{"a": 0.5}], "none": None, "pair": (1, 2)}
    save_state(state, path)
    read = torch.load(path, weights_only=True)
    change(read)
    torch.save(read, path)
    with pytest.raises(ValueError, match="its checksum is of something else"):
        load_state(path)


LIKE: dict[str, Any] = {
    "tensor": torch.zeros(2, 3), "number": 1.5, "text": "a", "inner": {"flag": True}, "list": [1],
    "any": None, "empty": {},
}  # fmt: skip


def test_what_may_differ() -> None:
    other = {**copy.deepcopy(LIKE), "number": 3, "list": [], "any": "thing", "empty": {"a": 1}}
    check_state(other, LIKE, Path("state.pt"))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("tensor", torch.zeros(3, 2), r"state.tensor is not torch.float32 \[2, 3\]"),
        ("tensor", torch.zeros(2, 3, dtype=torch.float64), "state.tensor is not torch.float32"),
        ("tensor", [0.0], "state.tensor is not"),
        ("number", "1", "state.number is no number"),
        ("number", True, "state.number is no number"),
        ("text", 1, "state.text is no str"),
        ("inner", {}, r"state.inner does not hold \['flag'\]"),
        ("inner", {"flag": 1}, "state.inner.flag is no bool"),
        ("list", (1,), "state.list is no list"),
        ("empty", [], "state.empty does not hold"),
    ],
)
def test_what_may_not(name: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=rf"'path' needs to be a complete state of a run \({reason}"):
        check_state({**LIKE, name: value}, LIKE, Path("state.pt"))
    missing = {key: each for key, each in LIKE.items() if key != name}
    with pytest.raises(ValueError, match="state does not hold"):
        check_state(missing, LIKE, Path("state.pt"))


@pytest.mark.parametrize(
    "change",
    [
        lambda moments: moments[0].update(exp_avg=torch.zeros(1, 3)),
        lambda moments: moments[0].update(exp_avg_sq=torch.zeros(3, 5)),
        lambda moments: moments[1].update(exp_avg=torch.zeros(5, dtype=torch.int64)),
        lambda moments: moments[1].pop("exp_avg"),
        lambda moments: moments.update({7: moments[0]}),
        lambda moments: moments.update({"0": moments[0]}),
        lambda moments: moments.update({0: None}),
    ],
)
def test_moments_of_another_shape(change: Any) -> None:
    layer = nn.Linear(3, 5)
    optimizer = torch.optim.Adam(layer.parameters(), fused=True)
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    state, shapes = optimizer.state_dict(), [[5, 3], [5]]
    check_moments(state, shapes, Path("state.pt"))
    change(state["state"])
    with pytest.raises(ValueError, match=r"'path' needs to be a complete state of a run \(optimizer"):
        check_moments(state, shapes, Path("state.pt"))
