"""Images to vectors, by timm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import torch
from torch import Tensor

from pygmmrec.encoders.extras import load_extra
from pygmmrec.encoders.image_file import open_image
from pygmmrec.encoders.model_encoder import ModelEncoder
from pygmmrec.encoders.objects import Objects
from pygmmrec.utils.check import check_integer

SEEN = ("input_size", "mean", "std", "interpolation", "crop_pct", "crop_mode")
"""What timm's configuration says about how an image is made ready."""


class ImageEncoder(ModelEncoder):
    """One vector for each image, by a model of `timm <https://huggingface.co/docs/timm>`_: what stands before
    its classifier. Needs the extra ``image``.

    An image is resized, cropped and normalised as the model was trained. One that is broken, or of more than
    8 bits a channel, is missing.

    Args:
        model: A name that timm knows such as ``resnet50``, or ``hf-hub:user/model``; a local folder in timm's
            layout; or a loaded model of timm or of your own, which takes [b, 3, H, W].
        image_size: Height and width in pixels (default: ``None``, as the model was trained).
        pooling: How the places of an image become one vector, such as ``avg``, ``max`` or ``token`` (default:
            ``None``, as the model does).
        normalize: Whether to give each vector the length 1 (default: ``False``).
        revision: Branch, tag or commit on the hub (default: ``None``, the newest).

    Raises:
        ValueError: If a local folder is not there, or a pooling or revision is asked of a loaded model.
    """

    kind: ClassVar[str] = "image"
    packages: ClassVar[tuple[str, ...]] = ("timm", "torchvision", "pillow")

    def __init__(
        self,
        model: Any,
        *,
        image_size: int | None = None,
        pooling: str | None = None,
        normalize: bool = False,
        revision: str | None = None,
    ) -> None:
        super().__init__(model, pooling=pooling, normalize=normalize, revision=revision)
        size = None if image_size is None else check_integer(image_size, "image_size", self, at_least=1)
        self.image_size = size
        self._config: dict[str, Any] = {}
        self._transform: Any = None

    def settings(self) -> dict[str, Any]:
        """Size, pooling and normalisation, as asked."""
        return {"image_size": self.image_size, **super().settings()}

    def read(self, raw: Any, *, progress: bool) -> Objects:
        """The files or images of all items; a text is a path."""
        return Objects(raw, text_is_path=True, progress=progress)

    def load(self, device: torch.device) -> str:
        """Load the model if it is not, move it there, and find out how it wants images."""
        where = super().load(device)
        data = load_extra("timm", "image").data
        size = {} if self.image_size is None else {"input_size": (3, self.image_size, self.image_size)}
        self._config = data.resolve_data_config(size, model=self.module)
        self._transform = data.create_transform(**self._config, is_training=False)
        self._device = device
        return where

    def open_model(self) -> Any:
        """A model of timm."""
        name = self.source.name
        if self.source.folder is not None:
            name = f"local-dir:{self.source.folder}"
        elif self.source.asked is not None:
            bare = name.removeprefix("hf-hub:")
            name = f"hf-hub:{bare if '/' in bare else f'timm/{bare}'}@{self.source.asked}"
        pooling = {} if self.pooling is None else {"global_pool": self.pooling}
        module = load_extra("timm", "image").create_model(name, pretrained=True, **pooling)
        if self.image_size is not None and hasattr(module, "set_input_size"):  # transformers have a fixed one
            module.set_input_size(img_size=(self.image_size, self.image_size))
        return module

    def found(self) -> dict[str, Any]:
        """How images are made ready, and the weights of the loaded model."""
        return {**{name: self._config[name] for name in SEEN}, **super().found()}

    def prepare(self, batch: list[Any]) -> tuple[Tensor | None, Tensor]:
        """The images that can be read, [b', 3, H, W], and which these are, [b] bool."""
        with ThreadPoolExecutor() as pool:
            opened = list(pool.map(self._open, batch))
        images = [image for image in opened if image is not None]
        known = torch.tensor([image is not None for image in opened])
        return torch.stack(images) if images else None, known

    def embed(self, prepared: tuple[Tensor | None, Tensor]) -> Tensor | None:
        """A vector for each image, [b, F], NaN where it cannot be read."""
        images, known = prepared
        rows = None if images is None else super().embed(images.to(self._device))  # [b', F]
        if rows is None:
            return None
        found = rows.new_full((len(known), *rows.shape[1:]), torch.nan)
        found[known.to(rows.device)] = rows
        return found

    def vectors(self, prepared: Tensor) -> Tensor:
        """A vector for each image, [b, F]: of a model of timm, what stands before its classifier."""
        if hasattr(self.module, "forward_head"):
            maps = self.module.forward_features(prepared)
            before: Tensor = self.module.forward_head(maps, pre_logits=True)
            return before
        rows: Tensor = self.module(prepared)
        return rows

    def _open(self, value: Any) -> Tensor | None:
        image = open_image(value)
        return None if image is None else self._transform(image)
