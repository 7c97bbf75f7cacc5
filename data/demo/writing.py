"""Rows into tables by COPY: columns in, blocks of text out, ids given here so that rows can point at each other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = Sequence[Any] | NDArray[Any]

BLOCK = 40_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Tables:
    """Writes to the tables of one open transaction and remembers how many rows each got."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.counts: dict[str, int] = {}

    def next_id(self, table: str) -> int:
        """The first id nobody has in `table`."""
        self.cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")
        return int(self.cursor.fetchone()[0])

    def write(self, table: str, columns: Mapping[str, Column]) -> None:
        """Add rows given as columns of equal length."""
        rows = zip(*(texts(column) for column in columns.values()), strict=True)
        lines = ("\t".join(row) for row in rows)
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        for block in _blocks(lines):
            self.cursor.copy_expert(statement, StringIO("\n".join(block) + "\n"))
            self.counts[table] = self.counts.get(table, 0) + len(block)

    def advance(self, table: str) -> None:
        """Let the table's own numbering go on after the ids given here."""
        self.cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {table}))", (table,))


def _blocks(lines: Iterator[str]) -> Iterator[list[str]]:
    while block := list(islice(lines, BLOCK)):
        yield block


def texts(column: Column) -> list[str]:
    r"""The values as COPY writes them.

    >>> texts([1, None, True, "a\tb", {"k": 1}])
    ['1', '\\N', 't', 'a\\tb', '{"k": 1}']
    """
    if isinstance(column, np.ndarray):
        if column.dtype.kind in "iu":
            return [str(value) for value in column.tolist()]
        if column.dtype.kind == "f":
            return ["\\N" if value != value else repr(value) for value in column.tolist()]  # noqa: PLR0124 - NaN is no value
        column = column.tolist()
    return [_text(value) for value in column]


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, (bool, np.bool_)):
        return "t" if value else "f"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    return str(value)
