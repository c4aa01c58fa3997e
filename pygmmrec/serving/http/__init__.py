"""A trained model over HTTP: answers in JSON, metrics, and a page to look at them.

.. code-block:: python

    from pygmmrec.serving.http import make_app, run

    run(make_app("runs/crane"))  # http://127.0.0.1:8000

Needs the extra ``serve``. Nothing of it is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pygmmrec.serving.http.app import make_app
    from pygmmrec.serving.http.server import run

__all__ = ["make_app", "run"]

_HOMES = {"make_app": "app", "run": "server"}
_OF_EXTRA = ("fastapi", "prometheus_client", "pydantic", "starlette", "uvicorn")


def __dir__() -> list[str]:
    return [*globals(), *__all__]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name in _OF_EXTRA:
            told = f"{name!r} needs {error.name}: pip install 'pygmmrec[serve]'"
            raise ModuleNotFoundError(told, name=error.name) from error
        raise
