"""What all cameras see together: how many times over, which share of each cell, and what nobody sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.coverage.footprints import Floats, Geometries, Ints, areal
from gis.coverage.ground import SLIVER_M, Ground
from gis.coverage.overlays import in_threads, pairs, shared_m2, subtracted, subtracted_in_turn, union_of
from gis.coverage.tiles import TILE_M, Layers, layers_of
from gis.coverage.views import Views
from gis.errors import BadParameter

SMALLEST_GAP_M2 = 50.0
SHORTEST_STREET_GAP_M = 10.0


@dataclass(frozen=True)
class Gaps:
    """Open ground near streets that no camera sees: single polygons, largest first, with the cell each lies in.

    Ground within half a metre of something seen is not counted as gap: it swallows slivers between views.
    """

    polygons: Geometries
    area_m2: Floats
    cell: Ints


@dataclass(frozen=True)
class StreetGaps:
    """Stretches of street that no camera sees, longest first, with the street each is part of.

    `unseen_m`: of every street the metres in no view, stretches too short for the list included.
    """

    lines: Geometries
    length_m: Floats
    street: Ints
    unseen_m: Floats


@dataclass(frozen=True)
class Coverage:
    """What all cameras see together. Areas are those of the views' polygons (arcs as chords), m².

    `watched`: union of all views. `watched_m2`, `watched_twice_m2`, `watched_thrice_m2`: seen by at least one,
    two, three cameras. Per cell: `open_m2`, `cell_watched_m2`, `cell_watched_twice_m2`, and `share` = watched /
    open (NaN where a cell has no open ground).
    """

    watched: shapely.Geometry
    watched_m2: float
    watched_twice_m2: float
    watched_thrice_m2: float
    open_m2: Floats
    cell_watched_m2: Floats
    cell_watched_twice_m2: Floats
    share: Floats
    gaps: Gaps
    street_gaps: StreetGaps


def cover(
    views: Views | Geometries,
    ground: Ground,
    *,
    smallest_gap_m2: float = SMALLEST_GAP_M2,
    shortest_street_gap_m: float = SHORTEST_STREET_GAP_M,
    tile_m: float = TILE_M,
) -> Coverage:
    """Return what these views (or their polygons, to ask for some of them only) cover of the ground, and the gaps.

    Gaps below `smallest_gap_m2` and street stretches below `shortest_street_gap_m` are not listed (they still
    count in the shares and in `unseen_m`). Raises BadParameter when a limit is negative or the tile not 20-5000 m.

    >>> from gis.coverage import Cameras, build_ground, build_scene, see
    >>> scene = build_scene([])
    >>> ground = build_ground([shapely.box(0, 0, 100, 100)], scene, streets_m=[shapely.LineString([(0, 5), (100, 5)])])
    >>> coverage = cover(see(scene, Cameras.of(50, 50, hfov_deg=360, range_m=40)), ground)
    >>> float(coverage.share[0].round(2)), float(coverage.street_gaps.length_m[0])
    (0.5, 100.0)
    """
    if smallest_gap_m2 < 0 or shortest_street_gap_m < 0 or not 20 <= tile_m <= 5000:
        raise BadParameter("Limits for gaps must not be negative, and a tile must be 20 to 5000 m wide.")
    polygons = views.polygons if isinstance(views, Views) else views
    layers = layers_of(polygons, tile_m)
    once, twice = _dry(layers.once, ground), _dry(layers.twice, ground)
    cell_once = shared_m2(ground.cells, once, shapely.STRtree(once))
    cell_twice = shared_m2(ground.cells, twice, shapely.STRtree(twice))
    share = np.full(len(ground.cells), np.nan)
    np.divide(cell_once, ground.open_m2, out=share, where=ground.open_m2 > 0.0)
    return Coverage(
        watched=union_of(polygons),
        watched_m2=_total(layers.once),
        watched_twice_m2=_total(layers.twice),
        watched_thrice_m2=_total(layers.thrice),
        open_m2=ground.open_m2,
        cell_watched_m2=cell_once,
        cell_watched_twice_m2=cell_twice,
        share=np.minimum(share, 1.0),
        gaps=_gaps(ground, once, smallest_gap_m2),
        street_gaps=_street_gaps(ground.streets, layers, shortest_street_gap_m),
    )


def _total(areas: Geometries) -> float:
    return float(shapely.area(areas).sum())


def _dry(seen: Geometries, ground: Ground) -> Geometries:
    """Return the seen areas without water."""
    return areal(subtracted(seen, ground.water, *pairs(seen, ground.water_tree)))


def _gaps(ground: Ground, seen: Geometries, smallest_m2: float) -> Gaps:
    """Return the gaps: ground near streets more than SLIVER_M away from all that is seen.

    The margin swallows the slivers between two views and between a view and a wall. Growing the few views is
    far cheaper than shrinking the whole ground and growing it back, and leaves no corner behind.
    """
    near = ground.near_streets
    grown = in_threads(_grown, seen)
    polygons, of = shapely.get_parts(subtracted(near, grown, *pairs(near, shapely.STRtree(grown))), return_index=True)
    area = shapely.area(polygons)
    order = np.argsort(-area, kind="stable")
    order = order[area[order] >= max(smallest_m2, 1e-6)]
    return Gaps(polygons[order], area[order], of[order])


def _grown(seen: Geometries) -> Geometries:
    with np.errstate(all="ignore"):  # a needle of a view has a mitre of no length
        return np.asarray(shapely.buffer(seen, SLIVER_M, join_style="mitre", mitre_limit=2.0), dtype=object)


def _street_gaps(streets: Geometries, layers: Layers, shortest_m: float) -> StreetGaps:
    street, piece = pairs(streets, shapely.STRtree(layers.once))
    unseen = subtracted_in_turn(streets, layers.once, street, piece)
    unseen_m = shapely.length(unseen)
    touched = np.unique(street)
    unseen[touched] = shapely.line_merge(unseen[touched])
    lines, of = shapely.get_parts(unseen, return_index=True)
    length = shapely.length(lines)
    order = np.argsort(-length, kind="stable")
    order = order[length[order] >= max(shortest_m, 1e-6)]
    return StreetGaps(lines[order], length[order], of[order], unseen_m)
