from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.serving.similar import Alike

X = torch.tensor([[1.0, 0.0], [2.0, 0.1], [0.0, 3.0], [-1.0, 0.0], [0.0, 0.0]])


def test_cosine_and_inner_products() -> None:
    by_angle = Alike(X)(torch.tensor([0, 2]), 2, "cosine")
    assert by_angle.row.tolist() == [0, 0, 1, 1]
    assert by_angle.column.tolist()[:3] == [1, 2, 1]
    assert by_angle.score.tolist()[0] == pytest.approx(2 / (4.01**0.5))
    by_product = Alike(X)(torch.tensor([1]), 2, "dot")
    assert by_product.column.tolist() == [0, 2]
    assert by_product.score.tolist() == pytest.approx([2.0, 0.3])


def test_nobody_is_like_itself() -> None:
    everybody = Alike(X)(torch.arange(5), 99, "cosine")
    assert everybody.row.numel() == 5 * 4
    assert not torch.any(everybody.row == everybody.column)


def test_dense_formula_and_some_only() -> None:
    x = torch.randn(30, 6, dtype=torch.float64)
    unit = x / x.norm(dim=1, keepdim=True)
    expected = (unit @ unit.t()).fill_diagonal_(-torch.inf)
    columns = torch.arange(0, 30, 3)
    for among in (None, columns):
        found = Alike(x)(torch.arange(30), 3, "cosine", among)
        allowed = expected if among is None else expected[:, among]
        torch.testing.assert_close(found.score.view(30, 3), allowed.topk(3).values)
        assert among is None or bool(torch.isin(found.column, among).all())


def test_arguments() -> None:
    with pytest.raises(ValueError, match=r"'metric' needs to be one of \['cosine', 'dot'\]"):
        Alike(X)(torch.tensor([0]), 2, "euclid")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'k'"):
        Alike(X)(torch.tensor([0]), 0, "dot")


def test_rows_of_length_one_are_computed_once_by_whoever_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counted(x: torch.Tensor) -> torch.Tensor:
        calls.append(len(x))
        return unit_rows(x)

    monkeypatch.setattr("pygmmrec.serving.similar.unit_rows", counted)
    alike = Alike(X)
    alike(torch.tensor([0]), 1, "dot")
    assert calls == []
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: alike(torch.tensor([row]), 2, "cosine").column.tolist(), [0] * 32))
    assert calls == [5]
    assert found == [[1, 2]] * 32
