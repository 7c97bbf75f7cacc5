"""The metres a run from files is worked out in, and the way there and back for every file."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer

from data.errors import Refused
from gis.crs import metric_crs_for
from webapp.cli.coverage_files import WGS84, Floats, Geometries

#: How far an area unit of a system of metres may be off before we measure in a system of our own (Web Mercator is).
MOST_AREA_ERROR = 0.01
FARTHEST_M = 250_000.0
NORTH_DEG = 1e-4


@dataclass(frozen=True)
class Frame:
    """A system of metres (`crs`), shifted so that the cameras lie about (0, 0); what is written goes out in `written`.

    Shifting by whole kilometres keeps large eastings (zone number in front) exact to the millimetre.
    """

    crs: CRS
    written: CRS
    east_m: float
    north_m: float

    def to_metres(self, shapes: Geometries, crs: CRS) -> Geometries:
        """Shapes in `crs` as shapes in the frame."""

        def carry(xy: Floats) -> Floats:
            if crs != self.crs:
                xy = np.column_stack(_transformer(crs, self.crs).transform(xy[:, 0], xy[:, 1]))
            return xy - np.array([self.east_m, self.north_m])

        return np.asarray(shapely.transform(shapes, carry), dtype=object)

    def to_written(self, shapes: Geometries) -> Geometries:
        """Shapes in the frame as shapes in the system that files are written in."""

        def carry(xy: Floats) -> Floats:
            xy = xy + np.array([self.east_m, self.north_m])
            if self.written != self.crs:
                xy = np.column_stack(_transformer(self.crs, self.written).transform(xy[:, 0], xy[:, 1]))
            return xy

        return np.asarray(shapely.transform(shapes, carry), dtype=object)

    def convergence_deg(self, xy: Floats) -> Floats:
        """How far the frame's north lies clockwise of true north at each place: measured on a short step north."""
        x, y = xy[:, 0] + self.east_m, xy[:, 1] + self.north_m
        lon, lat = _transformer(self.crs, WGS84).transform(x, y)
        up_x, up_y = _transformer(WGS84, self.crs).transform(lon, np.asarray(lat) + NORTH_DEG)
        with np.errstate(invalid="ignore"):  # a place that lies nowhere is refused later
            turn = -np.degrees(np.arctan2(up_x - x, up_y - y))
        return np.where(np.isfinite(turn), turn, 0.0)


def frame_for(places: Geometries, crs: CRS, preferred: list[CRS]) -> Frame:
    """The frame for cameras at these places (points in `crs`): the first preferred system that measures true metres.

    Else a transverse Mercator of our own about their middle, and files are written in WGS 84. Raises Refused when the
    places lie nowhere on earth.
    """
    xy = shapely.get_coordinates(places)
    lon, lat = _transformer(crs, WGS84).transform(xy[:, 0], xy[:, 1]) if crs != WGS84 else xy.T
    if not np.isfinite(lon).any():
        raise Refused("No camera lies where its coordinate system is meant for; check --crs.")
    middle = float(np.nanmedian(lon[np.isfinite(lon)])), float(np.nanmedian(lat[np.isfinite(lat)]))
    working = next((system for system in preferred if measures_metres(system, middle)), None)
    written = working or WGS84
    if working is None:
        own = metric_crs_for((middle[0], middle[1], middle[0], middle[1]))
        working = CRS.from_proj4(
            f"+proj=tmerc +lat_0={own.lat!r} +lon_0={own.lon!r} +k=1 +datum=WGS84 +units=m +no_defs"
        )
    east, north = _transformer(WGS84, working).transform(*middle)
    return Frame(working, written, 1000.0 * round(east / 1000.0), 1000.0 * round(north / 1000.0))


def measures_metres(crs: CRS, lonlat: tuple[float, float]) -> bool:
    """Whether a unit square of the system is a square metre at this place, to one in a hundred.

    >>> measures_metres(CRS.from_epsg(32632), (9.5, 47.1)), measures_metres(CRS.from_epsg(3857), (9.5, 47.1))
    (True, False)
    """
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        return False
    scale = Proj(crs).get_factors(*lonlat).areal_scale
    return bool(abs(scale - 1.0) <= MOST_AREA_ERROR)


def far_away(xy: Floats) -> NDArray[np.bool_]:
    """Which places lie over 250 km from the middle of all, or nowhere: no frame measures them well."""
    middle = np.nanmedian(np.where(np.isfinite(xy), xy, np.nan), axis=0)
    return ~(np.hypot(*(xy - middle).T) < FARTHEST_M)


@lru_cache(maxsize=32)
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)
