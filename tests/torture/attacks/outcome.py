"""What came of a damaged file, in one word."""

from __future__ import annotations

import re
import traceback
from typing import NamedTuple

FINE = ("fine", "clear error")
"""What may happen. The others are faults: other error, wrong data, hang, crash, executed."""

CLEAR = re.compile(r"'.+' needs to be .+ in '.+' \(got .+", re.DOTALL)
"""An error of this library: it names the argument, what it needs to be, and what was given."""


class WrongData(AssertionError):
    """A reader accepted a file and gave something else than the bytes say."""


class Hang(BaseException):
    """A reader took too long; no ``except Exception`` of the library catches it."""


class Outcome(NamedTuple):
    """One damaged file: its number, what happened, and where or why."""

    number: int
    kind: str
    told: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether nothing like that may happen."""
        return self.kind not in FINE


def classify(error: BaseException | None) -> tuple[str, str]:
    """The word for an error, or for none, and what it says."""
    match error:
        case None:
            return "fine", ""
        case Hang():
            return "hang", _place(error)
        case WrongData():
            return "wrong data", str(error)[:300]
        case ValueError() if type(error) is ValueError and CLEAR.fullmatch(str(error)):
            return "clear error", str(error)[:300]
        case _:
            return "other error", f"{type(error).__name__} in {_place(error)}: {error}"[:300]


def _place(error: BaseException) -> str:
    """The last line of the library's own, else the last at all."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/pygmmrec/" in frame.filename] or frames
    return f"{ours[-1].filename.rpartition('/pygmmrec/')[2]}:{ours[-1].lineno}" if ours else "?"
