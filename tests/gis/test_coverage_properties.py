"""Laws of sight that hold for any town and any camera."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.coverage import Cameras, Scene, build_ground, build_scene, cover, see

METRES = st.integers(-90, 90)
SIDES = st.integers(1, 40)


@st.composite
def buildings(draw, least: int = 0, most: int = 12, wedges: bool = True):
    """Boxes and wedges on whole metres: overlapping, touching, sharing corners and lines as often as can be."""
    shapes = []
    for _ in range(draw(st.integers(least, most))):
        x, y, width, depth = draw(METRES), draw(METRES), draw(SIDES), draw(SIDES)
        wedge = shapely.Polygon([(x, y), (x + width, y), (x, y + depth)])
        box = shapely.box(x, y, x + width, y + depth)
        shapes.append(draw(st.sampled_from([box, wedge])) if wedges else box)
    return shapes


@st.composite
def cameras(draw, count: int = 6):
    def some(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    bearing = st.sampled_from([0.0, 45.0, 90.0, 180.0, 270.0, -135.0]) | st.floats(0, 360)
    hfov = st.sampled_from([90.0, 180.0, 270.0, 360.0]) | st.floats(0.5, 360)
    return Cameras.of(some(METRES), some(METRES), some(bearing), some(hfov), some(st.floats(2, 120)))


def standing_free(scene: Scene, camera: Cameras) -> np.ndarray:
    """Which cameras stand over 1 m from every building, so that none is moved."""
    near = scene.tree.query(shapely.points(camera.x_m, camera.y_m), predicate="dwithin", distance=1.01)[0]
    free = np.ones(len(camera), dtype=bool)
    free[near] = False
    return free


@given(buildings(), cameras())
@settings(max_examples=80, deadline=None)
def test_view_when_anything_stands_around_is_valid_and_no_larger_than_its_sector(town, camera):
    scene = build_scene(town)
    for engine in ("compiled", "arrays"):
        views = see(scene, camera, engine=engine)
        assert shapely.is_valid(views.polygons).all()
        assert (views.exact_area_m2 <= views.sector_area_m2 * (1 + 1e-12)).all()
        assert (views.exact_area_m2 >= views.polygon_area_m2 - 1e-6).all()
        lost = views.exact_area_m2 - views.polygon_area_m2
        assert (lost <= np.radians(4.0) ** 2 / 6 * views.sector_area_m2 + 1e-6).all()
        built = shapely.union_all(scene.buildings)
        assert shapely.area(shapely.intersection(views.polygons, built)).max() < 1e-6


@given(buildings(), cameras())
@settings(max_examples=80, deadline=None)
def test_view_when_asked_of_both_engines_is_the_same(town, camera):
    scene = build_scene(town)
    one, other = see(scene, camera, engine="compiled"), see(scene, camera, engine="arrays")
    np.testing.assert_allclose(one.exact_area_m2, other.exact_area_m2, rtol=1e-9, atol=1e-8)
    assert shapely.area(shapely.symmetric_difference(one.polygons, other.polygons)).max() < 1e-5


# Turns that carry whole metres to points of the 1 mm grid, so that rounding plays no part: (cos, sin). Boxes only:
# where slanting walls cross, the dissolved corner is rounded, and differently after a turn.
TURNS = [(0.0, 1.0), (-1.0, 0.0), (0.6, 0.8), (-0.8, 0.6), (0.28, -0.96)]


@given(buildings(wedges=False), cameras(), st.sampled_from(TURNS), st.integers(-9000, 9000), st.integers(-9000, 9000))
@settings(max_examples=80, deadline=None)
def test_view_when_the_whole_scene_is_moved_and_turned_changes_nothing(town, camera, turn, dx, dy):
    cos, sin = turn
    moved = [shapely.affinity.affine_transform(shape, [cos, -sin, sin, cos, dx, dy]) for shape in town]
    there = Cameras.of(
        cos * camera.x_m - sin * camera.y_m + dx,
        sin * camera.x_m + cos * camera.y_m + dy,
        camera.bearing_deg - np.degrees(np.arctan2(sin, cos)),
        camera.hfov_deg,
        camera.range_m,
    )
    scene = build_scene(town)
    free = standing_free(scene, camera)  # a camera at equal distance from two walls may be snapped to either
    here, gone = see(scene, camera.take(free)), see(build_scene(moved), there.take(free))
    np.testing.assert_allclose(gone.exact_area_m2, here.exact_area_m2, rtol=1e-6, atol=1e-5)


@given(buildings(), buildings(least=1, most=3), cameras())
@settings(max_examples=80, deadline=None)
def test_view_when_a_building_is_added_never_grows(town, more, camera):
    before, after = build_scene(town), build_scene(town + more)
    free = standing_free(after, camera) & standing_free(before, camera)
    assume(free.any())
    views, fewer = (see(scene, camera.take(free), arc_step_deg=0.25) for scene in (before, after))
    assert (fewer.exact_area_m2 <= views.exact_area_m2 + 1e-6).all()
    spill = shapely.area(shapely.difference(fewer.polygons, views.polygons))  # chords begin elsewhere on the circle
    assert (spill <= np.radians(0.25) ** 2 / 6 * views.sector_area_m2 + 1e-5).all()


@given(buildings(), cameras(), st.floats(0.1, 0.99))
@settings(max_examples=60, deadline=None)
def test_view_when_range_shrinks_is_a_part_of_the_longer_one(town, camera, factor):
    scene = build_scene(town)
    shorter = Cameras.of(camera.x_m, camera.y_m, camera.bearing_deg, camera.hfov_deg, camera.range_m * factor)
    far, near = see(scene, camera, arc_step_deg=0.5), see(scene, shorter, arc_step_deg=0.5)
    assert (near.exact_area_m2 <= far.exact_area_m2 + 1e-6).all()
    spill = shapely.area(shapely.difference(near.polygons, far.polygons))
    assert (spill <= 1e-4 * far.sector_area_m2 + 1e-6).all()


@given(buildings(most=6), cameras(count=3), st.lists(st.sampled_from([2.0, 4.0, 8.0]), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_view_when_the_camera_is_raised_never_shrinks(town, camera, heights):
    scene = build_scene(town, heights[: len(town)])
    views = [see(scene, replace(camera, height_m=np.full(3, height))) for height in (1.0, 3.0, 6.0, 12.0)]
    areas = np.array([view.exact_area_m2 for view in views])
    assert (np.diff(areas, axis=0) > -1e-6 * views[0].sector_area_m2 - 1e-6).all()


@given(buildings(), cameras(count=8), st.sampled_from([20.0, 70.0, 200.0, 1000.0]))
@settings(max_examples=80, deadline=None)
def test_cover_when_tiles_have_any_size_adds_up_to_the_union(town, camera, tile_m):
    scene = build_scene(town)
    views = see(scene, camera)
    ground = build_ground([shapely.box(-300, -300, 300, 300)], scene)
    coverage = cover(views, ground, tile_m=tile_m)
    union = shapely.union_all(views.polygons)
    assert coverage.watched_m2 == pytest.approx(union.area, abs=1e-3)
    assert coverage.watched.area == pytest.approx(union.area, abs=1e-3)
    assert coverage.cell_watched_m2[0] == pytest.approx(union.area, abs=1e-3)
    assert coverage.watched_m2 >= coverage.watched_twice_m2 >= coverage.watched_thrice_m2 >= 0
    assert 0.0 <= coverage.share[0] <= 1.0


@given(buildings(most=6), cameras(count=3), st.floats(0.0, 80.0), st.floats(5.0, 90.0))
@settings(max_examples=60, deadline=None)
def test_view_when_the_camera_looks_ahead_loses_only_what_lies_at_its_feet(town, camera, pitch_deg, vfov_deg):
    scene = build_scene(town)
    level = replace(camera, height_m=np.full(3, 6.0))
    tilted = replace(level, pitch_deg=np.full(3, pitch_deg), vfov_deg=np.full(3, vfov_deg))
    whole, part = see(scene, level), see(scene, tilted)
    reach = 6.0 / np.tan(np.radians(min(pitch_deg + vfov_deg / 2.0, 90.0)))
    lost = whole.exact_area_m2 - part.exact_area_m2
    assert (lost >= -1e-6).all()
    assert (lost <= 0.5 * np.radians(camera.hfov_deg) * reach**2 + 1e-6).all()
    assert shapely.is_valid(part.polygons).all()
    assert shapely.area(shapely.difference(part.polygons, whole.polygons)).max() < 1e-6
    eyes = shapely.points(part.x_m, part.y_m)
    seen = ~shapely.is_empty(part.polygons)
    assert (shapely.distance(part.polygons, eyes)[seen] > 0.998 * reach - 0.011).all()


@given(buildings(), cameras(count=8))
@settings(max_examples=60, deadline=None)
def test_ground_when_counted_by_cameras_adds_up_to_the_open_ground(town, camera):
    scene = build_scene(town)
    cells = [shapely.box(x, y, x + 100, y + 100) for x in range(-300, 300, 100) for y in range(-300, 300, 100)]
    coverage = cover(see(scene, camera), build_ground(cells, scene))
    np.testing.assert_allclose(coverage.exactly_m2.sum(axis=1), coverage.open_m2, atol=1e-3)
    np.testing.assert_allclose(coverage.exactly_m2[:, 1:].sum(), coverage.watched_m2, atol=1e-2)
    times = coverage.exactly_m2.sum(axis=0) @ np.array([0, 1, 2, 3])
    seen_m2 = shapely.area(see(scene, camera).polygons).sum()
    assert times <= seen_m2 + 0.01  # four cameras and more count as three
