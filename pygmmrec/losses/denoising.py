"""How well noise is taken away, and whether what is left still means the same."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.utils.check import check


def denoising_loss(output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    r"""Mean square of what a denoiser misses, weighted by the step of the noise (`arXiv 2006.11239
    <https://arxiv.org/abs/2006.11239>`_):
    :math:`\mathrm{mean}_b \, w_b \, \mathrm{mean}_n (x_{bn} - f_{bn})^2`.

    Args:
        output: f, [B, N].
        target: x, [B, N].
        weight: w, [B].

    Raises:
        ValueError: If the shapes differ.
    """
    _check_shapes(output, target, "denoising_loss")
    return (weight.to(output.dtype) * (target - output).square().mean(dim=1)).mean()


def injection_loss(output: Tensor, target: Tensor, view: Tensor, embedding: Tensor) -> Tensor:
    r"""Whether rows predicted by a denoiser mean by their features what users' rows mean by their embeddings
    (the signal injection of DiffMM, `arXiv 2406.11781 <https://arxiv.org/abs/2406.11781>`_):
    :math:`\mathrm{mean}_{bd} (f V - x E)_{bd}^2`.

    Args:
        output: f, [B, N].
        target: x, [B, N].
        view: V, [N, D]; no gradient goes there.
        embedding: E, [N, D]; nor there.

    Raises:
        ValueError: If the shapes differ.
    """
    _check_shapes(output, target, "injection_loss")
    return (output @ view.detach() - target @ embedding.detach()).square().mean()  # [B, N] x [N, D]


def _check_shapes(output: Tensor, target: Tensor, where: str) -> None:
    shape = list(output.shape)
    check(list(target.shape) == shape, "target", f"of shape {shape}", where, list(target.shape))


class DenoisingLoss(nn.Module):
    """:func:`denoising_loss` as a module."""

    def forward(self, output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        return denoising_loss(output, target, weight)
