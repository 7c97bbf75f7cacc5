"""Cells from a file: each inside its village, apart from its siblings, history kept."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import Refused
from data.importing.mapping import Field
from data.importing.report import Counts, ImportReport
from data.importing.rows import SourceTable
from data.importing.staging import ewkb, lock_import, merge, stage
from data.importing.values import choice, code, day, whole
from data.importing.values import text as words
from gis.cells.outline import MOST_VERTICES
from gis.crs import SourceCrs
from grids.importing.declared import AreaRow, read_areas, without_duplicates
from grids.importing.seams import refuse_misplaced, refuse_overlapping, tell_gaps
from grids.importing.versions import Step, Version, decide, versions_of

_KINDS = {
    "general": "general",
    "综合网格": "general",
    "综合": "general",
    "普通网格": "general",
    "基础网格": "general",
    "城市网格": "general",
    "农村网格": "general",
    "dedicated": "dedicated",
    "专属网格": "dedicated",
    "专属": "dedicated",
    "专业网格": "dedicated",
}

FIELDS = (
    Field(
        "code",
        code,
        ("编码", "代码", "网格编码", "网格编号", "网格代码", "网格id", "grid code", "cell code", "wgbm", "gridid"),
        is_required=True,
    ),
    Field("name", words(120), ("名称", "网格名称", "网格名", "grid name", "cell name", "wgmc")),
    Field("kind", choice(_KINDS), ("网格类型", "类型", "网格种类", "type", "grid type", "wglx")),
    Field("households", whole(0, 100_000), ("户数", "总户数", "家庭户数", "住户数")),
    Field("valid_from", day, ("有效期起", "生效日期", "启用日期", "起始日期")),
    Field("valid_to", day, ("有效期止", "失效日期", "停用日期", "截止日期")),
)

_WRITTEN = ("village_id", "name", "kind", "households", "valid_to", "area")


def import_cells(
    session: Session,
    table: SourceTable,
    crs: SourceCrs,
    *,
    given: Mapping[str, str] | None = None,
    valid_from: date | None = None,
    areas: Sequence[str] = ("",),
    source: str = "file",
) -> ImportReport:
    """Read the rows of `table` into cells; what is refused and why stands in the report.

    Overlaps and cells outside their village are found here, row by row; the database would only find
    them at the end, and then refuse the file as a whole.
    """
    report = ImportReport("cells")
    rows, mapped = read_areas(table, FIELDS, given, crs, report, MOST_VERTICES)
    column = mapped.columns["code"]
    rows = [row for row in rows if _may_stand(row, areas, column, report)]
    rows = without_duplicates(rows, lambda row: row.values["code"], column, report)
    lock_import(session, "cells")
    villages = _villages(session, rows)
    known = versions_of(session, "cells", ("name", "kind", "households", "village_id"), _codes_around(session, rows))
    rows = refuse_misplaced(rows, villages, column, report)
    rows, steps = _decided(rows, known, valid_from, column, report)
    standing = {code_: version.area for code_, versions in known.items() if (version := _holding(versions))}
    rows = refuse_overlapping(rows, standing, column, report)
    _write(session, [(row, steps[row.number]) for row in rows], villages, source, report)
    tell_gaps(rows, standing, villages, report)
    return report


def _write(
    session: Session,
    planned: Sequence[tuple[AreaRow, Step]],
    villages: Mapping[str, Version],
    source: str,
    report: ImportReport,
) -> None:
    counts = report.counts.setdefault("cells", Counts())
    if not planned:
        return
    renewed = [(row, step) for row, step in planned if step.act == "renew"]
    for _, step in renewed:
        _close(session, step)
    types = {"id": "bigint", "code": "text", "village_id": "bigint", "name": "text", "kind": "text"}
    types |= {"households": "integer", "valid_from": "date", "valid_to": "date", "source": "text"}
    types |= {"area": "geometry(MultiPolygon, 4326)"}
    shapes = ewkb([row.area for row, _ in planned])
    staged = [
        _staged(row, step, villages[row.values["code"][:12]].id, source, shape)
        for (row, step), shape in zip(planned, shapes, strict=True)
    ]
    stage(session, "staged_cells", types, staged)
    written = merge(session, "cells", "staged_cells", _WRITTEN, only_when_new=("code", "valid_from", "source"))
    counts.added += written.added - len(renewed)
    counts.changed += written.changed + len(renewed)
    counts.unchanged += written.unchanged
    for row, step in renewed:
        _hand_over_assignments(session, step, row.values["code"])


def _staged(row: AreaRow, step: Step, village_id: int, source: str, shape: str | None) -> tuple[Any, ...]:
    said = row.values
    keeps = step.version if step.act in {"change", "nothing"} else None
    before = step.version.said if step.version else {}
    # what a new row leaves blank is filled in; what a known one leaves blank stays as it is
    name = said.get("name") or (None if keeps else before.get("name") or said["code"])
    kind = said.get("kind") or (None if keeps else before.get("kind") or "general")
    households = said.get("households")
    if households is None and not keeps:
        households = before.get("households")
    id_ = keeps.id if keeps else None
    return id_, said["code"], village_id, name, kind, households, step.valid_from, said.get("valid_to"), source, shape


def _decided(
    rows: Sequence[AreaRow],
    known: Mapping[str, list[Version]],
    valid_from: date | None,
    column: str,
    report: ImportReport,
) -> tuple[list[AreaRow], dict[int, Step]]:
    kept, steps = [], {}
    today = datetime.now(UTC).date()
    for row in rows:
        said = {name: row.values.get(name) for name in ("name", "kind", "households")}
        begins = row.values.get("valid_from") or valid_from
        try:
            steps[row.number] = decide(known.get(row.values["code"], ()), said, row.area, begins, today)
            kept.append(row)
        except Refused as error:
            report.refuse(row.number, error, column, row.values["code"])
    return kept, steps


def _holding(versions: Sequence[Version]) -> Version | None:
    """The version without an end: the one that new cells must not overlap."""
    return next((one for one in versions if one.valid_to is None), None)


def _villages(session: Session, rows: Sequence[AreaRow]) -> dict[str, Version]:
    """The village of each 12-digit code, as it stands today."""
    codes = sorted({row.values["code"][:12] for row in rows})
    versions = versions_of(session, "divisions", (), codes)
    return {code_: found[-1] for code_, found in versions.items() if found[-1].valid_to is None}


def _codes_around(session: Session, rows: Sequence[AreaRow]) -> list[str]:
    """The codes of all cells in the villages of the file: its own cells and their neighbours."""
    villages = sorted({row.values["code"][:12] for row in rows})
    question = text("SELECT DISTINCT code FROM cells WHERE village_code = ANY(:villages)")
    there = set(session.scalars(question, {"villages": villages}))
    return sorted(there | {row.values["code"] for row in rows})


def _close(session: Session, step: Step) -> None:
    if step.version:
        session.execute(
            text("UPDATE cells SET valid_to = :day WHERE id = :id AND (valid_to IS NULL OR valid_to > :day)"),
            {"id": step.version.id, "day": step.valid_from},
        )


def _hand_over_assignments(session: Session, step: Step, code_: str) -> None:
    """Who answers for the old version goes on answering for the new one."""
    if step.version is None:
        return
    facts = {"old": step.version.id, "code": code_, "day": step.valid_from}
    session.execute(
        text(
            "INSERT INTO cell_assignments (cell_id, worker_id, duty, starts_on, ends_on, assigned_by)"
            " SELECT cells.id, worker_id, duty, greatest(starts_on, :day), ends_on, assigned_by"
            " FROM cell_assignments, cells WHERE cell_id = :old AND code = :code AND cells.valid_from = :day"
            " AND (ends_on IS NULL OR ends_on > :day)"
        ),
        facts,
    )
    session.execute(
        text(
            "UPDATE cell_assignments SET ends_on = greatest(starts_on, :day)"
            " WHERE cell_id = :old AND (ends_on IS NULL OR ends_on > :day)"
        ),
        facts,
    )


def _may_stand(row: AreaRow, areas: Sequence[str], column: str, report: ImportReport) -> bool:
    code_, error = row.values["code"], None
    start, end = row.values.get("valid_from"), row.values.get("valid_to")
    if not re.fullmatch(r"[0-9]{15}", code_):
        error = Refused("“{code}” is no cell code: it has 15 digits, 12 of the village and 3 of its own.", code=code_)
    elif not code_.startswith(tuple(areas)):
        error = Refused("The cell {code} lies outside the area you answer for.", code=code_)
    elif start and end and end <= start:
        error = Refused("It ends on {end}, before it begins on {start}.", start=start.isoformat(), end=end.isoformat())
    if error:
        report.refuse(row.number, error, column, code_)
    return error is None
