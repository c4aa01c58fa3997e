from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from pygmmrec.bundles.tensors import Tensors, load_tensors

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.bool]


def round_trip(path: Path, *values: Tensor) -> list[Tensor]:
    tensors = Tensors()
    names = [tensors.add(value, f"x{place}") for place, value in enumerate(values)]
    tensors.save(path)
    found = load_tensors(path, "here")
    return [found[name] for name in names]


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_shapes_and_types(dtype: torch.dtype, tmp_path: Path) -> None:
    values = [torch.randn(3, 4).to(dtype), torch.ones(0, 2).to(dtype), torch.ones(()).to(dtype)]
    for value, found in zip(values, round_trip(tmp_path / "a.safetensors", *values), strict=True):
        assert (found.dtype, found.shape) == (value.dtype, value.shape)
        assert torch.equal(found, value)


def test_the_same_view_is_stored_once_and_another_view_is_its_own(tmp_path: Path) -> None:
    x = torch.arange(12.0).view(3, 4)
    found = round_trip(tmp_path / "a.safetensors", x, x, x.view(3, 4), x[1:], x.t(), x.clone())
    assert found[0] is found[1] is found[2]
    assert [each.tolist() for each in found[3:]] == [x[1:].tolist(), x.t().tolist(), x.tolist()]
    assert len({each.data_ptr() for each in found}) == 4


def test_names_that_meet_stay_apart(tmp_path: Path) -> None:
    tensors = Tensors()
    names = [tensors.add(torch.full((2,), value), "x") for value in (1.0, 2.0)]
    tensors.save(tmp_path / "a.safetensors")
    found = load_tensors(tmp_path / "a.safetensors", "here")
    assert [found[name].tolist() for name in names] == [[1, 1], [2, 2]]


def test_gradients_and_strides_do_not_matter(tmp_path: Path) -> None:
    weight = nn.Parameter(torch.ones(2, 3))
    found = round_trip(tmp_path / "a.safetensors", weight, torch.ones(2, 3).t(), torch.ones(3).expand(2, 3))
    assert [list(each.shape) for each in found] == [[2, 3], [3, 2], [2, 3]]
    assert not any(each.requires_grad for each in found)
    assert all(each.is_contiguous() for each in found)


def test_what_was_read_is_no_part_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    (found,) = round_trip(path, torch.ones(3))
    path.write_bytes(b"\xff" * path.stat().st_size)
    assert found.tolist() == [1, 1, 1]


@pytest.mark.filterwarnings("ignore:Sparse")
def test_tensors_of_other_kinds_are_errors() -> None:
    class Own(Tensor):
        pass

    others = [torch.eye(3).to_sparse(), torch.ones(2, dtype=torch.complex128), torch.ones(2).as_subclass(Own)]
    for value, told in zip(others, ["sparse_coo", "complex128", "Own"], strict=True):
        with pytest.raises(ValueError, match=f"'item.x' needs to be a plain dense tensor.*{told}"):
            Tensors().add(value, "item.x")


@pytest.mark.parametrize("content", [None, b"", b"\x08\0\0\0\0\0\0\0{}", b"no tensors" * 9])
def test_a_damaged_file_is_an_error(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"'path' needs to be .* in 'here' .*a\.safetensors"):
        load_tensors(path, "here")
