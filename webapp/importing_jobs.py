"""Imports carried out: one file, one transaction, one run that tells what became of it.

A page saves an `ImportRun` and asks for the job `run_import`; the command line calls `ask_for_import` and
`carry_out` in one go.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cameras.importing import import_cameras, import_osm_cameras
from cameras.locating import locate_cameras_again
from data.constraints import refusal_of
from data.errors import GridbeatError, Refused, Unavailable
from data.importing.models import ImportRun
from data.importing.osm_reading import OsmExtract, read_extract
from data.importing.reading import HowToRead, read_table
from data.importing.report import ImportReport, RefusedRows, get_run, keep_failure, keep_report, sentence
from gis.crs import parse_crs
from gis.errors import GisError
from grids.importing.cells import import_cells
from grids.importing.divisions import import_divisions
from grids.importing.ground import import_ground
from grids.importing.osm_divisions import DivisionChoice, import_osm_divisions
from incidents.importing import import_incidents
from incidents.locating import locate_incidents_again

KINDS = ("osm", "divisions", "cells", "cameras", "incidents")

#: Told with the name of each step before it begins.
Tell = Callable[[str], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of an import: its report, or the error for which nothing was imported."""

    report: ImportReport
    error: GridbeatError | GisError | None = None


class _OnlyTried(Exception):
    """Undoes a dry run."""


def ask_for_import(
    session: Session,
    kind: str,
    path: Path,
    *,
    crs: str | None = None,
    mapping: Mapping[str, str] | None = None,
    is_dry_run: bool = False,
    options: Mapping[str, Any] | None = None,
    asked_by: int | None = None,
) -> ImportRun:
    """A new run, waiting, for the file at `path`. Raises Refused for a file that is not there."""
    if kind not in KINDS:
        raise Refused("“{kind}” cannot be imported; choose {kinds}.", kind=kind, kinds=", ".join(KINDS))
    if not path.is_file():
        raise Refused("There is no file {name}.", name=path.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    run = ImportRun(
        kind=kind,
        file_name=path.name[:200],
        file_sha256=digest,
        crs=crs,
        mapping=dict(mapping or {}),
        is_dry_run=is_dry_run,
        options={name: value for name, value in (options or {}).items() if value is not None},
        asked_by=asked_by,
    )
    session.add(run)
    session.flush()
    return run


def run_after(session: Session, tried: ImportRun, *, asked_by: int | None) -> ImportRun:
    """The run that carries out what a dry run has tried; a second click finds the first one's run."""
    session.execute(select(ImportRun.id).where(ImportRun.id == tried.id).with_for_update())
    after = select(ImportRun).where(ImportRun.options["after"].as_integer() == tried.id, ImportRun.status != "failed")
    found = session.scalar(after.limit(1))
    if found is not None:
        return found
    run = ImportRun(
        kind=tried.kind,
        file_name=tried.file_name,
        file_sha256=tried.file_sha256,
        crs=tried.crs,
        mapping=dict(tried.mapping),
        options=dict(tried.options) | {"after": tried.id},
        asked_by=asked_by,
    )
    session.add(run)
    session.flush()
    return run


def run_import(run_id: int, path: str) -> None:
    """The job: carry out a run in its own session; the page sees it running at once.

    The uploaded file goes afterwards, unless another run still waits for it; after a dry run it is kept for some
    hours, so that one click can make the import of it (`webapp.housekeeping.forget_tried_files` takes it away).
    """
    from webapp.cli import working_session

    with working_session() as session:
        get_run(session, run_id).status = "running"
    with working_session() as session:
        carry_out(session, run_id, Path(path))
    with working_session() as session:
        if not (is_tried(session, run_id) or _is_awaited(session, run_id)):
            Path(path).unlink(missing_ok=True)


def is_tried(session: Session, run_id: int) -> bool:
    """Whether this was a dry run that ended well: the import may follow."""
    run = get_run(session, run_id)
    return run.is_dry_run and run.status == "done"


def _is_awaited(session: Session, run_id: int) -> bool:
    """Whether another run that has not ended wants the same file."""
    mine = get_run(session, run_id)
    others = select(ImportRun.id).where(
        ImportRun.id != run_id,
        ImportRun.file_sha256 == mine.file_sha256,
        ImportRun.status.in_(("waiting", "running")),
    )
    return session.scalar(others.limit(1)) is not None


def carry_out(session: Session, run_id: int, path: Path, *, tell: Tell = lambda _: None) -> Outcome:
    """Import the file of a run, all of its good rows or nothing, and write down what became of it.

    Never raises for what a file can do wrong: the outcome has the error, and the run its sentence.
    Raises Unavailable when the database goes away in the middle.
    """
    run = get_run(session, run_id)
    report = ImportReport(run.kind)
    try:
        with session.begin_nested():
            report = _import(session, run, path, tell)
            if run.options.get("strict") and report.refusals:
                raise RefusedRows(report.refusals)
            tell("checks")
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
            if run.is_dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    except (GridbeatError, GisError, DBAPIError) as error:
        if getattr(error, "connection_invalidated", False):
            raise Unavailable(
                "The connection to the database was lost; nothing was imported. Run the import again."
            ) from error
        said = _said(error)
        # an uploaded file is stored under another name
        said.facts |= {name: run.file_name for name, value in said.facts.items() if value == path.name}
        keep_failure(session, run, said, report.refusals)
        return Outcome(report, said)
    keep_report(session, run, report)
    return Outcome(report)


def _said(error: GridbeatError | GisError | DBAPIError) -> GridbeatError | GisError:
    """The error as one sentence; what the database refused without a sentence of ours goes to the log."""
    if not isinstance(error, DBAPIError):
        return error
    refused = refusal_of(error)
    if refused is None:
        log.error("an import broke a rule that has no sentence", exc_info=error)
        refused = Refused("The database refused the file because it breaks one of its rules. Look at the log.")
    return refused


def _import(session: Session, run: ImportRun, path: Path, tell: Tell) -> ImportReport:
    read = _import_osm if run.kind == "osm" else _import_table
    report = read(session, run, path, tell)
    if run.kind in {"osm", "divisions", "cells"}:
        tell("cells of cameras and incidents")
        locate_cameras_again(session)
        locate_incidents_again(session)
    return report


def _import_table(session: Session, run: ImportRun, path: Path, tell: Tell) -> ImportReport:
    said = run.options
    if not run.crs:
        raise Refused("Declare the coordinate system of the file: wgs84, cgcs2000, gcj02, bd09 or EPSG:n.")
    crs = parse_crs(run.crs)
    tell("reading")
    table = read_table(path, HowToRead(said.get("layer"), said.get("sheet"), said.get("encoding")))
    more: dict[str, Any] = {"given": run.mapping, "source": said.get("source") or _stem(run), "areas": _areas(said)}
    tell(run.kind)
    if run.kind in {"divisions", "cells"}:
        more["valid_from"] = date.fromisoformat(said["valid_from"]) if said.get("valid_from") else None
        read = import_divisions if run.kind == "divisions" else import_cells
        return read(session, table, crs, **more)
    if run.kind == "incidents":
        more |= {"scheme": said.get("scheme"), "zone": said.get("zone") or "Asia/Shanghai"}
        return import_incidents(session, table, crs, **more)
    return import_cameras(session, table, crs, **more)


def _import_osm(session: Session, run: ImportRun, path: Path, tell: Tell) -> ImportReport:
    said = run.options
    report = ImportReport("osm")
    tell("reading")
    extract = read_extract(path)
    removes = bool(said.get("remove_vanished"))
    import_ground(session, extract, report, remove_vanished=removes, tell=tell)
    tell("cameras")
    import_osm_cameras(session, extract, report, remove_vanished=removes)
    _import_borders(session, run, extract, report, tell)
    gone = sum(counts.vanished for counts in report.counts.values())
    if gone and not removes:
        report.note(
            sentence("{count} objects from OpenStreetMap are not in the file any more; they were kept."), count=gone
        )
    if extract.broken:
        report.note(
            sentence("{count} objects are incomplete in the file and were left out, for example {refs}."),
            count=len(extract.broken),
            refs=", ".join(extract.broken[:5]),
        )
    return report


def _import_borders(session: Session, run: ImportRun, extract: OsmExtract, report: ImportReport, tell: Tell) -> None:
    """Divisions from borders: when asked for, or, left open, where there are none yet."""
    wanted = run.options.get("divisions")
    if wanted is False or (wanted is None and (not extract.borders.refs or _is_divided(session, extract))):
        return
    names = ("county_code", "county_name", "county_level", "township_level", "village_level")
    given = {name: run.options[name] for name in names if run.options.get(name) is not None}
    choice = DivisionChoice(**({"county_name": _stem(run).replace("-", " ").title()} | given))
    tell("divisions")
    try:
        code = import_osm_divisions(session, extract, choice, report)
    except Refused as error:
        if wanted:
            raise
        report.note(error.sentence, **error.facts)
        return
    report.note(
        sentence("The divisions were made from OpenStreetMap's borders; their codes, from {code} on, are made up."),
        code=code,
    )


def _is_divided(session: Session, extract: OsmExtract) -> bool:
    """Whether divisions that came from elsewhere lie in the extract's bounds."""
    west, south, east, north = extract.bounds
    question = text(
        "SELECT EXISTS (SELECT FROM divisions WHERE validity @> CURRENT_DATE AND source NOT LIKE 'osm:%'"
        " AND area && st_makeenvelope(:west, :south, :east, :north, 4326))"
    )
    return bool(session.scalar(question, {"west": west, "south": south, "east": east, "north": north}))


def _areas(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The code prefixes the asker may write in; everywhere when nothing is said."""
    return tuple(said.get("areas") or ("",))


def _stem(run: ImportRun) -> str:
    """The file's name without its endings."""
    return run.file_name.split(".")[0] or "file"
