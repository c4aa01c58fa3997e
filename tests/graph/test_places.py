import pytest
import torch

from pygmmrec.graph import blocks
from pygmmrec.graph.places import channels_last, has_layout, layout_of, pool_places, pooled


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


@pytest.mark.parametrize("block", [1, 200, 1 << 24])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_stored_features_are_pooled_in_blocks(
    monkeypatch: pytest.MonkeyPatch, block: int, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    for shape in ((5, 3), (5, 4, 3), (5, 3, 4, 2)):
        x = torch.randn(shape).to(dtype)
        found = pooled(x)
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, pool_places(x.float()))
