"""How well a camera sees: picture elements per metre, and the tiers that standards name by them.

The figures are geometric only: light, weather, focus and compression are not known here.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from gis.coverage.cameras import Cameras, Floats, Refusal
from gis.errors import BadParameter

# px per metre at the target. IEC 62676-4:2014, "DORI".
IEC_62676_4_2014 = MappingProxyType({"detect": 25.0, "observe": 62.5, "recognise": 125.0, "identify": 250.0})
# IEC 62676-4:2025, seven levels; names and figures known to us from secondary sources only.
IEC_62676_4_2025 = MappingProxyType(
    {
        "overview": 20.0,
        "outline": 40.0,
        "discern": 80.0,
        "perceive": 125.0,
        "characterise": 250.0,
        "validate": 500.0,
        "scrutinise": 1500.0,
    }
)
#: The editions by the name a person would use.
EDITIONS = MappingProxyType({"IEC 62676-4:2014": IEC_62676_4_2014, "IEC 62676-4:2025": IEC_62676_4_2025})

WIDEST_STRAIGHT_DEG = 120.0


def quality_range_m(pixels_h: ArrayLike, hfov_deg: ArrayLike, px_per_m: ArrayLike, drop_m: ArrayLike = 0.0) -> Floats:
    """Return the horizontal distance (m) up to which a camera still gives `px_per_m` on its axis.

    A straight-line lens (up to 120°) has pixels / (2 d tan(HFOV / 2)) per metre at the slant distance d (IEC 62676-4);
    wider ones are fisheye lenses, for which we take pixels / (HFOV d) with HFOV in radians. `drop_m`: how
    far the target lies below the lens. NaN where the pixels are unknown, 0 where even straight below is too far.
    Raises BadParameter when `px_per_m` is not above 0.

    >>> float(quality_range_m(2560, 90, 25).round(1))
    51.2
    """
    density = np.asarray(px_per_m, dtype=np.float64)
    if not (density > 0.0).all():
        raise BadParameter("The pixel density is {density} px/m; it must be above 0.", density=px_per_m)
    fov = np.radians(np.asarray(hfov_deg, dtype=np.float64))
    is_straight = fov <= np.radians(WIDEST_STRAIGHT_DEG)
    width_at_1_m = np.where(is_straight, 2.0 * np.tan(np.where(is_straight, fov, 1.0) / 2.0), fov)
    slant = np.asarray(pixels_h, dtype=np.float64) / (density * width_at_1_m)
    drop = np.asarray(drop_m, dtype=np.float64)
    return np.asarray(np.sqrt(np.maximum(slant**2 - drop**2, 0.0)), dtype=np.float64)


def limited(cameras: Cameras, px_per_m: float, target_m: float = 0.0) -> Cameras:
    """Return the cameras with their range cut to the distance up to which they give `px_per_m`.

    The distance is measured to `target_m` above the ground where the camera's height is known. The range is
    NaN where the pixels are unknown.

    >>> limited(Cameras.of(0, 0, range_m=100, pixels_h=2560), 25).range_m.round(1).tolist()
    [51.2]
    """
    drop = np.where(np.isnan(cameras.height_m), 0.0, np.maximum(cameras.height_m - target_m, 0.0))
    reach = quality_range_m(cameras.pixels_h, cameras.hfov_deg, px_per_m, drop)
    return replace(cameras, range_m=np.minimum(cameras.range_m, reach))


def unknown_quality(cameras: Cameras) -> list[Refusal]:
    """Return a refusal for every camera of which the picture width is unknown.

    >>> [refusal.index for refusal in unknown_quality(Cameras.of([0, 1], 0, pixels_h=[1920, float("nan")]))]
    [1]
    """
    sentence = "The picture width in pixels is not known, so nothing can be said about its quality."
    return [Refusal(int(i), sentence, {}) for i in np.flatnonzero(np.isnan(cameras.pixels_h))]
