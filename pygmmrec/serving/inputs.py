"""What the embeddings of a model are made of, and what each row of it carries of a score."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import stored_features
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models import Recommender

FEATURES, BIASES = "features", "biases"


class Input(NamedTuple):
    """Weights or features that embeddings are made of.

    Args:
        of: The node type whose rows they are, ``user`` or ``item`` or another, for weights;
            :data:`FEATURES`, which are rows of items; or :data:`BIASES`, of layers.
        name: The name of the weights, or the modality.
        value: The rows.

    Shapes:
        value [N, ...]
    """

    of: str
    name: str
    value: Tensor


def refreshed(model: Recommender, data: HeteroData) -> HeteroData:
    """The graph, with what the model builds of it once per epoch, such as an item graph."""
    graph: HeteroData = copy.copy(data)
    with eval_mode(model):
        model.refresh(graph)
    return graph


def model_inputs(model: Recommender, data: HeteroData) -> tuple[HeteroData, list[Input]]:
    """All inputs of a model on a graph, and the graph with features that a gradient reaches.

    Args:
        model: The model.
        data: Its graph, left alone.
    """
    graph, tables = copy.copy(data), model.node_tables()
    weights = model.named_parameters(remove_duplicate=False)
    trained = {name: value for name, value in weights if value.requires_grad}
    inputs = [Input(kind, name, trained[name]) for name, kind in tables.items() if name in trained]
    others = {name: value for name, value in trained.items() if name not in tables and value.dim() > 0}
    inputs += [Input(BIASES, name, value) for name, value in others.items() if name.endswith("bias")]
    for name, x in stored_features(data).items():
        full = torch.promote_types(x.dtype, torch.float32)  # a gradient of half precision is rounded
        graph["item"][name] = x.detach().to(full).requires_grad_()
        inputs.append(Input(FEATURES, name, graph["item"][name]))
    return graph, inputs


def carried(score: Tensor, inputs: Sequence[Input]) -> list[Tensor]:
    r"""What each row x of each input carries of a score s:
    :math:`\langle \partial s / \partial x, x \rangle`.

    Shapes:
        score [], inputs [N, ...] each -> [N] each, float64
    """
    values = [each.value for each in inputs]
    grads: Sequence[Tensor | None] = [None] * len(values)
    if values and score.requires_grad:
        grads = torch.autograd.grad(score, values, retain_graph=True, allow_unused=True)
    return [
        value.new_zeros(value.size(0), dtype=torch.float64)
        if grad is None
        else (grad * value.detach()).reshape(len(value), -1).sum(dim=1, dtype=torch.float64)
        for value, grad in zip(values, grads, strict=True)
    ]
