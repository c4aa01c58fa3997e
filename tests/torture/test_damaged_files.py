"""A damaged file is read as what it says, or is one clear error: it never hangs, crashes or runs."""

from pathlib import Path

import pytest

from attacks.campaign import Report, Target, attack
from attacks.targets import TARGETS

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_of_every_kind(
    target: type[Target],
    seed: int,
    reports: list[Report],
    tmp_path: Path,
    pytestconfig: pytest.Config,
) -> None:
    count = round(pytestconfig.getoption("--torture-files") * target.share)
    for folder in ("base", "files"):
        (tmp_path / folder).mkdir()
    attacked = target(tmp_path / "base")
    (tmp_path / "right").mkdir()
    attacked.read(attacked.right(), tmp_path / "right")
    report = attack(attacked, count, seed, tmp_path / "files")
    reports.append(report)
    assert report.counts.total() == count
    if report.faults:
        pytest.fail(report.explain(), pytrace=False)
