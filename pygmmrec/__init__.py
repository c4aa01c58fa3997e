"""Graph learning for multimodal recommendation: Graph -> Features -> Propagate -> Rank.

.. code-block:: python

    import pygmmrec as pg

    data = pg.datasets.SyntheticMultimodal()[0]
    model = pg.CRANE.from_data(data)
    result = pg.fit(model, data)

Rooms, models and functions are loaded when they are first used; ``__init__.pyi`` beside this file says which
there are.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
