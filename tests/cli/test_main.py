"""The command answers, and says in one line what is wrong."""

import subprocess
import sys

import pytest

import pygmmrec
from pygmmrec.cli.main import main
from pygmmrec.experiment.settings.preset import preset


def test_without_arguments_it_helps(capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert "train" in said
    assert all(verb in said for verb in ("compare", "recommend", "export"))


def test_what_is_unknown_names_the_nearest() -> None:
    for words, near in (
        (["trian"], "Did you mean train"),
        (["train", "--model=CRANE", "--epoch=3"], "Did you mean --epochs"),
        (["train", "BPRMF", "--embeding-dim", "3"], "Did you mean --embedding_dim"),
        (
            ["train", "BPRMF", "--temperature=3"],
            "takes no option --temperature",
        ),  # CRANE has it, this one has not
    ):
        with pytest.raises(SystemExit, match=near):
            main(words)


def test_a_file_in_place_of_options(tmp_path, capsys) -> None:
    file = tmp_path / "run.toml"
    words = ["train", "CRANE", "--rca.num-rounds=2", "--lr", "0.5", "--ks=[5,10]"]
    main([*words, "--print-config"])
    file.write_text(capsys.readouterr().out)
    assert 'model = "CRANE"' in file.read_text()
    main(["train", f"--config={file}", "--lr=0.25", "--print_config"])
    said = capsys.readouterr().out
    assert said == file.read_text().replace("lr = 0.5", "lr = 0.25")
    file.write_text("epoch = 3")
    with pytest.raises(SystemExit, match="Did you mean --epochs"):
        main(["train", "--config", str(file)])


def test_defaults_are_those_of_the_preset(capsys) -> None:
    main(["train", "CRANE", "--settings=tiktok", "--print-config"])
    said = capsys.readouterr().out.splitlines()
    wanted = preset("CRANE", "tiktok")
    assert f"batch_size = {wanted['training']['batch_size']}" in said
    assert f"lr = {wanted['training']['lr']}" in said


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "pygmmrec", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert pygmmrec.__version__ in done.stdout


def test_what_is_wrong_is_one_line_without_a_trace() -> None:
    with pytest.raises(SystemExit, match=r"^pygmmrec: 'model' needs to be one of .*got 'LightGCM'"):
        main(["train", "LightGCM"])


def test_help_and_training_need_no_extra() -> None:
    script = "import sys\nfor n in ('optuna', 'joblib', 'pandas', 'matplotlib'): sys.modules[n] = None\n"
    script += "from pygmmrec.cli import main\nmain(['train', '--help'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Name of the model" in done.stdout
