"""What two views of a node's factors tell each other."""

from torch import Tensor, nn

from pygmmrec.utils.check import check


class FactorExchange(nn.Module):
    r"""Each factor of one view as the factors of the other one see it (DGVAE, `arXiv 2402.16110
    <https://arxiv.org/abs/2402.16110>`_).

    .. math::
        z_{b|a} = M(Z_a, Z_b) \, Z_b, \qquad z_{a|b} = M(Z_b, Z_a) \, Z_a

    .. math::
        M(Q, K) = \tanh(Q K^\top) \odot \sigma(S - \bar{S}), \qquad S_{kj} = -\Vert q_k - k_j \Vert_1

    :math:`\bar{S}` is the mean of each row of S: a factor listens to those that are nearer than the others.

    Shapes:
        - **input:** two views [B, K, D]
        - **output:** :math:`z_{b|a}` and :math:`z_{a|b}`, [B, K, D] each

    Raises:
        ValueError: If the shapes differ or have not three dimensions.
    """

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        shape = list(a.shape)
        check(a.dim() == 3, "a", "of shape [B, K, D]", self, shape)
        check(list(b.shape) == shape, "b", f"of shape {shape}", self, list(b.shape))
        product = (a @ b.transpose(1, 2)).tanh()  # [B, K, D] x [B, D, K] -> [B, K, K]
        near = -(a.unsqueeze(2) - b.unsqueeze(1)).abs().sum(dim=-1)  # [B, K, K, D] -> [B, K, K]
        of_b = product * (near - near.mean(dim=2, keepdim=True)).sigmoid()
        of_a = product * (near - near.mean(dim=1, keepdim=True)).sigmoid()
        return of_b @ b, of_a.transpose(1, 2) @ a
