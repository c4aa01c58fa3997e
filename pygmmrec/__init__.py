"""Graph learning for multimodal recommendation: Graph -> Features -> Propagate -> Rank.

.. code-block:: python

    import pygmmrec as pg

    data = pg.datasets.SyntheticMultimodal()[0]
    model = pg.CRANE.from_data(data)
    result = pg.fit(model, data)

Rooms, models and functions are loaded when they are first used; ``__init__.pyi`` beside this file says which
there are.
"""

from difflib import get_close_matches
from typing import Any

import lazy_loader

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name in __all__ or name.startswith("__"):
        return _load(name)
    lower = {known.lower(): known for known in __all__}
    near = get_close_matches(name.lower(), lower, n=1)
    hint = f". Did you mean {lower[near[0]]!r}?" if near else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
