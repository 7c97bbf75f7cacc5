"""Coverage fresh at once: what a changed camera or building touches is computed again, in the same transaction.

Only one edit at a time writes coverage (an advisory lock, held to the end of its transaction): it reads what the one
before it has written. A run of everything takes the same lock when it begins to write, and looks again at what
changed while it was computing. So nobody's result is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from cameras import keeping
from cameras.grounds import CellGrounds, keep_grounds
from cameras.models import CameraView, CellCoverage, CoverageGap
from cameras.neighbourhood import (
    Base,
    Neighbourhood,
    Sight,
    boxes_around,
    find_base,
    read_neighbourhood,
    see_among_buildings,
)
from cameras.reading import CameraRows, Shapes, cameras_that_reach, in_boxes, lonlat_boxes, online_cameras, shapes_of
from cameras.weighing import Incidents, read_incidents
from data.sql import sql
from gis.coverage import Coverage
from gis.coverage.incremental import touched_by

#: So many cameras at most are refreshed within a change; for more a run of everything is quicker.
MOST_CAMERAS = 200


@dataclass(frozen=True)
class Refreshed:
    """What was computed again: cameras, cells, and how many gaps went and came."""

    camera_ids: list[int]
    cell_ids: list[int]
    gaps_gone: int
    gaps_new: int


def lock_coverage(session: Session) -> None:
    """Wait until nobody else writes coverage; holds until the end of the transaction.

    Take it before locking any row of a camera: all do it in that order, so that nobody waits in a circle.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('coverage'))"))


def refresh_around(session: Session, camera_ids: Sequence[int]) -> Refreshed | None:
    """Bring all that these cameras' old and new views touch up to date; None as long as no run has ended.

    To be called after the cameras' rows have changed, in the same transaction.
    """
    lock_coverage(session)
    session.flush()
    ids = sorted(set(camera_ids))
    session.execute(
        text("INSERT INTO coverage_changes (camera_id) SELECT unnest(CAST(:ids AS bigint[]))"), {"ids": ids}
    )
    base = find_base(session)
    return _refresh(session, base, ids) if base and ids else None


def refresh_area(session: Session, box: tuple[float, float, float, float]) -> Refreshed | None:
    """Bring all up to date that buildings changed in a box (west, south, east, north in degrees) touch.

    The box has to hold the buildings as they were and as they are. None as long as no run has ended.
    """
    lock_coverage(session)
    session.flush()
    west, south, east, north = box
    session.execute(
        text("INSERT INTO coverage_changes (west, south, east, north) VALUES (:west, :south, :east, :north)"),
        {"west": west, "south": south, "east": east, "north": north},
    )
    base = find_base(session)
    return refresh_box(session, base, box) if base else None


def refresh_box(session: Session, base: Base, box: tuple[float, float, float, float]) -> Refreshed:
    """What `refresh_area` does once the lock is held and the change noted."""
    ids = cameras_that_reach(session, np.array(box)).ids
    return _refresh(session, base, ids, rebuilt=np.array([base.frame.to_metres(shapely.box(*box))], dtype=object))


def refresh_cameras(session: Session, base: Base, camera_ids: Sequence[int]) -> Refreshed:
    """What `refresh_around` does once the lock is held and the change noted."""
    return _refresh(session, base, sorted(set(camera_ids)))


def _refresh(session: Session, base: Base, ids: list[int], *, rebuilt: Shapes | None = None) -> Refreshed:
    rebuilt = np.empty(0, dtype=object) if rebuilt is None else rebuilt
    old, homes = _take_old_views(session, base, ids)
    rows = online_cameras(session, ids)
    sight = see_among_buildings(session, rows, base.frame, has_heights=base.has_heights)
    _put_new_views(session, base, rows, sight)
    changed = np.concatenate([old, sight.views.polygons, rebuilt])
    changed = changed[~shapely.is_empty(changed)]
    near = read_neighbourhood(session, base, changed, rebuilt=rebuilt)
    gone = new = 0
    if near.cells or near.street_ids:
        coverage = near.covered()
        incidents = _incidents(session, near)
        _keep_cells(session, near, coverage, incidents)
        gone, new = _keep_gaps(session, near, coverage, incidents)
        _keep_street_gaps(session, near, coverage, incidents)
    _count_cameras(session, homes | set(rows.cell_ids))
    _forget_loaded(session)
    return Refreshed(ids, [cell_id for cell_id, _ in near.cells], gone, new)


def _take_old_views(session: Session, base: Base, ids: list[int]) -> tuple[Shapes, set[int | None]]:
    """Remove the cameras' stored views and findings; returns the views in metres, and the cells they stood in."""
    session.execute(text("DELETE FROM coverage_findings WHERE camera_id = ANY (:ids)"), {"ids": ids})
    rows = session.execute(
        text("DELETE FROM camera_views WHERE camera_id = ANY (:ids) RETURNING cell_id, st_asbinary(view) AS shape"),
        {"ids": ids},
    ).all()
    return shapes_of([row for row in rows if row.shape is not None], base.frame), {row.cell_id for row in rows}


def _put_new_views(session: Session, base: Base, rows: CameraRows, sight: Sight) -> None:
    keeping.keep_views(session.connection(), base.run_id, rows, sight.views, base.frame)


def _incidents(session: Session, near: Neighbourhood) -> Incidents:
    """The incidents in the touched cells and beside the touched streets."""
    bounds = shapely.total_bounds(np.concatenate([near.ground.cells, near.ground.streets]))
    return read_incidents(session, near.base.frame, lonlat_boxes(bounds.reshape(1, 4), near.base.frame)[0])


def _keep_cells(session: Session, near: Neighbourhood, coverage: Coverage, incidents: Incidents) -> None:
    """Write the figures of the touched cells, and the ground of those that have it anew."""
    ids = [cell_id for cell_id, _ in near.cells]
    remade = np.flatnonzero(near.is_remade)
    street_m = list(near.street_m)
    if len(remade):
        grounds = CellGrounds(near.ground, near.water, [None] * len(ids), np.array(near.is_remade, dtype=bool))
        keep_grounds(session.connection(), ids, grounds, near.base.frame)
        metres = _street_metres(session, near, near.ground.cells[remade])
        for at, length_m in zip(remade, metres, strict=True):
            street_m[at] = float(length_m)
    whole, seen = incidents.of_cells([code for _, code in near.cells], near.views)
    session.execute(
        sql("cameras", "put_cell_coverages"),
        {
            "run_id": near.base.run_id,
            "ids": ids,
            "open_m2": coverage.open_m2.tolist(),
            "once": coverage.cell_watched_m2.tolist(),
            "twice": coverage.cell_watched_twice_m2.tolist(),
            "thrice": coverage.cell_watched_thrice_m2.tolist(),
            "street_m": street_m,
            "weight": whole,
            "watched_weight": seen,
        },
    )


def _street_metres(session: Session, near: Neighbourhood, areas: Shapes) -> Any:
    boxes = lonlat_boxes(shapely.bounds(areas).reshape(-1, 4), near.base.frame)
    streets = shapes_of(in_boxes(session, "streets_in_boxes", boxes), near.base.frame)
    return keeping.metres_within(streets, areas)


def _keep_gaps(session: Session, near: Neighbourhood, coverage: Coverage, incidents: Incidents) -> tuple[int, int]:
    """Replace the gaps that the change touches; the others keep their ids. Returns how many went and came."""
    frame, gaps = near.base.frame, coverage.gaps
    whole = [cell_id for (cell_id, _), remade in zip(near.cells, near.is_remade, strict=True) if remade]
    stored = in_boxes(session, "gaps_in_boxes", boxes_around(near.changed, frame))
    touched = touched_by(shapes_of(stored, frame), near.changed)
    cell_ids = {cell_id for cell_id, _ in near.cells}
    gone = [row.id for row, is_near in zip(stored, touched, strict=True) if is_near and row.cell_id in cell_ids]
    deleted = session.execute(
        text("DELETE FROM coverage_gaps WHERE id = ANY (:gone) OR cell_id = ANY (:whole)"),
        {"gone": gone, "whole": whole},
    )
    is_new = touched_by(gaps.polygons, near.changed) | np.array(near.is_remade, dtype=bool)[gaps.cell]
    fresh = keeping.chosen(gaps, is_new)
    if is_new.any():
        boxes = lonlat_boxes(shapely.bounds(fresh.polygons).reshape(-1, 4), frame)
        streets = shapes_of(in_boxes(session, "streets_in_boxes", boxes), frame)
        keeping.keep_gaps(session.connection(), near.base.run_id, near.cells, fresh, streets, incidents, frame)
    return deleted.rowcount, int(is_new.sum())  # type: ignore[attr-defined] # a DELETE has it


def _keep_street_gaps(session: Session, near: Neighbourhood, coverage: Coverage, incidents: Incidents) -> None:
    """Replace the gaps of the touched streets, and with them the metres out of sight in every cell they pass."""
    frame, ids, gaps = near.base.frame, near.street_ids, coverage.street_gaps
    rows = _cells_along(session, near)
    shapes = shapes_of(rows, frame)
    if ids:
        session.execute(text("DELETE FROM coverage_street_gaps WHERE street_id = ANY (:ids)"), {"ids": ids})
        codes = keeping.codes_at_middles(gaps.lines, shapes, [row.code for row in rows])
        keeping.keep_street_gaps(session.connection(), near.base.run_id, ids, gaps, codes, incidents, frame)
    boxes = lonlat_boxes(shapely.bounds(shapes).reshape(-1, 4), frame)
    lines = shapes_of(in_boxes(session, "street_gaps_in_boxes", boxes), frame)
    metres = keeping.metres_within(lines, shapes)
    asked = {"ids": [row.id for row in rows], "metres": metres.tolist()}
    session.execute(sql("cameras", "put_unwatched_streets"), asked)


def _cells_along(session: Session, near: Neighbourhood) -> list[Any]:
    """Today's cells that a touched street passes, or whose ground was made anew."""
    frame, streets = near.base.frame, near.ground.streets
    areas = np.concatenate([streets, near.ground.cells[np.array(near.is_remade, dtype=bool)]])
    boxes = lonlat_boxes(np.asarray(shapely.bounds(areas)).reshape(-1, 4), frame)
    rows = in_boxes(session, "cells_in_boxes_bare", boxes)
    passes = touched_by(shapes_of(rows, frame), areas, within_m=0.01)
    return [row for row, is_passed in zip(rows, passes, strict=True) if is_passed]


def _forget_loaded(session: Session) -> None:
    """Let the session read again what was written past it."""
    for row in session.identity_map.values():
        if isinstance(row, (CameraView, CellCoverage, CoverageGap)):
            session.expire(row)


def _count_cameras(session: Session, cell_ids: set[int | None]) -> None:
    session.execute(
        text(
            "UPDATE cell_coverages SET camera_count ="
            " (SELECT count(*) FROM camera_views WHERE camera_views.cell_id = cell_coverages.cell_id)"
            " WHERE cell_id = ANY (:ids)"
        ),
        {"ids": [cell_id for cell_id in cell_ids if cell_id is not None]},
    )
