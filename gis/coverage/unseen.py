"""Incidents in nobody's view: they say which of the gaps matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.coverage.cover import Coverage
from gis.coverage.footprints import Floats
from gis.coverage.ground import Ground, cells_of
from gis.errors import BadParameter

NEAR_GAP_M = 12.0


@dataclass(frozen=True)
class UnseenIncidents:
    """Which incidents no camera sees, and their weight in all, per cell and per gap (in the order of the coverage).

    `cell_weight` counts every unseen incident of the cell, `gap_weight` only those in a gap or near it.
    """

    is_unseen: NDArray[np.bool_]
    weight: float
    cell_weight: Floats
    gap_weight: Floats


def unseen_incidents(
    coverage: Coverage,
    ground: Ground,
    points_m: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    near_gap_m: float = NEAR_GAP_M,
) -> UnseenIncidents:
    """Return the incidents in nobody's view. `points_m`: (n, 2) in local metres; `weights`: one each, else 1.

    An incident on the edge of a view is seen; one inside a building is not, and neither is one whose place is not a
    number, which belongs to no cell. Its gap is the nearest within `near_gap_m` (addresses lie in houses, gaps between
    them). Raises BadParameter when the lengths differ or a weight is negative or not a number.

    >>> from gis.coverage import Cameras, build_ground, build_scene, cover, see
    >>> scene = build_scene([])
    >>> ground = build_ground([shapely.box(0, 0, 100, 100)], scene, near_m=np.inf)
    >>> coverage = cover(see(scene, Cameras.of(0, 0, bearing_deg=45, range_m=50)), ground)
    >>> unseen = unseen_incidents(coverage, ground, [[10, 10], [90, 90]], [5, 3])
    >>> unseen.is_unseen.tolist(), unseen.cell_weight.tolist(), unseen.gap_weight.tolist()
    ([False, True], [3.0], [3.0])
    """
    xy = np.asarray(points_m, dtype=np.float64).reshape(-1, 2)
    weight = np.ones(len(xy)) if weights is None else np.atleast_1d(np.asarray(weights, dtype=np.float64))
    if len(weight) != len(xy) or not (np.isfinite(weight) & (weight >= 0.0)).all():
        raise BadParameter("Give each incident one weight, a number not below 0.")
    is_placed = np.isfinite(xy[:, 0] + xy[:, 1])
    places = np.asarray(shapely.points(np.where(is_placed[:, None], xy, 0.0)), dtype=object)
    is_unseen = np.ones(len(xy), dtype=bool)
    # The tree holds the many points, and each large view asks it once, prepared.
    seen_by = shapely.STRtree(places).query(shapely.get_parts(coverage.watched), predicate="intersects")[1]
    is_unseen[seen_by] = False
    is_unseen |= ~is_placed
    asked = np.flatnonzero(is_unseen & is_placed)
    cell = cells_of(xy[asked], ground)
    point, gap = shapely.STRtree(coverage.gaps.polygons).query_nearest(
        places[asked], max_distance=max(near_gap_m, 1e-9), all_matches=False
    )
    return UnseenIncidents(
        is_unseen=is_unseen,
        weight=float(weight[is_unseen].sum()),
        cell_weight=_summed(cell[cell >= 0], weight[asked[cell >= 0]], len(ground.cells)),
        gap_weight=_summed(gap, weight[asked[point]], len(coverage.gaps.polygons)),
    )


def _summed(group: NDArray[np.intp], weight: Floats, count: int) -> Floats:
    return np.bincount(group, weights=weight, minlength=count).astype(np.float64)
