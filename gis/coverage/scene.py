"""The scene: all that can hide something, prepared once so that any number of cameras can be asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gis.coverage import footprints
from gis.coverage.edges import SQUARE_M, WallGrid, Walls, grid_of, walls_of
from gis.coverage.footprints import Floats, Geometries
from gis.errors import BadParameter


@dataclass(frozen=True)
class SceneReport:
    """What became of the buildings on their way into the scene (counts; indices of those left out or repaired)."""

    given: int
    used: int
    left_out: tuple[int, ...]
    repaired: tuple[int, ...]
    unknown_height: int


@dataclass(frozen=True)
class Scene:
    """Buildings ready for the sweep: footprints that do not overlap, their walls and the grid over them.

    `buildings` are oriented polygons in local metres on a 1 mm grid, `heights_m` their heights (NaN =
    unknown, never looked over). `has_heights` is False when none was given: then the scene is flat
    (2-D) and every building hides what is behind it without end.
    """

    buildings: Geometries
    heights_m: Floats
    walls: Walls
    grid: WallGrid
    report: SceneReport

    @property
    def has_heights(self) -> bool:
        """Return whether any building may be looked over."""
        return bool(np.isfinite(self.heights_m).any())

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Return the search tree over `buildings`, built when first asked for."""
        return shapely.STRtree(self.buildings)


def build_scene(buildings_m: ArrayLike, heights_m: ArrayLike | None = None, *, square_m: float = SQUARE_M) -> Scene:
    """Return the scene of these buildings (polygons or multipolygons in local metres).

    `heights_m`: height of each building in metres, NaN where unknown; None makes a flat scene. Overlapping
    footprints are dissolved (with heights: the taller keeps the ground), courtyards stay. What is empty or not
    an area is left out and named in `report`. `square_m` is the side of a square of the search grid, 32-64 m.
    Raises BadParameter when the lengths differ or a height is not above 0.

    >>> scene = build_scene([shapely.box(0, 0, 4, 4), shapely.box(2, 2, 6, 6)])
    >>> len(scene.buildings), scene.report.given, scene.has_heights
    (1, 2, False)
    """
    given = np.atleast_1d(np.asarray(buildings_m, dtype=object))
    heights = _heights(heights_m, len(given))
    cleaned = footprints.clean(given)
    if np.isfinite(heights).any():
        parts, tall = footprints.partition_by_height(cleaned.polygons, heights[cleaned.source])
    else:
        parts = footprints.dissolve(cleaned.polygons)
        tall = np.full(len(parts), np.nan)
    walls = walls_of(parts)
    left_out = np.setdiff1d(np.arange(len(given)), cleaned.source)
    report = SceneReport(
        given=len(given),
        used=len(given) - len(left_out),
        left_out=tuple(left_out.tolist()),
        repaired=tuple(cleaned.repaired.tolist()),
        unknown_height=int(np.isnan(heights[np.unique(cleaned.source)]).sum()),
    )
    return Scene(parts, tall, walls, grid_of(walls, tall, square_m), report)


def _heights(heights_m: ArrayLike | None, count: int) -> Floats:
    if heights_m is None:
        return np.full(count, np.nan)
    heights = np.atleast_1d(np.asarray(heights_m, dtype=np.float64))
    if len(heights) != count:
        raise BadParameter(
            "There are {heights} heights for {buildings} buildings; give one each, NaN where unknown.",
            heights=len(heights),
            buildings=count,
        )
    if (heights <= 0.0).any() or np.isinf(heights).any():
        raise BadParameter("A building's height must be above 0 m; leave it unknown (NaN) when it was not measured.")
    return heights
