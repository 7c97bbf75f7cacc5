"""What the cameras of an area see: rows into the engine, its answer back into rows, in one transaction.

The engine (`gis.coverage`) is pure; here its input is read once, never a query for each camera. While a run reads and
computes it stands in nobody's way; when it begins to write it holds the lock of coverage, and looks again at whatever
was changed meanwhile (see `cameras.refresh`).
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cameras import keeping
from cameras.events import CoverageComputed
from cameras.grounds import Around, CellGrounds, grounds_of, keep_grounds
from cameras.models import CoverageRun
from cameras.neighbourhood import base_of
from cameras.reading import (
    CameraRows,
    Floats,
    Shapes,
    cameras_that_reach,
    county_frame,
    grown,
    lonlat_boxes,
    read_cells,
    rows_in_box,
)
from cameras.refresh import lock_coverage, refresh_box, refresh_cameras
from cameras.weighing import read_incidents
from data.errors import Refused
from data.events import record
from gis.coverage import Coverage, Scene, Views, build_scene, cover, see
from gis.coverage.overlays import pairs
from gis.crs import MetricFrame

Progress = Callable[[str, float], None]

#: So many cameras are looked through between two looks at whether the run has been stopped.
CAMERAS_AT_ONCE = 4096
#: Figures of so many runs are kept; views and gaps only of the newest.
RUNS_KEPT = 100


@dataclass(frozen=True)
class Parameters:
    """What a run was asked: kept with it, so that it can be understood and repeated."""

    near_street_m: float = 12.0
    smallest_gap_m2: float = 50.0
    has_heights: bool = True


@dataclass(frozen=True)
class Input:
    """Everything a run reads, once; geometry in metres of the county's frame."""

    frame: MetricFrame
    cells: list[Any]
    areas: Shapes
    cameras: CameraRows
    building_ids: list[int]
    buildings: Shapes
    heights_m: Floats
    height_sources: dict[str, int]
    street_ids: list[int]
    streets: Shapes
    water: Shapes

    def fingerprint(self) -> str:
        """A text that is the same for the same input."""
        digest = hashlib.sha256()
        for shapes in (self.areas, self.buildings, self.streets, self.water):
            for blob in sorted(shapely.to_wkb(shapes).tolist()):
                digest.update(blob)
        digest.update(np.ascontiguousarray(self.heights_m).tobytes())
        digest.update(np.ascontiguousarray(self.cameras.figures).tobytes())
        return digest.hexdigest()


class _Clock:
    """Tells how far a run is, and remembers how long each step took."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.seconds = progress, dict[str, float]()
        self._step, self._since = "", time.monotonic()

    def __call__(self, step: str, share: float) -> None:
        now = time.monotonic()
        if self._step:
            self.seconds[self._step] = round(self.seconds.get(self._step, 0.0) + now - self._since, 3)
        self._step, self._since = step, now
        self.progress(step, share)

    def within(self, step: str, low: float, high: float) -> Callable[[float], None]:
        """What tells the share done of a step that lies between two shares of the whole."""
        return lambda share: self(step, low + (high - low) * share)


def update_coverage(
    session: Session,
    area_code: str = "",
    *,
    asked_by: int | None = None,
    parameters: Parameters | None = None,
    progress: Progress = lambda _step, _share: None,
    run_id: int | None = None,
) -> CoverageRun:
    """Compute anew what the online cameras see in the cells of an area ("" = all), and keep it.

    `run_id`: the run, asked for beforehand, that this is (see `cameras.runs`); without it one is added. What `progress`
    raises ends the run and leaves everything as it was. Raises NotFound when the area has no cells, Refused when
    another run is under way.
    """
    parameters = parameters or Parameters()
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('coverage run'))")):
        raise Refused("Coverage is being computed already. Wait until that has finished.")
    started_at, clock = datetime.now(UTC), _Clock(progress)
    clock("reading", 0.02)
    seen_so_far = session.scalar(text("SELECT CAST(pg_current_snapshot() AS text)"))
    given = read_input(session, area_code)
    clock("buildings", 0.15)
    scene = build_scene(given.buildings, given.heights_m if parameters.has_heights else None)
    views = _see(scene, given, clock)
    clock("ground", 0.4)
    grounds = _grounds(session, given, scene, parameters, clock.within("ground", 0.4, 0.55))
    clock("gaps", 0.55)
    coverage = cover(
        views, grounds.ground, smallest_gap_m2=parameters.smallest_gap_m2, on_part=clock.within("gaps", 0.55, 0.8)
    )
    clock("writing", 0.8)
    lock_coverage(session)
    run = _run_row(session, run_id, area_code, asked_by)
    run.started_at = started_at
    _describe(run, given, views, scene, parameters)
    session.flush()
    _keep_rows(session, run, given, views, scene, grounds, coverage)
    _look_again(session, run, str(seen_so_far))
    _finish(session, run, clock)
    return run


def read_input(session: Session, area_code: str) -> Input:
    """All that coverage of an area ("" = the county) is computed from. Raises NotFound when it has no cells."""
    frame = county_frame(session)
    cells = read_cells(session, area_code)
    areas = shapely.from_wkb([bytes(row.shape) for row in cells])
    extent = grown(shapely.total_bounds(areas).reshape(1, 4), 50.0)
    streets = rows_in_box(session, "streets_in_boxes", extent)
    paths = streets.shapes
    # a street is judged as a whole: what watches its far end, outside the area, counts too
    crossing = np.unique(pairs(paths, shapely.STRtree(areas))[0])
    extent = shapely.total_bounds(np.concatenate([shapely.box(*extent.T), paths[crossing]]))
    cameras = cameras_that_reach(session, extent)
    reach = np.vstack([extent.reshape(1, 4), cameras.reach()])
    around = np.concatenate([reach[:, :2].min(axis=0), reach[:, 2:].max(axis=0)]).reshape(1, 4)
    buildings = rows_in_box(session, "buildings_in_boxes", around, "height_m", "height_source")
    return Input(
        frame=frame,
        cells=cells,
        areas=np.asarray(frame.to_metres(areas), dtype=object),
        cameras=cameras,
        building_ids=buildings.ids,
        buildings=np.asarray(frame.to_metres(buildings.shapes), dtype=object),
        heights_m=buildings.columns["height_m"].astype(np.float64),
        height_sources=dict(sorted(Counter(buildings.columns["height_source"].tolist()).items())),
        street_ids=streets.ids,
        streets=np.asarray(frame.to_metres(paths), dtype=object),
        water=np.asarray(frame.to_metres(rows_in_box(session, "water_in_boxes", extent).shapes), dtype=object),
    )


def _grounds(
    session: Session, given: Input, scene: Scene, parameters: Parameters, on_part: Callable[[float], None]
) -> CellGrounds:
    heights_m = given.heights_m if parameters.has_heights else np.full(len(given.buildings), np.nan)
    near_m = parameters.near_street_m
    around = Around(given.frame, given.buildings, heights_m, given.streets, given.water, near_m, engine_version())
    return grounds_of(session, [row.id for row in given.cells], given.areas, scene, around, on_part)


def _see(scene: Scene, given: Input, clock: _Clock) -> Views:
    """The views of all cameras, some thousands at a time, so that a stop is noticed between."""
    cameras = given.cameras.in_frame(given.frame)
    parts = []
    for start in range(0, max(len(cameras), 1), CAMERAS_AT_ONCE):
        clock("views", 0.3 + 0.1 * start / max(len(cameras), 1))
        parts.append(see(scene, cameras.take(np.arange(start, min(start + CAMERAS_AT_ONCE, len(cameras))))))
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[Views]) -> Views:
    """The views of several calls as those of one."""
    names = [name for name in vars(parts[0]) if name != "refusals"]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    refusals = tuple(
        type(line)(line.index + number * CAMERAS_AT_ONCE, line.sentence, line.facts)
        for number, part in enumerate(parts)
        for line in part.refusals
    )
    return Views(**columns, refusals=refusals)


def engine_version() -> str:
    """What computed: our version and those of the libraries that decide about geometry."""
    try:
        ours = version("gridbeat")
    except PackageNotFoundError:
        ours = "unpacked"
    return f"gridbeat {ours}, shapely {shapely.__version__}, GEOS {shapely.geos_version_string}, numpy {np.__version__}"


def _run_row(session: Session, run_id: int | None, area_code: str, asked_by: int | None) -> CoverageRun:
    """The row of the run that was asked for, or a new one."""
    run = session.get(CoverageRun, run_id) if run_id else None
    if run is None:
        run = CoverageRun(area_code=area_code, asked_by=asked_by)
        session.add(run)
    run.status, run.finished_at = "running", None  # type: ignore[assignment]
    return run


def _describe(run: CoverageRun, given: Input, views: Views, scene: Scene, parameters: Parameters) -> None:
    """Write into the run's row what it was made from and with."""
    refused = [
        {"camera_id": given.cameras.ids[line.index], "sentence": line.sentence, "facts": line.facts}
        for line in views.refusals
    ]
    run.parameters, run.fingerprint, run.engine_version = asdict(parameters), given.fingerprint(), engine_version()
    run.frame_lon, run.frame_lat = given.frame.lon, given.frame.lat
    run.camera_count, run.building_count = len(given.cameras), len(given.buildings)
    run.refused = json.loads(json.dumps(refused))
    run.quality = {
        "buildings_left_out": len(scene.report.left_out),
        "buildings_repaired": len(scene.report.repaired),
        "buildings_without_height": scene.report.unknown_height,
        "height_sources": given.height_sources,
        "cameras_refused": len({line.index for line in views.refusals}),
        "cameras_moved_far": int(views.is_moved_far.sum()),
        "cameras_blind": int(views.is_blind.sum()),
        "cameras_walled_in": int(views.is_walled_in.sum()),
    }


def _keep_rows(
    session: Session,
    run: CoverageRun,
    given: Input,
    views: Views,
    scene: Scene,
    grounds: CellGrounds,
    coverage: Coverage,
) -> None:
    """Put the answer in the place of the last one."""
    connection, frame, ground = session.connection(), given.frame, grounds.ground
    cells = [(row.id, row.code) for row in given.cells]
    cell_ids, codes = [cell_id for cell_id, _ in cells], [code for _, code in cells]
    crossing = np.unique(pairs(ground.streets, shapely.STRtree(ground.cells))[0])
    street_ids = [given.street_ids[at] for at in crossing]
    incidents = read_incidents(session, frame, _extent(given, crossing))
    _clear(session, run.area_code, given, street_ids)
    keeping.keep_views(connection, run.id, given.cameras, views, frame)
    keeping.keep_building_findings(connection, run.id, [given.building_ids[at] for at in scene.report.left_out][:1000])
    homes = [cell_id for cell_id, refused in zip(given.cameras.cell_ids, views.is_refused, strict=True) if not refused]
    keeping.keep_cells(connection, run.id, cells, ground, coverage, homes, incidents)
    keep_grounds(connection, cell_ids, grounds, frame)
    keeping.keep_gaps(connection, run.id, cells, coverage.gaps, ground.streets, incidents, frame)
    gaps = keeping.chosen(coverage.street_gaps, np.isin(coverage.street_gaps.street, crossing))
    where = keeping.codes_at_middles(gaps.lines, ground.cells, codes)
    keeping.keep_street_gaps(connection, run.id, given.street_ids, gaps, where, incidents, frame)
    if run.area_code:
        keeping.locate_street_gaps(connection, street_ids)


def _extent(given: Input, crossing: Any) -> Floats:
    """The box in lon/lat around the cells and the streets that cross them."""
    bounds = shapely.total_bounds(np.concatenate([given.areas, given.streets[crossing]]))
    return lonlat_boxes(bounds.reshape(1, 4), given.frame)[0]


#: What goes before a run writes: of an area its own rows, of the whole county everything.
_OLD_ROWS = {
    "camera_views": "camera_id = ANY (:cameras)"
    " OR camera_id IN (SELECT id FROM cameras WHERE location_code LIKE :area)",
    "coverage_findings": "camera_id = ANY (:cameras) OR building_id = ANY (:buildings) OR location_code LIKE :area",
    "cell_coverages": "cell_id = ANY (:cells)",
    "coverage_gaps": "cell_id = ANY (:cells)",
    "coverage_street_gaps": "street_id = ANY (:streets)",
}


def _clear(session: Session, area_code: str, given: Input, street_ids: list[int]) -> None:
    names = {
        "cameras": given.cameras.ids,
        "buildings": given.building_ids,
        "cells": [row.id for row in given.cells],
        "streets": street_ids,
        "area": f"{area_code}%",
    }
    for table, condition in _OLD_ROWS.items():
        session.execute(text(f"DELETE FROM {table} WHERE {condition if area_code else 'true'}"), names)


_CHANGED_SINCE = text(
    "SELECT DISTINCT camera_id, west, south, east, north FROM coverage_changes"
    " WHERE NOT pg_visible_in_snapshot(changed_by, CAST(:snapshot AS pg_snapshot))"
    " AND changed_by <> pg_current_xact_id()"
)


def _look_again(session: Session, run: CoverageRun, snapshot: str) -> None:
    """Refresh what was changed by those who ended after this run had begun to read; forget older changes."""
    changes = session.execute(_CHANGED_SINCE, {"snapshot": snapshot}).all()
    base = base_of(run)
    camera_ids = [change.camera_id for change in changes if change.camera_id is not None]
    if camera_ids:
        refresh_cameras(session, base, camera_ids)
    for change in changes:
        if change.camera_id is None:
            refresh_box(session, base, (change.west, change.south, change.east, change.north))
    session.execute(
        text("DELETE FROM coverage_changes WHERE pg_visible_in_snapshot(changed_by, CAST(:snapshot AS pg_snapshot))"),
        {"snapshot": snapshot},
    )


def _finish(session: Session, run: CoverageRun, clock: _Clock) -> None:
    """Mark the run as done, keep its cells' figures as its version, tell of it, and forget very old runs."""
    clock("done", 1.0)
    run.status, run.step, run.share, run.seconds = "done", "done", 1.0, clock.seconds
    run.finished_at = datetime.now(UTC)
    session.flush()
    session.execute(_VERSION, {"run_id": run.id})
    seconds = (run.finished_at - run.started_at).total_seconds()
    event = CoverageComputed(run.id, run.area_code, run.camera_count, run.building_count, round(seconds, 2))
    where = run.area_code or None
    record(session, event, subject=f"coverage:{run.id}", location_code=where, actor_id=run.asked_by)
    kept = select(CoverageRun.id).order_by(CoverageRun.id.desc()).limit(RUNS_KEPT)
    used = (
        "SELECT run_id FROM camera_views UNION SELECT run_id FROM cell_coverages UNION SELECT run_id FROM coverage_gaps"
    )
    session.execute(
        text(
            f"DELETE FROM coverage_runs WHERE id < :oldest AND id NOT IN ({used}"
            " UNION SELECT run_id FROM coverage_street_gaps)"
        ),
        {"oldest": min(session.scalars(kept))},
    )


_VERSION = text(
    "INSERT INTO coverage_run_cells (run_id, cell_id, open_area_m2, watched_area_m2, watched_twice_area_m2,"
    " watched_thrice_area_m2, street_m, unwatched_street_m, camera_count)"
    " SELECT run_id, cell_id, open_area_m2, watched_area_m2, watched_twice_area_m2, watched_thrice_area_m2, street_m,"
    " unwatched_street_m, camera_count FROM cell_coverages WHERE run_id = :run_id"
)
