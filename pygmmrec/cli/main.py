"""What the command line is read into: one typed function for each verb."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import pygmmrec
from pygmmrec.cli.parsers import OF_THE_COMMAND, VERBS, apart, named, parser_of
from pygmmrec.cli.words import as_toml, check_options, gathered, nearest, spelled, with_files

USAGE = """\
Graph learning for multimodal recommendation.

usage: pygmmrec VERB [options]

{verbs}

  pygmmrec train --data plays.csv --items artists.csv --text tags --model CRANE --output runs/crane
  pygmmrec recommend runs/crane ada,bob --k 5
  pygmmrec export runs/crane --output vectors --format parquet
  pygmmrec serve runs/crane

pygmmrec VERB --help names the options of a verb, and pygmmrec --version the version. Options may stand in a
TOML file, --config FILE.toml; --print-config writes one.
"""


def main(args: Sequence[str] | None = None) -> None:
    """Run what the command line asks for; ``pygmmrec --help`` says what that may be.

    Args:
        args: The arguments. (default: those of the process)
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    verb, *words = list(sys.argv[1:] if args is None else args) or ["--help"]
    try:
        if verb in VERBS:
            _run(verb, words)
        elif verb in ("--version", "--help", "-h"):
            sys.stdout.write(f"pygmmrec {pygmmrec.__version__}\n" if verb == "--version" else _usage())
            sys.exit(0)
        else:
            told = f"There is no verb {verb!r}. "
            raise ValueError(told + nearest(verb, VERBS, f"They are {', '.join(VERBS)}"))
    except (ValueError, ModuleNotFoundError) as error:  # it says what to do, and needs no trace
        sys.exit(f"pygmmrec: {error}")
    except KeyboardInterrupt:  # the run has said how to go on
        sys.exit(130)


def _run(verb: str, words: Sequence[str]) -> None:
    given = gathered(with_files(named(verb, spelled(words))), "filter")
    parser = parser_of(verb, given)
    check_options(given, parser._option_string_actions, verb)
    show = "--print_config" in given
    found = parser.parse_args([word for word in given if word != "--print_config"])
    options = {key: value for key, value in found.as_dict().items() if key not in OF_THE_COMMAND}
    if show:
        sys.stdout.write(as_toml(options))
    else:
        VERBS[verb][0](**(apart(options) if verb == "train" else options))


def _usage() -> str:
    lines = [
        f"  {verb:<10} {(function.__doc__ or '').partition(chr(10))[0]}"
        for verb, (function, _) in VERBS.items()
    ]
    return USAGE.format(verbs="\n".join(lines))
