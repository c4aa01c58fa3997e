import json

import pytest

from pygmmrec.utils.extras import load_extra


def test_a_library_that_is_there_is_imported() -> None:
    assert load_extra("json", "any") is json


def test_one_that_is_absent_says_how_to_get_it() -> None:
    message = r"'no_such.part' is not installed \(pip install 'pygmmrec\[fun\]'\)"
    with pytest.raises(ModuleNotFoundError, match=message):
        load_extra("no_such.part", "fun")
