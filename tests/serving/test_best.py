import pytest
import torch

from pygmmrec.serving.best import Best, best

SCORES = torch.tensor([[0.3, 0.9, 0.1, 0.5], [0.2, 0.1, 0.8, 0.4]])


def found(best: Best) -> list[tuple[int, int, int]]:
    assert best.score.numel() == best.row.numel()
    return list(zip(best.row.tolist(), best.place.tolist(), best.column.tolist(), strict=True))


def ask(*index: int, k: int = 2, **options: torch.Tensor) -> Best:
    return best(lambda block: SCORES[block], torch.tensor(index, dtype=torch.int64), k, 4, **options)


def test_the_best_of_each_row() -> None:
    answer = ask(1, 0, 1)
    assert found(answer) == [(0, 1, 2), (0, 2, 3), (1, 1, 1), (1, 2, 3), (2, 1, 2), (2, 2, 3)]
    assert answer.score.tolist() == pytest.approx([0.8, 0.4, 0.9, 0.5, 0.8, 0.4])


def test_there_are_no_more_than_are_left() -> None:
    exclude = torch.tensor([[0, 0, 1], [1, 3, 2]])
    assert found(ask(0, 1, k=9, exclude=exclude)) == [
        (0, 1, 0), (0, 2, 2), (1, 1, 3), (1, 2, 0), (1, 3, 1),
    ]  # fmt: skip
    everything = torch.tensor([[0] * 4, [0, 1, 2, 3]])
    assert found(ask(0, k=9, exclude=everything)) == []


def test_some_columns_only() -> None:
    columns = torch.tensor([0, 2, 3])
    assert found(ask(0, 1, k=1, columns=columns)) == [(0, 1, 3), (1, 1, 2)]
    exclude = torch.tensor([[0, 0, 1], [1, 3, 2]])  # of which column 1 is none of them
    answer = ask(0, 1, k=4, columns=columns, exclude=exclude)
    assert found(answer) == [(0, 1, 0), (0, 2, 2), (1, 1, 3), (1, 2, 0)]
    assert answer.score.tolist() == pytest.approx([0.3, 0.1, 0.4, 0.2])


def test_nobody_asks_or_nothing_is_left() -> None:
    assert found(ask()) == []
    assert found(ask(0, columns=torch.tensor([], dtype=torch.int64))) == []


def test_blocks_do_not_matter() -> None:
    index = torch.tensor([1, 0, 1, 0, 0])
    whole = best(lambda block: SCORES[block], index, 3, 4)
    parts = best(lambda block: SCORES[block], index, 3, 4, block_size=2)
    assert all(torch.equal(a, b) for a, b in zip(whole, parts, strict=True))
