"""Any file, folder or pattern that holds a table -> the columns that are wanted."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
from pyarrow import feather, json, parquet

from pygmmrec.data.tables.content import kind_of
from pygmmrec.data.tables.lists import is_list, read_list
from pygmmrec.data.tables.text import read_text
from pygmmrec.utils.check import check

Paths: TypeAlias = str | PathLike[str] | Sequence[str | PathLike[str]]

PARQUET = (".parquet", ".pq")
FEATHER = (".feather", ".arrow", ".ipc")
JSON = (".jsonl", ".ndjson", ".json")


def read_table(
    source: Paths,
    known: tuple[str, ...],
    select: Callable[[list[str]], list[str]],
    *,
    delimiter: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
) -> pa.Table:
    """Some columns of a file, of all files of a folder or of a pattern such as ``plays/*.csv``, or of a list.

    The suffix says what a file is: ``.parquet``, ``.feather``, ``.jsonl``, and otherwise text, of any
    delimiter; text and JSON may be compressed. Rows of several files follow each other, in the order of
    their names.

    Args:
        source: Where the table is.
        known: Names that columns have, by which a header is known.
        select: Names of the columns -> those to read.
        delimiter: Between two cells of a text file (default: found).
        header: Whether its first line names the columns (default: found).
        encoding: Of its text.

    Raises:
        ValueError: If there is no such file, or one of them is damaged or has other columns.
    """
    files, parts, is_text = find_files(source), [], []
    for path in files:
        kind = kind_of(path).lower()
        if kind in PARQUET + FEATHER + JSON:
            parts.append(_read_typed(path, kind, select))
        elif header is None and is_list(path, delimiter, known):
            table = read_list(path)
            parts.append(table.select(select(table.column_names)))
        else:
            parts.append(read_text(path, known, select, delimiter, header, encoding))
        is_text.append(kind not in PARQUET + FEATHER + JSON)
        same = parts[-1].column_names == parts[0].column_names
        value = f"{parts[-1].column_names} in {path}, and {parts[0].column_names} in {files[0]}"
        check(same, "path", "files of the same columns", "read_table", value)
    if len(parts) == 1:
        return parts[0]
    try:
        return pa.concat_tables(_as_texts(parts, is_text), promote_options="permissive")
    except pa.ArrowException as error:
        raise ValueError(
            f"'path' needs to be files of the same types in 'read_table' (got {error})"
        ) from error


def _as_texts(parts: list[pa.Table], is_text: list[bool]) -> list[pa.Table]:
    """The tables; whole numbers of text files are texts again where another has texts in that column."""
    texts = {field.name for part in parts for field in part.schema if pa.types.is_string(field.type)}

    def cast(part: pa.Table) -> pa.Table:
        schema = [field.with_type(pa.string()) if field.name in texts else field for field in part.schema]
        return part.cast(pa.schema(schema))

    return [cast(part) if text else part for part, text in zip(parts, is_text, strict=True)]


def find_files(source: Paths) -> list[Path]:
    """The files of a path, a folder, a pattern or a list, in the order of their names.

    Raises:
        ValueError: If there is none, or a folder holds files of several kinds.
    """
    if not isinstance(source, str | PathLike):
        return [path for each in source for path in find_files(each)]
    path = Path(source)
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.is_file() and each.name[:1] not in "._")
        kinds = sorted({"".join(each.suffixes[-2:]) for each in files})
        remedy = "Name the files, as in 'folder/*.csv'."
        check(
            len(kinds) == 1,
            "path",
            "a folder of files of one kind",
            "read_table",
            f"{kinds} in {path}",
            remedy,
        )
        return files
    if not path.is_file() and glob.has_magic(fspath(source)):
        files = sorted(Path(found) for found in glob.glob(fspath(source), recursive=True))
        check(bool(files), "path", "a pattern that some file has", "read_table", fspath(source))
        return files
    check(path.is_file(), "path", "an existing file", "read_table", fspath(source))
    return [path]


def _read_typed(path: Path, kind: str, select: Callable[[list[str]], list[str]]) -> pa.Table:
    """A file that knows the types of its columns."""
    try:
        if kind in PARQUET:
            names = select(parquet.read_schema(path).names)
            table = parquet.read_table(path, columns=names, page_checksum_verification=True)
        elif kind in FEATHER:
            table = feather.read_table(path)
            table = table.select(select(table.column_names))
        else:
            table = _read_json(path, select)
        table.validate(full=True)  # texts that are none, and places beyond the end
        return table
    except (pa.ArrowException, OSError, NotImplementedError, UnicodeDecodeError) as error:
        message = f"'path' needs to be a complete {kind} file in 'read_table' (got {str(path)!r}: {error})"
        raise ValueError(message) from error


def _read_json(path: Path, select: Callable[[list[str]], list[str]]) -> pa.Table:
    """An object in each line. Texts that look like dates stay texts, since they may be ids."""

    def read(schema: pa.Schema | None) -> Any:
        with pa.input_stream(str(path), compression="detect") as file:
            return json.read_json(file, parse_options=json.ParseOptions(explicit_schema=schema))

    table = read(None)
    dates = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    if dates:
        table = read(pa.schema([(name, pa.string()) for name in dates]))
    return table.select(select(table.column_names))
