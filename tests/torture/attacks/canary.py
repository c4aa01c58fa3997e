"""A pickle that tells when somebody unpickles it."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any


class Canary:
    """Makes a file when it is unpickled.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)

    def pickled(self) -> bytes:
        """The bytes that do it."""
        return pickle.dumps(self)

    def sang(self) -> bool:
        """Whether it was unpickled since this was last asked."""
        if not self.path.is_dir():
            return False
        self.path.rmdir()
        return True
