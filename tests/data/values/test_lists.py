import numpy as np
import pyarrow as pa
import pytest

from pygmmrec.data.values.lists import depth_of, element_of, list_rows


def test_lists_inside_one_another_are_counted() -> None:
    kinds = [pa.float32(), pa.list_(pa.float64()), pa.list_(pa.large_list(pa.list_(pa.float16(), 3)))]
    assert [depth_of(kind) for kind in kinds] == [0, 1, 3]
    assert [element_of(kind) for kind in kinds] == [pa.float32(), pa.float64(), pa.float16()]


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.large_list(pa.float32()), pa.list_(pa.float32(), 2)]
)
def test_rows_of_lists_and_of_slices_of_them(kind: pa.DataType) -> None:
    column = pa.array([[1.0, 2.0], None, [3.0, 4.0], [5.0, 6.0]], kind)
    assert list_rows(column.slice(2), "text", "test").tolist() == [[3.0, 4.0], [5.0, 6.0]]
    found = list_rows(column.slice(1, 2), "text", "test")
    assert np.isnan(found[0]).all()
    assert found[1].tolist() == [3.0, 4.0]
    assert list_rows(pa.array([0.5, None]), "text", "test")[0] == 0.5


def test_lists_that_are_no_matrix_are_errors() -> None:
    with pytest.raises(
        ValueError, match=r"'text' needs to be a column of lists of one length in 'test' .*\[2, 1\]"
    ):
        list_rows(pa.array([[1.0, 2.0], [3.0]]), "text", "test")
    with pytest.raises(ValueError, match="'text' needs to be a floating-point matrix"):
        list_rows(pa.array([[1], [2]]), "text", "test")
