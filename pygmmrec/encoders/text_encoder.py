"""Texts to vectors, by sentence-transformers."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from pygmmrec.encoders.extras import load_extra
from pygmmrec.encoders.model_encoder import ModelEncoder
from pygmmrec.encoders.texts import Texts
from pygmmrec.utils.check import check


class TextEncoder(ModelEncoder):
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
        super().__init__(model, pooling=pooling, normalize=normalize, revision=revision)
        self.template = template

    def settings(self) -> dict[str, Any]:
        """Template, pooling and normalisation, as asked."""
        return {"template": self.template, **super().settings()}

    def read(self, raw: Any, *, progress: bool) -> Texts:
        """The texts of all items."""
        return Texts(raw, self.template)

    def open_model(self) -> Any:
        """A model of sentence-transformers."""
        library = load_extra("sentence_transformers", "text")
        place = str(self.source.folder or self.source.name)
        module = library.SentenceTransformer(place, revision=self.source.asked, device="cpu")
        if self.pooling is not None:
            places = [place for place, part in enumerate(module) if type(part).__name__ == "Pooling"]
            requirement = "None for a model that pools in a way of its own"
            check(len(places) == 1, "pooling", requirement, self, self.pooling)
            old = module[places[0]]
            module[places[0]] = type(old)(old.embedding_dimension, pooling_mode=self.pooling)
        return module

    def found(self) -> dict[str, Any]:
        """Pooling, normalisation, length in tokens, prompt and weights of the loaded model."""
        parts = {type(part).__name__: part for part in self.module}
        return {
            "pooling": _mode(parts["Pooling"]) if "Pooling" in parts else None,
            "normalize": self.normalize or "Normalize" in parts,
            "max_length": self.module.max_seq_length,
            "prompt": self.module.prompts.get(self.module.default_prompt_name),
            **super().found(),
        }

    def vectors(self, prepared: list[str]) -> Tensor:
        """A vector for each text, [b, F]."""
        rows: Tensor = self.module.encode(
            prepared, batch_size=len(prepared), show_progress_bar=False, convert_to_tensor=True
        )
        return rows


def _mode(pooling: Any) -> str:
    modes = pooling.pooling_mode
    return modes if isinstance(modes, str) else "+".join(modes)
