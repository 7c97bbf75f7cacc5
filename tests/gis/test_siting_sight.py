"""Which points cameras see: the compiled answer against polygons, single lines of sight and roofs one by one."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage import Cameras, build_scene, see
from gis.coverage.siting_sight import sight
from gis.coverage.tilt import blind_radius_m
from tests.gis.coverage_oracle import clear_sight, hidden_by_height, random_town


def points_around(rng: np.random.Generator, count: int, size_m: float = 140.0) -> np.ndarray:
    return rng.uniform(-size_m, size_m, (count, 2))


def far_from_edges(cameras: Cameras, points: np.ndarray) -> np.ndarray:
    """Which points do not lie on the range circle or on an edge of the view, where rounding and chords decide."""
    dx, dy = points[None, :, 0] - cameras.x_m[:, None], points[None, :, 1] - cameras.y_m[:, None]
    distance = np.hypot(dx, dy)
    off_axis = np.abs(np.mod(90.0 - np.degrees(np.arctan2(dy, dx)) - cameras.bearing_deg[:, None] + 180, 360) - 180)
    near_edge = np.abs(off_axis - cameras.hfov_deg[:, None] / 2) < 1e-3
    near = blind_radius_m(cameras)[:, None]
    on_circle = (np.abs(distance - cameras.range_m[:, None]) < 0.01) | (np.abs(distance - near) < 0.1)
    return ~on_circle & ~(near_edge & (cameras.hfov_deg[:, None] < 360))


@pytest.mark.parametrize("seed", range(6))
def test_sight_when_compiled_or_by_polygons_is_the_same(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, 25)
    heights = rng.uniform(2, 9, 25) if seed % 2 else None
    scene = build_scene(town, heights)
    x, y = rng.uniform(-90, 90, (2, 40))
    cameras = Cameras.of(
        x, y, rng.uniform(0, 360, 40), rng.choice([30.0, 90.0, 200.0, 360.0], 40), rng.uniform(20, 90, 40),
        height_m=rng.choice([3.5, 6.0, np.nan], 40),
        pitch_deg=rng.choice([15.0, 5.0, -40.0, np.nan], 40, p=[0.3, 0.2, 0.1, 0.4]),
        vfov_deg=50.0,
    )  # fmt: skip
    points = points_around(rng, 3000)
    compiled = sight(scene, cameras, points, engine="compiled").toarray()
    arrays = sight(scene, cameras, points, engine="arrays").toarray()
    views = see(scene, cameras)
    placed = replace(cameras, x_m=views.x_m, y_m=views.y_m)
    sure = far_from_edges(placed, points)
    walls = shapely.union_all(shapely.boundary(scene.buildings))
    sure &= shapely.distance(walls, shapely.points(points)) > 1e-6
    assert (compiled == arrays)[sure].all()
    assert compiled.sum() > 500


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_sight_when_every_line_is_drawn_agrees(seed):
    rng = np.random.default_rng(seed)
    scene = build_scene(random_town(rng, 12))
    eye = rng.uniform(-80, 80, 2)
    free = shapely.distance(shapely.Point(eye), shapely.union_all(scene.buildings)) > 1.01
    points = points_around(rng, 300)
    if not free:
        return
    seen = sight(scene, Cameras.of(*eye, hfov_deg=360, range_m=100), points).toarray()[0] > 0
    within = np.hypot(*(points - eye).T) <= 100
    inside = shapely.contains_xy(shapely.union_all(scene.buildings), points[:, 0], points[:, 1])
    assert (seen == (clear_sight(scene, tuple(eye), points) & within & ~inside)).all()


def test_sight_when_roofs_are_low_agrees_with_roofs_one_by_one():
    rng = np.random.default_rng(3)
    town = [shapely.box(x, y, x + 12, y + 8) for x in range(-60, 61, 30) for y in range(-60, 61, 30)]
    heights = rng.uniform(2.0, 7.0, len(town))
    heights[::6] = np.nan
    scene = build_scene(town, heights)
    points = points_around(rng, 400, 70.0)
    outside = ~shapely.contains_xy(shapely.union_all(town), points[:, 0], points[:, 1])
    points = points[outside]
    eye = (-10.0, -15.0, 5.0)
    seen = sight(scene, Cameras.of(eye[0], eye[1], hfov_deg=360, range_m=90, height_m=eye[2]), points).toarray()[0] > 0
    within = np.hypot(points[:, 0] - eye[0], points[:, 1] - eye[1]) <= 90
    assert (seen == (~hidden_by_height(scene, eye, points) & within)).all()
    flat = sight(build_scene(town), Cameras.of(eye[0], eye[1], hfov_deg=360, range_m=90), points).toarray()[0] > 0
    assert seen.sum() > flat.sum() > 0


def test_sight_when_a_place_has_many_bearings_is_that_of_each_camera_alone():
    rng = np.random.default_rng(8)
    scene = build_scene(random_town(rng, 15))
    bearings = np.arange(0, 360, 22.5)
    cameras = Cameras.of(75.0, 75.0, bearings, np.where(bearings < 90, 40, 100), 30 + bearings / 8)
    points = points_around(rng, 2000)
    together = sight(scene, cameras, points).toarray()
    alone = np.vstack([sight(scene, cameras.take(np.array([i])), points).toarray() for i in range(len(cameras))])
    assert (together == alone).all()
    assert together.sum() > 0


def test_sight_when_values_are_impossible_sees_nothing_and_keeps_the_rest():
    cameras = Cameras.of([0, 0, 0], 0, 0, [90, 720, 90], [50, 50, np.nan])
    assert sight(build_scene([]), cameras, np.array([[0.0, 10.0]])).toarray().ravel().tolist() == [1, 0, 0]


def test_sight_when_quality_is_asked_ends_where_the_picture_is_too_coarse():
    cameras = Cameras.of([0, 0], 0, 0, 90, 100, pixels_h=[2560, np.nan])
    points = np.array([[0.0, 51.0], [0.0, 52.0]])
    assert sight(build_scene([]), cameras, points, px_per_m=25).toarray().tolist() == [[1, 0], [0, 0]]
    assert sight(build_scene([]), cameras, points).toarray().tolist() == [[1, 1], [1, 1]]


def test_sight_when_north_of_the_grid_is_not_true_north_turns_with_it():
    points = np.array([[0.0, 50.0]])
    seen = [
        int(sight(build_scene([]), Cameras.of(0, 0, 0, 2, 60, convergence_deg=turn), points).sum()) for turn in (0, 1.5)
    ]
    assert seen == [1, 0]


def test_sight_when_nothing_is_there_is_empty():
    assert sight(build_scene([]), Cameras.of(0, 0), np.empty((0, 2))).shape == (1, 0)
    assert sight(build_scene([]), Cameras.of(0, 0, hfov_deg=-1), np.zeros((2, 2))).nnz == 0
