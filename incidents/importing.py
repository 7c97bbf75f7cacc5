"""Incidents from a file: cases that were kept elsewhere come into the register."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from data.errors import Refused
from data.importing.report import Counts, ImportReport, sentence
from data.importing.rows import SourceTable
from data.importing.staging import ewkb_points, lock_import, merge, stage
from gis.crs import SourceCrs
from grids.importing.declared import PlacedRow, read_places, without_duplicates
from grids.importing.whereabouts import refuse_outside, tell_whereabouts
from incidents.deadlines import Deadlines, load_deadlines
from incidents.import_fields import fields
from incidents.models import IncidentCategory
from incidents.rules import ENDED, PERSONAL_NUMBERS, YELLOW_FROM, clean_text

_TYPES = {
    "id": "uuid",
    "is_new": "boolean",
    "number": "text",
    "scheme": "text",
    "category_code": "text",
    "priority": "text",
    "description": "text",
    "place_text": "text",
    "accuracy_m": "real",
    "reported_at": "timestamptz",
    "received_at": "timestamptz",
    "status": "text",
    "status_since": "timestamptz",
    "closed_at": "timestamptz",
    "due_at": "timestamptz",
    "yellow_at": "timestamptz",
    "due_clock": "text",
    "source_crs": "text",
    "raw_x": "float8",
    "raw_y": "float8",
    "channel": "text",
    "place": "geometry(Point, 4326)",
}
_ONLY_NEW = ("id", "channel")
_WRITTEN = tuple(name for name in _TYPES if name not in {*_ONLY_NEW, "is_new"})
#: Statuses in which somebody holds the case; nobody here does when it comes from a file.
_HELD = frozenset({"dispatched", "handling"})
_PERSONAL = re.compile("|".join(PERSONAL_NUMBERS))


@dataclass(frozen=True)
class _Known:
    """An incident in the register, as far as a row has to know it."""

    id: UUID
    number: str
    status: str
    is_ours: bool


def import_incidents(
    session: Session,
    table: SourceTable,
    crs: SourceCrs,
    *,
    given: Mapping[str, str] | None = None,
    areas: Sequence[str] = ("",),
    source: str = "file",
    zone: str = "Asia/Shanghai",
    scheme: str | None = None,
) -> ImportReport:
    """Read the rows of `table` into the register; what is refused and why stands in the report.

    A row is known by its id, or by an id made of `source` and its number, so that the same file comes
    in once. A case somebody has worked on here since is left alone. `scheme` is meant where a row
    names none.
    """
    report = ImportReport("incidents")
    rows, mapped = read_places(table, fields(zone), given, crs, report)
    if not {"id", "number"} & set(mapped.columns):
        raise Refused("The file has no column for the case number. Say which one it is: --map number=… or --map id=…")
    if not {"category_code", "category_name"} & set(mapped.columns):
        raise Refused("The file has no column for the category. Say which one it is: --map category_code=…")
    column = mapped.columns.get("id") or mapped.columns["number"]
    categories = _Categories(session, scheme)
    rows = [row for row in rows if _is_complete(row, categories, source, column, report)]
    rows = without_duplicates(rows, lambda row: row.values["id"], column, report)
    rows = without_duplicates(rows, lambda row: row.values.get("number"), mapped.columns.get("number"), report)
    rows = refuse_outside(session, rows, areas, "lon, lat", report)
    lock_import(session, "incidents")
    known = _known(session, rows)
    rows = [row for row in rows if _may_come(row, known, column, report)]
    tell_whereabouts(session, rows, crs, report)
    ours = _left_to_us(rows, known, report)
    left = {row.number for row in ours}
    rows = [row for row in rows if row.number not in left]
    _tell_changes(rows, report)
    report.counts["incidents"] = _write(session, rows, known, crs)
    report.counts["incidents"].unchanged += len(ours)
    return report


class _Categories:
    """The category list, found by scheme and code, by code alone, or by name."""

    def __init__(self, session: Session, scheme: str | None) -> None:
        self.scheme = scheme
        self.by_code: dict[tuple[str, str], IncidentCategory] = {}
        self.by_word: dict[str, list[IncidentCategory]] = {}
        for category in session.scalars(select(IncidentCategory)):
            self.by_code[category.scheme, category.code] = category
            for word in {category.code, category.name_zh, category.name_en}:
                self.by_word.setdefault(word.casefold(), []).append(category)

    def find(self, scheme: str | None, *words: str | None) -> IncidentCategory:
        """The category one of `words` names. Raises Refused for none, or several."""
        scheme = scheme or self.scheme
        said = [word for word in words if word]
        for word in said:
            if scheme and (scheme, word) in self.by_code:
                return self.by_code[scheme, word]
            found = [one for one in self.by_word.get(word.casefold(), ()) if scheme in {None, one.scheme}]
            if len(found) == 1:
                return found[0]
            if found:
                schemes = ", ".join(sorted(one.scheme for one in found))
                raise Refused(
                    "The category “{category}” is in several lists ({schemes}); name the list with --scheme.",
                    category=word,
                    schemes=schemes,
                )
        raise Refused("There is no category “{category}”; add it to the list first.", category=" ".join(said) or "–")


def _is_complete(row: PlacedRow, categories: _Categories, source: str, column: str, report: ImportReport) -> bool:
    """Whether the row makes a case; its values are brought into the register's terms."""
    said = row.values
    try:
        if said.get("id") is None and not said.get("number"):
            raise Refused("The row has neither an id nor a number; nothing tells which case it is.")
        said["id"] = said.get("id") or uuid5(NAMESPACE_URL, f"gridbeat:{source}:{said['number']}")
        category = categories.find(said.get("scheme"), said.get("category_code"), said.get("category_name"))
        said |= {"category": category, "scheme": category.scheme, "category_code": category.code}
        _settle_status(said)
    except Refused as error:
        report.refuse(row.number, error, column, said.get("number") or said.get("id"))
        return False
    description = said.get("description") or ""
    if not description.isprintable():
        description = clean_text(description)
    said["description"] = _PERSONAL.sub("***", description) or None
    said["is_masked"] = said["description"] not in {None, description}
    return True


def _settle_status(said: dict[str, Any]) -> None:
    """Check the times against each other and the status; a case with a closing time and no status is closed."""
    if said["reported_at"] > datetime.now(UTC) + timedelta(days=1):
        raise Refused("It was reported on {day}, which is yet to come.", day=said["reported_at"].date().isoformat())
    closed_at, status = said.get("closed_at"), said.get("status")
    if closed_at and status is None:
        status = said["status"] = "closed"
    if status in ENDED and not closed_at:
        raise Refused("A case that is closed needs the time it was closed at.")
    if closed_at and status not in ENDED:
        raise Refused("The case has a closing time, but its status is {status}.", status=status)
    if closed_at and closed_at < said["reported_at"]:
        raise Refused("The case was closed before it was reported.")
    said["was_held"] = status in _HELD
    if status in _HELD:
        said["status"] = "filed"


def _may_come(row: PlacedRow, known: Mapping[Any, _Known], column: str, report: ImportReport) -> bool:
    """Whether the row neither takes another case's number nor opens a case that is closed here."""
    mine, other = known.get(row.values["id"]), known.get(row.values.get("number"))
    error = None
    if other is not None and (mine is None or other.id != mine.id):
        error = Refused("The number {number} belongs to another case here.", number=other.number)
    elif mine and not mine.is_ours and mine.status in ENDED and row.values.get("status") not in {None, *ENDED}:
        error = Refused("The case {number} is closed here; a file does not open it again.", number=mine.number)
    if error:
        report.refuse(row.number, error, column, row.values.get("number") or row.values["id"])
    return error is None


def _left_to_us(rows: Sequence[PlacedRow], known: Mapping[Any, _Known], report: ImportReport) -> list[PlacedRow]:
    """The rows of cases that somebody here has worked on since."""
    ours = [row for row in rows if (mine := known.get(row.values["id"])) and mine.is_ours]
    if ours:
        report.note(
            sentence("{count} cases have been worked on here since and were left as they are."), count=len(ours)
        )
    return ours


def _tell_changes(rows: Sequence[PlacedRow], report: ImportReport) -> None:
    held = sum(row.values["was_held"] for row in rows)
    if held:
        report.note(
            sentence("{count} cases were being handled elsewhere; they come in as filed, for nobody here holds them."),
            count=held,
        )
    masked = sum(row.values["is_masked"] for row in rows)
    if masked:
        report.note(
            sentence("In {count} descriptions a telephone or identity number was replaced by ***."), count=masked
        )


def _write(session: Session, rows: Sequence[PlacedRow], known: Mapping[Any, _Known], crs: SourceCrs) -> Counts:
    if not rows:
        return Counts()
    shapes = ewkb_points([(row.lon, row.lat) for row in rows])
    deadlines = load_deadlines(session)
    staged = (_staged(row, known, crs, shape, deadlines) for row, shape in zip(rows, shapes, strict=True))
    stage(session, "staged_incidents", _TYPES, staged)
    session.execute(text(_NUMBER_NEW))
    session.execute(text(_LOG_CHANGED))
    counts = merge(session, "incidents", "staged_incidents", _WRITTEN, only_when_new=_ONLY_NEW, is_new="is_new")
    if counts.changed:
        session.execute(text(_NEW_VERSION))
    if counts.added:
        session.execute(text(_LOG_NEW))
    return counts


def _staged(
    row: PlacedRow, known: Mapping[Any, _Known], crs: SourceCrs, shape: str | None, deadlines: Deadlines
) -> list[Any]:
    """The row in the staged table's columns; a new case gets what it leaves blank, a known one keeps what it has."""
    said, category = dict(row.values), row.values["category"]
    is_new = said["id"] not in known
    if is_new:
        said["status"] = said.get("status") or "reported"
        said["description"] = said["description"] or ""
        said["priority"] = said.get("priority") or category.priority
        said["received_at"] = said.get("received_at") or said["reported_at"]
        if not said.get("due_at"):
            due, said["due_clock"] = deadlines.business(said["received_at"], category, said["priority"])
            said |= {"due_at": due.red_at, "yellow_at": due.yellow_at}
    if said.get("due_at") and not said.get("yellow_at"):
        start = min(said.get("received_at") or said["reported_at"], said["due_at"])
        said |= {"yellow_at": start + YELLOW_FROM * (said["due_at"] - start), "due_clock": "urgent"}
    if said.get("status"):
        said["status_since"] = said.get("closed_at") or said.get("received_at") or said["reported_at"]
    said |= {"is_new": is_new, "channel": "import", "source_crs": crs.name, "place": shape}
    said |= {"raw_x": row.raw_x, "raw_y": row.raw_y}
    return [said.get(column) for column in _TYPES]


def _known(session: Session, rows: Sequence[PlacedRow]) -> dict[Any, _Known]:
    """The cases these rows may mean, by id and by number."""
    question = text(
        "SELECT id, number, status, channel <> 'import' OR EXISTS"
        " (SELECT FROM incident_actions a WHERE a.incident_id = incidents.id AND a.action <> 'import') AS is_ours"
        " FROM incidents WHERE id = ANY(CAST(:ids AS uuid[])) OR number = ANY(:numbers)"
    )
    ids = [str(row.values["id"]) for row in rows]
    numbers = [row.values["number"] for row in rows if row.values.get("number")]
    found: dict[Any, _Known] = {}
    for case in session.execute(question, {"ids": ids, "numbers": numbers}):
        one = _Known(case.id, case.number, case.status, case.is_ours)
        found[one.id] = found[one.number] = one
    return found


_NUMBER_NEW = (
    "UPDATE staged_incidents SET number = to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD') || '-'"
    " || to_char(nextval('incident_numbers'), 'FM999999000000') WHERE is_new AND number IS NULL"
)
_LOG_CHANGED = (
    "INSERT INTO incident_actions (incident_id, action, from_status, to_status)"
    " SELECT t.id, 'import', t.status, s.status FROM staged_incidents s JOIN incidents t ON t.id = s.id"
    " WHERE s.status <> t.status"
)
_NEW_VERSION = "UPDATE incidents t SET version = version + 1 FROM staged_incidents s WHERE t.id = s.id AND NOT s.is_new"
_LOG_NEW = (
    "INSERT INTO incident_actions (incident_id, action, to_status, recorded_at)"
    " SELECT id, 'import', status, received_at FROM staged_incidents WHERE is_new"
)
