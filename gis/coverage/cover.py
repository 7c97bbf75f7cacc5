"""What all cameras see together: how many times over, which share of each cell, and what nobody sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from gis.coverage.footprints import Floats, Geometries, Ints, areal
from gis.coverage.ground import CELLS_AT_ONCE, SLIVER_M, Ground, OnPart
from gis.coverage.overlays import grouped_lines, in_threads, pairs, shared_m2, subtracted, subtracted_in_turn, union_of
from gis.coverage.tiles import TILE_M, Layers, layers_of, seen_once
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
    """Stretches of street that no camera sees, longest first, each with the (first) line of the street it is part of.

    Stretches of one street (`Ground.street_of`) that meet end to end are one. `unseen_m`: of every line given the
    metres in no view, stretches too short for the list included.
    """

    lines: Geometries
    length_m: Floats
    street: Ints
    unseen_m: Floats


@dataclass(frozen=True)
class Coverage:
    """What all cameras see together. Areas are those of the views' polygons (arcs as chords), m².

    `views`: the polygons asked about. `watched_m2`, `watched_twice_m2`, `watched_thrice_m2`: seen by at least one,
    two, three cameras, wherever it lies. Per cell, of its open ground only: `open_m2`, `cell_watched_m2`,
    `cell_watched_twice_m2`, `cell_watched_thrice_m2`, and `share` = watched / open (NaN where a cell has no open
    ground).
    """

    views: Geometries
    watched_m2: float
    watched_twice_m2: float
    watched_thrice_m2: float
    open_m2: Floats
    cell_watched_m2: Floats
    cell_watched_twice_m2: Floats
    share: Floats
    gaps: Gaps
    street_gaps: StreetGaps
    cell_watched_thrice_m2: Floats

    @cached_property
    def watched(self) -> shapely.Geometry:
        """Return the union of all views; made when asked for, because most who ask for coverage do not need it."""
        return union_of(self.views)

    @property
    def exactly_m2(self) -> Floats:
        """Return open ground (m²) of each cell seen by no, exactly one, exactly two, three or more cameras: (n, 4)."""
        watched = [self.cell_watched_m2, self.cell_watched_twice_m2, self.cell_watched_thrice_m2]
        at_least = np.column_stack(
            [np.maximum(self.open_m2, self.cell_watched_m2), *watched, np.zeros(len(self.open_m2))]
        )
        return np.maximum(-np.diff(at_least, axis=1), 0.0)

    @property
    def open_share(self) -> float:
        """Return the share of all cells' open ground that is seen (NaN when there is no open ground)."""
        whole = float(self.open_m2.sum())
        return min(float(self.cell_watched_m2.sum()) / whole, 1.0) if whole > 0.0 else float("nan")


def cover(
    views: Views | Geometries,
    ground: Ground,
    *,
    smallest_gap_m2: float = SMALLEST_GAP_M2,
    shortest_street_gap_m: float = SHORTEST_STREET_GAP_M,
    tile_m: float = TILE_M,
    on_part: OnPart = lambda _share: None,
) -> Coverage:
    """Return what these views (or their polygons, to ask for some of them only) cover of the ground, and the gaps.

    Gaps below `smallest_gap_m2` and street stretches below `shortest_street_gap_m` are not listed (they still
    count in the shares and in `unseen_m`). `on_part` is told between the parts how much is done (0 to 1); what it
    raises ends the computation. Raises BadParameter when a limit is negative or the tile not 20-5000 m.

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
    on_part(0.3)
    once, twice, thrice = (_dry(layer, ground) for layer in (layers.once, layers.twice, layers.thrice))
    on_part(0.4)
    cell_once, cell_twice, cell_thrice = (
        shared_m2(ground.cells, layer, shapely.STRtree(layer)) for layer in (once, twice, thrice)
    )
    on_part(0.5)
    share = np.full(len(ground.cells), np.nan)
    np.divide(cell_once, ground.open_m2, out=share, where=ground.open_m2 > 0.0)
    return Coverage(
        views=polygons,
        watched_m2=_total(layers.once),
        watched_twice_m2=_total(layers.twice),
        watched_thrice_m2=_total(layers.thrice),
        open_m2=ground.open_m2,
        cell_watched_m2=cell_once,
        cell_watched_twice_m2=cell_twice,
        share=np.minimum(share, 1.0),
        gaps=_gaps(ground, once, smallest_gap_m2, lambda share: on_part(0.5 + 0.4 * share)),
        street_gaps=_street_gaps(ground, layers, shortest_street_gap_m),
        cell_watched_thrice_m2=cell_thrice,
    )


def watched_in_cells(views: Views | Geometries, ground: Ground, *, tile_m: float = TILE_M) -> Floats:
    """Return of each cell the open ground (m²) that at least one of the views sees: all of `cover` that some ask for.

    >>> from gis.coverage import build_ground, build_scene
    >>> ground = build_ground([shapely.box(0, 0, 100, 100)], build_scene([]))
    >>> watched_in_cells(np.array([shapely.box(0, 0, 50, 50), shapely.box(0, 0, 60, 50)]), ground).tolist()
    [3000.0]
    """
    once = _dry(seen_once(views.polygons if isinstance(views, Views) else views, tile_m), ground)
    return shared_m2(ground.cells, once, shapely.STRtree(once))


def _total(areas: Geometries) -> float:
    return float(shapely.area(areas).sum())


def _dry(seen: Geometries, ground: Ground) -> Geometries:
    """Return the seen areas without water."""
    return areal(subtracted(seen, ground.water, *pairs(seen, ground.water_tree)))


def _gaps(ground: Ground, seen: Geometries, smallest_m2: float, on_part: OnPart) -> Gaps:
    """Return the gaps: ground near streets more than SLIVER_M away from all that is seen.

    The margin swallows the slivers between two views and between a view and a wall. Growing the few views is
    far cheaper than shrinking the whole ground and growing it back, and leaves no corner behind.
    """
    grown = in_threads(_grown, seen)
    tree, left = shapely.STRtree(grown), [np.empty(0, dtype=object)]
    for start in range(0, len(ground.cells), CELLS_AT_ONCE):
        on_part(start / len(ground.cells))
        near = ground.near_streets[start : start + CELLS_AT_ONCE]
        left.append(subtracted(near, grown, *pairs(near, tree)))
    polygons, of = shapely.get_parts(np.concatenate(left), return_index=True)
    area = shapely.area(polygons)
    order = np.argsort(-area, kind="stable")
    order = order[area[order] >= max(smallest_m2, 1e-6)]
    return Gaps(polygons[order], area[order], of[order])


def _grown(seen: Geometries) -> Geometries:
    with np.errstate(all="ignore"):  # a needle of a view has a mitre of no length
        return np.asarray(shapely.buffer(seen, SLIVER_M, join_style="mitre", mitre_limit=2.0), dtype=object)


def _street_gaps(ground: Ground, layers: Layers, shortest_m: float) -> StreetGaps:
    street, piece = pairs(ground.streets, shapely.STRtree(layers.once))
    unseen = subtracted_in_turn(ground.streets, layers.once, street, piece)
    lines, of = _along_streets(unseen, ground.street_of)
    length = shapely.length(lines)
    order = np.argsort(-length, kind="stable")
    order = order[length[order] >= max(shortest_m, 1e-6)]
    return StreetGaps(lines[order], length[order], of[order], shapely.length(unseen))


def _along_streets(unseen: Geometries, street_of: Ints) -> tuple[Geometries, Ints]:
    """Return unseen stretches joined where two of one street meet end to end, and the first line of their street."""
    parts, of = shapely.get_parts(unseen, return_index=True)
    is_some = ~shapely.is_empty(parts)
    parts, of = parts[is_some], of[is_some]
    if not len(parts):
        return parts, of
    _, first, street = np.unique(street_of, return_index=True, return_inverse=True)
    order = np.argsort(street[of], kind="stable")
    merged = shapely.line_merge(grouped_lines(parts[order], street[of][order], len(first)))
    lines, of = shapely.get_parts(merged, return_index=True)
    return lines, first[of]
