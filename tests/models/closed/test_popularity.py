import torch

from pygmmrec.models import Popularity


def test_everybody_gets_the_degrees(data, r, scores_of) -> None:
    assert torch.equal(scores_of(Popularity.from_data(data), data), r.sum(dim=0).expand(14, 16))
