"""The blind ground under a camera: what lies too near to come into a picture that looks ahead, not down.

The lower edge of the picture points pitch + VFOV / 2 below the horizon. From a lens at height hc it meets a target at
height ht at the distance (hc - ht) / tan(pitch + VFOV / 2); nearer than that nothing is seen. We take this distance
on all bearings, as a circle about the camera. The upper edge of the picture is not asked: how far a camera is
meant to see is its range.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely

from gis.coverage.cameras import Cameras, Floats
from gis.coverage.footprints import Geometries, areal
from gis.coverage.overlays import overlay
from gis.coverage.snapping import Standing

CORNERS_A_QUARTER = 32
SMALLEST_M = 0.01

Seen = Callable[[Cameras, Standing], tuple[Geometries, Floats]]


def blind_radius_m(cameras: Cameras, target_m: float = 0.0) -> Floats:
    """Return within which distance (m, on the ground) each camera sees nothing of a target `target_m` high.

    0 where height, pitch or vertical field is unknown, where the picture reaches straight below, and where the target
    stands higher than the lens; infinite where the whole picture lies above the horizon.

    >>> cameras = Cameras.of(0, 0, height_m=6, pitch_deg=[15, 70, -40, np.nan], vfov_deg=60)
    >>> blind_radius_m(cameras).round(3).tolist()
    [6.0, 0.0, inf, 0.0]
    """
    lower_edge = cameras.pitch_deg + cameras.vfov_deg / 2.0
    drop = cameras.height_m - target_m
    is_known = ~np.isnan(lower_edge + drop) & (drop > 0.0)
    radius = np.zeros(len(cameras))
    radius[is_known & (lower_edge <= 0.0)] = np.inf
    is_near = is_known & (lower_edge > 0.0) & (lower_edge < 90.0)
    radius[is_near] = drop[is_near] / np.tan(np.radians(lower_edge[is_near]))
    return radius


def subtract(
    cameras: Cameras, standing: Standing, polygons: Geometries, exact_m2: Floats, target_m: float, seen: Seen
) -> tuple[Geometries, Floats]:
    """Return views and exact areas without the blind ground under each camera.

    `seen` answers what cameras see with nothing taken off: asked again with the blind radius as range it gives
    the area to take off, walls and shadows minded.

    >>> from gis.coverage import build_scene, see
    >>> camera = Cameras.of(0, 0, hfov_deg=360, range_m=50, height_m=6, pitch_deg=15, vfov_deg=60)
    >>> bool(np.isclose(see(build_scene([]), camera).exact_area_m2[0], np.pi * (50**2 - 6**2)))
    True
    """
    radius = blind_radius_m(cameras, target_m)
    polygons, exact = polygons.copy(), exact_m2.copy()
    is_all = radius >= cameras.range_m
    polygons[is_all], exact[is_all] = shapely.Polygon(), 0.0
    near = np.flatnonzero((radius > SMALLEST_M) & ~is_all & ~shapely.is_empty(polygons))
    if len(near):
        where = standing.take(near)
        lost = seen(replace(cameras.take(near), range_m=radius[near]), where)[1]
        discs = shapely.buffer(shapely.points(where.x_m, where.y_m), radius[near], quad_segs=CORNERS_A_QUARTER)
        polygons[near] = areal(overlay(shapely.difference, polygons[near], np.asarray(discs, dtype=object)))
        exact[near] = np.maximum(exact[near] - lost, 0.0)
    return polygons, exact
