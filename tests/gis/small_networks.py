"""Street networks drawn in metres around one place in Liechtenstein, small enough to check by hand."""

import numpy as np
import shapely

from gis.crs import metric_crs_for
from gis.streets import StreetNetwork, build_network

FRAME = metric_crs_for((9.40, 47.0, 9.60, 47.2))
WALK_MPS = 4.8 / 3.6


def lonlat(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """Return lon/lat for points in metres."""
    return [tuple(pair) for pair in FRAME.lonlat(points).tolist()]


def drawn(*lines: list[tuple[float, float]], classes=None, oneway=None, mode="foot", **columns) -> StreetNetwork:
    """Return the network of lines in metres; street ids count from 0."""
    paths = [shapely.LineString(lonlat(*line)) for line in lines]
    kinds = classes or ["residential"] * len(lines)
    directions = oneway or [0] * len(lines)
    return build_network(paths, np.arange(len(lines)), kinds, directions, mode, **columns)


def lattice(columns: int, rows: int, step_m: float = 100.0, **more) -> StreetNetwork:
    """Return a grid of streets: `columns` by `rows` crossings, `step_m` apart, each street one line."""
    along = [[(x * step_m, y * step_m) for x in range(columns)] for y in range(rows)]
    across = [[(x * step_m, y * step_m) for y in range(rows)] for x in range(columns)]
    return drawn(*along, *across, **more)
