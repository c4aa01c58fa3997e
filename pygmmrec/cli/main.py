"""What the command line is read into: one typed function for each verb."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from jsonargparse import auto_cli

import pygmmrec
from pygmmrec.cli.compare import compare_models
from pygmmrec.cli.serve import serve_bundle
from pygmmrec.cli.train import train_model


def main(args: Sequence[str] | None = None) -> None:
    """Run what the command line asks for; ``pygmmrec --help`` says what that may be.

    Args:
        args: The arguments. (default: those of the process)
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given = list(sys.argv[1:] if args is None else args)
    try:
        auto_cli(
            {"train": train_model, "compare": compare_models, "serve": serve_bundle},
            args=given or ["--help"],
            prog="pygmmrec",
            description="Graph learning for multimodal recommendation.",
            version=pygmmrec.__version__,
            as_positional=True,
        )
    except (ValueError, ModuleNotFoundError) as error:  # the message says what to do, and no trace is needed
        sys.exit(f"pygmmrec: {error}")
    except KeyboardInterrupt:  # the run has said how to go on
        sys.exit(130)
