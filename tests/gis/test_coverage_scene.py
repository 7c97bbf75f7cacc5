"""Buildings on their way into the scene: dissolved, valid, on the grid, one way round."""

import subprocess
import sys

import numpy as np
import pytest
import shapely

from gis.coverage import build_scene
from gis.coverage.edges import grid_of, walls_of
from gis.errors import BadParameter
from tests.gis.coverage_oracle import random_town


def test_scene_when_footprints_overlap_dissolves_them():
    scene = build_scene([shapely.box(0, 0, 10, 10), shapely.box(5, 5, 15, 15), shapely.box(15, 5, 20, 15)])
    assert len(scene.buildings) == 1
    assert scene.buildings[0].area == 100 + 100 - 25 + 50


def test_scene_when_a_building_has_a_courtyard_keeps_it_clockwise():
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    scene = build_scene([ring])
    (building,) = scene.buildings
    assert building.area == 800
    assert shapely.is_ccw(building.exterior)
    assert not shapely.is_ccw(building.interiors[0])
    assert len(scene.walls.ends) == 8


def test_scene_when_vertices_repeat_within_a_micrometre_drops_them():
    corners = [(0, 0), (10, 0), (10 + 4e-7, 3e-7), (10, 10), (10, 10), (0, 10)]
    scene = build_scene([shapely.Polygon(corners)])
    assert len(scene.walls.ends) == 4
    assert np.hypot(*(scene.walls.ends[:, 2:] - scene.walls.ends[:, :2]).T).min() > 1e-6


def test_scene_when_given_rubbish_leaves_it_out_and_says_so():
    crossed = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    with_nan = shapely.Polygon([(0, 0), (np.nan, 5), (5, 5)])
    given = [crossed, None, shapely.Polygon(), shapely.Point(3, 3), with_nan, shapely.box(50, 50, 60, 60)]
    scene = build_scene(given)
    assert scene.report.given == 6
    assert scene.report.left_out == (1, 2, 3, 4)
    assert scene.report.repaired == (0,)
    assert shapely.is_valid(scene.buildings).all()
    assert shapely.area(scene.buildings).sum() == 150


def test_scene_when_given_multipolygons_takes_each_part():
    both = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 6, 1)])
    assert len(build_scene([both]).buildings) == 2


def test_scene_when_heights_do_not_fit_refuses():
    with pytest.raises(BadParameter, match="2 heights for 1 buildings"):
        build_scene([shapely.box(0, 0, 1, 1)], [3.0, 4.0])
    with pytest.raises(BadParameter, match="above 0"):
        build_scene([shapely.box(0, 0, 1, 1)], [0.0])


def test_scene_when_all_heights_are_unknown_is_flat_and_counts_them():
    scene = build_scene([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)], [np.nan, np.nan])
    assert not scene.has_heights
    assert scene.report.unknown_height == 2


def test_scene_when_heights_overlap_gives_the_ground_to_the_taller():
    low, high, unknown = shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10), shapely.box(12, 0, 14, 10)
    scene = build_scene([low, high, unknown], [4.0, 9.0, np.nan])
    height = np.nan_to_num(scene.heights_m, nan=-1.0)
    areas = {float(h): float(shapely.area(scene.buildings[height == h]).sum()) for h in np.unique(height)}
    assert areas == {-1.0: 20.0, 4.0: 50.0, 9.0: 80.0}


def test_scene_when_town_is_random_has_no_two_buildings_that_overlap():
    rng = np.random.default_rng(5)
    town = random_town(rng, 60)
    for heights in (None, rng.choice([3.0, 6.0, np.nan], 60)):
        scene = build_scene(town, heights)
        a, b = scene.tree.query(scene.buildings, predicate="intersects")
        common = shapely.area(shapely.intersection(scene.buildings[a[a < b]], scene.buildings[b[a < b]]))
        assert common.sum() < 1e-2 * 60  # nothing but what rounding to 1 mm leaves along shared walls
        assert float(shapely.area(scene.buildings).sum()) == pytest.approx(shapely.union_all(town).area, rel=1e-4)


def test_grid_when_walls_are_long_still_finds_each_in_every_square_it_crosses():
    slanting = shapely.Polygon([(0, 0), (900, 700), (901, 700), (1, 0)])
    walls = walls_of(build_scene([slanting, shapely.box(300, 20, 310, 30)]).buildings)
    grid = grid_of(walls, np.full(2, np.nan), 48.0)
    west, south, size, columns, _ = grid.frame
    for wall in walls.ends:
        at = np.linspace(wall[:2], wall[2:], 500)[1:-1]
        square = ((at[:, 1] - south) // size * columns + (at[:, 0] - west) // size).astype(int)
        for k in np.unique(square):
            assert (grid.ends[grid.start[k] : grid.start[k + 1]] == wall).all(axis=1).any()


def test_grid_when_two_buildings_are_a_thousand_kilometres_apart_stays_small():
    scene = build_scene([shapely.box(0, 0, 1, 1), shapely.box(1e6, 1e6, 1e6 + 1, 1e6 + 1)])
    assert len(scene.grid.start) < 17_000_000


def test_engine_when_imported_does_not_load_the_compiler():
    code = "import sys, gis.coverage; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
