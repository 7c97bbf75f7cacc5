"""Divisions from a file: any order, parents found by code in the file or the database, history kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import shapely
from shapely import MultiPolygon
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import Refused
from data.importing.mapping import Field
from data.importing.report import Counts, ImportReport
from data.importing.rows import SourceTable
from data.importing.staging import ewkb, lock_import, merge, stage
from data.importing.values import code, day
from data.importing.values import text as words
from gis.crs import SourceCrs
from grids.importing.declared import AreaRow, read_areas, without_duplicates
from grids.importing.versions import Step, decide, versions_of

MOST_VERTICES = 100_000

FIELDS = (
    Field(
        "code",
        code,
        (
            "编码",
            "代码",
            "区划代码",
            "行政区划代码",
            "区划编码",
            "统计用区划代码",
            "adcode",
            "xzqdm",
            "pac",
            "区域代码",
        ),
        is_required=True,
    ),
    Field("name", words(120), ("名称", "区划名称", "行政区划名称", "区划名", "xzqmc", "mc", "地名"), is_required=True),
    Field("name_en", words(120), ("英文名称", "英文名", "english name", "en")),
    Field("valid_from", day, ("有效期起", "生效日期", "启用日期", "起始日期")),
    Field("valid_to", day, ("有效期止", "失效日期", "停用日期", "截止日期")),
)

_WRITTEN = ("parent_id", "name", "name_en", "valid_to", "area")


@dataclass(frozen=True)
class DivisionDraft:
    """A division as a file or an extract gives it."""

    row_number: int
    code: str
    name: str
    area: MultiPolygon
    name_en: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def import_divisions(
    session: Session,
    table: SourceTable,
    crs: SourceCrs,
    *,
    given: Mapping[str, str] | None = None,
    valid_from: date | None = None,
    areas: Sequence[str] = ("",),
    source: str = "file",
) -> ImportReport:
    """Read the rows of `table` into divisions; what is refused and why stands in the report.

    `areas` are the code prefixes the asker may write in; `valid_from` is meant for rows without a date.
    """
    report = ImportReport("divisions")
    rows, mapped = read_areas(table, FIELDS, given, crs, report, MOST_VERTICES)
    for row in rows:
        row.values["code"] = _short(str(row.values["code"]))
    column = mapped.columns["code"]
    rows = [row for row in rows if _may_stand(row, areas, column, report)]
    rows = without_duplicates(rows, lambda row: row.values["code"], column, report)
    drafts = [DivisionDraft(row_number=row.number, area=row.area, **row.values) for row in rows]
    write_divisions(session, drafts, report, valid_from=valid_from, source=source, column=column)
    return report


def write_divisions(
    session: Session,
    drafts: Sequence[DivisionDraft],
    report: ImportReport,
    *,
    valid_from: date | None = None,
    source: str | Mapping[str, str] = "operator",
    column: str | None = "code",
) -> None:
    """Write divisions, counties first; those without a parent are refused and take their children with them.

    `source` is one text for all, or one for each code.
    """
    lock_import(session, "divisions")
    counts = report.counts.setdefault("divisions", Counts())
    known = versions_of(session, "divisions", ("name", "name_en", "parent_id"), _codes_and_parents(drafts))
    ids = {code: versions[-1].id for code, versions in known.items()}
    grounds = {code: versions[-1].area for code, versions in known.items()}
    for length in (6, 9, 12):
        planned: list[tuple[DivisionDraft, Step]] = []
        for draft in drafts:
            if len(draft.code) != length:
                continue
            try:
                _check_parent(draft, grounds)
                said = {"name": draft.name, "name_en": draft.name_en}
                today = datetime.now(UTC).date()
                step = decide(known.get(draft.code, ()), said, draft.area, draft.valid_from or valid_from, today)
                _check_cells(session, draft, step)
            except Refused as error:
                report.refuse(draft.row_number, error, column, draft.code)
                continue
            planned.append((draft, step))
            grounds[draft.code] = draft.area
        _write_level(session, planned, ids, source, counts)


def _write_level(
    session: Session,
    planned: Sequence[tuple[DivisionDraft, Step]],
    ids: dict[str, int],
    source: str | Mapping[str, str],
    counts: Counts,
) -> None:
    """Write divisions of one level; `ids` learns those of the new ones."""
    renewed = {draft.code: step for draft, step in planned if step.act == "renew" and step.version}
    for code_, step in renewed.items():
        _close(session, ids[code_], step.valid_from)
    types = {"id": "bigint", "code": "text", "parent_id": "bigint", "name": "text", "name_en": "text"}
    types |= {"valid_from": "date", "valid_to": "date", "source": "text", "area": "geometry(MultiPolygon, 4326)"}
    shapes = ewkb([draft.area for draft, _ in planned])
    rows = [
        (
            step.version.id if step.version and step.act in {"change", "nothing"} else None,
            draft.code,
            ids.get(draft.code[:-3]),
            draft.name,
            draft.name_en,
            step.valid_from,
            draft.valid_to,
            source if isinstance(source, str) else source[draft.code],
            shape,
        )
        for (draft, step), shape in zip(planned, shapes, strict=True)
    ]
    if not rows:
        return
    stage(session, "staged_divisions", types, rows)
    written = merge(session, "divisions", "staged_divisions", _WRITTEN, only_when_new=("code", "valid_from", "source"))
    counts.added += written.added - len(renewed)
    counts.changed += written.changed + len(renewed)
    counts.unchanged += written.unchanged
    _learn_ids(session, [draft.code for draft, _ in planned], ids)
    for code_, step in renewed.items():
        if step.version:
            _hand_over(session, step.version.id, ids[code_], step.valid_from)


def _close(session: Session, division_id: int, day_: date) -> None:
    session.execute(
        text("UPDATE divisions SET valid_to = :day WHERE id = :id AND (valid_to IS NULL OR valid_to > :day)"),
        {"id": division_id, "day": day_},
    )


def _hand_over(session: Session, old: int, new: int, day_: date) -> None:
    """Give what lies in the old version, and still holds on that day, to the new one."""
    for table, column in (("divisions", "parent_id"), ("cells", "village_id")):
        session.execute(
            text(f"UPDATE {table} SET {column} = :new WHERE {column} = :old AND (valid_to IS NULL OR valid_to > :day)"),
            {"old": old, "new": new, "day": day_},
        )


def _learn_ids(session: Session, codes: Sequence[str], ids: dict[str, int]) -> None:
    question = text(
        "SELECT DISTINCT ON (code) code, id FROM divisions WHERE code = ANY(:codes) ORDER BY code, valid_from DESC"
    )
    ids |= {row.code: row.id for row in session.execute(question, {"codes": list(codes)})}


def _codes_and_parents(drafts: Sequence[DivisionDraft]) -> list[str]:
    codes = {draft.code for draft in drafts}
    return sorted(codes | {code[:-3] for code in codes if len(code) > 6})


def _short(code_: str) -> str:
    """The code of the level it means: statistics fill counties and townships up with zeros to 12 digits.

    >>> _short("320722000000"), _short("320722001000"), _short("320722001001")
    ('320722', '320722001', '320722001001')
    """
    while len(code_) in {9, 12} and code_.endswith("000"):
        code_ = code_[:-3]
    return code_


def _may_stand(row: AreaRow, areas: Sequence[str], column: str, report: ImportReport) -> bool:
    """Whether the row's code can be one, and lies where the asker may write."""
    code_ = row.values["code"]
    error = None
    if not re.fullmatch(r"[0-9]{6}([0-9]{3}){0,2}", code_):
        error = Refused(
            "“{code}” is no division code: it has 6 digits (county), 9 (township) or 12 (village).", code=code_
        )
    elif not code_.startswith(tuple(areas)):
        error = Refused("The division {code} lies outside the area you answer for.", code=code_)
    else:
        start, end = row.values.get("valid_from"), row.values.get("valid_to")
        if start and end and end <= start:
            error = Refused(
                "It ends on {end}, before it begins on {start}.", start=start.isoformat(), end=end.isoformat()
            )
    if error:
        report.refuse(row.number, error, column, code_)
    return error is None


def _check_cells(session: Session, draft: DivisionDraft, step: Step) -> None:
    """Raise Refused when cells that hold then would stick out of their village, by the database's own measure."""
    if step.version is None or step.act == "nothing":
        return
    question = text(
        "SELECT code FROM cells WHERE village_id = :id AND (valid_to IS NULL OR valid_to > :day)"
        " AND NOT st_covers(st_geomfromwkb(:area, 4326), area)"
        " AND st_area(st_difference(area, st_geomfromwkb(:area, 4326))::geography)"
        " > greatest(10, 0.01 * st_area(area::geography)) ORDER BY code LIMIT 6"
    )
    facts = {"id": step.version.id, "day": step.valid_from, "area": shapely.to_wkb(draft.area)}
    lost = list(session.scalars(question, facts))
    if lost:
        raise Refused(
            "Cells would no longer lie in {code}: {cells}. Bring their new areas, or end them, first.",
            code=draft.code,
            cells=", ".join(lost[:5]) + (" …" if len(lost) > 5 else ""),
        )


def _check_parent(draft: DivisionDraft, grounds: Mapping[str, Any]) -> None:
    """Raise Refused when the division above is unknown, or lies somewhere else altogether."""
    if len(draft.code) == 6:
        return
    parent = grounds.get(draft.code[:-3])
    if parent is None:
        raise Refused(
            "The division above, {parent}, is neither in the file nor in the database. Bring it along.",
            parent=draft.code[:-3],
        )
    if not shapely.intersects(parent, draft.area):
        raise Refused(
            "{code} lies wholly outside {parent}, the division above it. Check code and coordinate system.",
            code=draft.code,
            parent=draft.code[:-3],
        )
