"""What all attacks share: a seed, one thread, and a place where they say how many files did what."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from attacks.campaign import Report

REPORTS = pytest.StashKey[list[Report]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORTS] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for report in config.stash[REPORTS]:
        terminalreporter.write_line(str(report))


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """Seed of everything that is drawn."""
    return int(pytestconfig.getoption("--torture-seed"))


@pytest.fixture
def reports(pytestconfig: pytest.Config) -> list[Report]:
    """What the summary will show."""
    return pytestconfig.stash[REPORTS]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads of OpenMP do not live on in a forked process."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
