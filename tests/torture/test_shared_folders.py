"""A folder belongs to one run at a time, wherever the process stands meanwhile."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from attacks.folder import differences, left_by
from attacks.forked import Forked
from attacks.small import OPTIONS, small_graph, small_model, small_run
from pygmmrec.datasets import InteractionFolder
from pygmmrec.training import Run
from pygmmrec.typing import INTERACTS

pytestmark = pytest.mark.torture

TAKEN = r"'output' needs to be "


def opened(folder: Path, *, resume: bool = False, seed: int = 1) -> Run:
    data = small_graph()
    return Run(small_model(data, seed), data, epochs=3, seed=seed, output=folder, resume=resume, **OPTIONS)


def trained(run: Run, between: Callable[[], object] = lambda: None) -> None:
    for graph in run:
        run.refresh(graph)
        for batch in run.batches():
            run.step(run.loss(graph, batch))
        run.validate()
        between()
    run.finish()


def test_a_second_run_is_refused_and_the_first_one_unharmed(tmp_path: Path) -> None:
    small_run(tmp_path / "alone", 3)
    first = opened(tmp_path / "run")

    def second() -> None:
        for resume in (False, True):
            with pytest.raises(ValueError, match=TAKEN):
                opened(tmp_path / "run", resume=resume, seed=0)

    trained(first, second)
    assert differences(left_by(tmp_path / "run"), left_by(tmp_path / "alone")) == []


@pytest.mark.parametrize("how", ["finish", "close", "an error"])
def test_the_folder_is_free_after(tmp_path: Path, how: str) -> None:
    run = opened(tmp_path)
    if how == "finish":
        trained(run)
    elif how == "close":
        run.close()
    else:
        with pytest.raises(ValueError, match="needs to be"):
            small_run(tmp_path / "other", 3, lr=-1.0)
        run.close()
        with pytest.raises(ValueError, match="needs to be"):
            small_run(tmp_path, 3, ks=(1000,))
    trained(opened(tmp_path))


def test_two_processes(tmp_path: Path) -> None:
    held = tmp_path / "held"

    def hold() -> None:
        trained(opened(tmp_path / "run"), lambda: (held.touch(), time.sleep(60)))

    holder = Forked(hold, tmp_path / "holder.log")
    while not held.exists():
        assert holder.wait(0.05) is None, holder.said()
    with pytest.raises(ValueError, match=TAKEN):
        opened(tmp_path / "run")
    holder.kill()
    trained(opened(tmp_path / "run", resume=True))  # of the dead it is free
    small_run(tmp_path / "alone", 3)
    assert differences(left_by(tmp_path / "run"), left_by(tmp_path / "alone")) == []


def test_two_processes_that_start_at_once(tmp_path: Path) -> None:
    start = tmp_path / "start"

    def race() -> None:
        data = small_graph()
        model = small_model(data)
        while not start.exists():
            time.sleep(0.001)
        run = Run(model, data, epochs=3, seed=1, output=tmp_path / "run", **OPTIONS)
        trained(run, lambda: time.sleep(0.3))

    children = [Forked(race, tmp_path / f"{number}.log") for number in range(4)]
    time.sleep(1)
    start.touch()
    ends = [child.result() for child in children]
    refused = [child.said() for child, end in zip(children, ends, strict=True) if end != 0]
    assert ends.count(0) == 1
    assert all("ValueError: 'output' needs to be" in text for text in refused)
    small_run(tmp_path / "alone", 3)
    assert differences(left_by(tmp_path / "run"), left_by(tmp_path / "alone")) == []


def test_another_working_directory_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    trained(opened(Path("run")), lambda: os.chdir(tmp_path / "there"))
    os.chdir(tmp_path)
    small_run(tmp_path / "alone", 3)
    assert list((tmp_path / "there").iterdir()) == []
    assert differences(left_by(tmp_path / "here" / "run"), left_by(tmp_path / "alone")) == []


def test_six_builders_of_one_cache(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    rows = "".join(f"{row % 97}\t{row % 89}\n" for row in range(3000))
    (source / "a.inter").write_text(f"userID\titemID\n{rows}")

    def build(number: int) -> None:
        data = InteractionFolder(source, cache_dir=tmp_path / "cache")[0]
        (tmp_path / f"sum-{number}").write_text(str(data[INTERACTS].edge_index.sum().item()))

    children = [Forked(lambda n=number: build(n), tmp_path / f"{number}.log") for number in range(6)]
    assert [child.result() for child in children] == [0] * 6
    assert len({(tmp_path / f"sum-{number}").read_text() for number in range(6)}) == 1
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".pt"]
