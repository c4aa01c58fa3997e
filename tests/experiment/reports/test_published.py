import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.experiment.reports import published as module
from pygmmrec.experiment.reports.published import PUBLISHED, Published, load_published, published_table
from pygmmrec.experiment.reports.results import Comparison


def test_published_numbers_and_the_difference(
    comparison: Comparison,
    result: Callable[[str, int], dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = '[[table]]\nsource = "A, Table 1"\nmetrics = ["recall@20"]\n'
    text += '[table.models]\nVBPR = [0.25]\nGRCN = [0.5]\n[table.remarks]\nVBPR = "says it"\n'
    (tmp_path / "tiny.toml").write_text(text)
    monkeypatch.setattr(module, "PUBLISHED", tmp_path)
    assert load_published("tiny") == [
        Published(
            "A, Table 1", {"VBPR": {"recall@20": 0.25}, "GRCN": {"recall@20": 0.5}}, {"VBPR": "says it"}
        )
    ]
    (row,) = published_table(comparison)
    mean = statistics.mean(result("VBPR", seed)["test"]["recall@20"] for seed in (1, 2))
    assert row["here"].startswith(f"{mean:.4f} ±")
    assert row["published"] == "0.2500"
    assert row["difference"] == f"{mean - 0.25:+.4f} ({mean / 0.25 - 1:+.1%})"
    assert (row["source"], row["remark"]) == ("A, Table 1", "says it")


def test_published_files_name_models_and_metrics() -> None:
    files = sorted(PUBLISHED.glob("*.toml"))
    assert {file.stem for file in files} == {"baby", "sports", "clothing", "electronics", "tiktok"}
    for file in files:
        for source, values, remarks in load_published(file.stem):
            assert source
            assert set(remarks) <= set(values)
            for model, numbers in values.items():
                assert set(numbers) <= {"recall@10", "recall@20", "ndcg@10", "ndcg@20"}
                assert all(0 < number < 0.2 for number in numbers.values()), model
                assert numbers["ndcg@20"] < numbers["recall@20"]
    baby = {source: values for source, values, _ in load_published("baby")}
    assert baby["CRANE (arXiv 2601.11151), Table 4"]["CRANE"]["recall@20"] == 0.1021
    assert baby["MambaRec (arXiv 2509.09114), Table 2"]["MambaRec"]["ndcg@20"] == 0.0454
    assert load_published("nowhere") == []
