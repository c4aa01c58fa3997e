"""Elastic nets of each column on some others, solved by scikit-learn: SLIM."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj

MAX_ITER = 1000
"""Rounds of coordinate descent, at most."""


@torch.no_grad()
def elastic_nets(x: Adj, index: Tensor, l1: float, l2: float, tolerance: float) -> Tensor:
    r"""For each column j, the :math:`w \ge 0` that minimises
    :math:`\tfrac12 \lVert x_j - X_N w \rVert^2 + \tfrac{l_2}{2} \lVert w \rVert^2 + l_1 \lVert w \rVert_1`.

    Args:
        x: X, binary, [U, I].
        index: The columns N from which each is predicted, [I, k]; -1 for none.
        l1: Weight of the sum of w, which makes most of w zero.
        l2: Weight of its squares.
        tolerance: Dual gap at which coordinate descent stops, relative to :math:`\lVert x_j \rVert^2`.

    Shapes:
        - **output:** [I, k]
    """
    from scipy.sparse import csc_matrix  # both are slow to load
    from sklearn.linear_model import ElasticNet

    t = x.t().to("cpu", torch.float64)
    shape = (x.num_rows, x.num_cols)
    columns = csc_matrix((t.value.numpy(), t.col.numpy(), t.rowptr.numpy()), shape=shape)
    total = (l1 + l2) / x.num_rows  # scikit-learn takes the mean over rows
    net = ElasticNet(
        alpha=total,
        l1_ratio=l1 / (l1 + l2),
        fit_intercept=False,
        positive=True,
        copy_X=False,
        max_iter=MAX_ITER,
        tol=tolerance,
    )
    out = np.zeros(tuple(index.shape))
    near = index.cpu().numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a column stopped at MAX_ITER
        for column, candidates in enumerate(near):
            there = candidates >= 0
            if there.any():
                target = columns[:, [column]].toarray().ravel()
                out[column, there] = net.fit(columns[:, candidates[there]], target).coef_
    return torch.from_numpy(out).to(x.value)
