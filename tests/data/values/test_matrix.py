"""Feature matrices from any dense source."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch

from pygmmrec.data.values.matrix import as_matrix, tensor_of

MATRIX = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.mark.parametrize(
    "values",
    [
        MATRIX,
        MATRIX.tolist(),
        MATRIX.astype(">f8"),
        np.asfortranarray(MATRIX),
        torch.from_numpy(MATRIX).double().requires_grad_(),
        pd.DataFrame(MATRIX),
        pd.DataFrame(MATRIX, columns=["a", "b"]).astype("Float64"),
        {"a": MATRIX[:, 0], "b": MATRIX[:, 1]},
        np.ma.masked_array(MATRIX, mask=False),
        MATRIX.astype(np.float16),
        MATRIX.astype(">f2"),
        sp.csr_matrix(MATRIX),
        sp.coo_array(MATRIX.astype(float)),
        torch.from_numpy(MATRIX).to_sparse(),
        torch.from_numpy(MATRIX).to_sparse_csr(),
    ],
)
def test_every_source_becomes_float32(values: object) -> None:
    matrix = as_matrix(values, "text", "test")
    assert matrix.dtype == torch.float32
    assert not matrix.requires_grad
    assert matrix.tolist() == MATRIX.tolist()


def test_what_is_masked_is_nan() -> None:
    mask = np.array([[True, True], [False, False], [False, False]])
    matrix = as_matrix(np.ma.masked_array(MATRIX, mask=mask), "text", "test")
    assert matrix.isnan().tolist() == mask.tolist()
    with pytest.raises(ValueError, match=r"'text' needs to be finite .* in 1 rows, \[0\]"):
        as_matrix(np.ma.masked_array(MATRIX, mask=mask & [True, False]), "text", "test")


@pytest.mark.filterwarnings("ignore:The PyTorch API of MaskedTensors")
def test_what_is_masked_in_a_tensor_is_nan() -> None:
    keep = torch.tensor([[False, False], [True, True], [True, True]])
    masked = torch.masked.masked_tensor(torch.from_numpy(MATRIX), keep)
    assert as_matrix(masked, "text", "test").isnan().tolist() == (~keep).tolist()


def test_what_lacks_in_a_frame_is_nan() -> None:
    frame = pd.DataFrame({"a": [1.0, None], "b": [1.0, None]}, dtype="Float64")
    assert as_matrix(frame, "text", "test").isnan().all(dim=1).tolist() == [False, True]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_of_torch_stays_and_is_checked(dtype: torch.dtype) -> None:
    values = torch.from_numpy(MATRIX).to(dtype)
    assert as_matrix(values, "text", "test") is not None
    assert as_matrix(values, "text", "test").data_ptr() == values.data_ptr()
    values[1, 1] = torch.inf
    with pytest.raises(ValueError, match=rf"finite in {str(dtype)[6:]} .* in 1 rows, \[1\]"):
        as_matrix(values, "text", "test")


def test_what_a_file_holds_is_copied_only_where_it_has_to_be() -> None:
    for dtype in (np.float16, np.float32):
        values = MATRIX.astype(dtype)
        assert tensor_of(values).tolist() == values.tolist()
        assert np.shares_memory(tensor_of(values).numpy(), values)
        assert not np.shares_memory(as_matrix(values, "text", "test").numpy(), values)
    values.flags.writeable = False
    assert not np.shares_memory(tensor_of(values).numpy(), values)
    assert tensor_of(MATRIX.astype(">f2")).dtype == torch.float16
    assert tensor_of(MATRIX.astype(float)).dtype == torch.float32


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0, 2.0], [3.0]], r"'text' needs to be a matrix \[N, F\] .*rows of different lengths"),
        (
            pd.DataFrame({"id": [1, 2], "x": [0.5, 1.5]}),
            r"'text\['id'\]' needs to be a floating.*int64.*ids apart",
        ),
        (pd.DataFrame({"id": ["a", "b"], "x": [0.5, 1.5]}), r"'text\['id'\]' needs to be a floating"),
        (pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]), "columns of different names"),
        (pd.DataFrame(), "a matrix .* that is not empty"),
        (torch.ones(2, 2, device="meta"), "a tensor with values"),
        (None, "a floating-point matrix"),
    ],
)
def test_other_things_are_errors(values: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_matrix(values, "text", "test")
