"""What is computed: features propagated forward, and backward, against the same in float64."""

from __future__ import annotations

import copy

import torch
from graphs import Graph
from layouts import LAYOUTS, Layout, Unavailable
from torch import Tensor

from pygmmrec.nn.conv.light_gcn import light_gcn_ref


class Inputs:
    """Random features that want a gradient, and a gradient of the outputs."""

    def __init__(self, graph: Graph, dim: int) -> None:
        generator = torch.Generator().manual_seed(0)
        sizes = (graph.num_users, graph.num_items)
        x, grad = ([torch.randn(n, dim, generator=generator) for n in sizes] for _ in range(2))
        self.x = [each.to(graph.device, graph.dtype).requires_grad_() for each in x]
        self.grad = [each.to(graph.device, graph.dtype) for each in grad]


def forward(layout: Layout, inputs: Inputs) -> list[Tensor]:
    """Users and items propagated, without gradient."""
    with torch.no_grad():
        return list(layout(*inputs.x))


def both(layout: Layout, inputs: Inputs) -> list[Tensor]:
    """Users and items propagated, and the gradients of the inputs."""
    out = layout(*inputs.x)
    return [*(each.detach() for each in out), *torch.autograd.grad(out, inputs.x, inputs.grad)]


STEPS = {"forward": forward, "forward+backward": both}


def build(graph: Graph, num_layers: int, names: list[str]) -> tuple[dict[str, Layout], dict[str, str]]:
    """The layouts that run here, and why the others do not."""
    layouts, missing = {}, {}
    for name in names:
        try:
            layouts[name] = LAYOUTS[name](graph, num_layers)
        except Unavailable as reason:
            missing[name] = str(reason)
    return layouts, missing


def errors(
    layouts: dict[str, Layout], graph: Graph, num_layers: int, inputs: Inputs
) -> dict[tuple[str, str], float]:
    """Largest difference to COO in float64 by layout and direction; it also warms up every layout."""
    wide, given = graph.cast(torch.float64), copy.copy(inputs)
    given.x = [x.detach().double().requires_grad_() for x in inputs.x]
    given.grad = [grad.double() for grad in inputs.grad]
    exact = both(lambda user, item: light_gcn_ref(user, item, wide.to_item, num_layers), given)
    found = {}
    for name, layout in layouts.items():
        for direction, step in STEPS.items():
            results = zip(step(layout, inputs), exact, strict=False)  # forward: the first two
            found[name, direction] = max(float((one.double() - two).abs().max()) for one, two in results)
    return found
