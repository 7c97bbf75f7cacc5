"""Vertices where a cut meets the outline, moved onto the outline as exactly as numbers allow.

A crossing computed in floating point lies a nanometre beside the edge it is on. Along an edge of a kilometre
that is a square millimetre lost or gained. The place along the edge does not matter to a tenth of a
millimetre, though, and among thousands of representable places there is one that lies nearly on it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, STRtree

Floats = NDArray[np.float64]

_SLIDE: Final = 1e-9  # degrees, a tenth of a millimetre
_TRIES: Final = 2001
_TOO_CLOSE: Final = 1e-11  # to another vertex: no room to move, and no edge long enough to matter
_BESIDE: Final = 1e-12  # degrees; what floating point puts a crossing beside its edge


def fitted(faces: Sequence[Polygon], area: Polygon | MultiPolygon) -> list[Polygon]:
    """Return `faces`, which divide `area`, with their new vertices on its outline closer to it; lon/lat.

    Vertices move by at most a tenth of a millimetre, the same in every face; those of `area` itself stay.

    >>> area = shapely.Polygon([(118.1, 34.1), (118.2, 34.13), (118.15, 34.2)])
    >>> west, east = [(118.1, 34.1), (118.15, 34.115)], [(118.15, 34.115), (118.2, 34.13)]
    >>> halves = fitted([shapely.Polygon([*foot, (118.15, 34.2)]) for foot in (west, east)], area)
    >>> moved = halves[0].exterior.coords[1]
    >>> moved == halves[1].exterior.coords[0], bool(np.hypot(*np.subtract(moved, west[1])) < 1e-9)
    (True, True)
    """
    ground = np.asarray(faces, dtype=object)
    vertices = shapely.get_coordinates(ground)
    distinct = np.unique(vertices, axis=0)
    own = set(map(tuple, shapely.get_coordinates(area).tolist()))
    added = np.asarray([pair for pair in map(tuple, distinct.tolist()) if pair not in own]).reshape(-1, 2)
    starts, ends = _edges(area)
    edges = STRtree(np.asarray(shapely.linestrings(np.stack([starts, ends], axis=1)), dtype=object))
    spot, edge = edges.query(_points(added), predicate="dwithin", distance=_BESIDE)
    spot, first = np.unique(spot, return_index=True)
    new, edge = added[spot], edge[first]
    if len(new) == 0:
        return list(faces)
    everything = STRtree(_points(distinct))
    _, apart = everything.query_nearest(_points(new), exclusive=True, return_distance=True, all_matches=False)
    new, edge, apart = new[apart > _TOO_CLOSE], edge[apart > _TOO_CLOSE], apart[apart > _TOO_CLOSE]
    better = _best_places(new, starts[edge], ends[edge], np.minimum(_SLIDE, apart / 4.0))
    moved = dict(zip(map(tuple, new.tolist()), better.tolist(), strict=True))
    places = np.asarray([moved.get(pair, pair) for pair in map(tuple, vertices.tolist())])
    fitting = shapely.set_coordinates(ground.copy(), places)
    return list(fitting if shapely.coverage_is_valid(fitting) else ground)


def _points(places: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.points(places), dtype=object)


def _edges(area: Polygon | MultiPolygon) -> tuple[Floats, Floats]:
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(area)), return_index=True)
    is_edge = ring[1:] == ring[:-1]
    return xy[:-1][is_edge], xy[1:][is_edge]


def _best_places(places: Floats, starts: Floats, ends: Floats, slide: Floats) -> Floats:
    """Return for each place the one nearest to its edge, within `slide` degrees along the edge.

    Differences of neighbouring floats are exact, so the cross product is good to far less than one step.
    """
    way = ends - starts
    length = np.hypot(way[:, 0], way[:, 1])
    share = ((places - starts) * way).sum(axis=1) / length**2
    tries = share[:, None] + np.linspace(-1.0, 1.0, _TRIES)[None] * (slide / length)[:, None]
    tries = np.hstack([np.clip(tries, 0.0, 1.0), share[:, None]])
    x, y = (starts[:, axis, None] + tries * way[:, axis, None] for axis in (0, 1))
    beside = np.abs(way[:, 0, None] * (y - starts[:, 1, None]) - way[:, 1, None] * (x - starts[:, 0, None]))
    best = beside.argmin(axis=1)
    row = np.arange(len(places))
    return np.column_stack([x[row, best], y[row, best]])
