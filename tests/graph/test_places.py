import pytest
import torch

from pygmmrec.graph.places import channels_last, has_layout, layout_of, pool_places


def test_dimensions_say_what_features_are() -> None:
    shapes = {"nodes": (2, 3), "tokens": (2, 4, 3), "maps": (2, 3, 4, 5)}
    assert {name: layout_of(torch.zeros(shape)) for name, shape in shapes.items()} == {n: n for n in shapes}
    assert not has_layout(torch.zeros(2, 3).long())
    for shape in ((2,), (2, 3, 4, 5, 6)):
        assert not has_layout(torch.zeros(shape))
        with pytest.raises(ValueError, match=r"'x' needs to be \[N, F\], tokens .* in 'layout_of'"):
            layout_of(torch.zeros(shape))


def test_channels_come_last() -> None:
    maps = torch.randn(2, 3, 4, 5)
    assert torch.equal(channels_last(maps)[1, 3, 4], maps[1, :, 3, 4])
    for shape in ((2, 3), (2, 4, 3)):
        x = torch.randn(shape)
        assert channels_last(x) is x


def test_the_mean_over_places() -> None:
    vectors, tokens, maps = torch.randn(2, 3), torch.randn(2, 4, 3), torch.randn(2, 3, 4, 5)
    assert pool_places(vectors) is vectors
    torch.testing.assert_close(pool_places(tokens), sum(tokens[:, place] for place in range(4)) / 4)
    by_hand = sum(maps[:, :, row, column] for row in range(4) for column in range(5)) / 20
    torch.testing.assert_close(pool_places(maps), by_hand)
