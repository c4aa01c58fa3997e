"""Peak memory and time of a layer at a given size, forward alone and with backward.

    python benchmarks/memory/main.py --case rca --entities 16018 --dim 64 --rounds 3 --modalities 2 \\
        --json runs/rca.json
    python benchmarks/memory/main.py --case rca --entities 100000 --device cuda --dtype bfloat16
    python benchmarks/memory/main.py --case lattice --entities 63001 --json runs/lattice.json

Memory is what the process (or the CUDA device) holds at its peak above what it held before the layer ran, so
inputs and weights are not in it, and gradients are.

``--case lattice`` is the first step of an epoch of LATTICE, the one that learns its item graph, on as many
items as there are entities, with three times as many users and 27 interactions for each item (Amazon
Electronics has 63,001 items). The graphs of the raw features are random there: finding them is a transform,
which is run once.

For the whole correlation with tanh, TFLOP/s are those of its products alone, two forward and five more
backward, over the time of the whole layer; what is computed again is not counted. On CUDA all times are of a
second call, and the rates are also given as a share of what one large bfloat16 product reaches in the same
run.
"""

import argparse
import contextlib
import copy
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch_geometric.data import HeteroData

from pygmmrec.kernels.correlation.bucket_correlate import BUCKET_BY
from pygmmrec.kernels.correlation.factors import ACTIVATIONS
from pygmmrec.models import LATTICE
from pygmmrec.nn import RCA
from pygmmrec.nn.feature.rca import CORRELATIONS
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Triplets, item_edge_type
from pygmmrec.utils.files import replacing


def measure(device: torch.device, run: Callable[[], None]) -> tuple[float, float]:
    """Peak memory above the start in MB, and seconds, of one call."""
    if device.type == "cuda":
        run()  # compiles the kernels
        torch.cuda.synchronize(device)
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

    low = args.dtype == "bfloat16"
    autocast = torch.autocast(device.type, torch.bfloat16) if low else contextlib.nullcontext()

    def forward() -> None:
        with torch.no_grad(), autocast:
            layer(x)

    def both() -> None:
        with autocast:
            loss = torch.stack([y.square().mean() for y in layer(x).values()]).sum()
        torch.autograd.grad(loss, [*x.values(), *layer.parameters()])

    forward_mb, forward_seconds = measure(device, forward)
    both_mb, both_seconds = measure(device, both)
    numbers = {
        "forward_mb": forward_mb,
        "forward_seconds": forward_seconds,
        "forward_backward_mb": both_mb,
        "forward_backward_seconds": both_seconds,
    }
    if (args.correlation, args.activation) == ("entity", "tanh"):
        product = 2e-12 * args.entities**2 * args.dim * args.modalities * args.rounds
        rates = {"forward": 2 * product / forward_seconds, "forward_backward": 7 * product / both_seconds}
        numbers |= {f"{name}_tflops": rate for name, rate in rates.items()}
        numbers["fused_kernel"] = "pygmmrec.kernels.correlation.correlate_triton" in sys.modules
        if device.type == "cuda":
            peak = numbers["bfloat16_product_tflops"] = matrix_tflops(device)
            numbers |= {f"{name}_share": rate / peak for name, rate in rates.items()}
    return numbers


def matrix_tflops(device: torch.device, size: int = 8192, repeats: int = 20) -> float:
    """TFLOP/s of a large product of bfloat16 matrices on a CUDA device."""
    a, b = torch.randn(2, size, size, device=device).bfloat16()
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    for i in range(2 * repeats):
        if i == repeats:
            start.record()
        torch.mm(a, b)
    end.record()
    torch.cuda.synchronize(device)
    return 2e-12 * size**3 * repeats / (start.elapsed_time(end) / 1000)


def lattice(args: argparse.Namespace, device: torch.device) -> dict[str, float]:
    """The first step of an epoch of LATTICE, with gradient through the item graph."""
    num_items, k, batch_size = args.entities, 10, 1024
    num_users, num_edges = 3 * num_items, 27 * num_items
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = num_users, num_items
    edges = torch.stack([torch.randint(num_users, (num_edges,)), torch.randint(num_items, (num_edges,))])
    data[INTERACTS].edge_index, data[REV_INTERACTS].edge_index = edges, edges.flip(0)
    for m in range(args.modalities):
        data["item"][f"m{m}"] = torch.randn(num_items, args.features)
        neighbours = torch.randint(num_items, (num_items * k,))
        store = data[item_edge_type(f"m{m}_knn")]
        store.edge_index = torch.stack([neighbours, torch.arange(num_items).repeat_interleave(k)])
        store.edge_weight = torch.full((num_items * k,), 1 / k)
    data = ToAdj()(BipartiteNorm()(data)).to(device)
    model = LATTICE.from_data(data, embedding_dim=args.dim, k=k).to(device)
    batch = Triplets(
        torch.randint(num_users, (batch_size,), device=device),
        *torch.randint(num_items, (2, batch_size), device=device),
    )

    def step() -> None:
        graph = copy.copy(data)
        model.refresh(graph)
        loss = torch.stack(list(model.loss(graph, batch).values())).sum()
        torch.autograd.grad(loss, list(model.parameters()))

    held_mb = memory_mb(device)
    step_mb, seconds = measure(device, step)
    whole_mb = {} if held_mb is None else {"whole_mb": held_mb + step_mb}
    return {"first_step_mb": step_mb, "first_step_seconds": seconds, **whole_mb}


CASES = {"rca": rca, "lattice": lattice}


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
    parser.add_argument("--features", type=int, default=384, help="size of each, for --case lattice")
    parser.add_argument("--correlation", default="entity", choices=CORRELATIONS)
    parser.add_argument("--activation", default="tanh", choices=ACTIVATIONS)
    parser.add_argument("--bucket-size", type=int, default=128, help="for --correlation bucket")
    parser.add_argument("--num-hashes", type=int, default=4, help="likewise")
    parser.add_argument("--bucket-by", default="lsh", choices=BUCKET_BY, help="likewise")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--dtype",
        default="float32",
        choices=["float32", "tf32", "bfloat16"],
        help="of products: exact float32, float32 rounded to TF32 on CUDA, or autocast to bfloat16",
    )
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high" if args.dtype == "tf32" else "highest")
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
