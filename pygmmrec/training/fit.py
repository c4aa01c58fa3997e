"""Training, from a model and a graph to a result."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from pygmmrec.training.result import FitResult
from pygmmrec.training.run import Run
from pygmmrec.utils.check import check_arguments

P = ParamSpec("P")


def _takes_arguments_of(
    make: Callable[P, Run],
) -> Callable[[Callable[[Run], FitResult]], Callable[P, FitResult]]:
    """Give a function of a run the arguments that make one, for callers, type checkers and completion."""

    def decorate(function: Callable[[Run], FitResult]) -> Callable[P, FitResult]:
        signature = inspect.signature(make)

        @wraps(function)
        def call(*args: P.args, **options: P.kwargs) -> FitResult:
            check_arguments(options, make, function.__name__)
            return function(make(*args, **options))

        call.__signature__ = signature.replace(return_annotation=FitResult)  # type: ignore[attr-defined]
        return call

    return decorate


@_takes_arguments_of(Run)
def fit(run: Run) -> FitResult:
    """Train a model until its validation metric stops rising, then score the test set once.

    The model comes back with the weights of its best validation epoch; training goes on from the weights that
    it has, which :meth:`~pygmmrec.models.Recommender.from_data` draws from a seed. Torch's global generators
    come back as they were.

    .. code-block:: python

        model = CRANE.from_data(data)
        result = fit(model, data, epochs=30, output="runs/crane")

        everything = CRANE.from_data(data)
        fit(everything, data, valid=None, test=None, epochs=result.best_epoch, output="runs/deployed")
        later = CRANE.from_data(next_week)
        fit(later, next_week, start_from="runs/crane", output="runs/next-week")

    Args:
        model: The model; moved to the device. A closed form is fitted in one pass, and options of epochs and
            steps are not used; another one without a weight to train is scored as it is.
        data: The graph. One that nobody prepared is prepared.
        options: By name, each of :class:`~pygmmrec.training.Options`.

    Raises:
        TypeError: If an argument does not exist; the message names the nearest one.
        ValueError: If the data does not fit the model, or an option is out of range.
        FloatingPointError: If the loss is no longer finite.
    """
    with run:
        for graph in run:
            run.refresh(graph)
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
        return run.finish()
