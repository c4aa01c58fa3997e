"""The processes of a run, as torchrun starts them."""

from __future__ import annotations

import atexit
import os

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.parallel.team import Team
from pygmmrec.utils.check import check

LAUNCH = "torchrun --nproc-per-node"


def meet(devices: int, where: object) -> Team:
    """Meet the other processes of a run; all of them call this.

    Args:
        devices: How many there are, on all hosts together.
        where: Who asks, for errors.

    Raises:
        ValueError: If a launcher started another number of processes. Each would train a model of its own, or
            wait for others that do not exist.
    """
    started = int(os.environ.get("WORLD_SIZE", "1"))
    remedy = f"Each process would train on its own: pass devices={started}, or start one without a launcher"
    if started == 1:
        remedy = f"Start that many processes: '{LAUNCH} {devices} script.py'"
    wanted = f"{started}, the number of processes (WORLD_SIZE),"
    check(devices == started, "devices", wanted, where, devices, remedy)
    if devices == 1:
        return Team()
    if not dist.is_initialized():
        dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        atexit.register(_leave)
    mesh = init_device_mesh("cuda" if torch.cuda.is_available() else "cpu", (devices,))
    return Team(Ranks(dist.get_rank(), devices, mesh.get_group()))


def own_device(device: str | torch.device, devices: int) -> str | torch.device:
    """The device of this process: of several on a host with CUDA, each has one of its own.

    Args:
        device: As it was asked for: ``auto``, ``cuda`` or another.
        devices: How many processes there are.
    """
    cuda = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    if devices == 1 or not cuda:
        return device
    own = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    torch.cuda.set_device(own)
    return own


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
