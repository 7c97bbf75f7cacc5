"""Many rows at once: COPY into a temporary table, then a few statements that compare and write.

What is in the database already and says the same is taken out of the staged rows first, so that an
import that changes nothing touches no table and no map layer is called changed.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.importing.report import Counts

_ROWS_AT_ONCE = 5000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def stage(
    session: Session, name: str, types: Mapping[str, str], rows: Iterable[Sequence[Any]], *, key: str = "id"
) -> None:
    """Make the temporary table `name` with columns of these PostgreSQL types, fill it and index its `key`.

    It lives until the end of the transaction. Geometry goes in as `ewkb` makes it.
    """
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    session.execute(text(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP"))
    command = f"COPY {name} ({', '.join(types)}) FROM STDIN"
    remaining = iter(rows)
    cursor: Any = session.connection().connection.cursor()
    while chunk := list(islice(remaining, _ROWS_AT_ONCE)):
        lines = "".join("\t".join(map(_copy_text, row)) + "\n" for row in chunk)
        cursor.copy_expert(command, io.StringIO(lines))
    cursor.close()
    # without the index a plan made for an empty table compares every row with every other
    session.execute(text(f"CREATE INDEX ON {name} ({key})"))
    session.execute(text(f"ANALYZE {name}"))


def ewkb(shapes: Any) -> list[str | None]:
    """Shapes in WGS 84 as PostGIS takes them in a COPY (hexadecimal EWKB, SRID 4326)."""
    with_srid = shapely.set_srid(np.asarray(shapes, dtype=object), 4326)
    found: list[str | None] = shapely.to_wkb(with_srid, hex=True, include_srid=True).tolist()
    return found


def ewkb_points(lonlat: Any) -> list[str | None]:
    """Pairs of longitude and latitude as points for a COPY."""
    return ewkb(shapely.points(np.asarray(lonlat, dtype=float).reshape(-1, 2)))


def upsert(session: Session, target: str, staged: str, columns: Sequence[str], key: Sequence[str]) -> Counts:
    """Write the staged rows into `target`, whose unique `key` tells new ones from known ones."""
    match = " AND ".join(f"t.{column} = s.{column}" for column in key)
    said = [column for column in columns if column not in key]
    counts = Counts(unchanged=_drop_unchanged(session, target, staged, match, _pairs(said, keeps_blank=False)))
    if not _count(session, staged):
        return counts
    listed = ", ".join(columns)
    changes = ", ".join(f"{column} = excluded.{column}" for column in said)
    written = session.execute(
        text(
            f"WITH written AS (INSERT INTO {target} ({listed}) SELECT {listed} FROM {staged}"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes} RETURNING xmax = 0 AS is_new)"
            " SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written"
        )
    ).one()
    counts.added, counts.changed = written[0], written[1]
    return counts


def merge(
    session: Session,
    target: str,
    staged: str,
    columns: Sequence[str],
    *,
    only_when_new: Sequence[str] = (),
    is_new: str = "id IS NULL",
) -> Counts:
    """Write the staged rows into `target`: those that are new are added, the others change the row with their `id`.

    A staged NULL means that nothing was said: the row keeps what it has. `only_when_new` names columns
    that are written with new rows and never changed afterwards. Afterwards only the rows that were
    added or changed are left in the staged table.
    """
    pairs = _pairs(columns, keeps_blank=True)
    counts = Counts(unchanged=_drop_unchanged(session, target, staged, "t.id = s.id", pairs))
    changes = ", ".join(f"{column} = coalesce(s.{column}, t.{column})" for column in columns)
    listed = ", ".join((*columns, *only_when_new))
    if _count(session, staged, f"NOT ({is_new})"):
        change = text(f"UPDATE {target} t SET {changes} FROM {staged} s WHERE t.id = s.id")
        counts.changed = session.execute(change).rowcount  # type: ignore[attr-defined]
    if _count(session, staged, is_new):
        add = text(f"INSERT INTO {target} ({listed}) SELECT {listed} FROM {staged} WHERE {is_new}")
        counts.added = session.execute(add).rowcount  # type: ignore[attr-defined]
    return counts


def lock_import(session: Session, kind: str) -> None:
    """Wait until no other import of this kind is under way; holds until the end of the transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"gridbeat import {kind}"})


def _drop_unchanged(session: Session, target: str, staged: str, match: str, pairs: tuple[str, str]) -> int:
    there, said = pairs
    statement = f"DELETE FROM {staged} s USING {target} t WHERE {match} AND ({there}) IS NOT DISTINCT FROM ({said})"
    return int(session.execute(text(statement)).rowcount)  # type: ignore[attr-defined]


def _pairs(columns: Sequence[str], *, keeps_blank: bool) -> tuple[str, str]:
    said = (f"coalesce(s.{column}, t.{column})" if keeps_blank else f"s.{column}" for column in columns)
    return "ROW(" + ", ".join(f"t.{column}" for column in columns) + ")", "ROW(" + ", ".join(said) + ")"


def _count(session: Session, staged: str, condition: str = "true") -> int:
    return int(session.scalar(text(f"SELECT count(*) FROM {staged} WHERE {condition}")) or 0)


def _copy_text(value: Any) -> str:
    """The value as COPY reads it; written for speed, because it runs for every cell of every file."""
    if value is None:
        return "\\N"
    kind = type(value)
    if kind is str:
        is_plain = value.isprintable() and "\\" not in value
        return str(value) if is_plain else str(value.translate(_ESCAPES))
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, float):
        return repr(float(value))
    return str(value)
