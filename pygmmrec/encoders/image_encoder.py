"""Images to vectors, by timm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize as unit

from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.extras import load_extra
from pygmmrec.encoders.image_file import open_image
from pygmmrec.encoders.objects import Objects
from pygmmrec.encoders.revision import weights_digest
from pygmmrec.encoders.source import Source
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.utils.check import check_flag, check_integer

SEEN = ("input_size", "mean", "std", "interpolation", "crop_pct", "crop_mode")
"""What timm's configuration says about how an image is made ready."""


class ImageEncoder(Encoder):
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
        self._source = Source(model, revision, {"pooling": pooling}, self)
        self._module: Any = None
        self._config: dict[str, Any] = {}
        self._transform: Any = None
        self._device = torch.device("cpu")
        size = None if image_size is None else check_integer(image_size, "image_size", self, at_least=1)
        self.image_size = size
        self.pooling = pooling
        self.normalize = check_flag(normalize, "normalize", self)

    @property
    def model(self) -> str:
        """The name of the model, or its folder or class."""
        return self._source.name

    @property
    def revision(self) -> str | None:
        """What was asked for, or a digest of a folder or of loaded weights."""
        return self._source.revision

    def settings(self) -> dict[str, Any]:
        """Size, pooling and normalisation, as asked."""
        return {"image_size": self.image_size, "pooling": self.pooling, "normalize": self.normalize}

    def read(self, raw: Any, *, progress: bool) -> Objects:
        """The files or images of all items; a text is a path."""
        return Objects(raw, text_is_path=True, progress=progress)

    def load(self, device: torch.device) -> str:
        """Load the model if it is not, and move it there."""
        timm = load_extra("timm", "image")
        if self._module is None:
            self._module = self._source.loaded or self._load(timm)
            size = {} if self.image_size is None else {"input_size": (3, self.image_size, self.image_size)}
            self._config = timm.data.resolve_data_config(size, model=self._module)
            self._transform = timm.data.create_transform(**self._config, is_training=False)
        self._device = device
        self._module.to(device)
        return super().load(device)

    def found(self) -> dict[str, Any]:
        """How images are made ready, and the weights of the loaded model."""
        config = {name: self._config[name] for name in SEEN if name in self._config}
        return {**config, "weights": weights_digest(self._module)}

    def prepare(self, batch: list[Any]) -> tuple[Tensor | None, np.ndarray]:
        """The images that can be read, [b', 3, H, W], and which these are, [b] bool."""
        with ThreadPoolExecutor() as pool:
            opened = list(pool.map(self._open, batch))
        known = np.array([image is not None for image in opened])
        images = [image for image in opened if image is not None]
        return torch.stack(images) if images else None, known

    def embed(self, prepared: tuple[Tensor | None, np.ndarray]) -> Tensor | None:
        """A vector for each image, [b, F], NaN where it cannot be read."""
        images, known = prepared
        if images is None:
            return None
        with eval_mode(self._module):
            rows = self._vectors(images.to(self._device)).float()  # [b', F]
        rows = unit(rows, dim=-1) if self.normalize else rows
        found = rows.new_full((len(known), *rows.shape[1:]), torch.nan)
        found[torch.from_numpy(known).to(rows.device)] = rows
        return found

    def _open(self, value: Any) -> Tensor | None:
        image = open_image(value)
        return None if image is None else self._transform(image)

    def _vectors(self, images: Tensor) -> Tensor:
        if hasattr(self._module, "forward_head"):
            maps = self._module.forward_features(images)
            vectors: Tensor = self._module.forward_head(maps, pre_logits=True)
            return vectors
        out: Tensor = self._module(images)
        return out

    def _load(self, timm: Any) -> Any:
        source = self._source
        name = source.name
        if source.folder is not None:
            name = f"local-dir:{source.folder}"
        elif source.revision is not None:
            bare = name.removeprefix("hf-hub:")
            name = f"hf-hub:{bare if '/' in bare else f'timm/{bare}'}@{source.revision}"
        pooling = {} if self.pooling is None else {"global_pool": self.pooling}
        module = timm.create_model(name, pretrained=True, **pooling)
        if self.image_size is not None and hasattr(module, "set_input_size"):  # transformers have a fixed one
            module.set_input_size(img_size=(self.image_size, self.image_size))
        return module
