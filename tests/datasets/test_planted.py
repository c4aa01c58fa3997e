"""The world behind the synthetic data."""

import numpy as np
import pytest

from pygmmrec.datasets.planted import BLOCK, FEWEST, PlantedWorld


@pytest.fixture(scope="module")
def world() -> PlantedWorld:
    return PlantedWorld(num_users=BLOCK + 100, num_items=300, num_factors=6, seed=1)


def explained(view: np.ndarray, target: np.ndarray) -> float:
    """Share of the target's variance that a linear map of the view explains."""
    view, target = view - view.mean(axis=0), target - target.mean(axis=0)
    residual = target - view @ np.linalg.lstsq(view, target, rcond=None)[0]
    return float(1 - residual.var() / target.var())


def test_each_modality_shows_its_own_factors_only(world: PlantedWorld) -> None:
    modalities = {"a": 16, "b": 16}
    view = world.features("a", modalities, noise=0.2)
    assert view.dtype == np.float32
    assert explained(view, world.item[:, 0::2]) > 0.7
    assert explained(view, world.item[:, 1::2]) < 0.2


def test_noise_hides_the_factors(world: PlantedWorld) -> None:
    shares = [explained(world.features("a", {"a": 16}, noise), world.item) for noise in (0.0, 0.5, 2.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.9


def test_one_more_modality_changes_no_interaction(world: PlantedWorld) -> None:
    first = world.interactions(10.0, 0.1)
    world.features("c", {"c": 4}, 1.0)
    assert np.array_equal(first.item, world.interactions(10.0, 0.1).item)


def test_users_choose_distinct_items_that_they_like(world: PlantedWorld) -> None:
    table = world.interactions(10.0, 0.0)
    assert len(set(zip(table.user.tolist(), table.item.tolist(), strict=True))) == len(table)
    count = np.bincount(table.user, minlength=len(world.user))
    assert count.min() == FEWEST
    assert count.max() > 4 * np.median(count)
    preference = world.user @ world.item.T
    assert preference[table.user, table.item].mean() > preference.mean() + preference.std()


def test_cold_items_are_chosen_but_never_train(world: PlantedWorld) -> None:
    table = world.interactions(10.0, 0.2)
    never = np.setdiff1d(np.arange(300), table.part("train").item)
    assert len(never) >= 60
    assert np.isin(table.part("test").item, never).any()
    assert np.isin(table.part("valid").item, never).any()
