"""What each camera sees: the one question `see` answers, and the answer `Views`."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage import quality, shadows, sweep_numpy, tilt
from gis.coverage.cameras import Cameras, Refusal, check_cameras
from gis.coverage.footprints import Floats, Geometries, Ints, areal, mend
from gis.coverage.scene import Scene
from gis.coverage.snapping import NEAR_M, Standing, snap
from gis.errors import BadParameter

Engine = Literal["auto", "compiled", "arrays"]

ARC_STEP_DEG = 4.0  # the polygon's arc is inscribed: it loses step²/6 of its area, here 0.08 %
BLIND_SHARE = 0.02
FAR_MOVE_M = 1.0
CHUNK = 1024


@dataclass(frozen=True)
class Views:
    """What cameras see, one entry per camera in the order given.

    `polygons`: ground in view, local metres (empty for a refused or walled-in camera). `exact_area_m2`: its
    area with true arcs; `polygon_area_m2`: that of the polygon, whose arcs are chords. `sector_area_m2`: what
    the camera would see with nothing in its way. `x_m`, `y_m`: where it stands after snapping, `snapped_m`
    how far that is from the place given. `is_blind`: sees under 2 % of its sector. `is_walled_in`: no place
    outside a building was found near it. `refusals`: which cameras were not computed and why.
    """

    polygons: Geometries
    exact_area_m2: Floats
    polygon_area_m2: Floats
    sector_area_m2: Floats
    x_m: Floats
    y_m: Floats
    snapped_m: Floats
    is_blind: NDArray[np.bool_]
    is_walled_in: NDArray[np.bool_]
    refusals: tuple[Refusal, ...]

    def __len__(self) -> int:
        return len(self.polygons)

    @property
    def is_moved_far(self) -> NDArray[np.bool_]:
        """Return which cameras were moved by more than 1 m: their recorded place needs a look."""
        return self.snapped_m > FAR_MOVE_M

    @property
    def is_refused(self) -> NDArray[np.bool_]:
        """Return which cameras were not computed."""
        refused = np.zeros(len(self), dtype=bool)
        refused[[refusal.index for refusal in self.refusals]] = True
        return refused


def see(
    scene: Scene,
    cameras: Cameras,
    *,
    target_m: float = 0.0,
    snap_within_m: float = NEAR_M,
    px_per_m: float | None = None,
    arc_step_deg: float = ARC_STEP_DEG,
    engine: Engine = "auto",
) -> Views:
    """Return what each camera sees among the buildings of the scene.

    Exact in two dimensions (Asano 1985's angular sweep, see `sweep_numba`). Where the scene has heights and the
    camera too, lower buildings hide only a finite shadow, on ground `target_m` above the terrain (0 = the
    ground itself); the terrain is taken as level. Cameras within `snap_within_m` of a footprint or inside it are moved
    0.20 m before its nearest wall. Where height, pitch and vertical field are known, the ground too near to be
    in the picture is left out (see `tilt`). A camera with impossible values is refused, the others are computed.
    `px_per_m`: only what is seen at this pixel density or better (a tier of `quality`); cameras whose picture
    width is unknown are then refused.
    `engine`: "compiled" (numba), "arrays" (numpy only), or "auto": the first that works here.
    Raises BadParameter for an arc step outside 0.1-30° or a target that is not 0-100 m.

    >>> from gis.coverage import Cameras, build_scene
    >>> views = see(build_scene([shapely.box(10, -50, 20, 50)]), Cameras.of(0, 0, bearing_deg=90, range_m=30))
    >>> float(views.exact_area_m2[0].round(6))
    100.0
    """
    if not 0.1 <= arc_step_deg <= 30.0:
        raise BadParameter("The arc step is {step}°; it must lie between 0.1 and 30.", step=arc_step_deg)
    if not 0.0 <= target_m <= 100.0:
        raise BadParameter("The target height is {target} m; it must lie between 0 and 100.", target=target_m)
    refusals = tuple(check_cameras(cameras))
    if px_per_m is not None:
        refusals += tuple(quality.unknown_quality(cameras))
        cameras = quality.limited(cameras, px_per_m, target_m)
    is_fine = np.ones(len(cameras), dtype=bool)
    is_fine[[refusal.index for refusal in refusals]] = False
    fine = cameras.take(is_fine)
    standing = snap(scene, fine.x_m, fine.y_m, snap_within_m)

    def seen(some: Cameras, where: Standing) -> tuple[Geometries, Floats]:
        return _seen(scene, some, where, (target_m, np.radians(arc_step_deg), engine))

    polygons, exact = seen(fine, standing)
    polygons, exact = tilt.subtract(fine, standing, polygons, exact, target_m, seen)
    return _views(cameras, is_fine, standing, polygons, exact, refusals)


def _seen(
    scene: Scene, cameras: Cameras, standing: Standing, how: tuple[float, float, Engine]
) -> tuple[Geometries, Floats]:
    """Return views and exact areas; `how` is target height, arc step in radians, engine."""
    target_m, step, engine = how
    swept = _sweep(scene, _frames(scene, cameras, standing), step, engine)
    polygons, exact = _polygons(swept[0], swept[1]), swept[2]
    polygons[standing.is_walled_in], exact[standing.is_walled_in] = shapely.Polygon(), 0.0
    if scene.has_heights:
        polygons, exact = shadows.subtract(scene, standing, polygons, exact, swept, cameras, target_m)
    return polygons, exact


def _frames(scene: Scene, cameras: Cameras, standing: Standing) -> Floats:
    """Return rows of x, y, angle of the view's right edge (radians from the x axis), field of view, range, height."""
    grid_bearing = cameras.bearing_deg - cameras.convergence_deg
    right_edge = np.radians(np.mod(90.0 - grid_bearing - cameras.hfov_deg / 2.0, 360.0))
    height = np.where(np.isnan(cameras.height_m) | (not scene.has_heights), -np.inf, cameras.height_m)
    fov = np.where(cameras.hfov_deg > 360.0 - 1e-6, 2.0 * np.pi, np.radians(cameras.hfov_deg))
    return np.column_stack([standing.x_m, standing.y_m, right_edge, fov, cameras.range_m, height])


def _sweep(scene: Scene, frames: Floats, step: float, engine: Engine) -> sweep_numpy.Swept:
    if engine == "arrays":
        return sweep_numpy.sweep(frames, scene.grid, step)
    try:
        from gis.coverage import sweep_numba  # only here: numba takes half a second to import
    except ImportError:
        if engine == "compiled":
            raise
        return sweep_numpy.sweep(frames, scene.grid, step)
    rows = _rows(frames)
    grid = scene.grid
    parts = [rows[i : i + CHUNK] for i in range(0, max(len(rows), 1), CHUNK)]

    def run(part: Floats) -> sweep_numpy.Swept:
        swept: sweep_numpy.Swept = sweep_numba.sweep(part, grid.ends, grid.height_m, grid.start, grid.frame, step)
        return swept

    if len(parts) == 1:
        return run(parts[0])
    # Threads, not numba's own parallel loops: those abort the process when two requests meet in them.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return sweep_numpy.joined(list(pool.map(run, parts)))


def _rows(frames: Floats) -> Floats:
    """Return the frames as the compiled sweep takes them: angles as directions, the field of view as diamond angle."""
    x, y, angle, fov, reach, height = frames.T
    u, v = np.cos(fov), np.sin(fov)
    size = np.abs(u) + np.abs(v)
    key = np.where(v >= 0.0, np.where(u >= 0.0, v, size - u), np.where(u < 0.0, 2.0 * size - v, 3.0 * size + u)) / size
    key = np.where(fov >= 2.0 * np.pi, 4.0, key)
    return np.column_stack([x, y, np.cos(angle), np.sin(angle), key, reach, height])


def _polygons(xy: Floats, ends: Ints) -> Geometries:
    """Return the outlines as polygons: empty where there is no outline, mended where rounding made one touch itself."""
    polygons = np.full(len(ends) - 1, shapely.Polygon(), dtype=object)
    has_outline = np.diff(ends) > 0
    ring_start = np.append(ends[:-1][has_outline], len(xy)).astype(np.int64)
    count = int(has_outline.sum())
    if count:
        made = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, xy, (ring_start, np.arange(count + 1, dtype=np.int64))
        )
        is_broken = ~shapely.is_valid(made)
        made[is_broken] = areal(mend(made[is_broken]))
        polygons[has_outline] = made
    return polygons


def _views(
    cameras: Cameras,
    is_fine: NDArray[np.bool_],
    standing: Standing,
    polygons: Geometries,
    exact: Floats,
    refusals: tuple[Refusal, ...],
) -> Views:
    """Return the answer for all cameras from that for the fine ones."""
    count = len(cameras)
    every = np.full(count, shapely.Polygon(), dtype=object)
    every[is_fine] = polygons

    def spread(values: Floats, missing: Floats) -> Floats:
        result = np.array(missing, dtype=np.float64)
        result[is_fine] = values
        return result

    zeros = np.zeros(count)
    fine = cameras.take(is_fine)
    sector = spread(0.5 * np.radians(fine.hfov_deg) * fine.range_m**2, zeros)
    area = spread(exact, zeros)
    walled_in = spread(standing.is_walled_in.astype(np.float64), zeros) > 0.0
    return Views(
        polygons=every,
        exact_area_m2=area,
        polygon_area_m2=np.asarray(shapely.area(every), dtype=np.float64),
        sector_area_m2=sector,
        x_m=spread(standing.x_m, cameras.x_m),
        y_m=spread(standing.y_m, cameras.y_m),
        snapped_m=spread(standing.moved_m, zeros),
        is_blind=is_fine & (area < BLIND_SHARE * sector),
        is_walled_in=walled_in,
        refusals=refusals,
    )
