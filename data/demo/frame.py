"""The county's own metric plane, and the way from it to longitude and latitude."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: In the Yellow Sea: whoever sees the county on a world map sees at once that it is no real place.
ORIGIN_LON, ORIGIN_LAT = 122.5, 34.0


class Plane:
    """Metres east and north of the county's origin: transverse Mercator on WGS 84, so bearings and lengths hold."""

    def __init__(self) -> None:
        from pyproj import Transformer

        plane = f"+proj=tmerc +lat_0={ORIGIN_LAT} +lon_0={ORIGIN_LON} +ellps=WGS84 +units=m"
        self._transformer = Transformer.from_crs(plane, "EPSG:4326", always_xy=True)

    def lonlat(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """The points (n, 2) in metres as longitude and latitude."""
        xy = np.asarray(xy, dtype=float)
        return np.stack(self._transformer.transform(xy[:, 0], xy[:, 1]), axis=1)

    def on_earth(self, shapes: Any) -> NDArray[Any]:
        """The same shapes in longitude and latitude; points that were one point stay one point."""
        return np.asarray(shapely.transform(np.asarray(shapes, dtype=object), self.lonlat))


def wkb(shapes: Any) -> list[str]:
    """The shapes as hexadecimal WKB with their SRID, as COPY takes them."""
    return [str(text) for text in shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)]
