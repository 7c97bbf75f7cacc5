"""The blind ground under a camera whose picture does not reach down to its feet."""

import numpy as np
import pytest
import shapely

from gis.coverage import Cameras, build_scene, check_cameras, see
from gis.coverage.tilt import blind_radius_m
from tests.gis.coverage_oracle import random_town

TILTED = {"height_m": 6.0, "pitch_deg": 15.0, "vfov_deg": 60.0}  # the lower edge points 45° down: 6 m


@pytest.mark.parametrize("engine", ["compiled", "arrays"])
def test_blind_ground_when_pitch_is_known_is_a_ring_sector(engine):
    views = see(build_scene([]), Cameras.of(0, 0, 90, hfov_deg=90, range_m=50, **TILTED), engine=engine)
    assert views.exact_area_m2[0] == pytest.approx(np.pi / 4 * (2500 - 36), rel=1e-12)
    assert not views.polygons[0].contains(shapely.Point(5.9, 0))
    assert views.polygons[0].contains(shapely.Point(6.1, 0))
    assert views.polygon_area_m2[0] == pytest.approx(views.exact_area_m2[0], rel=1e-3)


def test_blind_ground_when_the_target_stands_higher_is_smaller():
    cameras = Cameras.of(0, 0, **TILTED)
    assert blind_radius_m(cameras, 2.0).tolist() == [pytest.approx(4.0)]
    assert blind_radius_m(cameras, 7.0).tolist() == [0.0]


@pytest.mark.parametrize("missing", ["height_m", "pitch_deg", "vfov_deg"])
def test_blind_ground_when_anything_is_unknown_is_none(missing):
    known = TILTED | {missing: float("nan")}
    views = see(build_scene([]), Cameras.of(0, 0, 0, hfov_deg=90, range_m=50, **known))
    assert views.exact_area_m2[0] == pytest.approx(np.pi / 4 * 2500)


def test_blind_ground_when_the_picture_looks_at_the_sky_is_all():
    views = see(build_scene([]), Cameras.of(0, 0, 0, range_m=50, height_m=6, pitch_deg=-40, vfov_deg=60))
    assert views.polygons[0].is_empty
    assert views.is_blind[0]


def test_blind_ground_when_larger_than_the_range_leaves_nothing():
    views = see(build_scene([]), Cameras.of(0, 0, 0, range_m=5, **TILTED))
    assert (views.exact_area_m2[0], views.is_blind[0]) == (0.0, True)


@pytest.mark.parametrize("with_heights", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_blind_ground_when_taken_among_buildings_equals_the_view_without_the_disc(seed, with_heights):
    rng = np.random.default_rng(seed)
    heights = rng.choice([2.0, 4.0, 9.0], 30) if with_heights else None
    scene = build_scene(random_town(rng, 30), heights)
    x, y = rng.uniform(-90, 90, (2, 40))
    place = (x, y, rng.uniform(0, 360, 40), rng.choice([90.0, 200.0, 360.0], 40), 60.0)
    level = see(scene, Cameras.of(*place, height_m=6.0), arc_step_deg=0.1)
    tilted = see(scene, Cameras.of(*place, **TILTED), arc_step_deg=0.1)
    discs = shapely.buffer(shapely.points(level.x_m, level.y_m), 6.0, quad_segs=400)
    expected = shapely.area(shapely.difference(level.polygons, discs))
    np.testing.assert_allclose(tilted.exact_area_m2, expected, rtol=1e-5, atol=0.01)
    np.testing.assert_allclose(tilted.polygon_area_m2, expected, rtol=1e-3, atol=0.1)
    assert shapely.is_valid(tilted.polygons).all()


@pytest.mark.parametrize("wrong", [{"pitch_deg": 91.0}, {"pitch_deg": -np.inf}, {"vfov_deg": 0.0}, {"vfov_deg": 181.0}])
def test_camera_when_its_tilt_is_impossible_is_refused_alone(wrong):
    (name, value), *_ = wrong.items()
    (refusal,) = check_cameras(Cameras.of([0, 1], 0, **{name: [10.0, value]}))
    assert refusal.index == 1
    assert "field of view" in refusal.sentence if name == "vfov_deg" else "pitch" in refusal.sentence
