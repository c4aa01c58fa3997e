"""Images from files, bytes and arrays; broken ones are none."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch

from pygmmrec.encoders.image_file import open_image

image = pytest.importorskip("PIL.Image", reason="needs the extra 'image'")

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 3), dtype=np.uint8)


def packed(pixels: np.ndarray, kind: str = "png") -> bytes:
    held = BytesIO()
    image.fromarray(pixels).save(held, kind)
    return held.getvalue()


def test_a_path_bytes_an_array_and_an_image_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(packed(PIXELS))
    sources = [path, str(path), packed(PIXELS), bytearray(packed(PIXELS)), PIXELS, torch.from_numpy(PIXELS)]
    for source in [*sources, image.fromarray(PIXELS)]:
        opened = open_image(source)
        assert opened.mode == "RGB"
        assert np.array_equal(np.asarray(opened), PIXELS)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA"])
def test_every_mode_of_8_bits_becomes_rgb(mode: str) -> None:
    assert open_image(image.fromarray(PIXELS).convert(mode)).mode == "RGB"
    assert np.asarray(open_image(PIXELS[..., 0])).shape == (6, 4, 3)


def test_what_is_broken_is_none(tmp_path: Path) -> None:
    whole = packed(PIXELS)
    (tmp_path / "cut.png").write_bytes(whole[:-40])
    (tmp_path / "cut.jpg").write_bytes(packed(np.tile(PIXELS, (40, 40, 1)), "jpeg")[:-500])
    broken = [b"no image", whole[:20], whole[:30] + b"\0\0\0\0" + whole[34:], tmp_path / "gone.png"]
    for source in [*broken, tmp_path / "cut.png", tmp_path / "cut.jpg", tmp_path]:
        assert open_image(source) is None


def test_more_than_8_bits_would_be_cut_off_and_are_none() -> None:
    deep = image.fromarray(np.full((4, 4), 40_000, dtype=np.uint16))
    assert open_image(deep) is None


@pytest.mark.parametrize(
    "array", [PIXELS / 255, PIXELS.astype(np.int64), np.zeros((3, 8, 8), dtype=np.uint8)]
)
def test_an_array_that_is_no_image_is_an_error(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="arrays of uint8"):
        open_image(array)
