"""Decides which users and items a graph has, and in which order."""

from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

import numpy as np

from pygmmrec.data.features import Features
from pygmmrec.data.ids import IdMap, Ids, as_id_map
from pygmmrec.data.values.column import factorize, few
from pygmmrec.utils.check import check


class Universe(NamedTuple):
    """The ids of a node type, and the words that say in an error where they come from."""

    ids: IdMap
    source: str

    def encode(self, column: np.ndarray, arg: str, other: np.ndarray | None = None) -> np.ndarray:
        """The node index of each id of a column of the table.

        Args:
            column: The ids.
            arg: What errors call the column.
            other: The column of the other side, which fits where the two were swapped.

        Raises:
            ValueError: If an id is none of this universe.
        """
        index = self.ids.find(column)
        unknown = few(dict.fromkeys(column[index < 0].tolist()))
        remedy = (
            f"There are {len(self.ids)}, such as {few(self.ids.ids, 3)}. Remove those rows or add the ids."
        )
        if unknown and other is not None and (index < 0).all() and (self.ids.find(other) >= 0).all():
            remedy = "The other column is within them: users and items seem to be swapped."
        check(not unknown, arg, f"within {self.source}", "build_hetero_data", unknown, remedy)
        return index


def user_universe(column: np.ndarray, user_ids: Ids | None) -> Universe:
    """The users given, else those of the table, sorted where ids compare."""
    if user_ids is not None:
        return Universe(as_id_map(user_ids), "'user_ids'")
    return Universe(IdMap(factorize(column)[0]), "the table")


def item_universe(
    column: np.ndarray, item_ids: Ids | None, features: Mapping[str, Features], *, union: bool = False
) -> Universe:
    """The items given, else those of the first features with ids, else those of the table.

    With ``union``, where an item may lack a modality, those of all features with ids, then of the table.

    Raises:
        ValueError: If features without ids number their rows differently.
    """
    if item_ids is not None:
        return Universe(as_id_map(item_ids), "'item_ids'")
    named = [matrix.ids.ids for matrix in features.values() if matrix.ids is not None]
    if union and named:
        ids = list(dict.fromkeys(chain(*named, factorize(column)[0].tolist())))
        return Universe(IdMap(ids), "the ids of the features and the table")
    for matrix in features.values():
        if matrix.ids is not None:
            return Universe(matrix.ids, f"the ids of {matrix.name}")
    if not features:
        return Universe(IdMap(factorize(column)[0]), "the table")
    first, *others = features.values()
    num_rows = first.values.size(0)
    for other in others:
        requirement = f"a matrix of {num_rows} rows, as {first.name} is"
        remedy = "Give (matrix, ids) to align the rows by id."
        given = f"{other.values.size(0)} rows"
        check(other.values.size(0) == num_rows, other.name, requirement, "build_hetero_data", given, remedy)
    return Universe(IdMap(range(num_rows)), f"0 to {num_rows - 1}, the row numbers of {first.name}")
