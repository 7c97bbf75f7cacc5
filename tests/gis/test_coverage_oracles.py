"""The sweep against two other ways to the same answer: its twin in plain arrays, and shadows united by shapely."""

import numpy as np
import pytest
import shapely

from gis.coverage import Cameras, build_scene, see
from tests.gis.coverage_oracle import clear_sight, hidden_by_height, random_town, sector, shadow_union_view

FIELDS = [30.0, 90.0, 180.0, 250.0, 360.0]


def cameras_in(rng: np.random.Generator, count: int, **known) -> Cameras:
    x, y = rng.uniform(-110, 110, (2, count))
    return Cameras.of(
        x, y, rng.uniform(-180, 540, count), rng.choice(FIELDS, count), rng.uniform(5, 120, count), **known
    )


@pytest.mark.parametrize("seed", range(6))
def test_compiled_sweep_when_town_is_random_agrees_with_plain_arrays(seed):
    rng = np.random.default_rng(seed)
    scene = build_scene(random_town(rng, 10 + 25 * seed))
    cameras = cameras_in(rng, 600)
    one, other = see(scene, cameras, engine="compiled"), see(scene, cameras, engine="arrays")
    np.testing.assert_allclose(one.exact_area_m2, other.exact_area_m2, rtol=1e-9, atol=1e-9)
    apart = shapely.area(shapely.symmetric_difference(one.polygons, other.polygons))
    assert apart.max() < 1e-5
    assert shapely.is_valid(one.polygons).all()


@pytest.mark.parametrize("seed", range(6))
def test_compiled_sweep_when_town_is_random_agrees_with_united_shadows(seed):
    """Relative to the sector: the oracle's own arc loses 2e-8 of it."""
    rng = np.random.default_rng(100 + seed)
    scene = build_scene(random_town(rng, 10 + 20 * seed))
    cameras = cameras_in(rng, 40)
    views = see(scene, cameras)
    for i in range(len(cameras)):
        camera = cameras.bearing_deg[i], cameras.hfov_deg[i], cameras.range_m[i]
        expected = shadow_union_view(scene, views.x_m[i], views.y_m[i], *camera)
        wrong = abs(views.exact_area_m2[i] - expected.area) / views.sector_area_m2[i]
        assert wrong < 1e-6, f"camera {i}: {views.exact_area_m2[i]} against {expected.area}"
        # The polygon lies in the oracle's, but for rounding, and misses no more of it than its arcs lose.
        assert shapely.difference(views.polygons[i], expected).area < 1e-6 * views.sector_area_m2[i]


def points_around(rng: np.random.Generator, x: float, y: float, range_m: float, count: int) -> np.ndarray:
    radius, angle = range_m * np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


@pytest.mark.parametrize("seed", range(8))
def test_view_when_heights_are_known_hides_what_each_roof_hides(seed):
    rng = np.random.default_rng(200 + seed)
    town = random_town(rng, 40)
    scene = build_scene(town, rng.choice([2.5, 3.0, 4.0, 6.0, 9.0, np.nan], 40))
    cameras = cameras_in(rng, 12, height_m=rng.choice([3.0, 5.0, 8.0], 12))
    views = see(scene, cameras)
    assert shapely.is_valid(views.polygons).all()
    checked = 0
    for i in range(len(cameras)):
        eye = views.x_m[i], views.y_m[i], cameras.height_m[i]
        points = points_around(rng, eye[0], eye[1], cameras.range_m[i], 300)
        free = sector(*eye[:2], cameras.bearing_deg[i], cameras.hfov_deg[i], cameras.range_m[i] * 0.999, 1.0)
        is_asked = shapely.contains_xy(free, points)
        is_asked &= shapely.distance(shapely.boundary(views.polygons[i]), shapely.points(points)) > 0.02
        points = points[is_asked]
        seen = shapely.contains_xy(views.polygons[i], points)
        np.testing.assert_array_equal(seen, ~hidden_by_height(scene, eye, points))
        checked += len(points)
    assert checked > 500


@pytest.mark.parametrize("seed", range(3))
def test_area_when_heights_are_known_is_exact_to_the_chord(seed):
    """Finer chords must lead to the same area: what they cut off is accounted for."""
    rng = np.random.default_rng(300 + seed)
    scene = build_scene(random_town(rng, 25), rng.choice([2.0, 3.0, 12.0], 25))
    cameras = cameras_in(rng, 60, height_m=6.0)
    coarse, fine = see(scene, cameras, arc_step_deg=4.0), see(scene, cameras, arc_step_deg=0.1)
    wrong = np.abs(coarse.exact_area_m2 - fine.exact_area_m2) / coarse.sector_area_m2
    assert wrong.max() < 1e-6
    assert np.abs(coarse.polygon_area_m2 - fine.polygon_area_m2).max() > 1.0


def test_view_when_all_buildings_are_taller_than_the_camera_is_the_flat_one():
    rng = np.random.default_rng(7)
    town, cameras = random_town(rng, 40), cameras_in(rng, 200, height_m=4.0)
    flat, tall = see(build_scene(town), cameras), see(build_scene(town, np.full(40, 4.0)), cameras)
    np.testing.assert_array_equal(flat.exact_area_m2, tall.exact_area_m2)


@pytest.mark.parametrize("engine", ["compiled", "arrays"])
def test_view_when_camera_height_is_unknown_looks_over_nothing(engine):
    rng = np.random.default_rng(8)
    town, cameras = random_town(rng, 40), cameras_in(rng, 200)
    flat, low = (see(build_scene(town, heights), cameras, engine=engine) for heights in (None, np.full(40, 3.0)))
    np.testing.assert_array_equal(flat.exact_area_m2, low.exact_area_m2)


def test_view_when_building_height_is_unknown_is_not_looked_over():
    wall, shed = shapely.box(10, -50, 11, 50), shapely.box(200, 200, 201, 201)
    scene = build_scene([wall, shed], [np.nan, 3.0])
    views = see(scene, Cameras.of(0, 0, 90, hfov_deg=60, range_m=40, height_m=30))
    assert views.polygons[0].bounds[2] == pytest.approx(10.0)


def test_view_when_target_stands_above_the_roof_loses_only_the_footprint():
    scene = build_scene([shapely.box(10, -2, 12, 2)], [1.5])
    camera = Cameras.of(0, 0, 90, hfov_deg=90, range_m=40, height_m=6)
    low, high = see(scene, camera, target_m=0.0), see(scene, camera, target_m=1.7)
    assert low.exact_area_m2[0] < high.exact_area_m2[0]
    assert high.exact_area_m2[0] == pytest.approx(np.pi / 4 * 1600 - 8, rel=1e-9)


@pytest.mark.parametrize("engine", ["compiled", "arrays"])
def test_samples_when_seen_have_a_clear_line_of_sight_and_the_other_way_round(engine):
    rng = np.random.default_rng(400)
    scene = build_scene(random_town(rng, 60))
    cameras = cameras_in(rng, 40)
    views = see(scene, cameras, engine=engine, arc_step_deg=0.5)
    checked = 0
    for i in range(len(cameras)):
        eye = views.x_m[i], views.y_m[i]
        points = points_around(rng, *eye, cameras.range_m[i] * 0.999, 400)
        free = sector(*eye, cameras.bearing_deg[i], cameras.hfov_deg[i], cameras.range_m[i] * 1.1, 1.0)
        is_asked = shapely.contains_xy(free, points)
        is_asked &= shapely.distance(shapely.boundary(views.polygons[i]), shapely.points(points)) > 1e-6
        points = points[is_asked & (shapely.distance(shapely.boundary(free), shapely.points(points)) > 1e-6)]
        np.testing.assert_array_equal(shapely.contains_xy(views.polygons[i], points), clear_sight(scene, eye, points))
        checked += len(points)
    assert checked > 3000
