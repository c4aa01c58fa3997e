"""What is hand-made, and how each of it is switched off for a while: names in modules are replaced."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FunctionType
from typing import Any
from unittest.mock import patch

from numba import njit

from pygmmrec.kernels.runtime.jit_numba import OPTIONS
from pygmmrec.kernels.sparse import spmm_numba

KERNELS = "pygmmrec.kernels"


def no(*_: Any) -> bool:
    """Never."""
    return False


def none(*_: Any) -> None:
    """Nothing."""


@njit
def no_prefetch(array: Any, row: Any, column: Any) -> None:
    """Asks for nothing."""


def without_prefetch(kernel: Any) -> Any:
    """The kernel, compiled without its hints to the processor."""
    own = kernel.py_func
    names = {**own.__globals__, "prefetch": no_prefetch}
    return njit(FunctionType(own.__code__, names, own.__name__), **OPTIONS)


ROWS = {f"{KERNELS}.sparse.spmm.rows_pay": no, "pygmmrec.nn.conv.light_gcn.rows_pay": no}
TOP_K = {f"{KERNELS}.ranking.top_k.compiles": no}
PRODUCT = {f"{KERNELS}.sparse.spmm._kernel": none}

OFF: dict[str, Mapping[str, Any]] = {
    "nothing": {},
    "all of numba": {**PRODUCT, **TOP_K},
    "compiled products": PRODUCT,
    "rows of a batch": ROWS,
    "prefetch": {
        f"{KERNELS}.sparse.spmm_numba.{name}": without_prefetch(getattr(spmm_numba, name))
        for name in ("_sum_rows", "_spread_columns")
    },
    "compiled top-k": TOP_K,
    "torch's threads": {f"{KERNELS}.runtime.threads._openmp": none},
}
"""What is called instead, by the place of its name; ``nothing`` shows what is noise."""

USED = {
    "step": [name for name in OFF if name != "compiled top-k"],
    "ranking": [
        "nothing",
        "all of numba",
        "compiled products",
        "prefetch",
        "compiled top-k",
        "torch's threads",
    ],
}
"""What has a part in each call."""

ALLOCATOR = "memory kept"
"""Which a process cannot take back: it is measured in pairs of processes."""

KEEP = {f"{module}.keep_freed_memory": no for module in ("pygmmrec.training.run", f"{KERNELS}.ranking.rank")}


@contextmanager
def replaced(names: Mapping[str, Any]) -> Iterator[None]:
    """Other functions under these names."""
    with ExitStack() as stack:
        for name, value in names.items():
            module, _, attribute = name.rpartition(".")
            stack.enter_context(patch.object(importlib.import_module(module), attribute, value))
        yield


def without(backend: str, run: Callable[[], object]) -> Callable[[], object]:
    """The same call with a backend switched off."""

    def switched() -> object:
        with replaced(OFF[backend]):
            return run()

    return partial(switched)
