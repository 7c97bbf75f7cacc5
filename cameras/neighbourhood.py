"""Coverage around something that changed: what is stored there is read, and the engine asked about it again.

Nothing is written here, so that "what if" and "what would it see" can ask as well.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from cameras.reading import AROUND_M, CameraRows, Floats, Shapes, grown, heights_of, in_boxes, lonlat_boxes, shapes_of
from data.sql import sql
from gis.coverage import Coverage, Ground, Scene, Views, build_ground, build_scene, cover, see
from gis.coverage.incremental import TOUCH_M, ground_again, kept_water, touched_by, whole_tiles
from gis.crs import MetricFrame

_NO_SHAPES: Shapes = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Base:
    """What the stored coverage was made with; whatever is added to it must be made in the same way."""

    run_id: int
    frame: MetricFrame
    near_street_m: float
    smallest_gap_m2: float
    has_heights: bool


def find_base(session: Session) -> Base | None:
    """What the stored coverage stands on; None as long as no run has ended."""
    run = session.execute(sql("cameras", "coverage_base")).one_or_none()
    return base_of(run) if run else None


def base_of(run: Any) -> Base:
    """What a run was made with."""
    asked = {"near_street_m": 12.0, "smallest_gap_m2": 50.0, "has_heights": True} | run.parameters
    return Base(
        run_id=run.id,
        frame=MetricFrame(run.frame_lon, run.frame_lat, 0.0),
        near_street_m=asked["near_street_m"],
        smallest_gap_m2=asked["smallest_gap_m2"],
        has_heights=asked["has_heights"],
    )


@dataclass(frozen=True)
class Sight:
    """What cameras see, among which buildings."""

    views: Views
    scene: Scene
    buildings: list[Any]


def see_among_buildings(session: Session, rows: CameraRows, frame: MetricFrame, *, has_heights: bool) -> Sight:
    """What the cameras see; only the buildings in their reach are read.

    A camera deep inside a building is moved to its wall: then the reach is widened until it holds all seen from there.
    """
    around_m = AROUND_M
    while True:
        buildings = in_boxes(session, "buildings_in_boxes", rows.reach(around_m))
        scene = build_scene(shapes_of(buildings, frame), heights_of(buildings) if has_heights else None)
        views = see(scene, rows.in_frame(frame))
        if views.snapped_m.max(initial=0.0) < 0.8 * around_m or around_m > 5_000.0:
            return Sight(views, scene, buildings)
        around_m *= 4.0


@dataclass(frozen=True)
class Neighbourhood:
    """The cells and streets that a change touches, their ground, and all stored views that matter to them.

    `cells` are (id, code) by the ground's number; `is_remade` those whose ground was made anew; `street_ids` are those
    of the ground's streets; `water` is each cell's own; `views` are in the order of their cameras' ids, as in a run.
    """

    base: Base
    changed: Shapes
    cells: list[tuple[int, str]]
    is_remade: list[bool]
    street_m: list[float | None]
    ground: Ground
    water: Shapes
    street_ids: list[int]
    camera_ids: list[int]
    views: Shapes

    def covered(self, without: Collection[int] = ()) -> Coverage:
        """What the views cover here, those of some cameras left out."""
        stays = np.array([camera_id not in without for camera_id in self.camera_ids], dtype=bool)
        return cover(self.views[stays], self.ground, smallest_gap_m2=self.base.smallest_gap_m2)


def read_neighbourhood(session: Session, base: Base, changed: Shapes, *, rebuilt: Shapes = _NO_SHAPES) -> Neighbourhood:
    """The neighbourhood of ground that changed (areas in metres); in `rebuilt` buildings changed, too."""
    frame = base.frame
    boxes = boxes_around(changed, frame)
    rows = in_boxes(session, "cells_in_boxes", boxes)
    shapes = shapes_of(rows, frame)
    is_touched = touched_by(shapes, changed)
    cells = [row for row, touched in zip(rows, is_touched, strict=True) if touched]
    shapes = shapes[is_touched]
    streets = in_boxes(session, "streets_in_boxes", boxes)
    paths = shapes_of(streets, frame)
    is_near = touched_by(paths, changed)
    street_ids = [row.id for row, near in zip(streets, is_near, strict=True) if near]
    kept = [_is_kept(row, frame) for row in cells]
    is_remade = (~np.array(kept, dtype=bool)) | touched_by(shapes, rebuilt)
    ground, water = _ground(session, base, cells, shapes, is_remade, paths[is_near])
    tiles = whole_tiles(shapely.bounds(shapes).reshape(-1, 4))
    along = shapely.bounds(paths[is_near]).reshape(-1, 4)
    views = in_boxes(session, "views_in_boxes", lonlat_boxes(np.vstack([tiles, along]), frame))
    return Neighbourhood(
        base=base,
        changed=changed,
        cells=[(row.id, row.code) for row in cells],
        is_remade=is_remade.tolist(),
        street_m=[row.street_m for row in cells],
        ground=ground,
        water=water,
        street_ids=street_ids,
        camera_ids=[row.id for row in views],
        views=shapes_of(views, frame),
    )


def boxes_around(changed: Shapes, frame: MetricFrame) -> Floats:
    """Boxes in lon/lat that hold all that may be touched by these areas in metres."""
    bounds = np.asarray(shapely.bounds(changed)).reshape(-1, 4)
    return lonlat_boxes(bounds + np.array([-TOUCH_M, -TOUCH_M, TOUCH_M, TOUCH_M]), frame)


def _is_kept(row: Any, frame: MetricFrame) -> bool:
    """Whether the cell's ground is stored, and in this frame."""
    return row.near_streets is not None and (row.frame_lon, row.frame_lat) == (frame.lon, frame.lat)


def _ground(
    session: Session, base: Base, cells: Sequence[Any], shapes: Shapes, is_remade: Any, streets: Shapes
) -> tuple[Ground, Shapes]:
    """The ground of the cells, and each cell's water: what is stored of it, and the rest made anew."""
    count = len(cells)
    open_m2 = np.array([row.open_area_m2 or 0.0 for row in cells])
    near, water = np.full(count, shapely.Polygon(), dtype=object), np.full(count, shapely.Polygon(), dtype=object)
    for at in np.flatnonzero(~is_remade).tolist():
        near[at] = shapely.from_wkb(bytes(cells[at].near_streets))
        water[at] = shapely.from_wkb(bytes(cells[at].water))
    if is_remade.any():
        fresh = make_ground(session, base, shapes[is_remade])
        open_m2[is_remade], near[is_remade] = fresh.open_m2, fresh.near_streets
        water[is_remade] = kept_water(fresh)
    return ground_again(shapes, open_m2, near, base.near_street_m, streets, water), water


def make_ground(session: Session, base: Base, cells: Shapes) -> Ground:
    """The ground of cells (in metres) from the buildings, streets and waters in and around them."""
    frame = base.frame
    boxes = lonlat_boxes(shapely.bounds(cells).reshape(-1, 4), frame)
    buildings = in_boxes(session, "buildings_in_boxes", boxes)
    streets = in_boxes(session, "streets_in_boxes", grown(boxes, 2.0 * base.near_street_m))
    scene = build_scene(shapes_of(buildings, frame), heights_of(buildings) if base.has_heights else None)
    return build_ground(
        cells,
        scene,
        streets_m=shapes_of(streets, frame),
        water_m=shapes_of(in_boxes(session, "water_in_boxes", boxes), frame),
        near_m=base.near_street_m,
    )
