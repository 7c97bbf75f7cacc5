"""Divisions and cells have history: a row of a file changes the version that holds, or begins a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import Refused

#: From when a division or cell holds when nobody says.
ALWAYS = date(2000, 1, 1)


@dataclass(frozen=True)
class Version:
    """One version as it stands in the database; `said` are its columns other than area and dates."""

    id: int
    code: str
    valid_from: date
    valid_to: date | None
    said: dict[str, Any]
    area: Any


@dataclass(frozen=True)
class Step:
    """What a row does: adds a code, changes a version, begins a new version of one, or nothing."""

    act: Literal["add", "change", "renew", "nothing"]
    valid_from: date
    version: Version | None = None


def decide(
    versions: Sequence[Version], said: Mapping[str, Any], area: Any, valid_from: date | None, today: date
) -> Step:
    """What a row that says `said` about a code with these versions does.

    Without a date it changes the version that holds today. With a later date than that version's it
    begins a new one, unless it says nothing new. Raises Refused for a date inside an older version.
    """
    if not versions:
        return Step("add", valid_from or ALWAYS)
    holding = next((one for one in versions if one.valid_from <= today and (one.valid_to or date.max) > today), None)
    current = holding or max(versions, key=lambda one: one.valid_from)
    if valid_from is None or valid_from == current.valid_from:
        return Step("nothing" if _says_the_same(current, said, area) else "change", current.valid_from, current)
    same_start = next((one for one in versions if one.valid_from == valid_from), None)
    if same_start is not None:
        return Step("nothing" if _says_the_same(same_start, said, area) else "change", valid_from, same_start)
    if valid_from > max(one.valid_from for one in versions):
        if _says_the_same(current, said, area) and current.valid_to is None:
            return Step("nothing", current.valid_from, current)
        return Step("renew", valid_from, current)
    raise Refused(
        "There is a version of {code} that begins on {other}, after {day}. Give a later date, or that one.",
        code=current.code,
        day=valid_from.isoformat(),
        other=max(one.valid_from for one in versions).isoformat(),
    )


def versions_of(session: Session, table: str, columns: Sequence[str], codes: Sequence[str]) -> dict[str, list[Version]]:
    """Every version of these codes in `table`, oldest first, with the columns named."""
    listed = "".join(f", {column}" for column in columns)
    question = text(
        f"SELECT id, code, valid_from, valid_to, st_asbinary(area) AS area{listed} FROM {table}"
        " WHERE code = ANY(:codes) ORDER BY valid_from"
    )
    found: dict[str, list[Version]] = {}
    for row in session.execute(question, {"codes": list(codes)}).mappings():
        said = {column: row[column] for column in columns}
        area = shapely.from_wkb(bytes(row["area"]))
        version = Version(row["id"], row["code"], row["valid_from"], row["valid_to"], said, area)
        found.setdefault(version.code, []).append(version)
    return found


def _says_the_same(version: Version, said: Mapping[str, Any], area: Any) -> bool:
    """Whether the row says nothing that the version does not say; what it leaves blank does not count."""
    values_agree = all(value is None or version.said.get(name) == value for name, value in said.items())
    return values_agree and bool(shapely.equals_identical(version.area, area))
