"""Places of held-out pairs in a file, for groups of items."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import Tensor

from pygmmrec.training.files.npz import read_npz
from pygmmrec.utils.files import replacing


class PerPair(NamedTuple):
    """Held-out pairs, each array [n] int32.

    Attributes:
        user: Index of the user.
        item: Index of the held-out item.
        degree: Training edges of that item.
        place: Where the item stands in the user's list, from one; zero where it is not in it.
    """

    user: np.ndarray
    item: np.ndarray
    degree: np.ndarray
    place: np.ndarray


def save_per_pair(path: str | Path, pairs: Tensor, degree: Tensor, place: Tensor) -> None:
    """Write held-out pairs as a compressed ``.npz`` without pickles.

    Shapes:
        pairs (user, item) [2, n], degree [n], place [n]
    """
    columns = [column.cpu().numpy().astype(np.int32) for column in (*pairs, degree, place)]
    with replacing(Path(path)) as temporary:
        np.savez_compressed(temporary, **PerPair(*columns)._asdict())


def load_per_pair(path: str | Path) -> PerPair:
    """Read the pairs that a training run wrote into ``test_per_pair.npz``.

    Raises:
        ValueError: If the file is missing, damaged, or another, holds a pair twice, or numbers that are none
            of these.
    """
    remedy = "Train or resume the run again, which writes it anew."
    arrays = read_npz(path, PerPair._fields, "load_per_pair", remedy, key=("user", "item"))
    return PerPair(*(arrays[name] for name in PerPair._fields))
