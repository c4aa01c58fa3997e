"""A served bundle under load: latency at a rate, of batches, and over reloads.

    python benchmarks/serving/main.py --json runs/serving.json
    python benchmarks/serving/main.py --items 1000 --users 500 --rate 100 --seconds 2 --repeats 5

A matrix factorisation with random weights, in its bundle, is served by ``pygmmrec serve`` in a process of its
own. Requests leave at a fixed rate, whether or not earlier ones have been answered (load.py), each about a
random user; a batch asks about 100 users at once, one batch after the other. Reloads come one after the other
under the same load, and a lost request is one without an answer of status 200. The generator runs on the
cores of the server, and takes from them what it needs; the report says how busy the machine was besides.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import torch
from load import Answer, send

from pygmmrec.models import BPRMF
from pygmmrec.testing.graphs import graph_of
from pygmmrec.training import fit
from pygmmrec.training.environment import environment
from pygmmrec.utils.files import replacing


def bundle(folder: Path, users: int, items: int, dim: int) -> None:
    """A run of one epoch over twenty random items of each user."""
    generator = torch.Generator().manual_seed(0)
    user = torch.arange(users).repeat_interleave(20)
    item = torch.randint(items, (user.numel(),), generator=generator)
    data = graph_of(torch.stack([user, item]).unique(dim=1), users, items, [])
    model = BPRMF.from_data(data, embedding_dim=dim)
    fit(model, data, epochs=1, batch_size=100_000, output=folder, progress=False, device="cpu")


def summary(answers: list[Answer]) -> dict[str, Any]:
    """Milliseconds that requests took, how many were answered a second, and how many were lost."""
    times = sorted(1e3 * answer.seconds for answer in answers)
    end = max(answer.due + answer.seconds for answer in answers)
    return {
        "requests": len(answers),
        "lost": sum(answer.status != 200 for answer in answers),
        "answered_per_second": len(answers) / end,
        "p50_ms": statistics.median(times),
        "p99_ms": times[int(0.99 * (len(times) - 1))],
        "max_ms": times[-1],
    }


def cpu_seconds(client: httpx.Client) -> float:
    """Seconds of CPU that the server has had, of which a busy machine takes none away."""
    text = client.get("/metrics").text
    return float(re.findall(r"^process_cpu_seconds_total (\S+)", text, flags=re.MULTILINE)[0])


def batches(client: httpx.Client, users: int, repeats: int, k: int) -> dict[str, Any]:
    """Milliseconds that a batch of 100 users takes, one after the other."""
    times = []
    for _ in range(repeats):
        body = {"users": random.sample(range(users), 100), "k": k}
        start = time.perf_counter()
        client.post("/recommend", json=body).raise_for_status()
        times.append(1e3 * (time.perf_counter() - start))
    times.sort()
    return {"repeats": repeats, "min_ms": times[0], "p50_ms": statistics.median(times), "max_ms": times[-1]}


async def reloading(client: httpx.Client, port: int, args: argparse.Namespace) -> dict[str, Any]:
    """Load while the bundle is loaded again, time after time."""
    load = asyncio.create_task(send("127.0.0.1", port, args.rate, args.seconds, _path(args)))
    times = []
    while not load.done():
        start = time.perf_counter()
        response = await asyncio.to_thread(client.post, "/reload")
        if response.status_code == 503:  # too many wait
            break
        times.append(time.perf_counter() - start)
        await asyncio.sleep(0.5)
    return {**summary(await load), "reloads": len(times), "reload_seconds": statistics.median(times or [0])}


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """All of it, with a server that is started and ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        bundle(Path(folder), args.users, args.items, args.dim)
        command = [sys.executable, "-m", "pygmmrec", "serve", folder, "--port", str(port)]
        command += ["--workers", str(args.workers)]
        with (
            subprocess.Popen(command, stderr=subprocess.DEVNULL) as server,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        ):
            try:
                _wait(client, server)
                busy = os.getloadavg()[0]
                asyncio.run(send("127.0.0.1", port, args.rate, 1, _path(args)))  # warm
                before = cpu_seconds(client)
                steady = summary(asyncio.run(send("127.0.0.1", port, args.rate, args.seconds, _path(args))))
                spent = cpu_seconds(client) - before
                steady["server_cpu_ms_per_request"] = 1e3 * spent / steady["requests"]
                print(f"steady: {steady}", flush=True)
                alone = batches(client, args.users, args.repeats, args.k)
                over = asyncio.run(reloading(client, port, args))
            finally:
                server.send_signal(signal.SIGTERM)
    return {"load_average_before": busy, "steady": steady, "batch_of_100": alone, "over_reloads": over}


def _path(args: argparse.Namespace) -> Any:
    return lambda number: f"/recommend?user={random.randrange(args.users)}&k={args.k}"


def _wait(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            client.get("/health")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server has ended")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--rate", type=float, default=500, help="requests a second")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--repeats", type=int, default=30, help="batches of 100 users")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    random.seed(0)
    report = measure(args)
    for name, value in report.items():
        print(f"{name}: {value}")
    if args.json is not None:
        settings = {name: value for name, value in vars(args).items() if name != "json"}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        with replacing(args.json) as temporary:
            told = {**settings, **report, "environment": environment(torch.device("cpu"))}
            temporary.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
