"""Write the report of a comparison from its result files, and put its table into a Markdown file.

    python benchmarks/accuracy/report.py runs/comparison --output benchmarks/results/comparison
    python benchmarks/accuracy/report.py benchmarks/results/comparison --into README.md \\
        --marker results:tiktok

The first writes a folder for each protocol: tables (CSV), figures (PNG), report.md with all tables, and under
raw what writes them again. The second puts the main table between the marker's comments. Without either the
main table is printed.

p is that of a paired t-test over users: each user's test metric, averaged over the runs that both models
have. In the main table each model is set against the best, with Holm's correction over its rows; in pairs.csv
and headline.csv the correction is over all pairs of models.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import comparison_figures as figures
import comparison_tables as tables
from cells import METRIC, Rows, circumstances, markdown, notes, write_table
from comparison_groups import group_table, item_groups, user_groups
from comparison_results import Comparison, copy_comparison, load_comparisons
from published import published_table

from pygmmrec.utils.files import replacing

HEADLINE = ("CRANE", "MambaRec")

TITLES = {
    "accuracy": "Accuracy: mean ± standard deviation over runs, best in bold, p against the best",
    "headline": "The headline systems against all others",
    "cost": "Cost",
    "beyond": "Lists: share of items in any of them, training edges of their items, distance in content",
    "users": f"{METRIC} by training edges of the user (users)",
    "items": "Share of held-out pairs in the list by training edges of the item (pairs)",
    "published": "Beside published numbers",
    "search": "Search: what each model tried and chose on validation",
    "pairs": "All pairs of models",
    "notes": "Circumstances",
}


def all_tables(comparison: Comparison, headline: Sequence[str]) -> dict[str, Rows]:
    """The tables of a protocol by the name of their file; those with nothing to say are left out."""
    accuracy = tables.accuracy_table(comparison)
    made: dict[str, Rows] = {
        "accuracy": tables.mark_best(comparison, accuracy),
        "headline": tables.headline_table(comparison, headline),
        "cost": tables.cost_table(comparison),
        "beyond": tables.beyond_table(comparison),
        "users": group_table(user_groups(comparison)),
        "items": group_table(item_groups(comparison)),
        "published": published_table(comparison),
        "search": tables.search_table(comparison),
        "pairs": tables.pair_table(comparison),
        "notes": notes(_circumstances(comparison)),
    }
    return {name: rows for name, rows in made.items() if rows}


def _circumstances(comparison: Comparison) -> dict[str, str]:
    """What the runs hold for, and what the searches were allowed, if there were any."""
    runs = [run for own in comparison.runs.values() for run in own.values()]
    search = tables.search_budgets(comparison)
    return circumstances(runs) | ({"search": search} if search else {})


def write_figures(comparison: Comparison, output: Path) -> None:
    """The figures of a protocol, as far as results hold what they show."""
    figures.cost(comparison, output / "cost.png")
    figures.convergence(comparison, output / "convergence.png")
    users, items = user_groups(comparison), item_groups(comparison)
    if users.values:
        figures.bars(users, output / "users.png", what="user", ylabel=f"test {METRIC}")
    if items.values:
        figures.bars(items, output / "items.png", what="item", ylabel="share of held-out pairs in the list")
    if len(comparison.models) > 1 and comparison.shared(*comparison.models):
        figures.critical_difference(comparison, output / "ranks.png")


def write_reports(comparisons: Mapping[str, Comparison], output: Path, headline: Sequence[str]) -> None:
    """Write the report of each protocol into a folder of its name."""
    for name, comparison in comparisons.items():
        folder = output / name
        made = all_tables(comparison, headline)
        for file, rows in made.items():
            write_table(folder / f"{file}.csv", rows)
        write_figures(comparison, folder)
        text = "\n\n".join(f"## {TITLES[file]}\n\n{markdown(rows)}" for file, rows in made.items())
        with replacing(folder / "report.md") as temporary:
            temporary.write_text(f"# Comparison on {name}\n\n{text}\n", encoding="utf-8")
        kept = (folder / "raw").resolve()
        if not any(each.resolve().is_relative_to(kept) for each in comparison.folders.values()):
            copy_comparison(comparison, kept)


def render(comparisons: Mapping[str, Comparison], headline: Sequence[str]) -> str:
    """The main table of each protocol in Markdown, what it says of the headline systems, circumstances."""
    return "\n\n".join(_render(comparison, headline) for comparison in comparisons.values())


def _render(comparison: Comparison, headline: Sequence[str]) -> str:
    said = _circumstances(comparison)
    accuracy = tables.mark_best(comparison, tables.accuracy_table(comparison))
    costs = {row.pop("model"): row for row in tables.cost_table(comparison)}
    lines = [markdown([row | costs[row["model"]] for row in accuracy]), ""]
    lines += [
        f"Dataset {said['dataset']}; seeds {said['seeds']}; mean ± standard deviation, best in bold.",
        "p: paired t-test over users against the best model, with Holm's correction over the rows.",
        "Epochs: chosen on validation; s/epoch: training without validation. The test set is scored once.",
        *([f"Search on validation: {said['search']}."] if "search" in said else []),
        f"Device {said['device']},",
        f"{said['versions']}, commit {said['commit']}.",
        f"Command: {said['command']}.",
    ]
    return "\n".join([*lines, *_claims(comparison, headline)])


def _claims(comparison: Comparison, headline: Sequence[str]) -> list[str]:
    """How each headline system stands to the best of the others, and to each other headline system."""
    lines = []
    for row in tables.headline_table(comparison, headline):
        system, other = row["system"], row["against"]
        others = [model for model in comparison.models if model != system]
        wanted = other == others[-1] or (other in headline and headline.index(other) > headline.index(system))
        if row["metric"] == METRIC and wanted:
            lines.append(
                f"{system} against {other}: {METRIC} {row['difference']}, {row['verdict']} "
                f"(p = {row['p corrected']}, {row['users']} users, corrected over all pairs)."
            )
    return lines


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
    parser.add_argument("folder", type=Path, help="searched for result.json and trials.jsonl files")
    parser.add_argument("--output", type=Path, help="folder of the whole report")
    parser.add_argument("--into", type=Path, help="Markdown file to put the main table into")
    parser.add_argument("--marker", default="results", help="name in the file's <!-- NAME:begin --> comments")
    parser.add_argument("--headline", nargs="+", default=list(HEADLINE), help="set against all others")
    args = parser.parse_args()
    comparisons = load_comparisons(args.folder)
    if not comparisons:
        parser.error(f"no result.json under {args.folder}")
    if args.output is not None:
        write_reports(comparisons, args.output, args.headline)
    if args.into is not None:
        text = insert(args.into.read_text(encoding="utf-8"), render(comparisons, args.headline), args.marker)
        with replacing(args.into) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if args.output is None and args.into is None:
        print(render(comparisons, args.headline))


if __name__ == "__main__":
    main()
