"""Several areas side by side: where they overlap, what they leave open, cutting one and joining some."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from gis.crs import area_m2
from gis.errors import BadGeometry, BadParameter

Area = Polygon | MultiPolygon


def overlaps(areas: Sequence[Area], tolerance_m2: float = 1.0) -> list[tuple[int, int, float]]:
    """Return every pair of areas that share more than `tolerance_m2`, as (i, j, shared m²) with i < j.

    Valid areas in lon/lat; sorted by i, then j. Neighbours that only share an edge do not overlap.

    >>> row = [shapely.box(x, 0, x + 1.01, 1) for x in range(3)]
    >>> [(i, j) for i, j, _ in overlaps(row)]
    [(0, 1), (1, 2)]
    """
    ground = np.asarray(list(areas), dtype=object)
    if len(ground) < 2:
        return []
    one, other = STRtree(ground).query(ground, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = area_m2(shapely.intersection(ground[one], ground[other]))
    over = shared > tolerance_m2
    found = zip(one[over].tolist(), other[over].tolist(), shared[over].tolist(), strict=True)
    return sorted(found)


def gaps(areas: Sequence[Area], within: Area, min_area_m2: float = 1.0) -> list[Polygon]:
    """Return the pieces of `within` larger than `min_area_m2` that no area covers, largest first.

    Valid areas in lon/lat.

    >>> [round(piece.area, 3) for piece in gaps([shapely.box(0, 0, 1, 1)], shapely.box(0, 0, 1.5, 1))]
    [0.5]
    """
    pieces = polygons_of(shapely.difference(within, shapely.union_all(list(areas))))
    sizes = area_m2(np.asarray(pieces, dtype=object))
    return [pieces[i] for i in np.argsort(-sizes, kind="stable") if sizes[i] > min_area_m2]


def split_cell(area: Area, line: LineString) -> list[Polygon]:
    """Return the parts `line` cuts `area` into, west first; together they are exactly `area`.

    Lon/lat. Raises BadGeometry when the line does not cut it through.

    >>> [part.bounds for part in split_cell(shapely.box(0, 0, 2, 1), shapely.LineString([(1, -1), (1, 2)]))]
    [(0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 2.0, 1.0)]
    """
    parts = faces_within(area, [line])
    whole = len(area.geoms) if isinstance(area, MultiPolygon) else 1
    if len(parts) <= whole:
        raise BadGeometry("The line does not cut the cell in two; draw it from border to border.")
    return sorted(parts, key=lambda part: (part.centroid.x, -part.centroid.y))


def merge_cells(areas: Sequence[Area]) -> Polygon:
    """Return the one area that `areas`, which touch along edges, make together.

    Lon/lat. Raises BadGeometry when some do not touch the rest along an edge.

    >>> merge_cells([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]).bounds
    (0.0, 0.0, 2.0, 1.0)
    """
    if not areas:
        raise BadParameter("Choose at least two cells to join.")
    joined = shapely.union_all(list(areas))
    if not isinstance(joined, Polygon):
        raise BadGeometry("The cells do not all touch along an edge; only neighbours can be joined.")
    return joined


def faces_within(area: Area, lines: Sequence[BaseGeometry]) -> list[Polygon]:
    """Return the faces into which `lines` divide `area`; ends that divide nothing are ignored.

    Any one plane. The faces share their vertices along common edges, so they fit without seam.

    >>> len(faces_within(shapely.box(0, 0, 2, 2), [shapely.LineString([(1, -1), (1, 3)])]))
    2
    """
    noded = shapely.union_all([area.boundary, *lines])
    faces = np.asarray(shapely.get_parts(shapely.polygonize([noded])), dtype=object)
    shapely.prepare(area)
    inside = shapely.contains(area, shapely.point_on_surface(faces))
    return list(faces[inside])


def polygons_of(geom: BaseGeometry) -> list[Polygon]:
    """Return the polygons in a geometry of any kind, in order; lines and points are left out.

    >>> polygons_of(shapely.from_wkt("GEOMETRYCOLLECTION (POINT (1 1), POLYGON ((0 0, 1 0, 1 1, 0 0)))"))
    [<POLYGON ((0 0, 1 0, 1 1, 0 0))>]
    """
    parts = shapely.get_parts(shapely.get_parts(geom))
    return [part for part in parts.tolist() if isinstance(part, Polygon) and not part.is_empty]
