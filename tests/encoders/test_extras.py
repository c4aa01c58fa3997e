"""Libraries of the extras: absent, present, and of another build than torch."""

import subprocess
import sys
from types import ModuleType

import pytest
import torch

from pygmmrec.encoders import extras
from pygmmrec.encoders.extras import load_extra, versions_of
from pygmmrec.utils import extras as plain


def test_versions_are_those_of_what_is_installed() -> None:
    found = versions_of(("torch", "no-such-package"))
    assert found == {"torch": torch.__version__}


def test_a_torchvision_of_another_build_is_mended(monkeypatch) -> None:
    defined: list[str] = []
    tries: list[str] = []

    class Library:
        def __init__(self, name: str, kind: str) -> None:
            assert (name, kind) == ("torchvision", "DEF")

        def define(self, schema: str) -> None:
            defined.append(schema.partition("(")[0])

    def load(name: str) -> ModuleType:
        tries.append(name)
        if name == "torchvision" and not defined:
            raise RuntimeError(extras.MISFIT)
        return sys

    for module in (extras, plain):
        monkeypatch.setattr(module, "find_spec", lambda name: True)
        monkeypatch.setattr(module, "import_module", load)
    monkeypatch.setattr(torch.library, "Library", Library)
    extras._mend_torchvision.cache_clear()
    try:
        assert load_extra("timm", "image") is sys
    finally:
        extras._mend_torchvision.cache_clear()
    assert defined == ["nms", "qnms"]
    assert tries == ["torchvision", "torchvision", "timm"]


def test_any_other_fault_of_torchvision_is_its_own(monkeypatch) -> None:
    def load(name: str) -> ModuleType:
        raise RuntimeError("something else")

    monkeypatch.setattr(extras, "find_spec", lambda name: True)
    monkeypatch.setattr(extras, "import_module", load)
    extras._mend_torchvision.cache_clear()
    with pytest.raises(RuntimeError, match="something else"):
        load_extra("timm", "image")


def test_nothing_of_the_extras_is_loaded_before_it_is_needed() -> None:
    script = """
import sys
import pygmmrec
assert "pygmmrec.encoders" not in sys.modules
names = pygmmrec.encoders.TextEncoder("all-MiniLM-L6-v2"), pygmmrec.encoders.ImageEncoder("resnet50")
assert not {"sentence_transformers", "timm"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
