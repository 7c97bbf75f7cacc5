"""One outline at a time: is this an area we can keep?"""

import re
from typing import Final

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis.errors import BadGeometry

MOST_VERTICES: Final = 10_000

# What GEOS says about a broken area, and what we say. All of them are said with the place.
_FAULTS: Final = {
    "self-intersection": (
        "The outline crosses itself at longitude {lon}, latitude {lat}; draw it again there without the crossing."
    ),
    "ring self-intersection": (
        "The outline touches itself at longitude {lon}, latitude {lat}; draw it again there without the touch."
    ),
    "hole lies outside shell": (
        "A hole at longitude {lon}, latitude {lat} lies outside the outline; remove it or make it an area of its own."
    ),
    "holes are nested": "One hole lies inside another at longitude {lon}, latitude {lat}; remove the inner one.",
    "nested shells": "One part lies inside another at longitude {lon}, latitude {lat}; join them or cut a hole.",
    "interior is disconnected": (
        "Holes cut the area in two at longitude {lon}, latitude {lat}; bring the two halves as separate parts."
    ),
    "duplicate rings": "The same ring comes twice at longitude {lon}, latitude {lat}; remove one of the two.",
    "too few points in geometry component": (
        "A ring at longitude {lon}, latitude {lat} has too few different points; an area needs at least three."
    ),
}
_OTHERWISE: Final = "The outline is broken at longitude {lon}, latitude {lat}; draw it again there."


def clean_polygon(geom: BaseGeometry | None, max_vertices: int = MOST_VERTICES) -> MultiPolygon:
    """Return `geom` as a valid MultiPolygon: heights dropped, outer rings counter-clockwise.

    Lon/lat in degrees in and out; no vertex is moved. Raises BadGeometry with one sentence when it is empty,
    is no area, has more than `max_vertices` vertices, has a vertex that is not a number or no place on
    Earth, or is broken (crosses itself, a hole outside, ...), saying where.

    >>> clean_polygon(shapely.box(9.5, 47.1, 9.6, 47.2)).geom_type
    'MultiPolygon'
    >>> clean_polygon(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))
    Traceback (most recent call last):
    gis.errors.BadGeometry: The outline crosses itself at longitude 0.5, latitude 0.5; draw it again there \
without the crossing.
    """
    if geom is None or geom.is_empty:
        raise BadGeometry("The outline is empty; an area needs at least three corners.")
    if not isinstance(geom, Polygon | MultiPolygon):
        raise BadGeometry("A {kind} is no area; bring a Polygon or a MultiPolygon.", kind=geom.geom_type)
    vertices = shapely.get_num_coordinates(geom)
    if vertices > max_vertices:
        raise BadGeometry(
            "The outline has {vertices:,} vertices; the most is {most:,}: simplify it.",
            vertices=vertices,
            most=max_vertices,
        )
    xy = shapely.get_coordinates(geom)
    if not np.isfinite(xy).all():
        raise BadGeometry("The outline has a vertex that is not a number; export it again.")
    if (np.abs(xy) > (180.0, 90.0)).any():
        lon, lat = xy[(np.abs(xy) > (180.0, 90.0)).any(axis=1)][0]
        raise BadGeometry(
            "The outline has a vertex at ({lon}, {lat}), which is no longitude and latitude in degrees; "
            "declare the coordinate system it is in.",
            lon=float(lon),
            lat=float(lat),
        )
    flat = shapely.force_2d(geom)
    if not flat.is_valid:
        raise _broken(flat)
    parts = flat.geoms if isinstance(flat, MultiPolygon) else [flat]
    return shapely.orient_polygons(MultiPolygon([part for part in parts if not part.is_empty]))


def _broken(geom: BaseGeometry) -> BadGeometry:
    """Return the error that says what is wrong with an invalid area, and where."""
    reason = shapely.is_valid_reason(geom)
    said = re.fullmatch(r"(.*)\[(\S+) (\S+)\]", reason)
    if said is None:
        return BadGeometry("The outline is broken; draw it again.")
    sentence = _FAULTS.get(said[1].strip().lower(), _OTHERWISE)
    return BadGeometry(sentence, lon=round(float(said[2]), 6), lat=round(float(said[3]), 6))
