import pytest

from pygmmrec import models
from pygmmrec.models import BPRMF, CRANE, LightGCN
from pygmmrec.serving.bundled_class import bundled_class

NAMES = [name for name in models.__all__ if name != "Recommender"]


class CRANE2(CRANE):
    """A model of somebody's own."""


@pytest.mark.parametrize("name", NAMES)
def test_models_of_the_library_are_found_by_name(name: str) -> None:
    kind = getattr(models, name)
    told = {"module": kind.__module__, "name": kind.__qualname__}
    assert bundled_class(told) is kind
    assert bundled_class(told, kind) is kind


@pytest.mark.parametrize(
    "told",
    [
        {"module": "builtins", "name": "eval"},
        {"module": "mine", "name": "CRANE"},
        {"module": "pygmmrec.models.crane", "name": "Path"},
        {"module": "pygmmrec.models.recommender", "name": "Recommender"},
        {"module": "pygmmrec.models.crane", "name": "__builtins__"},
        {},
    ],
)
def test_nothing_else_is_looked_up(told: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"a bundle of a model of pygmmrec\.models.*model="):
        bundled_class(told)


def test_a_given_class_has_the_name_of_the_bundles() -> None:
    told = {"module": "__main__", "name": "CRANE2"}
    assert bundled_class(told, CRANE2) is CRANE2
    with pytest.raises(ValueError, match=r"the class of the bundle's model, CRANE2 .*LightGCN"):
        bundled_class(told, LightGCN)
    for wrong in (dict, BPRMF(2, 2), "CRANE2"):
        with pytest.raises(ValueError, match="a subclass of Recommender"):
            bundled_class(told, wrong)  # type: ignore[arg-type]
