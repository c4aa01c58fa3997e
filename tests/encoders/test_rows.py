import numpy as np

from pygmmrec.encoders.rows import Rows


def test_rows_are_nan_until_they_are_filled() -> None:
    rows = Rows()
    assert rows.matrix is None
    matrix = rows.create((3, 2))
    assert matrix is rows.matrix
    assert matrix.dtype == np.float32
    assert np.isnan(matrix).all()
    rows.note()
    assert rows.done == 1
