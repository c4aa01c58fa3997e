"""Options by name, for what takes all of them at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.training.options import Options
from pygmmrec.utils.check import check_arguments

P = ParamSpec("P")
R = TypeVar("R")


def takes_options(
    make: Callable[P, Options],
) -> Callable[
    [Callable[[Any, Recommender, HeteroData, Options], R]],
    Callable[Concatenate[Any, Recommender, HeteroData, P], R],
]:
    """Give a method of a model, a graph and :class:`Options` the options by name, with their types.

    The signature shows each of them; an unknown one is a :class:`TypeError` that names the nearest.
    """
    options = inspect.signature(make).parameters.values()

    def decorate(
        method: Callable[[Any, Recommender, HeteroData, Options], R],
    ) -> Callable[Concatenate[Any, Recommender, HeteroData, P], R]:
        own = inspect.signature(method)
        first = [each for each in own.parameters.values() if each.annotation != "Options"]

        @wraps(method)
        def call(self: Any, model: Recommender, data: HeteroData, *args: P.args, **given: P.kwargs) -> R:
            check_arguments(given, make, type(self).__name__)
            return method(self, model, data, make(*args, **given))

        # Checkers see model and data as arguments without a name; they may have theirs.
        call.__signature__ = own.replace(parameters=[*first, *options])  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[Any, Recommender, HeteroData, P], R], call)

    return decorate
