"""Render the table of result files, and put it into a Markdown file between its markers.

python benchmarks/accuracy/report.py benchmarks/results/tiktok
python benchmarks/accuracy/report.py benchmarks/results/tiktok --into README.md --marker results:tiktok
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pygmmrec.training import FitResult
from pygmmrec.utils.files import replacing

METRICS = ("recall@10", "recall@20", "ndcg@10", "ndcg@20")


def render(results: Iterable[FitResult]) -> str:
    """A Markdown table, models from low to high recall@20: mean ± std over seeds, cost, circumstances."""
    groups: dict[tuple[str, str], list[FitResult]] = defaultdict(list)
    for result in results:
        groups[result.dataset, result.model].append(result)
    groups = dict(sorted(groups.items(), key=lambda group: (group[0][0], _mean(group[1], "recall@20"))))
    header = [
        "model",
        *(f"test {name}" for name in METRICS),
        "valid recall@20",
        "epochs",
        "s/epoch",
        "peak MB",
    ]
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    for (_, model), runs in groups.items():
        cells = [mean_std([run.test[name] for run in runs]) for name in METRICS]
        cells.append(mean_std([run.valid["recall@20"] for run in runs]))
        cells.append(f"{statistics.mean(run.best_epoch for run in runs):.0f}")
        cells.append(f"{statistics.mean(run.seconds_per_epoch for run in runs):.2f}")
        cells.append(f"{max(run.peak_memory_mb or 0 for run in runs):.0f}")
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_differences(groups), *_notes(groups)])


def _mean(runs: list[FitResult], name: str) -> float:
    return statistics.mean(run.test[name] for run in runs)


def mean_std(values: list[float]) -> str:
    """Mean ± standard deviation in four decimals; one value has no deviation."""
    mean = f"{statistics.mean(values):.4f}"
    return f"{mean} ± {statistics.stdev(values):.4f}" if len(values) > 1 else mean


def _differences(groups: dict[tuple[str, str], list[FitResult]]) -> list[str]:
    """How the means of the other models stand to the lowest one's."""
    (_, first), *others = groups
    base, *rest = groups.values()
    lines = []
    for (_, model), runs in zip(others, rest, strict=True):
        gains = []
        for name in ("recall@20", "ndcg@20"):
            gains.append(f"{name} {_mean(runs, name) / _mean(base, name) - 1:+.1%}")
        lines.append(f"{model} against {first}: {', '.join(gains)}.")
    return lines


def circumstances(runs: Iterable[FitResult]) -> dict[str, str]:
    """What the numbers hold for, in words: data, seeds, hardware, versions, commits, commands."""
    runs = list(runs)

    def said(key: str) -> str:
        return ", ".join(dict.fromkeys(str(run.environment[key]) for run in runs))

    return {
        "dataset": ", ".join(dict.fromkeys(run.dataset for run in runs)),
        "seeds": ", ".join(map(str, dict.fromkeys(run.seed for run in runs))),
        "device": f"{said('device')} ({said('processor')}, {said('cores')} cores, {said('threads')} threads)",
        "versions": f"torch {said('torch')}, torch-geometric {said('torch-geometric')}",
        "commit": said("commit"),
        "command": "; ".join(
            f"`{text}`" for text in dict.fromkeys(run.environment["command"] for run in runs)
        ),
    }


def _notes(groups: dict[tuple[str, str], list[FitResult]]) -> list[str]:
    said = circumstances(run for group in groups.values() for run in group)
    return [
        f"Dataset {said['dataset']}; seeds {said['seeds']}; mean ± standard deviation over seeds. "
        "Epochs: mean best epoch,",
        "chosen on validation; s/epoch: training without validation. The test set is scored once.",
        f"Device {said['device']},",
        f"{said['versions']}, commit {said['commit']}.",
        f"Command: {said['command']}.",
    ]


def insert(text: str, table: str, marker: str) -> str:
    """The text with everything between the marker's comments replaced by the table."""
    begin, end = f"<!-- {marker}:begin -->", f"<!-- {marker}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"The file needs to hold {begin!r} and {end!r} once each")
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="searched for result.json files")
    parser.add_argument("--into", type=Path, help="Markdown file to put the table into")
    parser.add_argument("--marker", default="results", help="name in the file's <!-- NAME:begin --> comments")
    args = parser.parse_args()
    paths = sorted(args.folder.glob("**/result.json"))
    if not paths:
        parser.error(f"no result.json under {args.folder}")
    table = render(FitResult.load(path) for path in paths)
    if args.into is None:
        print(table)
    else:
        text = insert(args.into.read_text(), table, args.marker)
        with replacing(args.into) as temporary:
            temporary.write_text(text)


if __name__ == "__main__":
    main()
