"""What holds for the whole package: mirrored tests, honest ``__all__``, docstrings, a version said once."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import pygmmrec

TESTS = Path(__file__).resolve().parent
REPO = TESTS.parent
PACKAGE = REPO / "pygmmrec"


def module_names() -> list[str]:
    """Every module and subpackage, and the package itself."""
    found = pkgutil.walk_packages([str(PACKAGE)], prefix="pygmmrec.")
    return ["pygmmrec", *sorted(module.name for module in found)]


MODULES = module_names()
ROOMS = [name for name in MODULES if (PACKAGE.parent / name.replace(".", "/")).is_dir()]
LEAVES = [name for name in MODULES if name not in ROOMS and not name.split(".")[-1].startswith("_")]


def mirrored_test(module: str) -> Path:
    """``pygmmrec.data.build`` -> ``tests/data/test_build.py``."""
    *folders, name = module.split(".")[1:]
    return TESTS.joinpath(*folders, f"test_{name}.py")


def own_public(module: ModuleType) -> dict[str, type]:
    """The public classes that a module defines itself."""
    classes = inspect.getmembers(module, inspect.isclass)
    return {name: cls for name, cls in classes if cls.__module__ == module.__name__ and name[0] != "_"}


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert sorted(f for f in folders if not (f / "__init__.py").is_file()) == []


def test_the_walk_finds_every_file() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    leaves = [name for name in MODULES if name not in ROOMS]
    assert {".".join(path.relative_to(REPO).with_suffix("").parts) for path in files} == set(leaves)


@pytest.mark.parametrize("module", LEAVES)
def test_every_module_has_a_mirrored_test(module: str) -> None:
    path = mirrored_test(module)
    assert path.is_file(), f"{path.relative_to(REPO)} needs to test {module}"
    text = path.read_text(encoding="utf-8")
    assert re.search(r"^\s*def test_", text, flags=re.MULTILINE), f"{path.relative_to(REPO)} holds no test"


@pytest.mark.parametrize("module", LEAVES)
def test_every_public_class_is_named_by_its_mirrored_test(module: str) -> None:
    path = mirrored_test(module)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    classes = own_public(importlib.import_module(module))
    missing = [name for name in classes if not re.search(rf"\b{name}\b", text)]
    assert not missing, f"{path.relative_to(REPO)} never uses {', '.join(missing)}"


def test_every_test_file_mirrors_a_module() -> None:
    mirrors = {mirrored_test(module) for module in LEAVES}
    # Tests that run over a whole room, or over the files around the package.
    around = {
        TESTS / f"test_{name}.py" for name in ("meta", "readme", "examples", "benchmarks", "pyg", "docs")
    }
    whole_rooms = {
        "models/test_contract.py",
        "data/test_formats.py",
        "serving/test_life.py",
        "parallel/test_parallel.py",
    }
    crossing = around | {TESTS / path for path in whole_rooms}
    rooms = [TESTS.joinpath(*room.split(".")[1:]) for room in ROOMS]
    files = {path for room in rooms for path in room.glob("test_*.py")}
    parity = {path for path in files if path.name.startswith("test_parity_")}
    assert sorted(str(path.relative_to(TESTS)) for path in files - mirrors - crossing - parity) == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_in_all_exists_once_and_is_documented(room: str) -> None:
    module = importlib.import_module(room)
    inner = (
        "pygmmrec.graph",
        "pygmmrec.kernels",
        "pygmmrec.parallel",
        "pygmmrec.utils",
    )  # rooms that people do not import from
    if room.count(".") == 1 and room not in inner:
        assert hasattr(module, "__all__"), f"{room} needs to say what is public"
    names = list(getattr(module, "__all__", []))
    assert len(names) == len(set(names))
    for name in names:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, f"{room}.{name} needs a docstring"


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    assert (importlib.import_module(module).__doc__ or "").strip(), f"{module} needs a docstring"


@pytest.mark.parametrize("module", LEAVES)
def test_every_public_class_has_a_docstring_of_its_own(module: str) -> None:
    classes = own_public(importlib.import_module(module))
    assert [name for name, cls in classes.items() if not (cls.__dict__.get("__doc__") or "").strip()] == []


def test_the_library_never_prints() -> None:
    pattern = re.compile(r"^\s*print\(", flags=re.MULTILINE)
    files = [path for path in PACKAGE.rglob("*.py") if pattern.search(path.read_text(encoding="utf-8"))]
    assert files == []


def test_the_version_is_said_once() -> None:
    changelog = (REPO / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (REPO / "CITATION.cff").read_text(encoding="utf-8")
    assert re.fullmatch(r"\d+\.\d+\.\d+", pygmmrec.__version__)
    assert f"version: {pygmmrec.__version__}\n" in citation
    assert f"## [{pygmmrec.__version__}]" in changelog or "## [Unreleased]" in changelog


def test_importing_the_package_is_light() -> None:
    script = "import sys, pygmmrec; dir(pygmmrec); assert not {'torch', 'numpy', 'scipy'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_package_offers_its_rooms_models_data_sets_and_verbs() -> None:
    names = set(pygmmrec.__all__)
    assert names <= set(dir(pygmmrec))
    assert all(getattr(pygmmrec, name) is not None for name in names)
    assert set(pygmmrec.models.__all__) <= names
    assert set(pygmmrec.datasets.__all__) - {"load_dataset"} <= names
    assert {"fit", "evaluate", "compare"} <= names
    inner = {"graph", "kernels", "parallel", "utils"}  # rooms that people do not import from
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()} - inner
    assert rooms | {"typing"} <= names
    with pytest.raises(AttributeError, match="CRANES"):
        pygmmrec.CRANES  # noqa: B018
