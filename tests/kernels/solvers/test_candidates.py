import pytest
import torch

from pygmmrec.kernels.solvers.candidates import candidates
from pygmmrec.kernels.solvers.gram import Gram


@pytest.mark.parametrize("unrelated", [False, True])
def test_those_that_explain_most_alone(binary, unrelated) -> None:
    x, dense = binary
    g = dense.t() @ dense
    gain = (g**2 / (g.diagonal() + 2.0)).fill_diagonal_(-torch.inf)
    if not unrelated:
        gain[g == 0] = -torch.inf
    seen: list[torch.Tensor] = []
    found = candidates(
        Gram(x), 3, 2.0, unrelated=unrelated, seen=lambda block, rows: seen.append(rows.clone())
    )
    assert torch.equal(torch.cat(seen), g)
    best = gain.sort(dim=1, descending=True, stable=True)
    expected = best.indices.masked_fill(best.values.isneginf(), -1)[:, :3]
    assert found.tolist() == expected.tolist()
    assert found[0].tolist() == ([1, 2, 3] if unrelated else [-1, -1, -1])
