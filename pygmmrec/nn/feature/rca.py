"""Recursive Cross-modal Attention, the feature transform of CRANE."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypedDict, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.kernels.correlation.bucket_correlate import (
    BUCKET_BY,
    BucketBy,
    bucket_correlate,
    bucket_correlate_ref,
)
from pygmmrec.kernels.correlation.correlate import correlate, correlate_ref
from pygmmrec.kernels.correlation.factors import ACTIVATIONS, Activation
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.nn.feature.rca_feature import feature_rounds
from pygmmrec.nn.feature.rca_weights import RCAWeights
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_arguments, check_integer, check_number

Correlation: TypeAlias = Literal["entity", "feature", "bucket"]
RCANorm: TypeAlias = Literal["none", "common", "l2", "layer"]
CORRELATIONS = ("entity", "feature", "bucket")
NORMS = ("none", "common", "l2", "layer")


class RCAOptions(TypedDict, total=False):
    """What :class:`RCA` may be told by a layer or model that holds one; see there."""

    num_rounds: int
    correlation: Correlation
    activation: Activation
    bucket_size: int
    num_hashes: int
    bucket_by: BucketBy
    scale: float | None
    hidden_scale: float | None
    share_weights: bool
    norm: RCANorm
    start_as_identity: bool


def rca_options(given: RCAOptions | None) -> RCAOptions:
    """All options of :class:`RCA`: what is given, and its defaults.

    Raises:
        TypeError: If an option does not exist.
    """
    check_arguments(given or {}, RCA, "RCA")
    parameters = inspect.signature(RCA).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
    return cast(RCAOptions, {**defaults, **(given or {})})


class RCA(nn.Module):
    r"""Recursive Cross-modal Attention of CRANE (`arXiv 2601.11151 <https://arxiv.org/abs/2601.11151>`_,
    eq. 7 to 13): R rounds in which every modality attends to the joint view of all of them.

    In each round, with :math:`J = [X_1 \Vert \dots \Vert X_M]` and :math:`F_m = (J W_{tr} + b_{tr}) W_m`:

    .. math::
        \text{entity:} \quad C_m &= \phi(X_m F_m^\top / \sqrt{D}), &
        H_m &= \mathrm{ReLU}(C_m X_m W_c) / N \\
        \text{feature:} \quad C_m &= \phi(X_m^\top F_m / N), &
        H_m &= \mathrm{ReLU}(X_m W_c C_m) / \sqrt{D} \\
        & & X_m &\leftarrow X_m + H_m W_h

    The entity-level correlation has one entry per pair of entities, and is exact without ever being stored:
    tiles are computed in the cache, and again in the backward pass, in O(N · D) memory and O(N² · D) time.
    The feature-level correlation is D × D, and follows from sums over all entities, see
    :func:`~pygmmrec.nn.feature.rca_feature.feature_rounds`. Buckets are the paper's future work, a sparse
    mask on the entity-level correlation: the mean over all N in H becomes one over a bucket of b, in
    O(N · b · D) time.

    Args:
        modalities: Names of the modalities, one or more.
        channels: D, the size of each.
        num_rounds: R; the paper has 3 on Baby and Clothing, 2 on Sports. (default: ``3``)
        correlation: ``entity``, as the text describes it, ``feature``, as the models it descends from
            compute it, or ``bucket``, a cheap stand-in for ``entity``. (default: ``entity``)
        activation: :math:`\phi`: ``tanh`` (paper) or ``identity``, with which the entity-level form is linear
            attention and costs O(N · D²). (default: ``tanh``)
        bucket_size, num_hashes, bucket_by: For ``bucket``: entities b in a bucket, at most; masks to average;
            ``lsh`` (alike entities share a bucket) or ``random`` (any do, which comes closer to ``entity``).
            Each round has masks of its own, drawn anew from torch's generator at each call in training and
            always the same otherwise. (default: ``128``, ``4``, ``lsh``)
        scale: Divisor of the correlation's argument. ``None`` is :math:`\sqrt{D}`, but N for
            ``feature``, so that the sum over entities does not grow with them. (default: ``None``)
        hidden_scale: Divisor of H. ``None`` is N, eq. 11, but :math:`\sqrt{D}` for ``feature``, whose sums
            have D terms: undivided, one round outweighs what it refines. (default: ``None``)
        share_weights: Whether all rounds use the same weights. (default: ``False``)
        norm: What happens to X before each round, since sums over many items saturate the tanh: ``none``,
            ``common`` (one factor for all, so that rows have length :math:`\sqrt{D}` in the mean square),
            ``l2`` (each row scaled to that length) or ``layer`` (layer norm without affine). Under the last
            two a user's sum and mean of items are the same. (default: ``common``)
        start_as_identity: Whether :math:`W_h` starts at zero, so that each round begins as the identity and
            learns its update. (default: ``False``)

    An entity without a modality (an availability mask says so) neither attends nor is attended to in it: its
    row stays zero there, the N of that modality counts the rest, and in J its other modalities speak for it.

    Shapes:
        - **input:** by modality [N, D]; optionally, by modality, which entities have it, bool [N]
        - **output:** by modality [N, D]

    Raises:
        ValueError: If an argument is out of range, or the input lacks a modality.

    Differences: the paper leaves open the scale of the correlation, the sharing of weights, how X is kept
        from growing, and how rounds start; each is an argument. The feature-level form is not written out
        there, so its divisor of H is ours. The repository published with it holds another model.
    """

    def __init__(
        self,
        modalities: Sequence[str],
        channels: int,
        *,
        num_rounds: int = 3,
        correlation: Correlation = "entity",
        activation: Activation = "tanh",
        bucket_size: int = 128,
        num_hashes: int = 4,
        bucket_by: BucketBy = "lsh",
        scale: float | None = None,
        hidden_scale: float | None = None,
        share_weights: bool = False,
        norm: RCANorm = "common",
        start_as_identity: bool = False,
    ) -> None:
        super().__init__()
        check(len(modalities) > 0, "modalities", "at least one name", self, modalities)
        check(correlation in CORRELATIONS, "correlation", f"one of {CORRELATIONS}", self, correlation)
        check(activation in ACTIVATIONS, "activation", f"one of {ACTIVATIONS}", self, activation)
        check(bucket_by in BUCKET_BY, "bucket_by", f"one of {BUCKET_BY}", self, bucket_by)
        check(norm in NORMS, "norm", f"one of {NORMS}", self, norm)
        self.modalities = list(modalities)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.num_rounds = check_integer(num_rounds, "num_rounds", self, at_least=0)
        self.correlation: Correlation = correlation
        self.activation: Activation = activation
        self.bucket_size = check_integer(bucket_size, "bucket_size", self, at_least=1)
        self.num_hashes = check_integer(num_hashes, "num_hashes", self, at_least=1)
        self.bucket_by: BucketBy = bucket_by
        self.scale = None if scale is None else check_number(scale, "scale", self, above=0)
        self.hidden_scale = (
            None if hidden_scale is None else check_number(hidden_scale, "hidden_scale", self, above=0)
        )
        self.share_weights = share_weights
        self.norm: RCANorm = norm
        self.start_as_identity = start_as_identity
        num_weights = min(num_rounds, 1) if share_weights else num_rounds
        self.rounds = nn.ModuleList(
            RCAWeights(len(self.modalities), channels, start_as_identity=start_as_identity)
            for _ in range(num_weights)
        )

    def reset_parameters(self) -> None:
        """Draw all weights again."""
        for i in range(len(self.rounds)):
            self._weights(i).reset_parameters()

    def forward(self, x: Modalities, available: Mapping[str, Tensor] | None = None) -> Modalities:
        return self._run(x, available or {}, reference=False)

    def forward_ref(self, x: Modalities, available: Mapping[str, Tensor] | None = None) -> Modalities:
        """The same through the whole N × N correlation and autograd; for small N only."""
        return self._run(x, available or {}, reference=True)

    def _run(self, x: Modalities, available: Mapping[str, Tensor], *, reference: bool) -> Modalities:
        for name in self.modalities:
            check(name in x, "x", f"features that include the modality {name!r}", self, sorted(x))
            fits = x[name].dim() == 2 and x[name].size(1) == self.channels
            check(fits, "x", f"[N, {self.channels}] in modality {name!r}", self, list(x[name].shape))
        for name, mask in available.items():
            fits = name in x and mask.dtype == torch.bool and mask.shape == x[name].shape[:1]
            check(fits, "available", "a bool mask [N] by modality", self, {name: list(mask.shape)})
        x = {name: _zero_out(x[name], available.get(name)) for name in self.modalities}
        sizes = {
            name: available[name].sum().clamp(min=1) if name in available else x[name].size(0) for name in x
        }
        if self.correlation == "feature" and not reference:
            return self._feature_rounds(x, sizes)
        seed = int(torch.randint(2**31, ())) if self.training and self.correlation == "bucket" else 0
        for i in range(self.num_rounds):
            weights = self._weights(i)
            x = {name: self._normalize(x_m, sizes[name]) for name, x_m in x.items()}
            blocks = weights.joint.split(self.channels, dim=1)  # the joint view itself is never there
            joint = sum(F.linear(x_m, w) for x_m, w in zip(x.values(), blocks, strict=True)) + weights.bias
            after = {}
            for m, (name, x_m) in enumerate(x.items()):
                f, v = joint @ weights.query[m], x_m @ self._value(weights.value[m], len(x_m), sizes[name])
                h = self._attend(x_m, f, v, sizes[name], seed + i, reference)
                after[name] = x_m + h @ weights.out[m]
            x = after
        return x

    def _feature_rounds(self, x: Modalities, sizes: Mapping[str, int | Tensor]) -> Modalities:
        common = self.norm == "common"
        refined = feature_rounds(
            list(x.values()),
            [self._weights(i) for i in range(self.num_rounds)],
            normalize=(lambda x_m: x_m) if common else lambda x_m: self._normalize(x_m, len(x_m)),
            length=[sizes[name] for name in x] if common else None,
            scale=[self.scale or sizes[name] for name in x],
            hidden_scale=self.hidden_scale or math.sqrt(self.channels),
            activation=torch.tanh if self.activation == "tanh" else lambda correlation: correlation,
        )
        return dict(zip(x, refined, strict=True))

    def _weights(self, i: int) -> RCAWeights:
        return cast(RCAWeights, self.rounds[0 if self.share_weights else i])

    def _value(self, weight: Tensor, num_entities: int, num_available: int | Tensor) -> Tensor:
        """W_c over the divisor of H, which ReLU passes on: N counts the entities that have the modality."""
        default = math.sqrt(self.channels) if self.correlation == "feature" else num_available
        value = weight / (self.hidden_scale or default)
        return value * num_entities if self.correlation == "bucket" else value  # a bucket gives the mean

    def _attend(
        self, x: Tensor, f: Tensor, v: Tensor, num_entities: int | Tensor, seed: int, reference: bool
    ) -> Tensor:
        if self.correlation == "feature":
            correlation = x.t() @ f / (self.scale or num_entities)  # [D, N] x [N, D] -> [D, D]
            correlation = correlation.tanh() if self.activation == "tanh" else correlation
            return (v @ correlation).relu()
        scale = 1 / (self.scale or math.sqrt(self.channels))
        if self.correlation == "entity":
            product = correlate_ref if reference else correlate
            return product(x, f, v, scale=scale, activation=self.activation).relu_()
        mean = (bucket_correlate_ref if reference else bucket_correlate)(
            x,
            f,
            v,
            scale=scale,
            activation=self.activation,
            bucket_size=self.bucket_size,
            num_hashes=self.num_hashes,
            bucket_by=self.bucket_by,
            seed=seed,
        )
        return mean.relu()

    def _normalize(self, x: Tensor, num_entities: int | Tensor) -> Tensor:
        if self.norm == "l2":
            return unit_rows(x) * math.sqrt(self.channels)
        if self.norm == "common":
            square = x.square().sum() / num_entities  # length of a row, squared, in the mean
            return x * (self.channels / square.masked_fill(square == 0, 1.0)).sqrt()
        return F.layer_norm(x, (self.channels,)) if self.norm == "layer" else x

    def __repr__(self) -> str:
        buckets = ""
        if self.correlation == "bucket":
            buckets = f"bucket_size={self.bucket_size}, num_hashes={self.num_hashes}, "
            buckets += f"bucket_by={self.bucket_by!r}, "
        return (
            f"{type(self).__name__}({self.modalities}, {self.channels}, num_rounds={self.num_rounds}, "
            f"correlation={self.correlation!r}, activation={self.activation!r}, {buckets}scale={self.scale}, "
            f"hidden_scale={self.hidden_scale}, share_weights={self.share_weights}, norm={self.norm!r}, "
            f"start_as_identity={self.start_as_identity})"
        )


def _zero_out(x: Tensor, mask: Tensor | None) -> Tensor:
    """Rows of zeros where the mask is false: such a row has no correlation and no value, in any round."""
    return x if mask is None else x.masked_fill(~mask.unsqueeze(-1), 0.0)  # [N] -> [N, 1]
