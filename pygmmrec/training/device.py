"""Where training runs, and in which precision."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from lightning_fabric import Fabric

from pygmmrec.utils.check import check

Precision: TypeAlias = Literal["32-true", "bf16-mixed", "16-mixed"]
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
ACCELERATORS = ("auto", "cpu", "cuda")  # there are no sparse kernels on Apple's


def single_device(device: str | torch.device, precision: Precision = "32-true", where: str = "Run") -> Fabric:
    """A Lightning Fabric on one device.

    Args:
        device: ``auto`` (CUDA where there is one, otherwise the CPU), ``cpu``, ``cuda`` or ``cuda:1``; or a
            :class:`torch.device`.
        precision: As Fabric names it: ``32-true``, ``bf16-mixed`` or ``16-mixed``. (default: ``32-true``)
        where: Who asks, for errors. (default: ``Run``)

    Raises:
        ValueError: If the device is unknown, or not on this machine.
    """
    named = str(device) if isinstance(device, torch.device | str) else ""
    if named == "auto":
        named = "cuda" if torch.cuda.is_available() else "cpu"
    accelerator, colon, index = named.partition(":")
    fits = accelerator in ACCELERATORS[1:] and (index.isdecimal() if colon else True)
    check(fits, "device", f"one of {ACCELERATORS}, with an index as in 'cuda:1'", where, device)
    number = torch.cuda.device_count() if accelerator == "cuda" else 1  # there is one CPU
    found = int(index or 0) < number
    check(found, "device", "a device of this machine", where, device, "Use 'auto' or 'cpu'")
    known = isinstance(precision, str) and precision in PRECISIONS
    check(known, "precision", f"one of {PRECISIONS}", where, precision)
    devices = [int(index)] if index and accelerator == "cuda" else 1
    return Fabric(accelerator=accelerator, devices=devices, precision=precision)
