"""Images by timm, with weights that know a palace from a daisy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_images
from torch import nn

from pygmmrec.data import Sidecar
from pygmmrec.encoders import ImageEncoder, encode
from pygmmrec.encoders.extras import load_extra

PALACE, DAISY = 698, 985
"""Classes of ImageNet."""


@pytest.fixture(scope="session")
def photographs() -> list[np.ndarray]:
    """A temple in China and a flower, [H, W, 3]."""
    return load_sample_images().images


@pytest.fixture(scope="session")
def drawings() -> list[np.ndarray]:
    """Noise, a ramp and a disc, [H, W, 3]."""
    noise = np.random.default_rng(0).integers(0, 256, (180, 240, 3), dtype=np.uint8)
    ramp = np.broadcast_to(np.arange(224, dtype=np.uint8)[None, :, None], (224, 224, 3))
    disc = (np.hypot(*np.mgrid[-100:100, -60:140]) < 50).astype(np.uint8)[..., None] * np.uint8([250, 30, 60])
    return [noise, np.ascontiguousarray(ramp), disc]


def cosines(values: torch.Tensor) -> torch.Tensor:
    unit = torch.nn.functional.normalize(values, dim=-1)
    return unit @ unit.t()


def test_settings_are_known_before_anything_is_loaded() -> None:
    encoder = ImageEncoder("resnet50", image_size=96, pooling="max", normalize=True, revision="v1")
    assert encoder.settings() == {"image_size": 96, "pooling": "max", "normalize": True}
    assert (encoder.kind, encoder.model, encoder.revision) == ("image", "resnet50", "v1")
    with pytest.raises(ValueError, match="'image_size' needs to be at least 1"):
        ImageEncoder("resnet50", image_size=0)


@pytest.mark.encoders
def test_the_weights_see_what_is_there(lite0: nn.Module, photographs: list[np.ndarray]) -> None:
    encoder = ImageEncoder(lite0)
    encoder.load(torch.device("cpu"))
    images, known = encoder.prepare(photographs)
    with torch.no_grad():
        assert lite0(images).argmax(dim=1).tolist() == [PALACE, DAISY]
    assert known.all()
    with torch.no_grad():
        classes = lite0.classifier(encoder.embed((images, known)))
    assert classes.argmax(dim=1).tolist() == [PALACE, DAISY]


@pytest.mark.encoders
def test_equal_images_are_equal_and_mirrored_ones_near(
    lite0: nn.Module, photographs: list[np.ndarray], drawings: list[np.ndarray]
) -> None:
    images = photographs + drawings
    raw = [*images, *(image.copy() for image in images), *(image[:, ::-1] for image in images)]
    values = encode(range(15), raw, lite0, batch_size=4).values
    assert values.shape == (15, 1280)
    assert torch.equal(values[:5], values[5:10])
    near = cosines(values)
    mirrored = near[torch.arange(5), torch.arange(10, 15)]
    assert mirrored[:2].min() > 0.95  # photographs
    assert mirrored.min() > 0.8
    others = near[:5, :5].masked_fill(torch.eye(5, dtype=torch.bool), -1)
    assert (mirrored > others.max(dim=1).values + 0.1).all()


@pytest.mark.encoders
def test_files_twice_are_the_same_to_the_bit_and_broken_ones_missing(
    lite0: nn.Module, photographs: list[np.ndarray], tmp_path: Path, caplog
) -> None:
    image = load_extra("PIL.Image", "image")
    for name, pixels in zip(("temple", "flower"), photographs, strict=True):
        image.fromarray(pixels).save(tmp_path / f"{name}.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "temple.jpg").read_bytes()[:2000])
    (tmp_path / "text.jpg").write_text("no image")
    names = ["temple", "cut", "gone", "flower", "text"]
    paths = [str(tmp_path / f"{name}.jpg") for name in names]
    outputs = [tmp_path / "one.npy", tmp_path / "two.npy"]
    features = [encode(names, paths, lite0, output=output, batch_size=2) for output in outputs]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert features[0].values.isnan().all(dim=1).tolist() == [False, True, True, False, True]
    assert "one.npy: 3 of 5 items have no features but a row of NaN: ['cut', 'gone', 'text']" in caplog.text
    sidecar = Sidecar.of(outputs[0])
    assert sidecar is not None
    assert (sidecar.num_missing, sidecar.missing) == (3, ["cut", "gone", "text"])
    assert sidecar.found["input_size"] == [3, 224, 224]
    assert sidecar.found["mean"] == sidecar.found["std"] == [0.5, 0.5, 0.5]
    assert {"timm", "torchvision", "pillow"} <= set(sidecar.versions)


@pytest.mark.encoders
def test_images_that_are_all_broken_are_an_error(lite0: nn.Module) -> None:
    with pytest.raises(ValueError, match="values of which one can be encoded"):
        encode(["u", "v"], [b"no image", b"neither"], lite0, batch_size=1)


@pytest.mark.encoders
def test_size_and_length_are_what_is_asked_for(lite0: nn.Module, photographs: list[np.ndarray]) -> None:
    encoder = ImageEncoder(lite0, image_size=96, normalize=True)
    values = encode(["u", "v"], photographs, encoder).values
    assert encoder.found()["input_size"] == (3, 96, 96)
    assert encoder.prepare(photographs)[0].shape == (2, 3, 96, 96)
    assert torch.allclose(values.norm(dim=1), torch.ones(2))


@pytest.mark.encoders
@pytest.mark.usefixtures("timm")
def test_a_model_of_ones_own_takes_images(photographs: list[np.ndarray]) -> None:
    colours = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    values = encode(["u", "v"], photographs, ImageEncoder(colours, image_size=32)).values
    assert values.shape == (2, 3)


@pytest.mark.encoders
def test_a_folder_in_the_layout_of_timm_is_a_model(
    timm: Any, lite0: nn.Module, photographs: list[np.ndarray], tmp_path: Path
) -> None:
    timm.models.save_for_hf(lite0, tmp_path / "lite0", safe_serialization=True)
    folder = encode(["u", "v"], photographs, tmp_path / "lite0").values
    assert torch.equal(folder, encode(["u", "v"], photographs, lite0).values)
    largest = encode(["u", "v"], photographs, ImageEncoder(tmp_path / "lite0", pooling="max")).values
    assert (largest >= folder).all()
    assert not torch.equal(largest, folder)
