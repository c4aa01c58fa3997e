"""DREAM on node features: one linear map against the literal dilated convolutions, in time and memory.

    python benchmarks/dream/main.py --nodes 6710 --channels 64 --variant released --json runs/dream.json

Both forms run in turn on the same input, and are checked to give the same output and gradients. Times are
medians. Memory is what a process of its own (or the CUDA device) holds at its peak above what it held before,
in one forward and backward pass: input and weights are not in it, output and gradients are.
"""

import argparse
import copy
import json
import statistics
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor

from pygmmrec.nn import DREAM
from pygmmrec.nn.feature.dream import dream_ref
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.utils.files import replacing

sys.path.append(str(Path(__file__).parents[1] / "propagation"))
from timing import wall_seconds

FORMS: dict[str, Callable[[DREAM, Tensor], Tensor]] = {
    "pointwise": DREAM.__call__,
    "convolutions": dream_ref,
}


def both(form: str, layer: DREAM, x: Tensor, grad: Tensor) -> list[Tensor]:
    """Output, and gradients of the input and of all weights."""
    out = FORMS[form](layer, x)
    return [out.detach(), *torch.autograd.grad(out, [x, *layer.parameters()], grad)]


def problem(args: argparse.Namespace) -> tuple[DREAM, Tensor, Tensor]:
    """A layer, an input and a gradient of the output."""
    torch.manual_seed(0)
    layer = DREAM(args.channels, variant=args.variant).to(args.device)
    x = torch.randn(args.nodes, args.channels, device=args.device, requires_grad=True)
    return layer, x, torch.randn(args.nodes, layer.out_channels, device=args.device)


def peak_mb(form: str, args: argparse.Namespace) -> float:
    """Peak memory above the start of one forward and backward pass; for a fresh process."""
    layer, x, grad = problem(args)
    both(form, layer, x[:64].detach().requires_grad_(), grad[:64])  # what torch loads once
    device = torch.device(args.device)
    reset_peak_memory(device)
    before = memory_mb(device)
    outputs = both(form, layer, x, grad)
    peak = peak_memory_mb(device)
    if before is None or peak is None:
        raise RuntimeError("The memory of this process is known on Linux and on CUDA only")
    del outputs
    return peak - before


def measure(args: argparse.Namespace) -> dict[str, float]:
    """Times and peaks of both forms."""
    device = torch.device(args.device)
    layer, x, grad = problem(args)
    layers = {form: copy.deepcopy(layer) for form in FORMS}
    outputs = [both(form, layers[form], x, grad) for form in FORMS]
    for actual, expected in zip(*outputs, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(args.repeats):
        for form in FORMS:  # in turn, so that noise meets both
            with torch.no_grad():
                forward = wall_seconds(partial(FORMS[form], layers[form], x), device)
            times.setdefault((form, "forward"), []).append(forward)
            whole = wall_seconds(partial(both, form, layers[form], x, grad), device)
            times.setdefault((form, "forward_backward"), []).append(whole)
    median = {key: statistics.median(values) for key, values in times.items()}
    peaks = {}
    for form in FORMS:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peaks[form] = pool.submit(peak_mb, form, args).result()
    fast, slow = FORMS
    return {
        **{f"{form}_{step}_ms": 1e3 * value for (form, step), value in median.items()},
        **{f"{form}_mb": value for form, value in peaks.items()},
        **{
            f"{step}_speedup": median[slow, step] / median[fast, step]
            for step in ("forward", "forward_backward")
        },
        "memory_ratio": peaks[fast] / peaks[slow],
    }


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=6710, help="N; TikTok has 6,710 items")
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--variant", default="released", choices=["paper", "released"])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    numbers = measure(args)
    for name, value in numbers.items():
        print(f"{name:<38}{value:10.2f}")
    if args.json is not None:
        settings = {name: value for name, value in vars(args).items() if name != "json"}
        report = {**settings, **numbers, "environment": environment(torch.device(args.device))}
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
