"""The table of what several processes divide."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pygmmrec.models import EASE, LightGCN, MambaRec
from pygmmrec.testing import toy_data

DOCS = Path(__file__).parents[2] / "docs"


def test_rows_say_what_is_divided(
    script: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    facts = script("divided_facts")
    tables = "``user_embedding.weight``, ``item_embedding.weight``"
    assert facts.divided_row(LightGCN.from_data(toy_data())) == ("LightGCN", tables, "nothing", "100%")
    assert facts.divided_row(EASE.from_data(toy_data())) == ("EASE", "nothing", "nothing", "no weights")
    name, divided, others, share = facts.divided_row(MambaRec.from_data(toy_data()))
    assert (name, divided) == ("MambaRec", tables)
    assert "``dream``" in others
    assert 0 < int(share.removesuffix("%")) < 100
