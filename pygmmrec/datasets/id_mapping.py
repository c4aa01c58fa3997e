"""Which raw id each number of an interaction table stands for, as the field's Amazon folders say."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch

from pygmmrec.data import Features, IdMap
from pygmmrec.data.tables.read import read_table
from pygmmrec.data.values.column import few
from pygmmrec.data.values.ids import as_ids
from pygmmrec.data.values.table import clean
from pygmmrec.utils.check import check

FILES = {"user": ("u_id_mapping.csv", "userID"), "item": ("i_id_mapping.csv", "itemID")}
"""Node type -> the file beside the table, and its column of numbers; its other column has the raw ids."""

WHERE = "read_id_mapping"


class IdMapping(NamedTuple):
    """Numbers of a table and, in the same order, the raw ids that they stand for."""

    number: IdMap
    original: IdMap
    path: Path

    def original_of(self, numbers: IdMap) -> IdMap:
        """The raw ids of the nodes of a graph, whose ids are numbers.

        Raises:
            ValueError: If one is not in the file.
        """
        column = as_ids(numbers.ids, "ids", WHERE)
        place = self.number.find(column)
        unknown = few(column[place < 0].tolist())
        value = f"{str(self.path)!r} without {unknown}"
        remedy = "Remove the file if it belongs to another table."
        check(not unknown, "path", "a file with a row for each id of the table", WHERE, value, remedy)
        return self.original.subset(torch.from_numpy(place))

    def numbered(self, features: Features) -> Features:
        """Features whose rows are known by raw ids, under the numbers of these; others as they are.

        Raises:
            ValueError: If a row has an id that is neither a number nor a raw id of the file.
        """
        if features.ids is None:
            return features
        column = as_ids(features.ids.ids, "ids", WHERE)
        if (self.number.find(column) >= 0).all():
            return features
        place = self.original.find(column)
        unknown = few(column[place < 0].tolist())
        requirement = f"a matrix of rows whose ids are in {self.path.name}"
        check(not unknown, features.name, requirement, WHERE, unknown)
        return features.with_ids(self.number.subset(torch.from_numpy(place)))


def read_id_mapping(path: Path, number: str) -> IdMapping:
    """The mapping of a file of two columns, numbers and raw ids.

    Args:
        path: Text of any delimiter, with a header.
        number: Name of the column of numbers.

    Raises:
        ValueError: If the file is damaged, has other columns, or an id is there twice or missing.
    """

    def select(names: list[str]) -> list[str]:
        fine = len(names) == 2 and number in names
        requirement = f"a table of the column {number!r} and one of raw ids"
        value = f"{few(names)} in {str(path)!r}"
        check(fine and len(set(names)) == 2, "path", requirement, WHERE, value)
        return sorted(names, key=lambda name: name != number)

    table = read_table(path, (number, "asin", "user_id"), select, header=True)
    numbers, originals = (
        IdMap(clean("item", table[name], f"{name} of {path}", WHERE)) for name in table.column_names
    )
    return IdMapping(numbers, originals, path)
