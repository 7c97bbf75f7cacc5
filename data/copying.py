"""Many rows at once: COPY, the fastest way in (a hundred times that of single inserts)."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

_NAME = re.compile(r"^[a-z_][a-z0-9_]*$")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to `table` in the connection's transaction; geometries are given as EWKB bytes.

    Raises ValueError for a table or column that is no plain name, and what the database raises for its rules.
    """
    for name in (table, *columns):
        if not _NAME.match(name):
            raise ValueError(f"{name!r} is no name of a table or column")
    buffer = io.StringIO()
    for row in rows:
        buffer.write("\t".join(map(_written, row)))
        buffer.write("\n")
    buffer.seek(0)
    cursor: Any = connection.connection.cursor()  # psycopg2's own, which alone knows COPY
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", buffer)
    cursor.close()


def _written(value: Any) -> str:
    """A value as COPY's text format wants it.

    >>> [_written(value) for value in (None, b"\\x01\\xff", "a\\tb", 1.5, True)]
    ['\\\\N', '01ff', 'a\\\\tb', '1.5', 'True']
    """
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return value.hex()
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)
