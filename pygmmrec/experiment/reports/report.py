"""The report of a comparison, from its result files.

For each protocol a folder: tables (CSV), figures (PNG), report.md with all tables, and under ``raw`` what
writes them again.

p is that of a paired t-test over users: each user's test metric, averaged over the runs that both models
have. In the main table each model is set against the best, with Holm's correction over its rows; in pairs.csv
and headline.csv the correction is over all pairs of models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pygmmrec.experiment.reports import figures, tables
from pygmmrec.experiment.reports.cells import METRIC, SECOND, Rows, circumstances, notes, write_table
from pygmmrec.experiment.reports.groups import group_table, item_groups, user_groups
from pygmmrec.experiment.reports.markdown import markdown
from pygmmrec.experiment.reports.published import published_table
from pygmmrec.experiment.reports.ranks import critical_difference
from pygmmrec.experiment.reports.results import Comparison, copy_comparison
from pygmmrec.utils.files import replacing

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

OF_COMMIT = (
    "A result belongs to its commit and versions: another order of sums or of random draws gives other "
    "numbers for the same settings and seeds, about as far apart as two seeds are."
)


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
        critical_difference(comparison, output / "ranks.png")


def write_reports(comparisons: Mapping[str, Comparison], output: Path, headline: Sequence[str] = ()) -> None:
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


def render(comparisons: Mapping[str, Comparison], headline: Sequence[str] = ()) -> str:
    """The main table of each protocol in Markdown, what it says of the headline systems, circumstances."""
    return "\n\n".join(_render(comparison, headline) for comparison in comparisons.values())


def short(comparisons: Mapping[str, Comparison]) -> str:
    """The table for a front page: six columns of each protocol in Markdown, and what they hold for."""
    return "\n\n".join(_short(comparison) for comparison in comparisons.values())


def _short(comparison: Comparison) -> str:
    costs = {row["model"]: row for row in tables.cost_table(comparison)}
    accuracy = tables.mark_best(comparison, tables.accuracy_table(comparison))
    rows = [
        {
            "model": row["model"],
            METRIC: row[f"test {METRIC}"],
            SECOND: row[f"test {SECOND}"],
            "p": row[f"p {METRIC}"],
            **{column: costs[row["model"]][column] for column in ("s/epoch", "peak MB")},
        }
        for row in accuracy
    ]
    said = _circumstances(comparison)
    lines = [
        f"Test metrics on {said['dataset']}, mean ± standard deviation over seeds {said['seeds']};",
        f"p: against the best in {METRIC}, paired over users, with Holm's correction.",
        f"Device {said['device']}, {said['versions']}, commit {said['commit']}.",
    ]
    return "\n".join([markdown(rows), "", *lines])


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
        OF_COMMIT,
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
