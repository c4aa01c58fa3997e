"""What is compared with the published counts, and when."""

from pathlib import Path

import pytest

from pygmmrec.data import RatioSplit
from pygmmrec.datasets import InteractionFolder
from pygmmrec.datasets.published import check_published

COUNTS = {"users": 40, "items": 50, "train": 240, "valid": 40, "test": 40}
SIZES, IMAGE = {"image": 16, "text": 12}, {"image": 16}


def test_the_published_data_pass(tiny: Path) -> None:
    dataset = InteractionFolder(tiny)
    check_published(dataset, dataset[0], SIZES, COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_each_count_is_compared(tiny: Path, name: str) -> None:
    dataset = InteractionFolder(tiny)
    with pytest.raises(ValueError, match=rf"'root' needs .* \(got \{{'{name}': {COUNTS[name]}\}}\)"):
        check_published(dataset, dataset[0], IMAGE, COUNTS | {name: 7})


def test_a_split_of_ones_own_changes_the_parts_only(tiny: Path) -> None:
    dataset = InteractionFolder(tiny, split=RatioSplit(seed=3))
    check_published(dataset, dataset[0], IMAGE, COUNTS | {"train": 7, "valid": 7, "test": 7})
    with pytest.raises(ValueError, match="'items': 50"):
        check_published(dataset, dataset[0], IMAGE, COUNTS | {"items": 7})


def test_each_modality_is_asked_for(tiny: Path) -> None:
    dataset = InteractionFolder(tiny)
    with pytest.raises(ValueError, match=r"a folder with text_feat.npy and speech_feat.npy .*\['image'"):
        check_published(dataset, dataset[0], {"text": 3, "speech": 4}, COUNTS)


def test_all_pairs_may_be_counted_together_and_sizes_are_compared(tiny: Path) -> None:
    dataset = InteractionFolder(tiny)
    totals = {"users": 40, "items": 50, "interactions": 320}
    check_published(dataset, dataset[0], SIZES, totals)
    with pytest.raises(ValueError, match=r"\(got \{'interactions': 320\}\).*Another version"):
        check_published(dataset, dataset[0], SIZES, totals | {"interactions": 7})
    with pytest.raises(ValueError, match=r"the published features, of sizes .* \(got \{'image': 16\}\)"):
        check_published(dataset, dataset[0], SIZES | {"image": 4096}, totals)
