"""Metres for drawing cells, in a plane where straight lines on the map stay straight."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from gis.crs import metric_crs_for

_SIDE_DEG = 1e-4


@dataclass(frozen=True)
class Plane:
    """Longitude and latitude stretched to metres around a centre.

    A true projection bends the straight edge between two vertices: by centimetres over a kilometre,
    enough to open seams between an outline and cells cut from it. Stretching does not. It is no
    measure of record: lengths are right at the centre and 0.2 % off 10 km north of it.
    """

    lon: float
    lat: float
    east_m: float
    north_m: float

    def to_metres(self, geoms: Any) -> Any:
        """Return one geometry or an array of them in metres, for lon/lat in degrees."""
        return shapely.transform(geoms, self.xy)

    def to_lonlat(self, geoms: Any) -> Any:
        """Return one geometry or an array of them in lon/lat, for metres."""
        return shapely.transform(geoms, lambda xy: xy / (self.east_m, self.north_m) + (self.lon, self.lat))

    def xy(self, lonlat: ArrayLike) -> NDArray[np.float64]:
        """Return metres, shape (n, 2), for lon/lat in degrees, shape (n, 2)."""
        pairs = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
        return np.asarray((pairs - (self.lon, self.lat)) * (self.east_m, self.north_m))


def plane_for(area: BaseGeometry) -> Plane:
    """Return the plane around the middle of `area` (lon/lat).

    Raises BadCoordinates when the area crosses the antimeridian, reaches a pole or is too wide.

    >>> plane_for(shapely.box(9.5, 47.1, 9.6, 47.2)).xy([[9.56, 47.16]]).round().tolist()
    [[758.0, 1112.0]]
    """
    frame = metric_crs_for(area.bounds)
    around = [[frame.lon + _SIDE_DEG, frame.lat], [frame.lon, frame.lat + _SIDE_DEG]]
    east, north = frame.xy(around)
    return Plane(frame.lon, frame.lat, float(east[0]) / _SIDE_DEG, float(north[1]) / _SIDE_DEG)
