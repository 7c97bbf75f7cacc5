"""What the cameras of an area see: rows into the engine, its answer back into rows, in one transaction.

The engine (`gis.coverage`) is pure; here its input is read once, never a query for each camera.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select, text
from sqlalchemy.orm import Session

from cameras.events import CoverageComputed
from cameras.models import CoverageRun
from data.copying import copy_rows
from data.errors import NotFound, Refused
from data.events import record
from data.sql import sql
from gis.coverage import Cameras, Coverage, Ground, Views, build_ground, build_scene, cover, see
from gis.coverage.overlays import pairs
from gis.crs import MetricFrame, metric_crs_for

Progress = Callable[[str, float], None]
Shapes = NDArray[Any]

#: How far around an area cameras and buildings are taken along: more than 500 m up to 60° of latitude.
MARGIN_DEG = 0.01


@dataclass(frozen=True)
class Parameters:
    """What a run was asked: kept with it, so that it can be understood and repeated."""

    near_street_m: float = 12.0
    smallest_gap_m2: float = 50.0
    has_heights: bool = True


@dataclass(frozen=True)
class _Input:
    """Everything a run reads, once; geometry in lon/lat."""

    cell_ids: list[int]
    cell_codes: list[str]
    cells: Shapes
    cameras: NDArray[Any]
    camera_ids: list[int]
    buildings: Shapes
    heights_m: NDArray[np.float64]
    streets: Shapes
    water: Shapes

    def fingerprint(self) -> str:
        """A text that is the same for the same input."""
        digest = hashlib.sha256()
        for shapes in (self.cells, self.buildings, self.streets, self.water):
            for blob in sorted(shapely.to_wkb(shapes).tolist()):
                digest.update(blob)
        digest.update(np.ascontiguousarray(self.cameras).tobytes())
        return digest.hexdigest()


def update_coverage(
    session: Session,
    area_code: str = "",
    *,
    asked_by: int | None = None,
    parameters: Parameters | None = None,
    progress: Progress = lambda _step, _share: None,
) -> CoverageRun:
    """Compute anew what the online cameras see in the cells of an area ("" = all), and keep it.

    Raises NotFound when the area has no cells, Refused when another computation of coverage is running.
    """
    parameters = parameters or Parameters()
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('coverage'))")):
        raise Refused("Coverage is being computed already. Wait until that has finished.")
    started_at = datetime.now(UTC)
    progress("reading", 0.05)
    given = _read(session, area_code)
    frame = metric_crs_for(tuple(shapely.total_bounds(given.cells)))
    progress("buildings", 0.2)
    scene = build_scene(frame.to_metres(given.buildings), given.heights_m if parameters.has_heights else None)
    progress("views", 0.4)
    views = see(scene, _cameras(given, frame))
    progress("gaps", 0.5)
    ground = build_ground(
        frame.to_metres(given.cells),
        scene,
        streets_m=frame.to_metres(given.streets),
        water_m=frame.to_metres(given.water),
        near_m=parameters.near_street_m,
    )
    coverage = cover(views, ground, smallest_gap_m2=parameters.smallest_gap_m2)
    progress("writing", 0.85)
    run = _keep_run(session, area_code, given, views, parameters, started_at, asked_by)
    _keep_rows(session, run, given, frame, views, ground, coverage)
    progress("done", 1.0)
    return run


def _read(session: Session, area_code: str) -> _Input:
    cells = session.execute(sql("cameras", "coverage_cells"), {"area_code": area_code}).all()
    if not cells:
        raise NotFound("There are no cells under {code}. Draw or import cells first.", code=area_code or "–")
    areas = shapely.from_wkb([bytes(row.area) for row in cells])
    west, south, east, north = shapely.total_bounds(areas).tolist()
    box = {"west": west, "south": south, "east": east, "north": north}
    cameras = session.execute(sql("cameras", "coverage_cameras"), box | {"margin_deg": MARGIN_DEG}).all()
    wide = {
        "west": west - MARGIN_DEG,
        "south": south - MARGIN_DEG,
        "east": east + MARGIN_DEG,
        "north": north + MARGIN_DEG,
    }
    ground = session.execute(sql("cameras", "coverage_ground"), wide).all()
    shapes = shapely.from_wkb([bytes(row.shape) for row in ground]) if ground else np.empty(0, dtype=object)
    what = np.array([row.what for row in ground], dtype="U8")
    heights_m = np.array([np.nan if row.height_m is None else row.height_m for row in ground], dtype=np.float64)
    columns = [[getattr(row, name) for name in _CAMERA_COLUMNS] for row in cameras]
    return _Input(
        cell_ids=[row.id for row in cells],
        cell_codes=[row.code for row in cells],
        cells=areas,
        cameras=np.array(columns, dtype=np.float64).reshape(len(cameras), len(_CAMERA_COLUMNS)),
        camera_ids=[row.id for row in cameras],
        buildings=shapes[what == "building"],
        heights_m=heights_m[what == "building"],
        streets=shapes[what == "street"],
        water=shapes[what == "water"],
    )


_CAMERA_COLUMNS = ("lon", "lat", "bearing_deg", "hfov_deg", "range_m", "mount_height_m", "pixels_h")


def _cameras(given: _Input, frame: MetricFrame) -> Cameras:
    lon, lat, bearing, hfov, reach, height, pixels = given.cameras.T
    xy = frame.xy(np.column_stack([lon, lat]))
    return Cameras.of(
        xy[:, 0],
        xy[:, 1],
        bearing_deg=bearing,
        hfov_deg=hfov,
        range_m=reach,
        height_m=height,
        pixels_h=pixels,
        convergence_deg=frame.grid_convergence_deg(lon, lat),
    )


def _keep_run(
    session: Session,
    area_code: str,
    given: _Input,
    views: Views,
    parameters: Parameters,
    started_at: datetime,
    asked_by: int | None,
) -> CoverageRun:
    refused = [
        {"camera_id": given.camera_ids[line.index], "sentence": line.sentence, "facts": line.facts}
        for line in views.refusals
    ]
    run = CoverageRun(
        area_code=area_code,
        parameters=asdict(parameters),
        fingerprint=given.fingerprint(),
        camera_count=len(given.camera_ids),
        building_count=len(given.buildings),
        refused=json.loads(json.dumps(refused)),
        started_at=started_at,
        finished_at=datetime.now(UTC),
        asked_by=asked_by,
    )
    session.add(run)
    session.flush()
    seconds = (run.finished_at - run.started_at).total_seconds()
    event = CoverageComputed(run.id, area_code, run.camera_count, run.building_count, round(seconds, 2))
    record(session, event, subject=f"coverage:{run.id}", location_code=area_code or None, actor_id=asked_by)
    return run


def _keep_rows(
    session: Session,
    run: CoverageRun,
    given: _Input,
    frame: MetricFrame,
    views: Views,
    ground: Ground,
    coverage: Coverage,
) -> None:
    """Put the answer in the place of the last one: views of these cameras, shares and gaps of these cells."""
    connection = session.connection()
    names = {"ids": given.camera_ids, "cells": given.cell_ids, "area": f"{run.area_code}%"}
    connection.execute(text("DELETE FROM camera_views WHERE camera_id = ANY(:ids)"), names)
    connection.execute(
        text("DELETE FROM camera_views USING cameras WHERE cameras.id = camera_id AND location_code LIKE :area"), names
    )
    connection.execute(text("DELETE FROM cell_coverages WHERE cell_id = ANY(:cells)"), names)
    connection.execute(text("DELETE FROM coverage_gaps WHERE cell_id = ANY(:cells)"), names)
    _insert_views(connection, run.id, given, frame, views)
    _insert_cells(connection, run.id, given, ground, views, coverage)
    _insert_gaps(connection, run.id, given, frame, ground, coverage)
    session.execute(
        delete(CoverageRun).where(
            CoverageRun.id.not_in(select(text("run_id FROM camera_views UNION SELECT run_id FROM cell_coverages"))),
            CoverageRun.id != run.id,
            CoverageRun.area_code == run.area_code,
        )
    )


def _insert_views(connection: Connection, run_id: int, given: _Input, frame: MetricFrame, views: Views) -> None:
    shapes = _multipolygons(frame.to_lonlat(views.polygons))
    refused = views.is_refused
    rows = [
        (
            camera_id,
            run_id,
            float(views.exact_area_m2[at]),
            float(views.polygon_area_m2[at]),
            float(views.snapped_m[at]),
            bool(views.is_blind[at]) or shapes[at] is None,
            shapes[at],
        )
        for at, camera_id in enumerate(given.camera_ids)
        if not refused[at]
    ]
    copy_rows(connection, "camera_views", _VIEW_COLUMNS, rows)


def _insert_cells(
    connection: Connection, run_id: int, given: _Input, ground: Ground, views: Views, coverage: Coverage
) -> None:
    street_m = metres_within(ground.streets, ground.cells)
    unwatched_m = metres_within(coverage.street_gaps.lines, ground.cells)
    cameras = np.bincount(
        pairs(shapely.points(views.x_m, views.y_m), shapely.STRtree(ground.cells))[1], minlength=len(ground.cells)
    )
    rows = [
        (
            cell_id,
            run_id,
            float(coverage.open_m2[at]),
            float(coverage.cell_watched_m2[at]),
            float(coverage.cell_watched_twice_m2[at]),
            float(street_m[at]),
            float(min(unwatched_m[at], street_m[at])),
            int(cameras[at]),
        )
        for at, cell_id in enumerate(given.cell_ids)
    ]
    copy_rows(connection, "cell_coverages", _CELL_COLUMNS, rows)


def _insert_gaps(
    connection: Connection, run_id: int, given: _Input, frame: MetricFrame, ground: Ground, coverage: Coverage
) -> None:
    gaps = coverage.gaps
    street_m = metres_within(ground.streets, gaps.polygons)
    shapes = _multipolygons(frame.to_lonlat(gaps.polygons))
    rows = [
        (run_id, given.cell_ids[cell], given.cell_codes[cell], float(street_m[at]), shapes[at])
        for at, cell in enumerate(gaps.cell)
        if shapes[at] is not None
    ]
    copy_rows(connection, "coverage_gaps", _GAP_COLUMNS, rows)


_VIEW_COLUMNS = ("camera_id", "run_id", "exact_area_m2", "polygon_area_m2", "snapped_m", "is_blind", "view")
_CELL_COLUMNS = (
    "cell_id",
    "run_id",
    "open_area_m2",
    "watched_area_m2",
    "watched_twice_area_m2",
    "street_m",
    "unwatched_street_m",
    "camera_count",
)
_GAP_COLUMNS = ("run_id", "cell_id", "location_code", "street_m", "area")


def metres_within(lines: Shapes, areas: Shapes) -> NDArray[np.float64]:
    """Metres of `lines` inside each of `areas`; both in one metric system."""
    metres = np.zeros(len(areas))
    if len(lines) and len(areas):
        line, area = pairs(lines, shapely.STRtree(areas))
        np.add.at(metres, area, shapely.length(shapely.intersection(lines[line], areas[area])))
    return metres


def _multipolygons(shapes: Shapes) -> list[bytes | None]:
    """Each shape as a valid multipolygon's EWKB in WGS 84, or None where nothing is left of it."""
    broken = ~shapely.is_valid(shapes)
    shapes = shapes.copy()
    shapes[broken] = shapely.make_valid(shapes[broken])
    out: list[bytes | None] = []
    for shape in shapes:
        parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
        nested = [part for part in shapely.get_parts(shape) if part.geom_type == "MultiPolygon"]
        parts += [polygon for part in nested for polygon in part.geoms]
        out.append(
            shapely.to_wkb(shapely.set_srid(shapely.MultiPolygon(parts), 4326), include_srid=True) if parts else None
        )
    return out
