"""Which class the model of a bundle is of. A file never chooses code that the caller has not chosen."""

from __future__ import annotations

from collections.abc import Mapping

import pygmmrec.models
from pygmmrec.models import Recommender
from pygmmrec.utils.check import check

OWN = "pygmmrec.models."


def bundled_class(told: Mapping[str, str], given: type[Recommender] | None = None) -> type[Recommender]:
    """The class of a bundle's model.

    Args:
        told: ``module`` and ``name`` of the class, as the bundle says them.
        given: A class from the caller. (default: ``None``, one of :mod:`pygmmrec.models`)

    Raises:
        ValueError: If it is none of this library's and none was given, or one of another name was.
    """
    name, module = told.get("name", ""), told.get("module", "")
    if given is None:
        known = module.startswith(OWN) and name in pygmmrec.models.__all__ and name != "Recommender"
        remedy = f"Pass the class, load(path, model={name.rpartition('.')[2] or 'MyModel'})"
        check(known, "path", "a bundle of a model of pygmmrec.models", "load", f"{module}.{name}", remedy)
        named: type[Recommender] = getattr(pygmmrec.models, name)
        return named
    is_model = isinstance(given, type) and issubclass(given, Recommender)
    check(is_model, "model", "a subclass of Recommender", "load", given)
    same = given.__qualname__ == name
    check(same, "model", f"the class of the bundle's model, {name}", "load", given.__qualname__)
    return given
