"""Peak memory and time of a layer at a given size, forward alone and with backward.

    python benchmarks/memory/main.py --case rca --entities 16018 --dim 64 --rounds 3 --modalities 2 \\
        --json runs/rca.json

Memory is what the process (or the CUDA device) holds at its peak above what it held before the layer ran, so
inputs and weights are not in it, and gradients are.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch

from pygmmrec.nn import RCA
from pygmmrec.nn.feature.rca import CORRELATIONS
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.utils.bucket_correlation import BUCKET_BY
from pygmmrec.utils.correlation import ACTIVATIONS
from pygmmrec.utils.files import replacing


def measure(device: torch.device, run: Callable[[], None]) -> tuple[float, float]:
    """Peak memory above the start in MB, and seconds, of one call."""
    reset_peak_memory(device)
    before, start = memory_mb(device), time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    seconds, peak = time.perf_counter() - start, peak_memory_mb(device)
    if before is None or peak is None:
        raise RuntimeError("The memory of this process is known on Linux and on CUDA only")
    return peak - before, seconds


def rca(args: argparse.Namespace, device: torch.device) -> dict[str, float]:
    """Recursive Cross-modal Attention on random entities."""
    names = [f"modality_{m}" for m in range(args.modalities)]
    layer = RCA(
        names,
        args.dim,
        num_rounds=args.rounds,
        correlation=args.correlation,
        activation=args.activation,
        bucket_size=args.bucket_size,
        num_hashes=args.num_hashes,
        bucket_by=args.bucket_by,
    ).to(device)
    x = {name: torch.randn(args.entities, args.dim, device=device, requires_grad=True) for name in names}

    def forward() -> None:
        with torch.no_grad():
            layer(x)

    def both() -> None:
        torch.stack([y.square().mean() for y in layer(x).values()]).sum().backward()

    forward_mb, forward_seconds = measure(device, forward)
    both_mb, both_seconds = measure(device, both)
    return {
        "forward_mb": forward_mb,
        "forward_seconds": forward_seconds,
        "forward_backward_mb": both_mb,
        "forward_backward_seconds": both_seconds,
    }


CASES = {"rca": rca}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", default="rca", choices=list(CASES))
    parser.add_argument("--entities", type=int, default=16018)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modalities", type=int, default=2)
    parser.add_argument("--correlation", default="entity", choices=CORRELATIONS)
    parser.add_argument("--activation", default="tanh", choices=ACTIVATIONS)
    parser.add_argument("--bucket-size", type=int, default=128, help="for --correlation bucket")
    parser.add_argument("--num-hashes", type=int, default=4, help="likewise")
    parser.add_argument("--bucket-by", default="lsh", choices=BUCKET_BY, help="likewise")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    torch.manual_seed(0)
    device = torch.device(args.device)
    numbers = CASES[args.case](args, device)
    for name, value in numbers.items():
        print(f"{name:<26}{value:10.2f}")
    if args.json is not None:
        settings = {name: value for name, value in vars(args).items() if name != "json"}
        report = {**settings, **numbers, "environment": environment(device)}
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
