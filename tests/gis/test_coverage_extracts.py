"""The engine on real towns: Liechtenstein (county-sized) and the centre of Helsinki (dense, with courtyards)."""

import numpy as np
import pytest
import shapely

from gis.coverage import Cameras, build_ground, build_scene, cover, see
from tests.gis.coverage_extract import beside_streets, load, path_of
from tests.gis.coverage_oracle import clear_sight, hidden_by_height, shadow_union_view

pytestmark = pytest.mark.extracts


@pytest.fixture(params=["liechtenstein", "helsinki-centre"])
def town(request):
    path = path_of(request.param)
    if not path.exists():
        pytest.skip(f"the extract {path.name} is not there; set GRIDBEAT_EXTRACTS to the folder that holds it")
    return load(request.param)


def cameras_beside_streets(town, count: int, seed: int, hfov_deg=90.0) -> Cameras:
    rng = np.random.default_rng(seed)
    x, y = beside_streets(town, count, seed).T
    reach, height = rng.uniform(60, 100, count), rng.choice([3.5, 4.5, 6.0, 8.0], count)
    return Cameras.of(x, y, rng.uniform(0, 360, count), hfov_deg, reach, height_m=height)


def test_scene_when_built_of_a_real_town_keeps_its_ground(town):
    scene = build_scene(town.buildings)
    assert scene.report.used == scene.report.given == len(town.buildings)
    united = shapely.disjoint_subset_union_all(shapely.make_valid(town.buildings))
    assert float(shapely.area(scene.buildings).sum()) == pytest.approx(united.area, rel=1e-5)
    assert shapely.is_valid(scene.buildings).all()
    length = np.hypot(*(scene.walls.ends[:, 2:] - scene.walls.ends[:, :2]).T)
    assert length.min() > 1e-6


def test_views_when_taken_in_a_real_town_are_valid_and_the_same_from_both_engines(town):
    scene, cameras = build_scene(town.buildings), cameras_beside_streets(town, 1500, 11)
    one, other = see(scene, cameras, engine="compiled"), see(scene, cameras, engine="arrays")
    assert shapely.is_valid(one.polygons).all()
    assert (shapely.get_type_id(one.polygons) == shapely.GeometryType.POLYGON).all()
    np.testing.assert_allclose(one.exact_area_m2, other.exact_area_m2, rtol=1e-9, atol=1e-6)
    camera, building = scene.tree.query(one.polygons, predicate="intersects")
    assert len(camera) > 1000
    inside = shapely.area(shapely.intersection(one.polygons[camera], scene.buildings[building]))
    assert inside.max() < 0.05  # neighbours overlap by up to a millimetre where rounding moved a shared wall


@pytest.mark.parametrize("hfov", [90.0, 200.0, 360.0])
def test_views_when_taken_in_a_real_town_agree_with_united_shadows(town, hfov):
    scene, cameras = build_scene(town.buildings), cameras_beside_streets(town, 40, 12, hfov)
    views = see(scene, cameras)
    for i in np.flatnonzero(~views.is_walled_in):
        place = views.x_m[i], views.y_m[i]
        expected = shadow_union_view(scene, *place, cameras.bearing_deg[i], hfov, cameras.range_m[i])
        assert abs(views.exact_area_m2[i] - expected.area) < 1e-6 * views.sector_area_m2[i]


def test_samples_when_seen_in_a_real_town_have_a_clear_line_of_sight(town):
    rng = np.random.default_rng(13)
    scene, cameras = build_scene(town.buildings), cameras_beside_streets(town, 60, 13, 360.0)
    views = see(scene, cameras)
    checked = 0
    for i in np.flatnonzero(~views.is_walled_in):
        eye = views.x_m[i], views.y_m[i]
        radius, angle = 0.998 * cameras.range_m[i] * np.sqrt(rng.random(200)), rng.uniform(0, 2 * np.pi, 200)
        points = np.column_stack([eye[0] + radius * np.cos(angle), eye[1] + radius * np.sin(angle)])
        points = points[shapely.distance(shapely.boundary(views.polygons[i]), shapely.points(points)) > 0.01]
        np.testing.assert_array_equal(shapely.contains_xy(views.polygons[i], points), clear_sight(scene, eye, points))
        checked += len(points)
    assert checked > 5000


def test_samples_when_heights_are_known_in_a_real_town_are_hidden_by_roofs_only(town):
    rng = np.random.default_rng(14)
    scene, cameras = build_scene(town.buildings, town.heights_m), cameras_beside_streets(town, 25, 14, 360.0)
    assert scene.report.unknown_height > 100
    views = see(scene, cameras)
    for i in np.flatnonzero(~views.is_walled_in):
        eye = views.x_m[i], views.y_m[i], cameras.height_m[i]
        radius, angle = 0.998 * cameras.range_m[i] * np.sqrt(rng.random(120)), rng.uniform(0, 2 * np.pi, 120)
        points = np.column_stack([eye[0] + radius * np.cos(angle), eye[1] + radius * np.sin(angle)])
        points = points[shapely.distance(shapely.boundary(views.polygons[i]), shapely.points(points)) > 0.02]
        seen = shapely.contains_xy(views.polygons[i], points)
        np.testing.assert_array_equal(seen, ~hidden_by_height(scene, eye, points))


def test_cameras_when_mapped_on_walls_in_helsinki_stand_outside_afterwards():
    path = path_of("helsinki-centre")
    if not path.exists():
        pytest.skip(f"the extract {path.name} is not there; set GRIDBEAT_EXTRACTS to the folder that holds it")
    town = load("helsinki-centre")
    assert len(town.cameras) == 221
    scene = build_scene(town.buildings)
    views = see(scene, Cameras.of(town.cameras[:, 0], town.cameras[:, 1], hfov_deg=360, range_m=40))
    inside = scene.tree.query(shapely.points(views.x_m, views.y_m), predicate="intersects")[0]
    assert set(inside) == set(np.flatnonzero(views.is_walled_in))
    assert np.count_nonzero(views.snapped_m > 0) > 50  # most real cameras are mapped on or in their building
    assert not views.is_refused.any()


def test_coverage_when_taken_of_a_real_town_adds_up(town):
    scene, cameras = build_scene(town.buildings), cameras_beside_streets(town, 300, 15)
    views = see(scene, cameras)
    west, south, east, north = shapely.total_bounds(town.buildings)
    xs, ys = np.linspace(west, east, 9), np.linspace(south, north, 9)
    cells = [shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1]) for i in range(8) for j in range(8)]
    ground = build_ground(cells, scene, streets_m=town.streets, water_m=town.water)
    coverage = cover(views, ground)
    union = shapely.union_all(views.polygons)
    assert coverage.watched_m2 == pytest.approx(union.area, rel=1e-9)
    dry = shapely.union_all(shapely.make_valid(town.water))
    in_cells = union.intersection(shapely.box(west, south, east, north)).difference(dry)
    assert coverage.cell_watched_m2.sum() == pytest.approx(in_cells.area, rel=1e-5)
    assert coverage.street_gaps.unseen_m.sum() == pytest.approx(
        shapely.length(shapely.difference(town.streets, union)).sum(), rel=1e-6
    )
    gaps = shapely.MultiPolygon(list(coverage.gaps.polygons))
    assert shapely.area(shapely.intersection(coverage.gaps.polygons, union)).sum() < 1e-3
    assert gaps.area > 10_000
