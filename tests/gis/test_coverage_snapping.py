"""Cameras on, in and near buildings: moved before the nearest wall, never dropped, the move on record."""

import numpy as np
import pytest
import shapely

from gis.coverage import Cameras, build_scene, see
from gis.coverage.snapping import snap

HOUSE = shapely.box(0, 0, 20, 10)


def stand(buildings, places):
    xy = np.array(places, dtype=float)
    return snap(build_scene(buildings), xy[:, 0], xy[:, 1])


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((5, -0.5), (5, -0.2)),  # before the wall
        ((5, 0), (5, -0.2)),  # on it
        ((5, 0.2), (5, -0.2)),  # 20 cm inside, where an address puts it
        ((19.0, 4), (20.2, 4)),  # 1 m inside
        ((10, 4), (10, -0.2)),  # deep inside: the nearest wall is the south one
    ],
)
def test_snapping_when_near_or_inside_goes_before_the_nearest_wall(place, expected):
    standing = stand([HOUSE], [place])
    np.testing.assert_allclose([standing.x_m[0], standing.y_m[0]], expected, atol=1e-9)
    assert standing.moved_m[0] == pytest.approx(np.hypot(place[0] - expected[0], place[1] - expected[1]))


def test_snapping_when_farther_than_a_metre_leaves_the_camera_alone():
    standing = stand([HOUSE], [(5, -1.01), (500, 500)])
    assert standing.moved_m.tolist() == [0, 0]


@pytest.mark.parametrize("place", [(20, 10), (20.1, 10.1), (20 - 1e-9, 10)])
def test_snapping_when_at_a_corner_goes_out_between_both_walls(place):
    standing = stand([HOUSE], [place])
    offset = np.array([standing.x_m[0] - 20, standing.y_m[0] - 10])
    assert np.hypot(*offset) == pytest.approx(0.2, abs=1e-6)
    assert (offset > -1e-6).all()
    assert not HOUSE.contains(shapely.Point(standing.x_m[0], standing.y_m[0]))


def test_snapping_when_done_twice_moves_no_further():
    rng = np.random.default_rng(3)
    scene = build_scene([HOUSE])
    once = snap(scene, rng.uniform(-2, 22, 500), rng.uniform(-2, 12, 500))
    again = snap(scene, once.x_m, once.y_m)
    assert again.moved_m.max() < 1e-6


def test_snapping_when_next_house_is_too_near_narrows_the_clearance():
    standing = stand([HOUSE, shapely.box(0, -10, 20, -0.15)], [(5, 0.01)])
    assert standing.y_m[0] == pytest.approx(-0.10)
    assert not standing.is_walled_in[0]


def test_snapping_when_there_is_no_room_at_all_says_walled_in_and_sees_nothing():
    scene = build_scene([HOUSE, shapely.box(0, -10, 20, -0.002)])
    views = see(scene, Cameras.of(10, 0.01, 180, hfov_deg=90, range_m=50))
    assert views.is_walled_in[0]
    assert views.is_blind[0]
    assert views.polygons[0].is_empty


def test_snapping_when_moved_over_a_metre_is_flagged():
    views = see(build_scene([HOUSE]), Cameras.of([5, 5], [0.1, 4], 180, hfov_deg=90, range_m=30))
    assert views.is_moved_far.tolist() == [False, True]
    assert views.snapped_m[1] == pytest.approx(4.2)


@pytest.mark.parametrize("inside", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("engine", ["compiled", "arrays"])
def test_view_when_camera_hangs_on_its_own_house_never_looks_through_it(inside, engine):
    """Along the wall and into it: half the sector lies in the house and must not be seen."""
    scene = build_scene([HOUSE])
    views = see(scene, Cameras.of(5, inside, [90, 0, 180], hfov_deg=90, range_m=60), engine=engine)
    assert not any(view.intersects(shapely.box(0.01, 0.01, 19.99, 9.99)) for view in views.polygons)
    assert not views.polygons[0].contains(shapely.Point(30, 20))
    assert views.is_blind.tolist() == [False, True, False]
    assert views.exact_area_m2[2] == pytest.approx(np.pi / 4 * 3600)


def test_snapping_when_inside_one_and_near_another_prefers_the_one_it_is_in():
    standing = stand([HOUSE, shapely.box(0, 10.5, 20, 20)], [(5, 9.9)])
    assert standing.y_m[0] == pytest.approx(10.2)
