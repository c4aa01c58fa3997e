"""Names that a modality may and may not have."""

import pytest

from pygmmrec.data.modality_name import check_modality_name


@pytest.mark.parametrize("name", ["image", "text_2", "x"])
def test_names_that_are_free(name: str) -> None:
    check_modality_name(name)


@pytest.mark.parametrize("name", ["num_nodes", "raw_id", "keys", "items", "type", "training", "num_features"])
def test_names_that_are_taken(name: str) -> None:
    with pytest.raises(
        ValueError, match=rf"'features' needs to be keyed by .* that are free .* \(got '{name}'\)"
    ):
        check_modality_name(name)


@pytest.mark.parametrize("name", ["", "a.b", "_hidden", "two words", 3, ("a",)])
def test_names_that_are_no_identifiers(name: object) -> None:
    with pytest.raises(
        ValueError, match="'features' needs to be keyed by modality names that are identifiers"
    ):
        check_modality_name(name)
