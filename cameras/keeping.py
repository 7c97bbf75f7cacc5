"""The engine's answers as rows: views, shares of cells, gaps, street gaps, findings, the ground for later edits."""

import json
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from cameras.reading import CameraRows, Shapes
from cameras.weighing import Incidents
from data.copying import copy_rows
from data.sql import sql
from gis.coverage import Coverage, Ground, Views
from gis.coverage.footprints import areal
from gis.coverage.overlays import grouped_lines, in_threads, overlay, pairs
from gis.crs import MetricFrame

_VIEW_COLUMNS = (
    "camera_id",
    "run_id",
    "cell_id",
    "exact_area_m2",
    "polygon_area_m2",
    "sector_area_m2",
    "snapped_m",
    "is_blind",
    "is_walled_in",
    "view",
)
_CELL_COLUMNS = (
    "cell_id",
    "run_id",
    "open_area_m2",
    "watched_area_m2",
    "watched_twice_area_m2",
    "watched_thrice_area_m2",
    "street_m",
    "unwatched_street_m",
    "camera_count",
    "incident_weight",
    "watched_incident_weight",
)
_GAP_COLUMNS = ("run_id", "cell_id", "location_code", "street_m", "incident_weight", "area")
_STREET_GAP_COLUMNS = ("run_id", "street_id", "location_code", "length_m", "incident_weight", "path")
_FINDING_COLUMNS = ("run_id", "kind", "camera_id", "building_id", "location_code", "sentence", "facts")


def keep_views(connection: Connection, run_id: int, rows: CameraRows, views: Views, frame: MetricFrame) -> None:
    """Add the cameras' views, and findings for those that want a look; what was there before must be gone."""
    shapes = as_multipolygons(frame.to_lonlat(views.polygons))
    refused = views.is_refused
    lines = [
        (
            camera_id,
            run_id,
            rows.cell_ids[at],
            float(views.exact_area_m2[at]),
            float(views.polygon_area_m2[at]),
            float(views.sector_area_m2[at]),
            float(views.snapped_m[at]),
            bool(views.is_blind[at]) or shapes[at] is None,
            bool(views.is_walled_in[at]),
            shapes[at],
        )
        for at, camera_id in enumerate(rows.ids)
        if not refused[at]
    ]
    copy_rows(connection, "camera_views", _VIEW_COLUMNS, lines)
    copy_rows(connection, "coverage_findings", _FINDING_COLUMNS, _findings(run_id, rows, views))


def _findings(run_id: int, rows: CameraRows, views: Views) -> list[tuple[Any, ...]]:
    """What the views say about the register: one line a camera and kind."""

    def line(kind: str, at: int, sentence: str | None = None, **facts: object) -> tuple[Any, ...]:
        return (run_id, kind, rows.ids[at], None, rows.codes[at], sentence, json.dumps(facts))

    found = [line("camera_refused", one.index, one.sentence, **one.facts) for one in views.refusals]
    moved, walled_in = views.is_moved_far, views.is_walled_in
    found += [
        line("camera_moved_far", at, snapped_m=_rounded(views.snapped_m[at])) for at in np.flatnonzero(moved).tolist()
    ]
    found += [line("camera_walled_in", at) for at in np.flatnonzero(walled_in).tolist()]
    for at in np.flatnonzero(views.is_blind & ~walled_in).tolist():
        found.append(line("camera_blind", at, area_m2=_rounded(views.exact_area_m2[at])))
    return found


def _rounded(value: float) -> float:
    return round(float(value), 2)


def keep_building_findings(connection: Connection, run_id: int, left_out: Sequence[int]) -> None:
    """Add a finding for every building that could not be used."""
    lines = [(run_id, "building_left_out", None, building_id, None, None, "{}") for building_id in left_out]
    copy_rows(connection, "coverage_findings", _FINDING_COLUMNS, lines)


def keep_cells(
    connection: Connection,
    run_id: int,
    cells: Sequence[tuple[int, str]],
    ground: Ground,
    coverage: Coverage,
    homes: list[Any],
    incidents: Incidents,
) -> None:
    """Add the figures of all cells of a run (id and code); `homes` are the ids of the cells its cameras stand in."""
    street_m = metres_within(ground.streets, ground.cells)
    unwatched_m = metres_within(coverage.street_gaps.lines, ground.cells)
    counts = Counter(homes)
    whole, seen = incidents.of_cells([code for _, code in cells], coverage.views)
    lines = [
        (
            cell_id,
            run_id,
            float(coverage.open_m2[at]),
            float(coverage.cell_watched_m2[at]),
            float(coverage.cell_watched_twice_m2[at]),
            float(coverage.cell_watched_thrice_m2[at]),
            float(street_m[at]),
            float(min(unwatched_m[at], street_m[at])),
            counts[cell_id],
            whole[at],
            seen[at],
        )
        for at, (cell_id, _) in enumerate(cells)
    ]
    copy_rows(connection, "cell_coverages", _CELL_COLUMNS, lines)


def keep_gaps(
    connection: Connection,
    run_id: int,
    cells: Sequence[tuple[int, str]],
    gaps: Any,
    streets: Shapes,
    incidents: Incidents,
    frame: MetricFrame,
) -> None:
    """Add gaps (the engine's, or some of them); `cells` are the id and code of each cell the gaps name by number."""
    street_m = metres_within(streets, gaps.polygons)
    shapes = as_multipolygons(frame.to_lonlat(gaps.polygons))
    weight = incidents.within(gaps.polygons)
    lines = [
        (run_id, *cells[cell], float(street_m[at]), weight[at], shapes[at])
        for at, cell in enumerate(gaps.cell)
        if shapes[at] is not None
    ]
    copy_rows(connection, "coverage_gaps", _GAP_COLUMNS, lines)


def keep_street_gaps(
    connection: Connection,
    run_id: int,
    street_ids: Sequence[int],
    gaps: Any,
    codes: Sequence[str | None],
    incidents: Incidents,
    frame: MetricFrame,
) -> None:
    """Add street gaps; `street_ids` by the number the gaps name a street by, `codes` one for each gap."""
    shapes = shapely.to_wkb(shapely.set_srid(frame.to_lonlat(gaps.lines), 4326), include_srid=True)
    weight = incidents.beside(gaps.lines)
    lines = [
        (run_id, street_ids[street], codes[at], float(gaps.length_m[at]), weight[at], shapes[at])
        for at, street in enumerate(gaps.street)
    ]
    copy_rows(connection, "coverage_street_gaps", _STREET_GAP_COLUMNS, lines)


def chosen(gaps: Any, which: Any) -> Any:
    """Some of the gaps, with everything the engine says of each."""
    said = {name: value for name, value in vars(gaps).items() if isinstance(value, np.ndarray) and name != "unseen_m"}
    return SimpleNamespace(**{name: value[which] for name, value in said.items()})


def codes_at_middles(lines: Shapes, cells: Shapes, codes: Sequence[str]) -> list[str | None]:
    """The code of the cell that each line's middle lies in; on a border the lower one, None outside all cells."""
    points = np.atleast_1d(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    found: list[str | None] = [None] * len(lines)
    if len(lines) and len(cells):
        for line, cell in zip(*pairs(points, shapely.STRtree(cells)), strict=True):
            known = found[line]
            found[line] = codes[cell] if known is None else min(known, codes[cell])
    return found


def locate_street_gaps(connection: Connection, street_ids: Sequence[int]) -> None:
    """Give those streets' gaps without a code that of today's cell their middle lies in."""
    connection.execute(sql("cameras", "locate_street_gaps"), {"ids": list(street_ids)})


def metres_within(lines: Shapes, areas: Shapes) -> NDArray[np.float64]:
    """Metres of `lines` inside each of `areas`; both in one metric system."""
    if not len(lines) or not len(areas):
        return np.zeros(len(areas))
    tree = shapely.STRtree(lines)
    area, line = pairs(areas, tree)
    whole_area, whole = tree.query(areas, predicate="covers")  # most lines lie wholly inside: nothing is cut for them
    is_whole = np.isin(area * len(lines) + line, whole_area * len(lines) + whole)
    metres = np.bincount(area[is_whole], weights=shapely.length(lines[line[is_whole]]), minlength=len(areas))
    return np.asarray(metres + _metres_cut(lines, areas, area[~is_whole], line[~is_whole]), dtype=np.float64)


def _metres_cut(lines: Shapes, areas: Shapes, area: Any, line: Any) -> NDArray[np.float64]:
    """Metres of the lines of each pair in its area: all lines of one area at once where none runs along another.

    Where one does, they would count once together: those are cut pair by pair.
    """
    some, at = np.unique(area, return_inverse=True)
    length = np.bincount(at, weights=shapely.length(lines[line]), minlength=len(some))
    together = grouped_lines(lines[line], at, len(some))
    is_apart = np.abs(in_threads(_noded_length, together).astype(np.float64) - length) < 1e-6 * np.maximum(length, 1.0)
    metres = np.zeros(len(areas))
    cut = overlay(shapely.intersection, together[is_apart], areas[some[is_apart]])
    metres[some[is_apart]] = shapely.length(cut)
    rest = ~is_apart[at]
    cut = overlay(shapely.intersection, lines[line[rest]], areas[area[rest]])
    return metres + np.bincount(area[rest], weights=shapely.length(cut), minlength=len(areas))


def _noded_length(lines: Shapes) -> Shapes:
    """The length of lines where stretches that coincide count once."""
    return np.asarray(shapely.length(shapely.node(lines)), dtype=object)


def as_multipolygons(shapes: Shapes) -> list[bytes | None]:
    """Each shape as a valid multipolygon's EWKB in WGS 84, or None where nothing is left of it."""
    broken = ~shapely.is_valid(shapes)
    shapes = shapes.copy()
    shapes[broken] = areal(shapely.make_valid(shapes[broken]))
    polygons, of = shapely.get_parts(shapes, return_index=True)
    is_area = shapely.area(polygons) > 0
    whole = np.full(len(shapes), None, dtype=object)
    if is_area.any():
        shapely.multipolygons(polygons[is_area], indices=of[is_area], out=whole)
    return shapely.to_wkb(shapely.set_srid(whole, 4326), include_srid=True).tolist()
