import torch

from pygmmrec.kernels.columns.arguments import alike, first_shard, is_any


def test_looking_for_something_among_arguments() -> None:
    marked = torch.nn.Parameter(torch.ones(2, 3))
    plain = torch.zeros(2, 3)
    kind = torch.nn.Parameter
    assert is_any(kind, plain, marked)
    assert not is_any(kind, plain, 3)
    assert first_shard(kind, ((plain, [plain, marked]), {"x": 1})) is marked
    assert alike(marked, plain)
    assert not alike(marked, plain.t())
    assert not alike(marked, 2)
