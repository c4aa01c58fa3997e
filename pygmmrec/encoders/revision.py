"""Which version of a model it is: digests of its weights, its files or its code."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import torch
from torch import nn

from pygmmrec.utils.files import sha256_of

PLAIN = (bool, int, float, str, bytes, type(None))


def weights_digest(module: nn.Module) -> str:
    """Of the names, types, shapes and values of all parameters and buffers."""
    found = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        if not isinstance(tensor, torch.Tensor):
            continue
        values = tensor.detach().cpu().contiguous()
        found.update(f"{name} {values.dtype} {list(values.shape)}".encode())
        found.update(values.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def folder_digest(folder: Path) -> str:
    """Of the names and the contents of all files of a folder."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with open(path, "rb") as file:
            found.update(f"{path.relative_to(folder).as_posix()} {sha256_of(file)}\n".encode())
    return found.hexdigest()


def code_digest(function: Callable[..., Any]) -> str | None:
    """Of the code of a function, with its constants, defaults and what it closes over, where these are plain.

    Returns:
        The digest, or ``None`` where there is no code to see. What a function reads from elsewhere, such as
        weights of its own, is not in it.
    """
    if isinstance(function, functools.partial):
        inner = code_digest(function.func)
        return inner and _digest(inner, _told([*function.args, *sorted(function.keywords.items())]))
    if not inspect.isfunction(function):  # a method, or an object that can be called
        function = getattr(function, "__func__", type(function).__call__)
    if not inspect.isfunction(function):  # written in C
        return None
    code, held = function.__code__, inspect.getclosurevars(function).nonlocals
    defaults = [function.__defaults__, *sorted((function.__kwdefaults__ or {}).items())]
    return _digest(_code(code), _told([*defaults, *sorted(held.items())]))


def _code(code: CodeType) -> str:
    constants = [_code(each) if isinstance(each, CodeType) else _told(each) for each in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


def _told(value: Any) -> str:
    """A plain value by its repr, anything else by its type."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_told, value))}]"
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(sorted(map(_told, value)))}}}"
    return repr(value) if isinstance(value, PLAIN) else f"{type(value).__module__}.{type(value).__qualname__}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode("utf-8", "backslashreplace")).hexdigest()
