"""The two shifted systems of Chinese maps, GCJ-02 and BD-09, to and from WGS 84.

Neither has an official text. The formula below is the one every public implementation carries
(first published as `eviltransform`); it is a smooth shift of some hundred metres, so the inverse
has no closed form and is found by repeating "shift, compare, correct" until nothing moves.

**Where it applies.** Every public implementation, and the map services themselves, shift inside a box around China
only (72.004-137.8347° E, 0.8293-55.8271° N); elsewhere GCJ-02 *is* WGS 84. So it is here. Within a kilometre of
the box's edge, far from any county, a pair can have two answers; the one inside the box is taken.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Pairs = NDArray[np.float64]

HIGHEST_LATITUDE = 85.0
"""Beyond this (either way) the formula, which divides by the cosine of the latitude, has no inverse."""

# Krasovsky 1940, the ellipsoid inside the formula.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323

_SHIFTED_BOX = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north

_SETTLED_DEG = 1e-13  # 0.00001 mm; the correction shrinks about a hundredfold a turn
_MOST_TURNS = 40


def wgs84_to_gcj02(lonlat: Pairs) -> Pairs:
    """Return GCJ-02 lon/lat in degrees for WGS 84 lon/lat in degrees, both of shape (n, 2).

    >>> wgs84_to_gcj02(np.array([[118.761026, 34.523976]])).round(6).tolist()
    [[118.766489, 34.522859]]
    """
    return np.where(_is_shifted(lonlat)[:, None], _shifted(lonlat), lonlat)


def gcj02_to_wgs84(lonlat: Pairs) -> Pairs:
    """Return WGS 84 lon/lat in degrees for GCJ-02 lon/lat in degrees, both of shape (n, 2).

    >>> gcj02_to_wgs84(np.array([[106.843418, 32.353164], [9.52, 47.14]])).round(6).tolist()
    [[106.839308, 32.355544], [9.52, 47.14]]
    """
    found = lonlat.copy()
    near = _is_shifted(lonlat, margin_deg=0.05)
    found[near] = _undo(_shifted, lonlat[near])
    return np.where(_is_shifted(found)[:, None], found, lonlat)


def _is_shifted(lonlat: Pairs, margin_deg: float = 0.0) -> NDArray[np.bool_]:
    """Return which WGS 84 pairs lie in the box where the shift applies, or within a margin of it."""
    west, south, east, north = _SHIFTED_BOX
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    is_between = (lon >= west - margin_deg) & (lon <= east + margin_deg)
    return np.asarray(is_between & (lat >= south - margin_deg) & (lat <= north + margin_deg))


def _shifted(lonlat: Pairs) -> Pairs:
    """Return what the formula makes of the pairs, wherever they lie."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    east_m, north_m = _shift_m(lon - 105.0, lat - 35.0)
    sine = np.sin(np.radians(lat))
    flattened = 1.0 - _ECCENTRICITY_SQUARED * sine * sine
    north_radius_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (flattened * np.sqrt(flattened))
    east_radius_m = _SEMI_MAJOR_M / np.sqrt(flattened) * np.cos(np.radians(lat))
    return np.column_stack([lon + np.degrees(east_m / east_radius_m), lat + np.degrees(north_m / north_radius_m)])


def gcj02_to_bd09(lonlat: Pairs) -> Pairs:
    """Return BD-09 lon/lat in degrees for GCJ-02 lon/lat in degrees, both of shape (n, 2).

    >>> gcj02_to_bd09(np.array([[116.404, 39.915]])).round(6).tolist()
    [[116.410369, 39.921337]]
    """
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    reach = np.hypot(lon, lat) + 0.00002 * np.sin(np.radians(lat * 3000.0))
    turn = np.arctan2(lat, lon) + 0.000003 * np.cos(np.radians(lon * 3000.0))
    return np.column_stack([reach * np.cos(turn) + 0.0065, reach * np.sin(turn) + 0.006])


def bd09_to_gcj02(lonlat: Pairs) -> Pairs:
    """Return GCJ-02 lon/lat in degrees for BD-09 lon/lat in degrees, both of shape (n, 2).

    The formula in circulation is only good to decimetres; this one is repeated until it is exact.

    >>> bd09_to_gcj02(gcj02_to_bd09(np.array([[116.404, 39.915]]))).round(9).tolist()
    [[116.404, 39.915]]
    """
    return _undo(gcj02_to_bd09, lonlat)


def _shift_m(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the shift (east, north) in the formula's metres; x, y are degrees from 105° E, 35° N."""
    pi = np.pi
    root = np.sqrt(np.abs(x))
    ripple = 20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (
        2.0
        / 3.0
        * (
            ripple
            + 20.0 * np.sin(x * pi)
            + 40.0 * np.sin(x / 3.0 * pi)
            + 150.0 * np.sin(x / 12.0 * pi)
            + 300.0 * np.sin(x / 30.0 * pi)
        )
    )
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (
        2.0
        / 3.0
        * (
            ripple
            + 20.0 * np.sin(y * pi)
            + 40.0 * np.sin(y / 3.0 * pi)
            + 160.0 * np.sin(y / 12.0 * pi)
            + 320.0 * np.sin(y / 30.0 * pi)
        )
    )
    return east, north


def _undo(shift: Callable[[Pairs], Pairs], shifted: Pairs) -> Pairs:
    """Return the pairs that `shift` takes to `shifted`."""
    found = shifted.copy()
    for _ in range(_MOST_TURNS):
        correction = shifted - shift(found)
        found += correction
        if correction.size == 0 or np.abs(correction).max() < _SETTLED_DEG:
            break
    return found
