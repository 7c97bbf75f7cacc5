"""The river, its streams, and the banks nothing is built on."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.demo.chance import stream
from data.demo.mosaic import Mosaic

BANK_M = 9.0


@dataclass(frozen=True)
class Water:
    """One polygon for each wet border, its half width, and the same with banks."""

    borders: NDArray[np.int64]
    half_m: NDArray[np.float64]
    areas: NDArray[np.object_]
    banks: NDArray[np.object_]

    def half_width_m(self, border: int) -> float:
        """Half the water's width on a border, 0 on dry land."""
        found = np.flatnonzero(self.borders == border)
        return float(self.half_m[found[0]]) if len(found) else 0.0

    def near(self, area: BaseGeometry, *, with_banks: bool = True) -> BaseGeometry:
        """The water that touches `area`, as one shape."""
        shapes = self.banks if with_banks else self.areas
        return shapely.union_all(shapes[shapely.intersects(shapes, area)])


def fill_rivers(mosaic: Mosaic, seed: int) -> Water:
    """Water on the wet borders: a river some 60 m wide, streams some 14 m."""
    rng = stream(seed, "water")
    borders = np.flatnonzero(mosaic.river)
    half_m = np.where(mosaic.river[borders] == 2, rng.uniform(27, 34), rng.uniform(6, 8))
    lines = np.array([shapely.LineString(mosaic.lines[border]) for border in borders], dtype=object)
    areas = shapely.buffer(lines, half_m, quad_segs=4)
    banks = shapely.buffer(lines, half_m + BANK_M, quad_segs=4)
    return Water(borders, half_m, areas, banks)
