"""Coordinate systems: from what a file was written in to WGS 84, and to metres for measuring.

Everything is stored as WGS 84 longitude, latitude (SRID 4326). What comes in was *declared* to be in
some system (`parse_crs`) and is checked against it before it is converted (`to_wgs84`), because a
wrong declaration is the commonest fault of all. What is measured goes through `metric_crs_for`.
Pairs are always (longitude, latitude) or (easting, northing), whatever order a register says.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gis import datum
from gis.errors import BadCoordinates, BadParameter, UnknownCrs

Pairs = NDArray[np.float64]

_DEGREE_SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
_MARGIN_DEG = 3.0  # counties at the edge of a zone are drawn in it too: Donghai lies 0.1° outside that of EPSG:4549
_WIDEST_SCALE_ERROR = 0.001


@dataclass(frozen=True)
class SourceCrs:
    """The coordinate system a file was declared to be in, as `parse_crs` understood it.

    `name` is what messages call it; `epsg` is None for the two shifted systems, which have no number;
    `unit` is "degrees", "metres" or what the register calls another unit; `bounds` is where the system
    is meant to be used (west, south, east, north in degrees), None where nothing is said.
    """

    name: str
    epsg: int | None
    unit: str
    bounds: tuple[float, float, float, float] | None = None

    @property
    def is_degrees(self) -> bool:
        """Whether pairs are longitude, latitude in degrees."""
        return self.unit == "degrees"


def parse_crs(name: str) -> SourceCrs:
    """Return the coordinate system called `name`: wgs84, cgcs2000, gcj02, bd09 or EPSG:n, in any case.

    CGCS2000 is taken as WGS 84: the two differ by less than a metre. Raises UnknownCrs.

    >>> parse_crs("GCJ-02").name, parse_crs("epsg:4549").unit
    ('gcj02', 'metres')
    """
    plain = re.sub(r"[\s_-]", "", str(name)).lower()
    if plain in _DEGREE_SYSTEMS:
        return SourceCrs(plain, {"wgs84": 4326, "cgcs2000": 4490}.get(plain), "degrees")
    numbered = re.fullmatch(r"epsg:(\d{4,6})", plain)
    if numbered is None:
        raise UnknownCrs(
            "“{name}” is not a coordinate system we can read; "
            "write wgs84, cgcs2000, gcj02, bd09 or EPSG:n (for example EPSG:4549).",
            name=str(name)[:40],
        )
    return _registered(int(numbered[1]))


@lru_cache(maxsize=64)
def _registered(epsg: int) -> SourceCrs:
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError as error:
        raise UnknownCrs(
            "EPSG:{epsg} is not in the register of coordinate systems; "
            "write wgs84, cgcs2000, gcj02, bd09 or EPSG:n (for example EPSG:4549).",
            epsg=epsg,
        ) from error
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    is_flat = crs.is_projected or crs.is_geographic
    if not is_flat or crs.is_compound or len(units) != 1 or (crs.is_geographic and units != {"degree"}):
        raise UnknownCrs(
            "EPSG:{epsg} ({title}) gives places neither in degrees nor as easting and northing; "
            "write wgs84, cgcs2000, gcj02, bd09 or EPSG:n (for example EPSG:4549).",
            epsg=epsg,
            title=crs.name,
        )
    unit = units.pop()
    unit = {"degree": "degrees", "metre": "metres"}.get(unit, unit)
    area = crs.area_of_use
    bounds = (area.west, area.south, area.east, area.north) if area else None
    return SourceCrs(f"EPSG:{epsg}", epsg, unit, bounds)


def to_wgs84(xy: ArrayLike, crs: SourceCrs) -> Pairs:
    """Return WGS 84 lon/lat in degrees, shape (n, 2), for pairs in `crs`, shape (n, 2).

    Raises BadCoordinates for the first row that cannot be right, counting rows from 1
    (`coordinate_faults` lists them all).

    >>> to_wgs84([[118.766489, 34.522859]], parse_crs("gcj02")).round(6).tolist()
    [[118.761026, 34.523976]]
    >>> to_wgs84([[500000.0, 3821000.0]], parse_crs("EPSG:4549")).round(4).tolist()
    [[120.0, 34.5169]]
    """
    pairs = _pairs(xy)
    faults = coordinate_faults(pairs, crs)
    if faults:
        raise faults[min(faults)]
    return _into(crs)(pairs)


def from_wgs84(lonlat: ArrayLike, crs: SourceCrs) -> Pairs:
    """Return pairs in `crs`, shape (n, 2), for WGS 84 lon/lat in degrees: the inverse of `to_wgs84`.

    Raises BadCoordinates for the first row that is no place on Earth or has no place in `crs`.

    >>> from_wgs84([[118.761026, 34.523976]], parse_crs("gcj02")).round(6).tolist()
    [[118.766489, 34.522859]]
    """
    pairs = _pairs(lonlat)
    faults = coordinate_faults(pairs, parse_crs("wgs84"))
    if faults:
        raise faults[min(faults)]
    found = _out_of(crs)(pairs)
    lost = coordinate_faults(found, crs)
    if lost:
        raise BadCoordinates("Row {row}: this place cannot be written in {crs}.", row=min(lost) + 1, crs=crs.name)
    return found


def geometry_to_wgs84(geoms: Any, crs: SourceCrs) -> Any:
    """Return one geometry or an array of geometries in WGS 84, lon/lat in degrees, for geometries in `crs`.

    Heights are dropped. Raises BadCoordinates naming the first geometry (from 1) with an impossible
    vertex.

    >>> road = shapely.LineString([(118.766489, 34.522859), (118.77, 34.523)])
    >>> shapely.to_wkt(geometry_to_wgs84(road, parse_crs("gcj02")), rounding_precision=5)
    'LINESTRING (118.76103 34.52398, 118.76454 34.52412)'
    """
    vertices, owner = shapely.get_coordinates(geoms, return_index=True)
    faults = coordinate_faults(vertices, crs)
    if faults:
        first = min(faults)
        fault = faults[first]
        raise BadCoordinates(fault.sentence, **{**fault.facts, "row": int(owner[first]) + 1})
    return shapely.transform(geoms, _into(crs))


def coordinate_faults(xy: ArrayLike, crs: SourceCrs, first_row: int = 1) -> dict[int, BadCoordinates]:
    """Return what is wrong with each pair that cannot be in `crs`, by its index; empty when all can be.

    The sentences count rows from `first_row`, so that a file's own line numbers can be said.

    >>> faults = coordinate_faults([[118.7, 34.5], [34.5, 118.7]], parse_crs("wgs84"), first_row=2)
    >>> str(faults[1])
    'Row 3: latitude 118.7 lies outside -90 to 90; is longitude written in its place?'
    """
    pairs = _pairs(xy)
    faulty = ~np.isfinite(pairs).all(axis=1)
    with np.errstate(invalid="ignore"):
        like_degrees = (np.abs(pairs[:, 0]) <= 180.0) & (np.abs(pairs[:, 1]) <= 90.0)
    if crs.is_degrees:
        faulty |= ~like_degrees
        if crs.epsg is None:
            faulty |= np.abs(pairs[:, 1]) > datum.HIGHEST_LATITUDE
    else:
        faulty |= like_degrees
        rest = np.flatnonzero(~faulty)
        faulty[rest] |= _lands_astray(pairs[rest], crs)
    return {
        int(index): _fault(float(pairs[index, 0]), float(pairs[index, 1]), crs, int(index) + first_row)
        for index in np.flatnonzero(faulty)
    }


def _lands_astray(pairs: Pairs, crs: SourceCrs) -> NDArray[np.bool_]:
    """Return which projected pairs come out outside the ground their system is made for."""
    lonlat = _into(crs)(pairs)
    astray = np.logical_not(np.isfinite(lonlat).all(axis=1))
    if crs.bounds:
        west, south, east, north = crs.bounds
        half_width = (east - west) % 360.0 / 2.0  # some areas reach across the antimeridian
        with np.errstate(invalid="ignore"):  # what is infinite is astray already
            from_middle = (lonlat[:, 0] - west - half_width + 180.0) % 360.0 - 180.0
        is_whole_circle = east - west >= 360.0 - 2.0 * _MARGIN_DEG
        astray |= (np.abs(from_middle) > half_width + _MARGIN_DEG) & (not is_whole_circle)
        astray |= (lonlat[:, 1] < south - _MARGIN_DEG) | (lonlat[:, 1] > north + _MARGIN_DEG)
    return astray


def _fault(x: float, y: float, crs: SourceCrs, row: int) -> BadCoordinates:
    """Return the error for a pair that is known to be at fault."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return BadCoordinates("Row {row}: the coordinates ({x}, {y}) are not numbers.", row=row, x=x, y=y)
    if crs.is_degrees:
        return _fault_in_degrees(x, y, crs, row)
    if abs(x) <= 180.0 and abs(y) <= 90.0:
        sentence = "Row {row}: ({x}, {y}) look like degrees, but {crs} is in {unit}."
        return BadCoordinates(sentence, row=row, x=x, y=y, crs=crs.name, unit=crs.unit)
    sentence = (
        "Row {row}: ({x}, {y}) lies outside the area {crs} is made for; "
        "check the system, the zone and that easting comes before northing."
    )
    return BadCoordinates(sentence, row=row, x=x, y=y, crs=crs.name)


def _fault_in_degrees(x: float, y: float, crs: SourceCrs, row: int) -> BadCoordinates:
    if abs(x) > 360.0 and abs(y) > 90.0:
        sentence = "Row {row}: ({x}, {y}) look like metres, but {crs} is in degrees."
        return BadCoordinates(sentence, row=row, x=x, y=y, crs=crs.name)
    if abs(x) <= 90.0 < abs(y) <= 180.0:
        sentence = "Row {row}: latitude {y} lies outside -90 to 90; is longitude written in its place?"
        return BadCoordinates(sentence, row=row, y=y)
    if abs(x) > 180.0:
        return BadCoordinates("Row {row}: longitude {x} lies outside -180 to 180.", row=row, x=x)
    if abs(y) > 90.0:
        return BadCoordinates("Row {row}: latitude {y} lies outside -90 to 90.", row=row, y=y)
    sentence = "Row {row}: {crs} is not defined at latitude {y}; the most is {most} either way."
    return BadCoordinates(sentence, row=row, crs=crs.name, y=y, most=datum.HIGHEST_LATITUDE)


def _pairs(xy: ArrayLike) -> Pairs:
    pairs = np.asarray(xy, dtype=np.float64)
    if pairs.size == 0:
        return np.empty((0, 2))
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise BadParameter("Coordinates must come as rows of two numbers, not as {shape}.", shape=pairs.shape)
    return pairs


def _into(crs: SourceCrs) -> Callable[[Pairs], Pairs]:
    """Return the function from pairs in `crs` to WGS 84."""
    if crs.name == "gcj02":
        return datum.gcj02_to_wgs84
    if crs.name == "bd09":
        return lambda pairs: datum.gcj02_to_wgs84(datum.bd09_to_gcj02(pairs))
    if crs.epsg in (4326, 4490):
        return lambda pairs: pairs.copy()
    return _carrier(_transformer(f"EPSG:{crs.epsg}"), "FORWARD")


def _out_of(crs: SourceCrs) -> Callable[[Pairs], Pairs]:
    """Return the function from WGS 84 to pairs in `crs`."""
    if crs.name == "gcj02":
        return datum.wgs84_to_gcj02
    if crs.name == "bd09":
        return lambda pairs: datum.gcj02_to_bd09(datum.wgs84_to_gcj02(pairs))
    if crs.epsg in (4326, 4490):
        return lambda pairs: pairs.copy()
    return _carrier(_transformer(f"EPSG:{crs.epsg}"), "INVERSE")


@lru_cache(maxsize=64)
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _carrier(transformer: Transformer, direction: str) -> Callable[[Pairs], Pairs]:
    """Return a function on (n, 2) arrays that transforms one way; what has no answer becomes inf."""

    def carry(pairs: Pairs) -> Pairs:
        x, y = transformer.transform(pairs[:, 0], pairs[:, 1], direction=direction)
        return np.column_stack([x, y])

    return carry


@dataclass(frozen=True)
class MetricFrame:
    """Metres around a centre: a transverse Mercator projection on the WGS 84 ellipsoid.

    x is metres east and y metres north of the centre on the map. Angles are true at every point; lengths are
    true along the central meridian and too long by at most the share `scale_error` inside the area
    the frame was made for.
    """

    lon: float
    lat: float
    scale_error: float

    def xy(self, lonlat: ArrayLike) -> Pairs:
        """Return metres, shape (n, 2), for lon/lat in degrees, shape (n, 2)."""
        return _carrier(self._transformer, "INVERSE")(_pairs(lonlat))

    def lonlat(self, xy: ArrayLike) -> Pairs:
        """Return lon/lat in degrees, shape (n, 2), for metres, shape (n, 2)."""
        return _carrier(self._transformer, "FORWARD")(_pairs(xy))

    def to_metres(self, geoms: Any) -> Any:
        """Return one geometry or an array of them in metres, for lon/lat in degrees."""
        return shapely.transform(geoms, _carrier(self._transformer, "INVERSE"))

    def to_lonlat(self, geoms: Any) -> Any:
        """Return one geometry or an array of them in lon/lat, for metres."""
        return shapely.transform(geoms, _carrier(self._transformer, "FORWARD"))

    def grid_convergence_deg(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """Return how far the frame's north lies clockwise of true north, in degrees, at each place.

        A true bearing is the bearing measured on the frame plus this. The formula is that of the sphere,
        tan γ = tan(λ - λ0) sin φ, which is within 0.001° on the ellipsoid inside 3° of the centre.

        >>> frame = metric_crs_for((118.0, 34.0, 120.0, 35.0))
        >>> frame.grid_convergence_deg([119.0, 120.0], [34.5, 34.5]).round(3).tolist()
        [0.0, 0.566]
        """
        east = np.radians(np.asarray(lon, dtype=np.float64) - self.lon)
        sine = np.sin(np.radians(np.asarray(lat, dtype=np.float64)))
        return np.asarray(np.degrees(np.arctan(np.tan(east) * sine)))

    @property
    def _transformer(self) -> Transformer:
        centre = f"+lat_0={self.lat!r} +lon_0={self.lon!r}"
        return _transformer(f"+proj=tmerc {centre} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +type=crs")


def metric_crs_for(bounds_lonlat: tuple[float, float, float, float]) -> MetricFrame:
    """Return the frame to measure in for an area with these bounds (west, south, east, north in degrees).

    The scale error is (x / R)² / 2 at the area's east and west edge, x being the distance from the
    centre: 0.003 % for a county 100 km wide. Raises BadCoordinates for bounds that are no bounds,
    that cross the antimeridian, reach a pole, or are so wide that the error passes 0.1 %.

    >>> frame = metric_crs_for((9.47, 47.04, 9.64, 47.28))
    >>> frame.xy([[9.555, 47.16], [9.565, 47.16]]).round(1).tolist()
    [[0.0, 0.0], [758.3, 0.0]]
    """
    west, south, east, north = (float(bound) for bound in bounds_lonlat)
    if not (np.isfinite([west, south, east, north]).all() and south <= north):
        sentence = "The bounds {bounds} are not west, south, east, north in degrees."
        raise BadCoordinates(sentence, bounds=(west, south, east, north))
    if west > east or west < -180.0 or east > 180.0 or east - west > 180.0:
        sentence = "The area from {west}° to {east}° crosses the antimeridian; cut it at 180° and bring the halves."
        raise BadCoordinates(sentence, west=west, east=east)
    if south < -84.0 or north > 84.0:
        sentence = "The area reaches latitude {lat}°; places within 6° of a pole cannot be measured."
        raise BadCoordinates(sentence, lat=north if north > 84.0 else south)
    lat_nearest_equator = min(abs(south), abs(north)) if south * north > 0 else 0.0
    half_width = np.radians(east - west) / 2.0 * np.cos(np.radians(lat_nearest_equator))
    scale_error = float(half_width**2 / 2.0)
    if scale_error > _WIDEST_SCALE_ERROR:
        sentence = "The area is {width_km} km wide; the most that can be measured at once is {most_km} km."
        width_km, most_km = (
            round(float(half_width) * 2 * 6371),
            round((2 * _WIDEST_SCALE_ERROR) ** 0.5 * 2 * 6371),
        )
        raise BadCoordinates(sentence, width_km=width_km, most_km=most_km)
    return MetricFrame((west + east) / 2.0, (south + north) / 2.0, scale_error)


def area_m2(geoms: Any) -> NDArray[np.float64]:
    """Return the area in square metres of each geometry (lon/lat), on the WGS 84 ellipsoid.

    The area in square degrees times the size of a square degree at the geometry's own centroid: within
    0.002 % for an area 100 km across, and good for slivers of a square millimetre, which a projection
    would round away. Empty geometries have 0.

    >>> float(area_m2(shapely.box(9.5, 47.1, 9.51, 47.11)).round())
    843879.0
    """
    square_degrees: NDArray[np.float64] = np.asarray(shapely.area(geoms), dtype=np.float64)
    has_area = square_degrees > 0.0
    lat = np.zeros_like(square_degrees)
    lat[has_area] = np.radians(shapely.get_y(shapely.centroid(np.asarray(geoms, dtype=object)[has_area])))
    flattened = 1.0 - 0.0066943799901413165 * np.sin(lat) ** 2
    along_m = 6378137.0 * (1.0 - 0.0066943799901413165) / flattened**1.5
    across_m = 6378137.0 / np.sqrt(flattened) * np.cos(lat)
    return np.asarray(square_degrees * along_m * across_m * np.radians(1.0) ** 2)
