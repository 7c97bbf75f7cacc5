"""Is this cover of an area by cells seamless? Asked of the vertices themselves, in exact arithmetic.

Overlaying polygons answers only to a few square millimetres, for it computes crossings of its own.
"""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import shapely
from shapely import STRtree

from gis.crs import area_m2

Point = tuple[float, float]


def sides_of(geom) -> list[tuple[Point, Point]]:
    """Return every side of every ring, written the same in both directions."""
    rings = [ring.coords[:] for ring in shapely.get_rings(shapely.get_parts(geom)).tolist()]
    return [(min(a, b), max(a, b)) for ring in rings for a, b in pairwise(ring)]


def seam_m2(area, cells) -> float:
    """Return the ground lost or won along the outline; fail where cells do not share all other sides.

    Every side must belong to two cells, or lie on the outline. What the outline's sides then
    lose are the triangles under the vertices that cuts have added to it.
    """
    count = Counter(side for cell in cells for side in sides_of(cell))
    assert set(count.values()) <= {1, 2}, "a side belongs to three cells"
    outer = [side for side, times in count.items() if times == 1]
    corners = {corner for side in outer for corner in side}
    own = set(map(tuple, shapely.get_coordinates(area).tolist()))
    assert own <= corners, "a corner of the outline is missing"
    edges = sides_of(area)
    added = sorted(corners - own)
    lost = Fraction(0)
    if added:
        ground = STRtree([shapely.LineString(edge) for edge in edges])
        for corner, edge in zip(added, ground.nearest(shapely.points(np.asarray(added))).tolist(), strict=True):
            lost += triangle(corner, *edges[edge])
    square_degree = float(area_m2(area)) / shapely.area(area)
    return float(lost) * square_degree


def triangle(a: Point, b: Point, c: Point) -> Fraction:
    """Return the exact area of a triangle in square degrees."""
    (ax, ay), (bx, by), (cx, cy) = ((Fraction(x), Fraction(y)) for x, y in (a, b, c))
    return abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2
