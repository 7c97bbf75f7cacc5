"""What all cameras see together, against plain overlays of the same views."""

import numpy as np
import pytest
import shapely

from gis.coverage import Cameras, build_ground, build_scene, cells_of, cover, see
from gis.coverage.tiles import layers_of
from gis.errors import BadGeometry, BadParameter
from tests.gis.coverage_oracle import random_town

CELLS = [shapely.box(x, y, x + 100, y + 100) for x in (-100, 0) for y in (-100, 0)]
STREETS = [shapely.LineString([(-100, k), (100, k + 7)]) for k in (-60, -10, 45)]
STREETS += [shapely.LineString([(k, -100), (k - 9, 100)]) for k in (-50, 20)]
POND = shapely.Point(40, 40).buffer(25)


def dense(seed: int, count: int = 30):
    rng = np.random.default_rng(seed)
    scene = build_scene(random_town(rng, 25))
    x, y = rng.uniform(-90, 90, (2, count))
    hfov = rng.choice([60.0, 90.0, 360.0], count)
    return scene, see(scene, Cameras.of(x, y, rng.uniform(0, 360, count), hfov, rng.uniform(20, 70, count)))


def exact_multiplicity(polygons: np.ndarray) -> list[float]:
    """Areas seen at least once, twice, three times, from the full arrangement of all outlines."""
    faces = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.node(shapely.union_all(shapely.boundary(polygons)))))
    )
    times = np.zeros(len(faces), dtype=int)
    inside = shapely.point_on_surface(faces)
    for polygon in polygons:
        times += shapely.contains(polygon, inside)
    return [float(shapely.area(faces[times >= k]).sum()) for k in (1, 2, 3)]


@pytest.mark.parametrize("seed", range(4))
def test_multiplicity_when_many_views_overlap_equals_the_full_arrangement(seed):
    scene, views = dense(seed)
    coverage = cover(views, build_ground(CELLS, scene), tile_m=60)
    found = [coverage.watched_m2, coverage.watched_twice_m2, coverage.watched_thrice_m2]
    np.testing.assert_allclose(found, exact_multiplicity(views.polygons), rtol=1e-6)
    assert coverage.watched_thrice_m2 > 100


def test_cover_when_given_some_polygons_covers_with_those_only():
    scene, views = dense(3)
    ground = build_ground(CELLS, scene)
    some = cover(views.polygons[:5], ground)
    assert some.watched_m2 == pytest.approx(shapely.union_all(views.polygons[:5]).area)
    assert some.watched_m2 < cover(views, ground).watched_m2


def test_layers_when_a_view_is_added_twice_is_seen_twice_all_over():
    view = shapely.box(-30, -30, 130, 50)
    layers = layers_of(np.array([view, view]), 40)
    for layer, area in ((layers.once, view.area), (layers.twice, view.area), (layers.thrice, 0.0)):
        assert float(shapely.area(layer).sum()) == pytest.approx(area)


@pytest.mark.parametrize("seed", range(4))
def test_cell_shares_when_buildings_and_water_are_taken_off_equal_plain_overlays(seed):
    scene, views = dense(seed)
    ground = build_ground(CELLS, scene, water_m=[POND], streets_m=STREETS)
    coverage = cover(views, ground)
    dry = shapely.union_all([*scene.buildings, POND])
    seen = shapely.union_all(views.polygons)
    for i, cell in enumerate(CELLS):
        is_open = cell.difference(dry)
        assert ground.open_m2[i] == pytest.approx(is_open.area, abs=0.05)  # the pond's shore is rounded to 1 mm
        assert coverage.cell_watched_m2[i] == pytest.approx(is_open.intersection(seen).area, abs=0.05)
    np.testing.assert_allclose(coverage.share, coverage.cell_watched_m2 / ground.open_m2)
    assert (coverage.cell_watched_twice_m2 < coverage.cell_watched_m2).all()


def test_cell_share_when_a_cell_has_no_open_ground_is_not_a_number():
    scene = build_scene([shapely.box(0, 0, 50, 50)])
    ground = build_ground([shapely.box(10, 10, 20, 20), shapely.box(60, 60, 70, 70)], scene)
    share = cover(see(scene, Cameras.of(65, 65, hfov_deg=360, range_m=30)), ground).share
    assert np.isnan(share[0])
    assert share[1] == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(4))
def test_gaps_when_listed_are_unseen_open_ground_near_streets(seed):
    scene, views = dense(seed, 6)
    ground = build_ground(CELLS, scene, water_m=[POND], streets_m=STREETS, near_m=12)
    coverage = cover(views, ground, smallest_gap_m2=80)
    gaps = coverage.gaps
    assert len(gaps.polygons) > 3
    assert (gaps.area_m2 >= 80).all()
    assert (np.diff(gaps.area_m2) <= 0).all()
    assert shapely.is_valid(gaps.polygons).all()
    seen, streets = shapely.union_all(views.polygons), shapely.union_all(STREETS)
    for forbidden in (seen, POND, shapely.union_all(scene.buildings)):
        shared = shapely.area(shapely.intersection(gaps.polygons, forbidden))
        assert (shared < 1e-3 * shapely.length(gaps.polygons)).all()  # the ground lies on a grid of a millimetre
    assert all(polygon.within(streets.buffer(12.5)) for polygon in gaps.polygons)
    assert all(polygon.within(CELLS[cell].buffer(1e-6)) for polygon, cell in zip(gaps.polygons, gaps.cell, strict=True))
    # And nothing large is missed: what is left of the ground is slivers, seen, within 0.5 m of it, or too small.
    known = shapely.union_all([*gaps.polygons, seen.buffer(0.51)])
    missed = shapely.get_parts(shapely.difference(ground.near_streets, known))
    assert shapely.area(missed).max(initial=0.0) < 80.5


def test_gaps_when_two_views_leave_a_hair_between_them_list_no_sliver():
    scene = build_scene([])
    ground = build_ground([shapely.box(0, 0, 100, 100)], scene, streets_m=[shapely.LineString([(0, 50), (100, 50)])])
    two = Cameras.of([50, 50], [50, 50.3], [0, 180], hfov_deg=180, range_m=200)
    assert cover(see(scene, two), ground, smallest_gap_m2=0).gaps.area_m2.sum() < 1e-6
    apart = Cameras.of([50, 50], [53, 47], [0, 180], hfov_deg=180, range_m=200)
    assert cover(see(scene, apart), ground).gaps.area_m2.tolist() == [pytest.approx(500.0, rel=1e-6)]


@pytest.mark.parametrize("seed", range(4))
def test_street_gaps_when_added_to_the_watched_metres_give_the_street(seed):
    scene, views = dense(seed, 10)
    ground = build_ground(CELLS, scene, streets_m=STREETS)
    everything = cover(views, ground, shortest_street_gap_m=0).street_gaps
    seen = shapely.union_all(views.polygons)
    for i, street in enumerate(STREETS):
        watched = street.intersection(seen).length
        assert everything.unseen_m[i] == pytest.approx(street.length - watched, abs=1e-6)
        assert everything.length_m[everything.street == i].sum() == pytest.approx(everything.unseen_m[i], abs=1e-5)
    listed = cover(views, ground, shortest_street_gap_m=15).street_gaps
    assert (listed.length_m >= 15).all()
    assert (np.diff(listed.length_m) <= 0).all()
    assert len(listed.lines) < len(everything.lines)


def test_cover_when_there_are_no_cameras_leaves_all_ground_near_streets_as_gap():
    scene = build_scene([shapely.box(-50, -50, -40, -40)])
    ground = build_ground(CELLS, scene, streets_m=STREETS)
    coverage = cover(see(scene, Cameras.of([], [])), ground, smallest_gap_m2=0)
    assert coverage.watched.is_empty
    assert coverage.watched_m2 == 0.0
    assert coverage.share.tolist() == [0, 0, 0, 0]
    assert coverage.gaps.area_m2.sum() == pytest.approx(shapely.area(ground.near_streets).sum())
    assert coverage.street_gaps.unseen_m.sum() == pytest.approx(sum(street.length for street in STREETS))


def test_cover_when_there_are_no_streets_lists_no_gaps():
    scene, views = dense(1)
    coverage = cover(views, build_ground(CELLS, scene))
    assert len(coverage.gaps.polygons) == 0
    assert len(coverage.street_gaps.lines) == 0
    assert (coverage.share > 0).all()


def test_ground_when_a_cell_is_no_area_is_refused():
    with pytest.raises(BadGeometry, match="Cell number 1 is not an area"):
        build_ground([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])], build_scene([]))


def test_cover_when_limits_are_negative_is_refused():
    scene, views = dense(1, 2)
    with pytest.raises(BadParameter):
        cover(views, build_ground(CELLS, scene), smallest_gap_m2=-1)
    with pytest.raises(BadParameter):
        build_ground(CELLS, scene, near_m=0)


def test_cells_of_when_points_lie_in_cells_names_them():
    ground = build_ground(CELLS, build_scene([]))
    found = cells_of(np.array([[-50, -50], [50, 50], [0, 0], [900, 0]]), ground)
    assert found[[0, 1, 3]].tolist() == [0, 3, -1]
    assert found[2] in range(4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ground_near_streets_when_slivers_are_gone_has_no_hair_where_a_wall_was(seed):
    town = random_town(np.random.default_rng(seed), 60)
    streets = [shapely.LineString([(x, -90), (x + 15, 90)]) for x in range(-90, 91, 20)]
    near = build_ground([shapely.box(-80, -80, 80, 80)], build_scene(town), streets_m=streets).near_streets
    assert shapely.is_valid(near).all()
    assert shapely.minimum_clearance(near).min() > 1e-6  # grown back, walls would leave hairs of 1e-13 m
    xy = shapely.get_coordinates(near) * 1000
    np.testing.assert_allclose(xy, np.round(xy), atol=1e-6)
    assert (shapely.get_precision(near) == 0.0).all()
