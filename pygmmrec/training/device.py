"""Where training runs, and in which precision."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from lightning_fabric import Fabric

from pygmmrec.utils.check import check

Precision: TypeAlias = Literal["32-true", "bf16-mixed", "16-mixed"]
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
ACCELERATORS = ("auto", "cpu", "cuda")  # there are no sparse kernels on Apple's


def single_device(device: str, precision: Precision = "32-true") -> Fabric:
    """A Lightning Fabric on one device.

    Args:
        device: ``auto`` (CUDA where there is one, otherwise the CPU), ``cpu``, ``cuda`` or ``cuda:1``.
        precision: As Fabric names it: ``32-true``, ``bf16-mixed`` or ``16-mixed``.

    Raises:
        ValueError: If the device is unknown, or not on this machine.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    accelerator, _, index = device.partition(":")
    fits = accelerator in ACCELERATORS and (index == "" or index.isdigit())
    check(fits, "device", f"one of {ACCELERATORS}, with an index as in 'cuda:1'", "Run", device)
    found = accelerator != "cuda" or int(index or 0) < torch.cuda.device_count()
    check(found, "device", "a device of this machine", "Run", device, "Use 'auto' or 'cpu'")
    check(precision in PRECISIONS, "precision", f"one of {PRECISIONS}", "Run", precision)
    return Fabric(accelerator=accelerator, devices=[int(index)] if index else 1, precision=precision)
