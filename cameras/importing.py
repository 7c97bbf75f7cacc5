"""Cameras from files (also GB/T 28181 catalogues) and from OpenStreetMap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cameras.events import CameraChanged
from cameras.import_fields import DEFAULTS, FIELDS
from cameras.neighbourhood import find_base
from cameras.refresh import MOST_CAMERAS, refresh_around
from cameras.rules import code_problem
from cameras.runs import ask_for_run
from data.errors import Refused
from data.events import record
from data.importing.osm_reading import OsmExtract
from data.importing.osm_tags import camera_direction, camera_kind, metres
from data.importing.report import Counts, ImportReport, sentence
from data.importing.rows import SourceTable
from data.importing.staging import ewkb_points, lock_import, merge, stage
from gis.crs import SourceCrs
from grids.importing.declared import PlacedRow, read_places, without_duplicates
from grids.importing.whereabouts import refuse_outside, tell_whereabouts

OSM = "osm"

_TYPES = {
    "id": "bigint",
    "code": "text",
    "gb_code": "text",
    "name": "text",
    "kind": "text",
    "status": "text",
    "mount_height_m": "real",
    "bearing_deg": "real",
    "hfov_deg": "real",
    "range_m": "real",
    "pixels_h": "integer",
    "pitch_deg": "real",
    "vfov_deg": "real",
    "owner_class": "smallint",
    "owner": "text",
    "legal_basis": "text",
    "signage": "text",
    "sign_seen_on": "date",
    "filing_no": "text",
    "filed_on": "date",
    "retention_days": "smallint",
    "installed_on": "date",
    "source": "text",
    "source_crs": "text",
    "raw_x": "float8",
    "raw_y": "float8",
    "place": "geometry(Point, 4326)",
}
_WRITTEN = tuple(name for name in _TYPES if name not in {"id", "code", "source"})


@dataclass(frozen=True)
class _Known:
    """A camera in the register, as far as a row has to know it."""

    id: int
    code: str
    gb_code: str | None
    source: str


def import_cameras(
    session: Session,
    table: SourceTable,
    crs: SourceCrs,
    *,
    given: Mapping[str, str] | None = None,
    areas: Sequence[str] = ("",),
    source: str = "file",
) -> ImportReport:
    """Read the rows of `table` into the register; what is refused and why stands in the report.

    A row is known by its code, or by its GB/T 28181 code. A blank cell leaves what the register says;
    for a new camera the defaults of its kind stand in.
    """
    report = ImportReport("cameras")
    rows, mapped = read_places(table, FIELDS, given, crs, report)
    if not {"code", "gb_code"} & set(mapped.columns):
        raise Refused(
            "The file has no column for a camera's code. Say which one it is: --map code=… or --map gb_code=…"
        )
    column = mapped.columns.get("code") or mapped.columns["gb_code"]
    rows = [row for row in rows if _is_named(row, column, report)]
    rows = without_duplicates(rows, lambda row: row.values["code"], column, report)
    rows = without_duplicates(rows, lambda row: row.values.get("gb_code"), mapped.columns.get("gb_code"), report)
    rows = refuse_outside(session, rows, areas, "lon, lat", report)
    lock_import(session, "cameras")
    known = _known(session, rows)
    rows = [row for row in rows if _is_alone(row, known, column, report)]
    tell_whereabouts(session, rows, crs, report)
    report.counts["cameras"] = _write(session, rows, known, crs, source)
    follow_with_coverage(session, _written_ids(session) if rows else [], report)
    return report


def import_osm_cameras(
    session: Session, extract: OsmExtract, report: ImportReport, *, remove_vanished: bool = False
) -> None:
    """Write the extract's surveillance cameras as `OSM-n…`.

    Only rows that still say they come from OpenStreetMap are changed. One that vanished there is
    counted, and marked as removed when `remove_vanished` says so.
    """
    layer = extract.cameras
    rows, undirected = [], 0
    for number, (ref, (tags,), point) in enumerate(zip(layer.refs, layer.said, layer.shapes, strict=True), 1):
        values = osm_values(ref, tags)
        undirected += "bearing_deg" not in values and values["kind"] in {"bullet", "other"}
        rows.append(PlacedRow(number, values, point.x, point.y))
    lock_import(session, "cameras")
    known = _known(session, rows)
    taken_over = {code for code, camera in known.items() if camera.source != OSM}
    ours = [row for row in rows if row.values["code"] not in taken_over]
    counts = _write(session, ours, known, None, OSM)
    written = _written_ids(session) if ours else []
    counts.unchanged += sum(row.values["code"] in taken_over for row in rows)
    gone = _vanished(session, extract)
    counts.vanished = len(gone)
    if remove_vanished and gone:
        before = _states(session, gone)
        session.execute(text("UPDATE cameras SET status = 'removed' WHERE id = ANY(:ids)"), {"ids": gone})
        _record_states(session, before)
        counts.removed = len(gone)
        written += gone
    report.counts["cameras"] = counts
    follow_with_coverage(session, written, report)
    if undirected:
        report.note(
            sentence("{count} cameras give no direction; they are drawn as looking north until somebody enters it."),
            count=undirected,
        )


def follow_with_coverage(session: Session, camera_ids: Sequence[int], report: ImportReport) -> None:
    """Bring coverage up to date after these cameras: at once when they are few, otherwise with a run by the worker."""
    if not camera_ids or find_base(session) is None:
        return
    if len(camera_ids) <= MOST_CAMERAS:
        refresh_around(session, camera_ids)
        return
    ask_for_run(session)
    report.note(sentence("{count} cameras changed: the worker computes coverage anew."), count=len(camera_ids))


def _written_ids(session: Session) -> list[int]:
    """The cameras that the last `_write` added or changed: their rows are left in the staged table."""
    question = (
        "SELECT cameras.id FROM staged_cameras staged JOIN cameras"
        " ON cameras.id = staged.id OR (staged.id IS NULL AND cameras.code = staged.code) ORDER BY 1"
    )
    return list(session.scalars(text(question)))


def osm_values(ref: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """What OpenStreetMap's tags say about a camera, in the register's columns.

    >>> osm_values("n7", {"man_made": "surveillance", "camera:direction": "239-284"})["bearing_deg"]
    261.5
    """
    kind = camera_kind(tags)
    values: dict[str, Any] = {"code": f"OSM-{ref}", "kind": kind}
    values["name"] = (tags.get("name") or tags.get("description") or f"OSM {ref}").strip()[:120]
    height_m = metres(tags.get("camera:height") or tags.get("height"))
    if height_m is not None and height_m <= 300:
        values["mount_height_m"] = height_m
    if tags.get("operator"):
        values["owner"] = tags["operator"].strip()[:120] or None
    said = camera_direction(tags)
    if said is not None:
        values["bearing_deg"], width = said
        if width is not None and kind != "dome":
            values["hfov_deg"] = width
    return values


def _write(
    session: Session, rows: Sequence[PlacedRow], known: Mapping[str, _Known], crs: SourceCrs | None, source: str
) -> Counts:
    if not rows:
        return Counts()
    shapes = ewkb_points([(row.lon, row.lat) for row in rows])
    staged = []
    for row, shape in zip(rows, shapes, strict=True):
        camera = _match(row, known)
        said = dict(row.values)
        if said.get("bearing_deg") is None:
            said["bearing_deg"] = said.get("direction")
        if camera is None:
            said = _with_defaults(said)
        said |= {"id": camera and camera.id, "source": source, "source_crs": crs.name if crs else "wgs84"}
        said |= {"raw_x": row.raw_x, "raw_y": row.raw_y, "place": shape}
        staged.append([said.get(column) for column in _TYPES])
    stage(session, "staged_cameras", _TYPES, staged)
    before = _states(session, [camera.id for camera in known.values()])
    counts = merge(session, "cameras", "staged_cameras", _WRITTEN, only_when_new=("code", "source"))
    _record_states(session, before)
    return counts


def _states(session: Session, camera_ids: Sequence[int]) -> dict[int, Any]:
    """Code, state and cell of these cameras."""
    question = text("SELECT id, code, status, location_code FROM cameras WHERE id = ANY(:ids)")
    return {row.id: row for row in session.execute(question, {"ids": sorted(set(camera_ids))})}


def _record_states(session: Session, before: Mapping[int, Any]) -> None:
    """Tell of every camera whose state is another than before: its health is read from there."""
    for camera_id, camera in _states(session, list(before)).items():
        former = before[camera_id].status
        if camera.status != former:
            event = CameraChanged(camera.code, {"status": [former, camera.status]})
            record(session, event, subject=f"camera:{camera.code}", location_code=camera.location_code, actor_id=None)


def _with_defaults(said: dict[str, Any]) -> dict[str, Any]:
    """What a new camera says, with what its kind usually has where the row is blank."""
    kind = said.get("kind") or "bullet"
    hfov_deg, range_m = DEFAULTS[kind]
    defaults = {"name": said["code"], "kind": kind, "status": "online", "mount_height_m": 4.5, "bearing_deg": 0.0}
    defaults |= {"hfov_deg": hfov_deg, "range_m": range_m, "pixels_h": 2560}
    defaults |= {"legal_basis": "unknown", "signage": "unknown"}
    return said | {name: value for name, value in defaults.items() if said.get(name) is None}


def _is_named(row: PlacedRow, column: str, report: ImportReport) -> bool:
    """Whether the row has a code; one with only a GB/T 28181 code gets that as its code."""
    row.values["code"] = row.values.get("code") or row.values.get("gb_code")
    code = row.values["code"]
    if not code:
        report.refuse(row.number, Refused("The row has no code; nothing tells which camera it is."), column)
        return False
    problem = code_problem(code)
    if problem:
        report.refuse(row.number, Refused(problem), column, code)
    return problem is None


def _is_alone(row: PlacedRow, known: Mapping[str, _Known], column: str, report: ImportReport) -> bool:
    """Whether no other camera has the row's GB/T 28181 code, and it does not name two cameras at once."""
    camera = _match(row, known)
    other = known.get("gb:" + (row.values.get("gb_code") or ""))
    if camera is None or other is None or camera.id == other.id:
        return True
    error = Refused(
        "The GB/T 28181 code {gb_code} belongs to the camera {other}.", gb_code=other.gb_code, other=other.code
    )
    report.refuse(row.number, error, column, row.values["code"])
    return False


def _match(row: PlacedRow, known: Mapping[str, _Known]) -> _Known | None:
    return known.get(row.values["code"]) or known.get("gb:" + (row.values.get("gb_code") or ""))


def _known(session: Session, rows: Sequence[PlacedRow]) -> dict[str, _Known]:
    """The cameras these rows may mean, by code and by "gb:" and GB/T 28181 code."""
    question = text(
        "SELECT id, code, gb_code, source FROM cameras WHERE code = ANY(:codes) OR gb_code = ANY(:gb_codes)"
    )
    codes = [row.values["code"] for row in rows]
    gb_codes = [row.values["gb_code"] for row in rows if row.values.get("gb_code")]
    found: dict[str, _Known] = {}
    for camera in session.execute(question, {"codes": codes, "gb_codes": gb_codes}):
        one = _Known(camera.id, camera.code, camera.gb_code, camera.source)
        found[one.code] = one
        if one.gb_code:
            found["gb:" + one.gb_code] = one
    return found


def _vanished(session: Session, extract: OsmExtract) -> list[int]:
    """Cameras from OpenStreetMap within the extract's bounds that are not in it any more."""
    west, south, east, north = extract.bounds
    question = text(
        "SELECT id FROM cameras WHERE source = :source AND status <> 'removed' AND NOT code = ANY(:codes)"
        " AND place && st_makeenvelope(:west, :south, :east, :north, 4326)"
    )
    facts = {"source": OSM, "west": west, "south": south, "east": east, "north": north}
    return list(session.scalars(question, facts | {"codes": [f"OSM-{ref}" for ref in extract.cameras.refs]}))
