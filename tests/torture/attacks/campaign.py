"""Damages files by the thousand, each in a forked worker, and says what came of each."""

from __future__ import annotations

import json
import logging
import os
import random
import resource
import shutil
import signal
import time
import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from attacks.canary import Canary
from attacks.outcome import Hang, Outcome, classify

CHUNK = 250
"""Files per worker; a crash costs no more than a new worker."""

SECONDS = 20
"""After which a reader hangs."""

MEMORY = 3 << 30
"""Bytes that a worker may take beyond what it has when it starts."""


class Target(ABC):
    """A kind of file: how it is damaged, read, and compared with an independent reading.

    Args:
        folder: Where to put what all files share.
    """

    name: ClassVar[str]
    share: ClassVar[float] = 1.0
    """Files of this kind for each of the others, less where reading takes long."""

    def __init__(self, folder: Path) -> None:
        self.canary = Canary(folder / "canary")

    @abstractmethod
    def right(self) -> bytes:
        """The bytes of a file with which nothing is wrong."""

    @abstractmethod
    def damage(self, rng: random.Random) -> bytes:
        """The bytes of a damaged file."""

    @abstractmethod
    def read(self, raw: bytes, folder: Path) -> None:
        """Write the file into an empty folder, read it, and compare.

        Raises:
            WrongData: If it was accepted as something that it does not say.
        """


@dataclass
class Report:
    """What came of the files of a target.

    Attributes:
        target: Its name.
        seed: Seed of the campaign.
        counts: Files by outcome.
        faults: Those that nothing may come of.
        kept: Folder of the faulty files, named by their numbers.
    """

    target: str
    seed: int
    kept: Path
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count a file."""
        self.counts[outcome.kind] += 1
        self.faults += [outcome] * outcome.is_fault

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {kind}" for kind, count in self.counts.most_common())
        return f"torture {self.target}, seed {self.seed}: {self.counts.total()} files: {counted}"

    def explain(self) -> str:
        """The faults, those that say the same once, and where their files are."""
        alike: dict[tuple[str, str], list[Outcome]] = {}
        for fault in self.faults:
            text = "".join(c for c in fault.told if not c.isdigit())[:80]
            alike.setdefault((fault.kind, text), []).append(fault)
        first = [(len(same), same[0]) for same in alike.values()]
        lines = [f"{n} x {one.kind}, file {one.number}: {' '.join(one.told.split())}" for n, one in first]
        return "\n".join([str(self), *lines, f"the files are in {self.kept}"])


def attack(target: Target, count: int, seed: int, folder: Path) -> Report:
    """Damage and read files number 0 to ``count - 1`` of a seed, each by itself the same again.

    Args:
        target: The kind of files.
        count: How many.
        seed: Another seed gives other files.
        folder: For the files; those that show a fault stay in ``faults``.
    """
    report = Report(target.name, seed, folder / "faults")
    report.kept.mkdir(parents=True, exist_ok=True)
    start = 0
    while start < count:
        stop = min(count, start + CHUNK)
        log = folder / f"{target.name}-{start}.log"
        log.touch()
        status = _watch(_fork(target, range(start, stop), seed, folder, log), log)
        done = list(_read_log(log))
        for outcome in done:
            report.add(outcome)
        start = start + len(done)
        if start < stop:  # the worker died with this file
            report.add(
                Outcome(start, "hang" if status == -signal.SIGKILL else "crash", f"exit status {status}")
            )
            (report.kept / f"{target.name}-{start}").write_bytes(
                target.damage(_generator(target, seed, start))
            )
            start += 1
    return report


def _generator(target: Target, seed: int, number: int) -> random.Random:
    return random.Random(f"{seed}/{target.name}/{number}")


def _fork(target: Target, numbers: range, seed: int, folder: Path, log: Path) -> int:
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        _work(target, numbers, seed, folder, log)
        status = 0
    finally:  # whatever happens, it must not go on as a second run of the tests
        os._exit(status)


def _work(target: Target, numbers: range, seed: int, folder: Path, log: Path) -> None:
    _limit()
    place = folder / f"worker-{numbers.start}"
    with open(log, "a", buffering=1) as lines:
        for number in numbers:
            raw = target.damage(_generator(target, seed, number))
            place.mkdir()
            error: BaseException | None = None
            try:
                signal.alarm(SECONDS)
                target.read(raw, place)
            except BaseException as caught:
                error = caught
            finally:
                signal.alarm(0)
            kind, told = classify(error)
            kind = "executed" if target.canary.sang() else kind
            outcome = Outcome(number, kind, told)
            if outcome.is_fault:
                (folder / "faults" / f"{target.name}-{number}").write_bytes(raw)
            shutil.rmtree(place)
            lines.write(json.dumps(outcome) + "\n")


def _limit() -> None:
    """Little memory, no core file, silence, and an alarm that raises."""
    pages = (
        int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 1 << 20
    )
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")

    def hang(*_: object) -> None:
        raise Hang

    signal.signal(signal.SIGALRM, hang)


def _watch(process: int, log: Path) -> int:
    """The exit status of a worker, which is killed where no alarm gets through to it."""
    while True:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.time() - log.stat().st_mtime > 3 * SECONDS:
            os.kill(process, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        time.sleep(0.02)


def _read_log(log: Path) -> Iterator[Outcome]:
    for line in log.read_text().splitlines():
        yield Outcome(*json.loads(line))
