"""Texts to vectors, by sentence-transformers."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import normalize as unit

from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.extras import load_extra
from pygmmrec.encoders.revision import weights_digest
from pygmmrec.encoders.source import Source, commit_of
from pygmmrec.encoders.texts import Texts
from pygmmrec.utils.check import check, check_flag


class TextEncoder(Encoder):
    """One vector for each text, by a model of `sentence-transformers <https://sbert.net>`_ ("Sentence-BERT:
    Sentence Embeddings using Siamese BERT-Networks", EMNLP 2019). Needs the extra ``text``.

    A text that is longer than the model takes is cut by the model; ``found["max_length"]`` of the sidecar
    says where, in tokens.

    Args:
        model: A name on the hub such as ``all-MiniLM-L6-v2``, a local folder, or a loaded
            ``SentenceTransformer``.
        template: How several columns become one text, as ``"{name}: {tags}"``; a column without a name is
            ``{text}`` (default: ``None``, the only column as it is).
        pooling: How the vectors of the tokens become one, such as ``mean``, ``cls`` or ``max`` (default:
            ``None``, as the model does).
        normalize: Whether to give each vector the length 1, where the model does not (default: ``False``).
        revision: Branch, tag or commit on the hub (default: ``None``, the newest).

    Raises:
        ValueError: If a local folder is not there, or a pooling or revision is asked of a loaded model.
    """

    kind: ClassVar[str] = "text"
    packages: ClassVar[tuple[str, ...]] = ("sentence-transformers", "transformers", "tokenizers")

    def __init__(
        self,
        model: Any,
        *,
        template: str | None = None,
        pooling: str | None = None,
        normalize: bool = False,
        revision: str | None = None,
    ) -> None:
        self._source = Source(model, revision, {"pooling": pooling}, self)
        self._module: Any = None
        self.template = template
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
        """Template, pooling and normalisation, as asked."""
        return {"template": self.template, "pooling": self.pooling, "normalize": self.normalize}

    def read(self, raw: Any, *, progress: bool) -> Texts:
        """The texts of all items."""
        return Texts(raw, self.template)

    def load(self, device: torch.device) -> str:
        """Load the model if it is not, and move it there."""
        if self._module is None:
            self._module = self._source.loaded or self._load()
        self._module.to(device)
        return super().load(device)

    def found(self) -> dict[str, Any]:
        """Pooling, normalisation, length and weights of the loaded model."""
        parts = {type(part).__name__: part for part in self._module}
        prompt = self._module.prompts.get(self._module.default_prompt_name)
        return {
            "pooling": _mode(parts["Pooling"]) if "Pooling" in parts else None,
            "normalize": self.normalize or "Normalize" in parts,
            "max_length": self._module.max_seq_length,
            "prompt": prompt or None,
            "commit": commit_of(self._module),
            "weights": weights_digest(self._module),
        }

    def embed(self, prepared: list[str]) -> Tensor:
        """A vector for each text, [b, F]."""
        rows: Tensor = self._module.encode(
            prepared, batch_size=len(prepared), show_progress_bar=False, convert_to_tensor=True
        )
        return unit(rows.float(), dim=-1) if self.normalize else rows.float()

    def _load(self) -> Any:
        library = load_extra("sentence_transformers", "text")
        place = self._source.name if self._source.folder is None else str(self._source.folder)
        revision = None if self._source.folder is not None else self._source.revision
        module = library.SentenceTransformer(place, revision=revision, device="cpu")
        if self.pooling is not None:
            places = [place for place, part in enumerate(module) if type(part).__name__ == "Pooling"]
            requirement = "None for a model that pools in a way of its own"
            check(len(places) == 1, "pooling", requirement, self, self.pooling)
            old = module[places[0]]
            module[places[0]] = type(old)(old.embedding_dimension, pooling_mode=self.pooling)
        return module


def _mode(pooling: Any) -> str:
    modes = pooling.pooling_mode
    return modes if isinstance(modes, str) else "+".join(modes)
