"""Multiplicity per cell, gaps along whole streets, incidents in nobody's view, and what is doubtful about the input."""

import numpy as np
import pytest
import shapely

from gis.coverage import (
    Cameras,
    build_ground,
    build_scene,
    building_heights,
    cover,
    findings_of,
    see,
    unseen_incidents,
)
from gis.errors import BadParameter
from tests.gis.coverage_oracle import random_town

CELLS = [shapely.box(x, y, x + 100, y + 100) for x in (-100, 0) for y in (-100, 0)]
POND = shapely.box(30, 30, 60, 60)


def dense(seed: int, count: int = 30):
    rng = np.random.default_rng(seed)
    scene = build_scene(random_town(rng, 25))
    x, y = rng.uniform(-90, 90, (2, count))
    hfov = rng.choice([60.0, 90.0, 360.0], count)
    return scene, see(scene, Cameras.of(x, y, rng.uniform(0, 360, count), hfov, rng.uniform(20, 70, count)))


def faces_with_times(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every face of the arrangement of all outlines, and how many of the polygons hold it."""
    lines = shapely.get_parts(shapely.node(shapely.union_all(shapely.boundary(polygons))))
    faces = shapely.get_parts(shapely.polygonize(lines))
    inside = shapely.point_on_surface(faces)
    return faces, np.sum([shapely.contains(polygon, inside) for polygon in polygons], axis=0)


@pytest.mark.parametrize("seed", range(3))
def test_cells_when_seen_exactly_so_many_times_equal_the_full_arrangement(seed):
    scene, views = dense(seed)
    coverage = cover(views, build_ground(CELLS, scene, water_m=[POND]), tile_m=70)
    faces, times = faces_with_times(views.polygons)
    for i, cell in enumerate(CELLS):
        dry = shapely.area(shapely.difference(shapely.intersection(faces, cell), POND))
        expected = [dry[times == 1].sum(), dry[times == 2].sum(), dry[times >= 3].sum()]
        np.testing.assert_allclose(coverage.exactly_m2[i, 1:], expected, atol=0.01)
    np.testing.assert_allclose(coverage.exactly_m2.sum(axis=1), coverage.open_m2, rtol=1e-9)
    assert coverage.cell_watched_thrice_m2.sum() > 100


def test_open_share_when_taken_in_all_weighs_cells_by_their_open_ground():
    scene = build_scene([])
    ground = build_ground([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 50, 10)], scene)
    coverage = cover(np.array([shapely.box(-1, -1, 11, 11)]), ground)
    assert coverage.share.tolist() == [1.0, 0.0]
    assert coverage.open_share == pytest.approx(0.25)
    assert np.isnan(cover(np.array([POND]), build_ground([], scene)).open_share)


def test_street_gaps_when_a_street_comes_in_pieces_are_merged_along_it():
    """Five pieces of 8 m: each too short to be listed, together a gap of 40 m; the side street stays apart."""
    lines = [shapely.LineString([(8 * k, 0), (8 * k + 8, 0)]) for k in range(5)]
    lines += [shapely.LineString([(16, 0), (16, 30)])]
    scene, cells = build_scene([]), [shapely.box(-50, -50, 90, 90)]
    nobody = np.array([], dtype=object)
    ground = build_ground(cells, scene, streets_m=lines, street_of=[7, 7, 7, 7, 7, 3])
    gaps = cover(nobody, ground, shortest_street_gap_m=10).street_gaps
    assert gaps.length_m.tolist() == [40.0, 30.0]
    assert gaps.street.tolist() == [0, 5]
    assert gaps.unseen_m.tolist() == [8.0] * 5 + [30.0]
    apart = cover(nobody, build_ground(cells, scene, streets_m=lines), shortest_street_gap_m=10).street_gaps
    assert apart.length_m.tolist() == [30.0]


def test_street_gaps_when_the_middle_is_watched_are_two():
    lines = [shapely.LineString([(0, 0), (50, 0)]), shapely.LineString([(50, 0), (100, 0)])]
    ground = build_ground([shapely.box(-50, -50, 150, 50)], build_scene([]), streets_m=lines, street_of=[1, 1])
    gaps = cover(np.array([shapely.box(30, -5, 60, 5)]), ground).street_gaps
    assert gaps.length_m.tolist() == [40.0, 30.0]
    assert gaps.unseen_m.tolist() == [30.0, 40.0]
    with pytest.raises(BadParameter, match="street numbers"):
        build_ground([], build_scene([]), streets_m=lines, street_of=[1])


def test_gaps_when_looked_for_everywhere_are_all_unseen_open_ground():
    scene = build_scene([shapely.box(10, 10, 20, 20)])
    ground = build_ground([shapely.box(0, 0, 100, 50)], scene, near_m=np.inf)
    gaps = cover(np.array([shapely.box(50, -5, 105, 55)]), ground).gaps
    assert gaps.area_m2.tolist() == [pytest.approx(49.5 * 50 - 100, abs=0.01)]


@pytest.mark.parametrize("seed", range(3))
def test_incidents_when_in_nobodys_view_weigh_cells_and_gaps(seed):
    scene, views = dense(seed, 8)
    ground = build_ground(CELLS, scene, near_m=np.inf)
    coverage = cover(views, ground)
    rng = np.random.default_rng(seed)
    xy, weight = rng.uniform(-120, 120, (400, 2)), rng.uniform(0.5, 3, 400)
    found = unseen_incidents(coverage, ground, xy, weight, near_gap_m=0.0)
    points = shapely.points(xy)
    unseen = ~shapely.intersects(shapely.union_all(views.polygons), points)
    np.testing.assert_array_equal(found.is_unseen, unseen)
    assert found.weight == pytest.approx(weight[unseen].sum())
    for i, cell in enumerate(CELLS):
        assert found.cell_weight[i] == pytest.approx(weight[unseen & shapely.intersects(cell, points)].sum())
    for i, gap in enumerate(coverage.gaps.polygons):
        assert found.gap_weight[i] == pytest.approx(weight[unseen & shapely.intersects(gap, points)].sum())
    near = unseen_incidents(coverage, ground, xy, weight)
    assert found.gap_weight.sum() < near.gap_weight.sum() <= near.weight


def test_incidents_when_their_place_is_unknown_belong_to_no_cell():
    ground = build_ground(CELLS, build_scene([]), near_m=np.inf)
    coverage = cover(np.array([], dtype=object), ground)
    found = unseen_incidents(coverage, ground, [[np.nan, 0.0], [50.0, 50.0]])
    assert (found.is_unseen.tolist(), found.weight, found.cell_weight.tolist()) == ([True, True], 2.0, [0, 0, 0, 1])
    assert unseen_incidents(coverage, ground, np.empty((0, 2))).weight == 0.0
    for weights in ([1.0], [1.0, -1.0], [1.0, np.nan]):
        with pytest.raises(BadParameter, match="one weight"):
            unseen_incidents(coverage, ground, [[0, 0], [1, 1]], weights)


def test_heights_when_measured_and_counted_prefer_the_measured():
    found = building_heights([9.5, np.nan, np.nan, -1, 5000], [1, 2, np.nan, 4, 0], assumed_m=6.0)
    assert found.height_m.tolist() == [9.5, 6.0, 6.0, 12.0, 6.0]
    assert found.counts() == {"unknown": 0, "measured": 1, "levels": 2, "assumed": 2}
    assert found.dropped.tolist() == [3, 4]


def test_findings_when_cameras_are_doubtful_name_each():
    house, bow_tie = shapely.box(0, 0, 20, 20), shapely.Polygon([(50, 0), (60, 10), (60, 0), (50, 10)])
    scene = build_scene([house, bow_tie, shapely.Point(3, 3)], [6.0, np.nan, 3.0])
    x = [10, 10, 10.05, 10, 500, 30, np.nan]
    y = [5, -30, -30, -30, 500, 10, 0]
    cameras = Cameras.of(x, y, [180, 0, 0.5, 90, 0, 270, 0], range_m=50, height_m=[4, 4, 4, 4, np.nan, 4, 4])
    found = findings_of(scene, cameras, see(scene, cameras))
    assert np.flatnonzero(found.is_inside).tolist() == [0]
    assert found.inside_share == pytest.approx(1 / 6)
    assert np.flatnonzero(found.is_snapped).tolist() == np.flatnonzero(found.is_moved_far).tolist() == [0]
    assert np.flatnonzero(found.is_alone).tolist() == [4]
    assert found.duplicates == ((2, 1),)
    assert (found.unknown_camera_height, found.unknown_building_height) == (1, 1)
    assert (found.repaired, found.left_out) == ((1,), (2,))


def test_findings_when_two_domes_hang_at_one_place_call_them_one():
    cameras = Cameras.of([0, 0, 0], 0, [10, 200, 10], hfov_deg=[360, 360, 90])
    found = findings_of(build_scene([]), cameras, see(build_scene([]), cameras))
    assert found.duplicates == ((1, 0), (2, 0))
