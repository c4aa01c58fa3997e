import shutil
from pathlib import Path

import numpy as np
import pytest

from pygmmrec.experiment.studies.parts import Plan
from pygmmrec.experiment.studies.results import Results, copy_condensed


def test_what_lies_in_the_folder(studied: Path, plan: Plan) -> None:
    results = Results(studied)
    assert set(results.runs["full"]) == {1, 2}
    rows = results.rows(plan.parts["convergence"])
    assert [name for _, name, _ in rows] == ["full", "LightGCN"]
    assert [sorted(runs) for _, _, runs in results.cells(plan.parts["alignment"])] == [[1]] * 4
    assert results.cells(plan.parts["undone"]) == []
    names = [name for _, name, _ in results.rows(plan.parts["ablation"])]
    p_values = results.p_values(names, "recall@20")
    assert p_values[names.index("full")] is None
    assert all(p is not None and 0 <= p <= 1 for p in p_values[1:])


def test_without_the_full_model_there_is_nothing_to_compare_with(
    studied: Path, plan: Plan, tmp_path: Path
) -> None:
    shutil.copytree(studied / "LightGCN", tmp_path / "LightGCN")
    assert Results(tmp_path).rows(plan.parts["convergence"]) == []


def test_runs_of_other_users_are_an_error(studied: Path, plan: Plan, tmp_path: Path) -> None:
    for name in ("full", "LightGCN"):
        shutil.copytree(studied / name, tmp_path / name)
    results = Results(tmp_path)
    path = tmp_path / "full" / "seed-1" / "test_per_user.npz"
    arrays = dict(np.load(path))
    np.savez(path, **{key: value[1:] for key, value in arrays.items()})
    path = tmp_path / "full" / "seed-2" / "test_per_user.npz"
    np.savez(path, **{key: value[1:] for key, value in arrays.items()})
    with pytest.raises(ValueError, match="other test users"):
        results.p_values(["LightGCN"], "recall@20")


def test_a_condensed_copy_is_read_the_same_way(studied: Path, tmp_path: Path) -> None:
    (studied / "cost").mkdir()
    (studied / "cost" / "a-4.json").write_text('{"form": "a"}')
    try:
        copy_condensed(Results(studied), tmp_path)
    finally:
        shutil.rmtree(studied / "cost")
    copy = Results(tmp_path)
    assert copy.costs == [{"form": "a"}]
    assert {name: set(runs) for name, runs in copy.runs.items()} == {
        name: set(runs) for name, runs in Results(studied).runs.items()
    }
