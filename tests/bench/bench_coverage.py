"""How long the coverage engine takes on real ground, beside other ways to the same views in the same run.

    python -m tests.bench.bench_coverage                # kernel, growth, county (1,800 cameras, 53,000 buildings)
    python -m tests.bench.bench_coverage --large        # and 20,000 cameras, 475,000 buildings
    python -m tests.bench.bench_coverage --only isovist # only cases with that word in their name

Prints a table and, last, one line of JSON. Every case checks its areas against another way to compute them.
"cpu" is processor time of all threads: it tells more than the clock where other work shares the machine.
Other ways: shadows united by shapely; VisiLibity where it is installed (no dependency of ours, see `peers`).
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import click
import numpy as np
import shapely

from gis.coverage import Cameras, Ground, Scene, build_ground, build_scene, cover, see, sweep_numba, sweep_numpy
from gis.coverage.edges import walls_of
from gis.coverage.snapping import snap
from gis.coverage.views import _frames, _rows
from tests.bench import peers
from tests.gis.coverage_extract import beside_streets, load, tiled
from tests.gis.coverage_oracle import sector, shadow_union_view

STEP = np.radians(4.0)
SHIFT_M = (12_500.0, 25_000.0)


class Took(NamedTuple):
    clock_s: float
    cpu_s: float


def best_of(times: int, work: Callable[[], Any]) -> tuple[Took, Any]:
    """The least clock and processor time of several runs, and the answer."""
    found = []
    for _ in range(times):
        clock, cpu = time.perf_counter(), time.process_time()
        answer = work()
        found.append((time.perf_counter() - clock, time.process_time() - cpu))
    return Took(min(one[0] for one in found), min(one[1] for one in found)), answer


def cameras_of(name: str, count: int, hfov_deg: float = 90.0, side: int = 1) -> Cameras:
    rng = np.random.default_rng(1)
    xy = beside_streets(load(name), count, 1) + rng.integers(0, side, (count, 2)) * np.array(SHIFT_M)
    reach, height = rng.uniform(60, 100, count), rng.choice([3.5, 4.5, 6.0, 8.0], count)
    return Cameras.of(xy[:, 0], xy[:, 1], rng.uniform(0, 360, count), hfov_deg, reach, height_m=height)


def shadows_of_shapely(scene: Scene, camera: tuple[float, ...]) -> float:
    """The same view the way one would write it with shapely: facing walls only, all shadows in one array, united."""
    x, y, bearing, hfov, reach = camera
    free = sector(x, y, bearing, hfov, reach, 4.0)
    near = scene.buildings[scene.tree.query(free, predicate="intersects")]
    ends = walls_of(near).ends - np.tile([x, y], 2)
    ends = ends[ends[:, 0] * ends[:, 3] - ends[:, 1] * ends[:, 2] < 0]
    a, b, eye = ends[:, :2], ends[:, 2:], np.array([x, y])
    shadows = shapely.polygons(np.stack([eye + a, eye + b, eye + b * 1e3, eye + a * 1e3], axis=1))
    return float(shapely.difference(free, shapely.union_all(np.concatenate([near, shadows]))).area)


def kernel(name: str, hfov_deg: float) -> dict[str, Any]:
    """One core, the polygon's corners included: compiled, plain arrays, united shadows of shapely."""
    scene, cameras = build_scene(load(name).buildings), cameras_of(name, 3000, hfov_deg)
    standing = snap(scene, cameras.x_m, cameras.y_m)
    frames, grid = _frames(scene, cameras, standing), scene.grid
    rows = _rows(frames)
    compiled, one = best_of(7, lambda: sweep_numba.sweep(rows, grid.ends, grid.height_m, grid.start, grid.frame, STEP))
    arrays, other = best_of(3, lambda: sweep_numpy.sweep(frames, grid, STEP))
    whole, views = best_of(5, lambda: see(scene, cameras))
    few = np.flatnonzero(~views.is_walled_in)[:60]
    columns = views.x_m, views.y_m, cameras.bearing_deg, cameras.hfov_deg, cameras.range_m
    asked = np.column_stack([column[few] for column in columns]).tolist()
    united, rough = best_of(3, lambda: [shadows_of_shapely(scene, camera) for camera in asked])
    expected = [shadow_union_view(scene, *camera).area for camera in asked[:30]]
    sectors = views.sector_area_m2[few]
    micro = 1e6 / len(cameras)
    other_way = peers.visilibity(scene, asked)
    return {
        "case": f"isovist {hfov_deg:.0f} deg {name}",
        "corners": float(len(one[0]) / len(cameras)),
        "compiled_cpu_us": compiled.cpu_s * micro,
        "arrays_cpu_us": arrays.cpu_s * micro,
        "see_cpu_us": whole.cpu_s * micro,
        "see_clock_us": whole.clock_s * micro,
        "shapely_cpu_us": united.cpu_s * 1e6 / len(few),
        "compiled_quicker_than_shapely": united.cpu_s / len(few) / (compiled.cpu_s / len(cameras)),
        "arrays_quicker_than_shapely": united.cpu_s / len(few) / (arrays.cpu_s / len(cameras)),
        # The oracle's arc has chords of 0.02 degrees and falls short by 2e-8; the quick one's has chords of 4 degrees.
        "area_error_oracle": float((np.abs(views.exact_area_m2[few][:30] - expected) / sectors[:30]).max()),
        "area_error_shapely": float((np.abs(views.polygon_area_m2[few] - rough) / sectors).max()),
        "area_error_arrays": float((np.abs(one[2] - other[2]) / np.maximum(one[2], 1.0)).max()),
    } | _beside(other_way, views.exact_area_m2[few], sectors, compiled.cpu_s / len(cameras))


def _beside(peer: dict[str, Any] | None, exact_m2: Any, sectors_m2: Any, ours_s: float) -> dict[str, Any]:
    """VisiLibity's time and how far its areas are from ours (its view is of 360 degrees, cut afterwards)."""
    if peer is None:
        return {"visilibity": "not installed"}
    error = np.abs(exact_m2 - peer["areas"]) / sectors_m2
    return {
        "visilibity_cpu_us": peer["cpu_s"] * 1e6,
        "compiled_quicker_than_visilibity": peer["cpu_s"] / ours_s,
        "area_error_visilibity_median": float(np.nanmedian(error)),
        "area_error_visilibity": float(np.nanmax(error)),
        "visilibity_without_answer": int(np.isnan(error).sum()),
    }


def growth() -> dict[str, Any]:
    """How the time of one view grows with the number of buildings: Liechtenstein in 1, 4, 16 replicas."""
    found: dict[str, Any] = {"case": "growth with the number of buildings, 90 deg"}
    for side in (1, 2, 4):
        scene_s, scene = best_of(
            1, lambda side=side: build_scene(tiled(load("liechtenstein").buildings, side, *SHIFT_M))
        )
        cameras = cameras_of("liechtenstein", 3000, side=side)
        see(scene, cameras.take(np.arange(3)))
        whole, views = best_of(5, partial(see, scene, cameras))
        few = np.flatnonzero(~views.is_walled_in)[:10]
        columns = views.x_m, views.y_m, cameras.bearing_deg, cameras.hfov_deg, cameras.range_m
        expected = [shadow_union_view(scene, *(float(column[at]) for column in columns)).area for at in few]
        buildings = len(scene.buildings)
        found[f"see_cpu_us, {buildings} buildings"] = whole.cpu_s * 1e6 / len(cameras)
        found[f"scene_cpu_us a building, {buildings}"] = scene_s.cpu_s * 1e6 / buildings
        error = np.abs(views.exact_area_m2[few] - expected) / views.sector_area_m2[few]
        found[f"area_error_oracle, {buildings} buildings"] = float(error.max())
    return found


def ground_of(side: int, cells_wanted: int, *, has_heights: bool = False) -> tuple[Scene, Ground, dict[str, float]]:
    """Liechtenstein in side x side replicas: scene and ground, with the seconds each took."""
    town = load("liechtenstein")
    heights = np.tile(town.heights_m, side * side) if has_heights else None
    scene_s, scene = best_of(1, lambda: build_scene(tiled(town.buildings, side, *SHIFT_M), heights))
    rng = np.random.default_rng(2)
    middles = shapely.get_coordinates(shapely.centroid(rng.choice(scene.buildings, cells_wanted, replace=False)))
    hull = shapely.buffer(shapely.convex_hull(shapely.multipoints(middles)), 200.0)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(middles), extend_to=hull))
    cells = shapely.intersection(cells, hull)
    streets, water = tiled(town.streets, side, *SHIFT_M), tiled(town.water, side, *SHIFT_M)
    ground_s, ground = best_of(1, lambda: build_ground(cells, scene, streets_m=streets, water_m=water))
    return (
        scene,
        ground,
        {
            "scene_s": scene_s.clock_s,
            "scene_cpu_s": scene_s.cpu_s,
            "ground_s": ground_s.clock_s,
            "ground_cpu_s": ground_s.cpu_s,
        },
    )


def chain(side: int, count: int, cells: int, *, has_heights: bool = False) -> dict[str, Any]:
    """Views, union, multiplicity, shares, gaps, street gaps of many cameras; the ground is made beforehand."""
    scene, ground, made = ground_of(side, cells, has_heights=has_heights)
    cameras = cameras_of("liechtenstein", count, side=side)
    see(scene, cameras.take(np.arange(3)))
    looked, views = best_of(2, lambda: see(scene, cameras))
    covered, coverage = best_of(2, lambda: cover(views, ground))
    union = shapely.disjoint_subset_union_all(views.polygons)
    return {
        "case": f"{count} cameras, {len(scene.buildings)} buildings, {cells} cells{', heights' if has_heights else ''}",
        **made,
        "see_s": looked.clock_s,
        "see_cpu_s": looked.cpu_s,
        "cover_s": covered.clock_s,
        "cover_cpu_s": covered.cpu_s,
        "chain_s": looked.clock_s + covered.clock_s,
        "chain_cpu_s": looked.cpu_s + covered.cpu_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "area_error_against_union": abs(coverage.watched_m2 - union.area) / union.area,
        "gaps": len(coverage.gaps.polygons),
        "street_gaps": len(coverage.street_gaps.lines),
        "mean_share": float(np.nanmean(coverage.share)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also 20,000 cameras and 475,000 buildings (minutes)")
    parser.add_argument("--only", default="", help="only cases with this word in their name")
    asked = parser.parse_args()
    began = time.perf_counter()
    see(build_scene([shapely.box(5, 5, 6, 6)]), Cameras.of(0, 0))
    results = [{"case": "first call (compiled, or loaded from its cache)", "seconds": time.perf_counter() - began}]
    cases: dict[str, Callable[[], dict[str, Any]]] = {
        "isovist 90 liechtenstein": lambda: kernel("liechtenstein", 90),
        "isovist 360 liechtenstein": lambda: kernel("liechtenstein", 360),
        "isovist 90 helsinki": lambda: kernel("helsinki-centre", 90),
        "isovist 360 helsinki": lambda: kernel("helsinki-centre", 360),
        "growth": growth,
        "county": lambda: chain(2, 1_800, 1_200),
        "county heights": lambda: chain(2, 1_800, 1_200, has_heights=True),
        "dense": lambda: chain(1, 5_000, 300),
    }
    if asked.large:
        cases["large"] = lambda: chain(6, 20_000, 10_800)
    for name, case in cases.items():
        if asked.only in name:
            results.append(case())
            click.echo(_lines(results[-1]))
    click.echo(json.dumps(results))


def _lines(result: dict[str, Any]) -> str:
    shown = [
        f"  {name:38} {value:12.4g}" if isinstance(value, float | int) else f"  {name:38} {value}"
        for name, value in result.items()
        if name != "case"
    ]
    return "\n".join([f"{result['case']}", *shown])


if __name__ == "__main__":
    main()
