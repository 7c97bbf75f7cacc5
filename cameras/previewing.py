"""What would be, with nothing stored: cameras that fail, and the view of a camera that is being edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from cameras.keeping import metres_within
from cameras.neighbourhood import Base, Neighbourhood, Sight, find_base, read_neighbourhood, see_among_buildings
from cameras.reading import CameraRows, Shapes, county_frame, in_boxes, lonlat_boxes, shapes_of
from cameras.rules import normal_bearing_deg, settings_problem
from data.errors import Refused
from gis.coverage import IEC_62676_4_2014, Cameras, build_scene, see
from gis.crs import MetricFrame

#: A wall bounds a view when it lies so near to it.
AT_WALL_M = 0.05
#: So many buildings are named as hiding something, nearest first.
MOST_BUILDINGS = 40


@dataclass(frozen=True)
class CellChange:
    """A cell's share of open ground watched, as it is and as it would be (None where there is no open ground)."""

    cell_id: int
    code: str
    share_before: float | None
    share_after: float | None
    watched_before_m2: float
    watched_after_m2: float
    unwatched_street_more_m: float


@dataclass(frozen=True)
class Gap:
    """Ground by a street that would be in nobody's view; `area` in lon/lat."""

    cell_code: str
    area_m2: float
    street_m: float
    area: Any


@dataclass(frozen=True)
class WhatIf:
    """What is lost when some cameras fail: each touched cell, and what would be new in the list of gaps."""

    cells: list[CellChange]
    gaps: list[Gap]
    lost_m2: float


def what_if(session: Session, without: Sequence[int]) -> WhatIf:
    """What coverage would be without these cameras. Raises Refused as long as coverage has not been computed."""
    base = find_base(session)
    if base is None:
        raise Refused("Coverage has not been computed yet. Compute it first.")
    lost = _views_of(session, base, without)
    if not len(lost):
        return WhatIf([], [], 0.0)
    near = read_neighbourhood(session, base, lost)
    before, after = near.covered(), near.covered(without=set(without))
    streets = _lost_street_m(before.street_gaps.lines, after.street_gaps.lines, near.ground.cells)
    cells = [
        CellChange(
            cell_id,
            code,
            _share(before.share[at]),
            _share(after.share[at]),
            float(before.cell_watched_m2[at]),
            float(after.cell_watched_m2[at]),
            float(streets[at]),
        )
        for at, (cell_id, code) in enumerate(near.cells)
    ]
    lost_m2 = float((before.cell_watched_m2 - after.cell_watched_m2).sum())
    return WhatIf(cells, _new_gaps(session, near, before.gaps, after.gaps), lost_m2)


def _views_of(session: Session, base: Base, camera_ids: Sequence[int]) -> Shapes:
    rows = session.execute(
        text("SELECT st_asbinary(view) AS shape FROM camera_views WHERE camera_id = ANY (:ids) AND view IS NOT NULL"),
        {"ids": list(camera_ids)},
    ).all()
    return shapes_of(rows, base.frame)


def _share(share: float) -> float | None:
    return float(share) if np.isfinite(share) else None


def _lost_street_m(before: Shapes, after: Shapes, cells: Shapes) -> Any:
    return np.maximum(metres_within(after, cells) - metres_within(before, cells), 0.0)


def _outlines(gaps: Any) -> Any:
    """What tells one gap from another: its cell, its bounds and its area to a decimetre."""
    return np.column_stack([gaps.cell, shapely.bounds(gaps.polygons).reshape(-1, 4), gaps.area_m2]).round(1).tolist()


def _new_gaps(session: Session, near: Neighbourhood, before: Any, after: Any) -> list[Gap]:
    """The gaps that are there afterwards and were not, or were smaller, largest first."""
    known = set(map(tuple, _outlines(before)))
    is_new = np.array([tuple(line) not in known for line in _outlines(after)], dtype=bool)
    polygons, cells, areas = after.polygons[is_new], after.cell[is_new], after.area_m2[is_new]
    if not len(polygons):
        return []
    frame = near.base.frame
    boxes = lonlat_boxes(shapely.bounds(polygons).reshape(-1, 4), frame)
    street_m = metres_within(shapes_of(in_boxes(session, "streets_in_boxes", boxes), frame), polygons)
    shapes = frame.to_lonlat(polygons)
    return [
        Gap(near.cells[cell][1], float(areas[at]), float(street_m[at]), shapes[at]) for at, cell in enumerate(cells)
    ]


@dataclass(frozen=True)
class Hider:
    """A building that cuts the view: how far its nearest wall is, and how much of the sector it alone would hide."""

    building_id: int
    height_m: float | None
    height_source: str
    distance_m: float
    hidden_m2: float


@dataclass(frozen=True)
class Tier:
    """What is seen at a pixel density or better (the tiers of IEC 62676-4:2014 unless others are asked for)."""

    name: str
    px_per_m: float
    area_m2: float
    view: Any


@dataclass(frozen=True)
class Preview:
    """A camera's view as it would be; shapes in lon/lat, `stands` is where it is taken to hang."""

    view: Any
    area_m2: float
    sector_area_m2: float
    snapped_m: float
    stands: tuple[float, float]
    is_blind: bool
    is_walled_in: bool
    hiders: list[Hider]
    tiers: list[Tier]


#: What holds when a setting is not given.
_DEFAULTS = {
    "bearing_deg": 0.0,
    "hfov_deg": 60.0,
    "range_m": 50.0,
    "mount_height_m": 4.5,
    "pixels_h": 2560,
    "pitch_deg": None,
    "vfov_deg": None,
}


def view_of(session: Session, settings: Mapping[str, Any], *, tiers: Mapping[str, float] = IEC_62676_4_2014) -> Preview:
    """The view of a camera with these settings (lon, lat, bearing_deg …), saved or not, and what hides it.

    Raises Refused for impossible settings.
    """
    values = {**_DEFAULTS, **{name: value for name, value in settings.items() if name in {"lon", "lat", *_DEFAULTS}}}
    if problem := settings_problem(values):
        raise Refused(problem)
    values["bearing_deg"] = normal_bearing_deg(values["bearing_deg"])
    base = find_base(session)
    frame = base.frame if base else county_frame(session)
    rows = _as_rows(values)
    sight = see_among_buildings(session, rows, frame, has_heights=base.has_heights if base else True)
    views, camera = sight.views, rows.in_frame(frame)
    stands = frame.lonlat([[views.x_m[0], views.y_m[0]]])[0].tolist()
    return Preview(
        view=frame.to_lonlat(views.polygons[0]),
        area_m2=float(views.exact_area_m2[0]),
        sector_area_m2=float(views.sector_area_m2[0]),
        snapped_m=float(views.snapped_m[0]),
        stands=(stands[0], stands[1]),
        is_blind=bool(views.is_blind[0]),
        is_walled_in=bool(views.is_walled_in[0]),
        hiders=_hiders(sight, camera, frame),
        tiers=[_tier(sight, camera, frame, name, px_per_m) for name, px_per_m in tiers.items()],
    )


def _as_rows(values: Mapping[str, Any]) -> CameraRows:
    class _Row:
        id, cell_id, location_code = 0, None, None

    row = _Row()
    vars(row).update(values)
    return CameraRows.of([row])


def _tier(sight: Sight, camera: Cameras, frame: MetricFrame, name: str, px_per_m: float) -> Tier:
    seen = see(sight.scene, camera, px_per_m=px_per_m)
    return Tier(name, px_per_m, float(seen.exact_area_m2[0]), frame.to_lonlat(seen.polygons[0]))


def _hiders(sight: Sight, camera: Cameras, frame: MetricFrame) -> list[Hider]:
    """The buildings whose walls bound the view, those that hide most first."""
    shapes = shapes_of(sight.buildings, frame)
    eye = shapely.Point(sight.views.x_m[0], sight.views.y_m[0])
    away = np.atleast_1d(shapely.distance(shapes, eye)) if len(shapes) else np.empty(0)
    bounds = shapely.dwithin(shapes, sight.views.polygons[0], AT_WALL_M) & (away < camera.range_m[0])
    nearest = np.flatnonzero(bounds)[np.argsort(away[bounds], kind="stable")][:MOST_BUILDINGS]
    free = _without_buildings(sight, camera)
    found = []
    for at in nearest:
        row = sight.buildings[at]
        hidden = free - _seen_past(shapes[at], row.height_m if sight.scene.has_heights else None, sight, camera)
        if hidden > 0.01:
            found.append(Hider(row.id, row.height_m, row.height_source, float(away[at]), hidden))
    return sorted(found, key=lambda hider: -hider.hidden_m2)


def _without_buildings(sight: Sight, camera: Cameras) -> float:
    return float(see(build_scene([]), _standing(sight, camera)).exact_area_m2[0])


def _seen_past(shape: Any, height_m: float | None, sight: Sight, camera: Cameras) -> float:
    """What the camera would see if this were the only building, m²."""
    scene = build_scene([shape], None if height_m is None else [height_m])
    return float(see(scene, _standing(sight, camera), snap_within_m=0.0).exact_area_m2[0])


def _standing(sight: Sight, camera: Cameras) -> Cameras:
    """The camera where it really hangs: moved already."""
    return replace(camera, x_m=sight.views.x_m, y_m=sight.views.y_m)
