"""A run that was killed, at whatever moment, goes on to the same end, to the bit."""

import os
import random
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from attacks.folder import differences, left_by
from attacks.forked import Forked
from attacks.moments import Moments
from attacks.small import small_run

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]

Train = Callable[[Path, bool], object]
"""Trains into a folder, from the start or onwards."""

EPOCHS = 4


def by_fit(folder: Path, resume: bool) -> object:
    return small_run(folder, EPOCHS, resume=resume)


def by_example(script: Path) -> Train:
    def train(folder: Path, resume: bool) -> object:
        options = ["--epochs", "3", "--device", "cpu", "--output", str(folder)]
        sys.argv = [str(script), *options, *["--resume"] * resume]
        return runpy.run_path(str(script), run_name="__main__")

    return train


def count_moments(train: Train, folder: Path) -> int:
    """Train undisturbed, and count the moments at which that could have ended."""
    told = folder.parent / "moments"

    def counted() -> None:
        moments = Moments(folder)
        train(folder, False)
        told.write_text(str(moments.count))

    child = Forked(counted, folder.parent / "undisturbed.log")
    assert child.result() == 0, child.said()
    return int(told.read_text())


def go_on(train: Train, folder: Path, wanted: dict) -> list[str]:
    """Resume to the end; what is not as it should be."""
    child = Forked(lambda: train(folder, True), folder.parent / f"{folder.name}.log")
    status = child.result()
    return differences(left_by(folder), wanted) if status == 0 else [f"exit {status}: {child.said()}"]


def test_at_every_moment_of_a_file(tmp_path: Path) -> None:
    whole = tmp_path / "undisturbed"
    count, wanted = count_moments(by_fit, whole), left_by(whole)
    assert count >= 4 * (EPOCHS + 4)  # a state per epoch, weights, result, details, curves
    wrong = {}
    for moment in range(1, count + 1):
        folder = tmp_path / f"moment-{moment}"

        def dies(folder: Path = folder, moment: int = moment) -> None:
            Moments(folder, moment)
            by_fit(folder, False)

        assert Forked(dies, tmp_path / f"{folder.name}.log").result() == -9
        wrong[moment] = go_on(by_fit, folder, wanted)
    assert {moment: what for moment, what in wrong.items() if what} == {}


def at_random_moments(train: Train, tmp_path: Path, rng: random.Random, kills: int, seconds: float) -> None:
    """Kill a run, go on with it and kill it again, until it ends by itself."""
    whole = tmp_path / "undisturbed"
    count_moments(train, whole)
    wanted, left, wrong, number = left_by(whole), kills, {}, 0
    while left > 0:
        number, resume = number + 1, False
        folder = tmp_path / f"random-{number}"
        for _ in range(6):
            child = Forked(lambda f=folder, r=resume: train(f, r), tmp_path / f"{folder.name}.log")
            if child.wait(rng.uniform(0, seconds)) is not None:
                break
            child.kill()
            left, resume = left - 1, folder.is_dir()
        wrong[number] = go_on(train, folder, wanted)
    assert {number: what for number, what in wrong.items() if what} == {}


def test_of_fit_at_random_moments(tmp_path: Path, seed: int) -> None:
    at_random_moments(by_fit, tmp_path, random.Random(seed), kills=100, seconds=0.6)


@pytest.mark.parametrize("name", ["train_lightgcn", "train_crane", "train_mambarec"])
def test_of_an_example_at_random_moments(name: str, tmp_path: Path, seed: int, repository: Path) -> None:
    train = by_example(repository / "examples" / f"{name}.py")
    at_random_moments(train, tmp_path, random.Random(f"{seed}/{name}"), kills=12, seconds=6)
