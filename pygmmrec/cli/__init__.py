"""The command ``pygmmrec``: thin, over the same functions that Python calls."""

from pygmmrec.cli.main import main

__all__ = ["main"]
