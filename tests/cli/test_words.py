"""Words of a command line, before they are parsed."""

from pathlib import Path

import pytest

from pygmmrec.cli.words import as_toml, check_options, gathered, nearest, spelled, value_of, with_files


def test_options_are_written_with_either_line() -> None:
    assert spelled(["a-b", "--text-model=x-y", "--k-core", "5"]) == [
        "a-b",
        "--text_model=x-y",
        "--k_core",
        "5",
    ]


def test_a_file_stands_for_its_options(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('text-model = "x"\nks = [5, 10]\n[rca]\nnum_rounds = 2\n')
    found = with_files(["--lr=1", "--config", str(file), "--seed=2"])
    assert found == ["--lr=1", "--text_model=x", "--ks=[5, 10]", '--rca={"num_rounds": 2}', "--seed=2"]
    with pytest.raises(ValueError, match="'config' needs to be a TOML file"):
        with_files([f"--config={tmp_path / 'b.toml'}"])
    file.write_text("a = [")
    with pytest.raises(ValueError, match=r"'config' needs to be a valid TOML file .*a\.toml"):
        with_files([f"--config={file}"])


def test_values_come_back_from_toml(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    text = as_toml({"a": "é'\"", "b": None, "c": (1, 2.5), "d": {"x y": True}})
    file.write_text(text, encoding="utf-8")
    assert with_files([f"--config={file}"]) == ["--a=é'\"", "--c=[1, 2.5]", '--d={"x y": true}']


def test_an_option_that_is_there_several_times_is_a_list() -> None:
    words = ["--filter=a=b", "--k=3", "--filter", 'c=["d"]', '--filter=["e=f", "g=h"]']
    assert gathered(words, "filter") == ["--k=3", '--filter=["a=b", "c=[\\"d\\"]", "e=f", "g=h"]']
    assert gathered(["--k=3", "--filter"], "filter") == ["--k=3", "--filter"]


def test_the_last_value_counts() -> None:
    assert value_of(["--model=A", "--k", "3", "--model", "B"], "model") == "B"
    assert value_of(["--model"], "model") is None


def test_unknown_options() -> None:
    check_options(["--rca.num_rounds=2", "--k", "3", "--"], {"--rca", "--k"}, "train")
    with pytest.raises(ValueError, match=r"'pygmmrec train' takes no option --rcaa\. Did you mean --rca\?"):
        check_options(["--rcaa=2"], {"--rca", "--k"}, "train")
    assert nearest("zzz", ["abc"], "No") == "No"
