import copy
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import summarize
from pygmmrec.data.ids import IdMap
from pygmmrec.evaluation import count_held_out, evaluate, evaluate_per_user
from pygmmrec.evaluation.evaluate import measure
from pygmmrec.models import BPRMF, CRANE, LightGCN
from pygmmrec.models.recommender import Recommender
from pygmmrec.training import FitResult, Run, fit, load_per_pair, load_per_user, load_weights
from pygmmrec.typing import INTERACTS, TEST, VALID, Embeddings, Triplets

Options = dict[str, Any]
OPTIONS: Options = {"batch_size": 64, "lr": 1e-2, "ks": (5, 20), "device": "cpu", "seed": 7}


def build(cls: type[Recommender], data: HeteroData) -> Recommender:
    torch.manual_seed(0)
    small = {"k": 5, "rca": {"num_rounds": 1}} if cls is CRANE else {}
    return cls.from_data(data, embedding_dim=8, **small)


def train(cls: type[Recommender], data: HeteroData, **options: Any) -> tuple[Recommender, FitResult]:
    model = build(cls, data)
    result = fit(model, data, epoch_transform=cls.epoch_transform(), **{**OPTIONS, **options})
    return model, result


@pytest.mark.parametrize("cls", [BPRMF, LightGCN, CRANE])
def test_interrupted_training_goes_on_to_the_same_numbers(
    cls: type[Recommender], prepared: HeteroData, tmp_path: Path
) -> None:
    whole_model, whole = train(cls, prepared, epochs=4, output=tmp_path / "whole")
    train(cls, prepared, epochs=2, output=tmp_path / "parts")
    torch.manual_seed(99)  # whatever happens between
    parts_model, parts = train(cls, prepared, epochs=4, output=tmp_path / "parts", resume=True)
    assert [entry["valid"] for entry in whole.history] == [entry["valid"] for entry in parts.history]
    assert [entry["loss"] for entry in whole.history] == [entry["loss"] for entry in parts.history]
    assert (whole.test, whole.best_epoch) == (parts.test, parts.best_epoch)
    for name, value in whole_model.state_dict().items():
        assert torch.equal(value, parts_model.state_dict()[name])


def test_an_epoch_cut_short_is_repeated(prepared: HeteroData, tmp_path: Path) -> None:
    _, whole = train(CRANE, prepared, epochs=3)
    model = build(CRANE, prepared)
    options: Options = {**OPTIONS, "epoch_transform": CRANE.epoch_transform(), "output": tmp_path}
    run = Run(model, prepared, epochs=3, **options)
    for number, graph in enumerate(run):
        model.refresh(graph)
        for batch in run.batches():
            run.step(run.loss(graph, batch))
            if number == 1:
                break
        if number == 1:
            break  # as if the machine had stopped in the second epoch
        run.validate()
    run.close()
    _, resumed = train(CRANE, prepared, epochs=3, output=tmp_path, resume=True)
    assert resumed.history[1]["valid"] == whole.history[1]["valid"]
    assert resumed.test == whole.test


def test_same_seed_same_result_and_another_seed_another(prepared: HeteroData) -> None:
    first, second, third = (train(LightGCN, prepared, epochs=3, seed=seed)[1] for seed in (7, 7, 8))
    assert first.test == second.test
    assert [entry["loss"] for entry in first.history] == [entry["loss"] for entry in second.history]
    assert [entry["loss"] for entry in first.history] != [entry["loss"] for entry in third.history]


def test_result_says_what_was_done(prepared: HeteroData, tmp_path: Path) -> None:
    model, result = train(LightGCN, prepared, epochs=3, output=tmp_path, dataset="toy")
    assert {path.name for path in tmp_path.iterdir()} >= {
        "result.json",
        "model.safetensors",
        "state.pt",
        "test_per_user.npz",
        "test_per_pair.npz",
    }
    assert FitResult.load(tmp_path / "result.json").test == result.test
    assert (result.model, result.dataset, result.seed, result.epochs) == ("LightGCN", "toy", 7, 3)
    assert result.config["model"] == model.config
    assert result.config["training"]["lr"] == 1e-2
    assert result.valid == result.history[result.best_epoch - 1]["valid"]
    assert result.seconds_per_epoch > 0
    assert set(result.test) == set(result.valid)
    assert set(result.beyond) == {"popularity@20", "diversity@20"}
    assert result.num_parameters == sum(parameter.numel() for parameter in model.parameters())
    assert {"recall@5", "ndcg@20", "hit_ratio@20"} <= set(result.test)


def test_result_says_what_the_graph_is_of(prepared: HeteroData, tmp_path: Path) -> None:
    summary = summarize(prepared)
    _, result = train(LightGCN, prepared, epochs=1, output=tmp_path)
    assert result.data == FitResult.load(tmp_path / "result.json").data == summary.as_dict()
    assert result.data["parts"]["train"]["interactions"] == prepared[INTERACTS].edge_index.size(1)
    assert "modalities" not in repr(result)


def test_metrics_of_single_users_average_to_the_result(prepared: HeteroData, tmp_path: Path) -> None:
    model, result = train(LightGCN, prepared, epochs=2, output=tmp_path, monitor="ndcg@5")
    users, metrics = load_per_user(tmp_path / "test_per_user.npz")
    wanted, expected = evaluate_per_user(model, prepared, split="test", ks=(5,), metrics=["recall", "ndcg"])
    assert users.tolist() == wanted.tolist()
    assert list(metrics) == ["recall@5", "ndcg@5", "popularity@5", "diversity@5", "degree"]
    for name in ("popularity@5", "diversity@5"):
        assert float(metrics[name].mean(dtype="float64")) == pytest.approx(result.beyond[name], rel=1e-6)
    edges = prepared[INTERACTS].edge_index
    assert metrics["degree"].tolist() == [int((edges[0] == user).sum()) for user in users]
    for name, value in list(metrics.items())[:2]:
        assert value.tolist() == expected[name].float().tolist()
        assert float(value.mean(dtype="float64")) == pytest.approx(result.test[name], abs=1e-7)
        assert float(expected[name].mean()) == pytest.approx(result.test[name], abs=1e-12)
    assert evaluate(model, prepared, split="test", ks=(5, 20)) == result.test


def test_places_of_held_out_pairs_agree_with_recall(prepared: HeteroData, tmp_path: Path) -> None:
    _, result = train(LightGCN, prepared, epochs=2, output=tmp_path)
    found = load_per_pair(tmp_path / "test_per_pair.npz")
    hits = (found.place >= 1) & (found.place <= 20)
    users = sorted(set(found.user.tolist()))
    mean = sum(hits[found.user == user].mean() for user in users) / len(users)
    assert mean == pytest.approx(result.test["recall@20"], abs=1e-12)
    edges = prepared[INTERACTS].edge_index
    assert found.degree.tolist() == [int((edges[1] == item).sum()) for item in found.item]


@pytest.mark.parametrize("saved", [True, False])
def test_the_best_weights_come_back(prepared: HeteroData, tmp_path: Path, saved: bool) -> None:
    model = build(LightGCN, prepared)
    run = Run(model, prepared, epochs=3, output=tmp_path if saved else None, **OPTIONS)
    for graph in run:
        for batch in run.batches():
            run.step(run.loss(graph, batch))
        if len(run.history) == 2:
            for parameter in model.parameters():
                torch.nn.init.zeros_(parameter)  # the last epoch ruins everything
        run.validate()
    result = run.finish()
    assert result.best_epoch < result.epochs == 3
    assert evaluate(model, prepared, split="valid", ks=(5, 20)) == result.valid
    assert evaluate(model, prepared, split="test", ks=(5, 20)) == result.test
    if saved:
        other = build(LightGCN, prepared)
        load_weights(other, tmp_path / "model.safetensors", prepared)
        users = torch.arange(10)
        ours, theirs = (m.recommend(prepared, users, 10, exclude="train")[0] for m in (model, other))
        assert torch.equal(ours, theirs)


def test_the_test_set_is_scored_once(
    prepared: HeteroData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def spying(model: Recommender, data: HeteroData, split: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(split)
        return measure(model, data, split, *args, **kwargs)

    monkeypatch.setattr("pygmmrec.training.scoring.measure", spying)
    train(LightGCN, prepared, epochs=3, output=tmp_path)
    assert seen == ["valid", "valid", "valid", "test"]


def test_patience_ends_training(prepared: HeteroData) -> None:
    _, result = train(LightGCN, prepared, epochs=50, lr=0.5, patience=2)
    assert result.epochs == result.best_epoch + 2 < 50


def test_evaluation_never_sees_the_epochs_graph(prepared: HeteroData) -> None:
    num_edges = prepared[INTERACTS].edge_index.size(1)
    model = build(CRANE, prepared)
    run = Run(model, prepared, epochs=1, epoch_transform=CRANE.epoch_transform(p=0.5), **OPTIONS)
    graph = next(iter(run))
    model.refresh(graph)
    assert graph[INTERACTS].edge_index.size(1) < 0.8 * num_edges
    assert run.data[INTERACTS].edge_index.size(1) == num_edges
    assert ("item", "refined", "item") not in run.data.edge_types
    assert ("item", "refined", "item") not in prepared.edge_types


def test_mixed_precision(prepared: HeteroData) -> None:
    _, exact = train(CRANE, prepared, epochs=2)
    _, mixed = train(CRANE, prepared, epochs=2, precision="bf16-mixed")
    for full, short in zip(exact.history, mixed.history, strict=True):
        assert short["loss"] != full["loss"]  # it did compute in bfloat16
        assert short["loss"] == pytest.approx(full["loss"], rel=0.02)


def test_resuming_other_settings_is_an_error(prepared: HeteroData, tmp_path: Path) -> None:
    train(LightGCN, prepared, epochs=1, output=tmp_path)
    with pytest.raises(
        ValueError, match=r"'lr' needs to be 0.01, as in the run to resume in 'Run' \(got 0.1\)"
    ):
        train(LightGCN, prepared, epochs=2, output=tmp_path, resume=True, lr=0.1)
    with pytest.raises(ValueError, match="'model' needs to be LightGCN"):
        train(BPRMF, prepared, epochs=2, output=tmp_path, resume=True)
    other = copy.copy(prepared)
    other["user"].raw_id = IdMap([*prepared["user"].raw_id.ids[1:], "new"])
    with pytest.raises(ValueError, match="'data' needs to be the graph of the run to resume"):
        train(LightGCN, other, epochs=2, output=tmp_path, resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, r"'epochs' needs to be at least 1 in 'Run' \(got 0\)"),
        ({"lr": 0.0}, r"'lr' needs to be positive in 'Run' \(got 0.0\)"),
        ({"monitor": "recall@7"}, r"'monitor' needs to be None or one of \['recall@5', .*\(got 'recall@7'\)"),
        ({"monitor": "rekall@20"}, r"'monitor' needs to be None or one of .*\(got 'rekall@20'\)"),
        ({"ks": (5, 81)}, r"'ks' needs to be between 1 and the number of items \(80\)"),
        ({"precision": "8-bit"}, r"'precision' needs to be one of .*\(got '8-bit'\)"),
        ({"device": "tpu"}, r"'device' needs to be one of .*\(got 'tpu'\)"),
        ({"resume": True}, "'output' needs to be a folder where 'resume' is set"),
        ({"patience": 0}, "'patience' needs to be at least 1"),
        ({"batch_size": 0}, "'batch_size' needs to be at least 1"),
    ],
)
def test_bad_options(prepared: HeteroData, changes: Options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Run(build(LightGCN, prepared), prepared, **{**OPTIONS, **changes})


def test_unknown_option(prepared: HeteroData) -> None:
    with pytest.raises(TypeError, match="learning_rate"):
        fit(build(LightGCN, prepared), prepared, learning_rate=0.1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_no_such_device(prepared: HeteroData) -> None:
    with pytest.raises(
        ValueError, match=r"'device' needs to be a device of this machine .*Use 'auto' or 'cpu'"
    ):
        Run(build(LightGCN, prepared), prepared, **{**OPTIONS, "device": "cuda"})


def test_data_that_does_not_fit(prepared: HeteroData) -> None:
    with pytest.raises(
        ValueError, match=r"'data' needs to be a graph with 61 nodes of type 'user' .*\(got 60\)"
    ):
        Run(LightGCN(61, 80), prepared, **OPTIONS)
    bare = HeteroData()
    bare["user"].num_nodes, bare["item"].num_nodes = 60, 80
    bare[INTERACTS].edge_index = prepared[INTERACTS].edge_index
    for part in (VALID, TEST):
        with pytest.raises(
            ValueError, match=rf"'data' needs to be a graph with held-out pairs '{part}' .*Set data"
        ):
            fit(LightGCN(60, 80), bare, **OPTIONS)
        bare[INTERACTS][part] = prepared[INTERACTS][part]
    with pytest.raises(
        ValueError, match=r"with edges \('item', 'rev_interacts', 'user'\) .*build_hetero_data"
    ):
        fit(LightGCN(60, 80), bare, **OPTIONS)


def test_a_loss_that_is_no_longer_finite(prepared: HeteroData) -> None:
    model = build(BPRMF, prepared)
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    with pytest.raises(FloatingPointError, match=r"'BPRMF' is no longer finite in epoch 1 .*Lower the learn"):
        fit(model, prepared, **OPTIONS)


def test_epochs_are_logged_where_no_bar_is_shown(
    prepared: HeteroData, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="pygmmrec.training"):
        train(LightGCN, prepared, epochs=2, progress=False)
    lines = [record.getMessage() for record in caplog.records if record.name == "pygmmrec.training.progress"]
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2"]
    assert "bpr" in lines[0]
    assert "valid recall@20" in lines[0]


def test_nothing_to_finish(prepared: HeteroData) -> None:
    with pytest.raises(ValueError, match="'history' needs to be at least one validated epoch"):
        Run(build(LightGCN, prepared), prepared, **OPTIONS).finish()


def test_validate_without_a_step(prepared: HeteroData) -> None:
    with pytest.raises(ValueError, match="'validate' needs to be called after at least one step"):
        Run(build(LightGCN, prepared), prepared, **OPTIONS).validate()


class Popularity(Recommender):
    """Has nothing to train."""

    def reset_parameters(self) -> None: ...

    def forward(self, data: HeteroData) -> Embeddings:
        degree = data[INTERACTS].edge_index[1].bincount(minlength=self.num_items).float()
        return Embeddings(torch.ones(self.num_users, 1), degree.unsqueeze(1))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, torch.Tensor]:
        raise NotImplementedError


def test_a_model_without_weights_is_scored_once(
    prepared: HeteroData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = Popularity.from_data(prepared)
    result = fit(model, prepared, epochs=5, output=tmp_path, **OPTIONS)
    assert (result.epochs, result.best_epoch, result.num_parameters) == (1, 1, 0)
    assert result.history[0]["loss"] == {}
    assert result.test == evaluate(model, prepared, split="test", ks=(5, 20))
    assert "Popularity has no weight to train" in caplog.text
    again = fit(model, prepared, epochs=5, output=tmp_path, resume=True, **OPTIONS)
    assert again.test == FitResult.load(tmp_path / "result.json").test == result.test


@pytest.mark.parametrize("exclude", ["train", "train+val"])
def test_validation_is_never_of_masked_items(prepared: HeteroData, exclude: str) -> None:
    model, result = train(LightGCN, prepared, epochs=2, exclude=exclude)
    assert result.valid["recall@20"] > 0
    assert result.test == evaluate(model, prepared, split="test", ks=(5, 20), exclude=exclude)
    if exclude == "train+val":
        plain = evaluate(model, prepared, split="test", ks=(5, 20))
        assert plain != result.test
        assert result.valid == evaluate(model, prepared, ks=(5, 20))


def test_the_result_says_what_was_counted_and_seeded(prepared: HeteroData, tmp_path: Path) -> None:
    data = prepared.clone()
    edges = data[INTERACTS].edge_index
    data[INTERACTS][TEST] = torch.cat([data[INTERACTS][TEST], edges[:, :2], edges[:, :1]], dim=1)
    model = LightGCN.from_data(data, embedding_dim=8, seed=3)
    fit(model, data, epochs=1, output=tmp_path, **OPTIONS)
    result = FitResult.load(tmp_path / "result.json")
    assert result.counts == {split: count_held_out(data, split)._asdict() for split in ("valid", "test")}
    assert (result.counts["test"]["pairs_in_train"], result.counts["test"]["repeated_pairs"]) == (2, 1)
    assert result.seeds == {"training": 7, "weights": 3, "weights_by": "argument"}
    assert fit(model, data, epochs=1, **OPTIONS).seeds["weights_by"] == "given"


def test_training_goes_on_from_the_weights_that_a_model_has(prepared: HeteroData, tmp_path: Path) -> None:
    first = build(LightGCN, prepared)
    fit(first, prepared, epochs=3, output=tmp_path, **OPTIONS)
    other = LightGCN.from_data(prepared, embedding_dim=8, seed=9)
    load_weights(other, tmp_path / "model.safetensors", prepared)
    run = Run(other, prepared, epochs=1, **OPTIONS)
    for name, value in first.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
    run.close()


def test_torchs_generator_comes_back_as_it_was(prepared: HeteroData) -> None:
    before = torch.get_rng_state()
    model = LightGCN.from_data(prepared, embedding_dim=8, seed=1)
    with torch.no_grad():
        model.user_embedding.weight.fill_(float("nan"))
    with pytest.raises(FloatingPointError):
        fit(model, prepared, **OPTIONS)
    fit(LightGCN.from_data(prepared, embedding_dim=8, seed=1), prepared, epochs=1, **OPTIONS)
    assert torch.equal(torch.get_rng_state(), before)


def test_two_processes_that_seed_nothing_get_the_same_numbers() -> None:
    code = """if True:
        from pygmmrec.datasets import SyntheticMultimodal
        from pygmmrec.models import CRANE, LightGCN
        from pygmmrec.training import fit

        data = SyntheticMultimodal(num_users=30, num_items=50)[0]
        for model in (CRANE.from_data(data, k=5), LightGCN(30, 50)):
            result = fit(model, data, epochs=1, progress=False, device="cpu")
            print(result.history[0]["loss"], result.test, result.seeds)
    """
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert "'weights': 0, 'weights_by': 'default'" in runs[0]


def test_a_final_model_without_held_out_pairs(toy_data, tmp_path: Path) -> None:
    data = LightGCN.prepare(toy_data(dtype=torch.float32))
    model = LightGCN.from_data(data, embedding_dim=8)
    options = {**OPTIONS, "ks": None, "monitor": None, "test": False}
    result = fit(model, data, epochs=3, output=tmp_path, **options)
    assert (result.best_epoch, result.epochs) == (3, 3)
    assert result.valid == result.test == result.counts == result.beyond == {}
    assert result.table() == "nothing was scored"
    loaded = LightGCN.from_data(data, embedding_dim=8)
    load_weights(loaded, tmp_path / "model.safetensors", data)
    assert torch.equal(loaded.user_embedding.weight, model.user_embedding.weight)
    more = fit(
        LightGCN.from_data(data, embedding_dim=8), data, epochs=5, output=tmp_path, resume=True, **options
    )
    assert [entry["loss"] for entry in more.history[:3]] == [entry["loss"] for entry in result.history]


def test_the_last_weights_of_a_fixed_number_of_epochs_and_a_test(prepared: HeteroData) -> None:
    model, result = train(LightGCN, prepared, epochs=2, monitor=None)
    assert (result.valid, list(result.counts)) == ({}, ["test"])
    assert result.test == evaluate(model, prepared, split="test", ks=(5, 20))
    assert set(result.beyond) == {"popularity@20", "diversity@20"}
    _, untested = train(LightGCN, prepared, epochs=2, test=False)
    assert (untested.test, untested.beyond, list(untested.counts)) == ({}, {}, ["valid"])
    assert untested.valid["recall@5"] > 0


def test_a_test_that_lacks_diversity_is_no_lost_test(
    prepared: HeteroData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any) -> None:
        raise MemoryError("too much")

    monkeypatch.setattr("pygmmrec.evaluation.beyond_accuracy._alike", fail)
    model, result = train(LightGCN, prepared, epochs=1, output=tmp_path)
    assert FitResult.load(tmp_path / "result.json").test == result.test
    assert result.test == evaluate(model, prepared, split="test", ks=(5, 20))
    assert result.beyond == {}
    assert "No popularity and diversity: MemoryError" in caplog.text


def test_numpy_and_paths_everywhere(prepared: HeteroData, tmp_path: Path) -> None:
    model = LightGCN.from_data(prepared, embedding_dim=np.int64(8), reg_weight=np.float32(0.5))
    options = {
        "epochs": np.int64(1), "batch_size": np.int32(64), "lr": np.float32(0.5), "patience": np.int64(2),
        "ks": np.array([5, 20]), "seed": np.int64(1), "dataset": Path("baby"), "monitor": np.str_("recall@5"),
        "progress": np.bool_(False), "device": torch.device("cpu"),
    }  # fmt: skip
    result = fit(model, prepared, output=tmp_path, **options)
    loaded = FitResult.load(tmp_path / "result.json")
    assert loaded.config == result.config
    assert loaded.config["model"]["embedding_dim"] == 8
    assert loaded.config["training"]["ks"] == [5, 20]
    fit(model, prepared, output=tmp_path, resume=True, **{**options, "epochs": 2})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda model, data: (data, model), r"The model comes first: fit\(model, data\)"),
        (lambda model, data: (model, [data]), r"dataset\[0\]"),
        (lambda model, data: (LightGCN, data), r"LightGCN\.from_data\(data\)"),
        (lambda model, data: ("LightGCN", data), r"from_data\(data\)"),
    ],
)
def test_something_else_in_their_place(prepared: HeteroData, given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(*given(build(LightGCN, prepared), prepared), **OPTIONS)


def test_a_model_whose_loss_has_no_terms(prepared: HeteroData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LightGCN, "loss", lambda *args: {})
    with pytest.raises(ValueError, match="'terms' needs to be at least one term of the loss"):
        train(LightGCN, prepared)
