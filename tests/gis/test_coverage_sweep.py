"""The visibility sweep and the traps it was built around, each by name, for both engines."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.coverage import Cameras, Views, build_scene, see
from gis.errors import BadParameter

ROOT = Path(__file__).resolve().parents[2]

EMPTY = build_scene([])


@pytest.fixture(params=["compiled", "arrays"])
def look(request):
    def ask(buildings, cameras: Cameras, **more) -> Views:
        scene = EMPTY if buildings is None else build_scene(buildings)
        return see(scene, cameras, engine=request.param, **more)

    return ask


def test_view_when_nothing_is_in_the_way_is_the_whole_sector(look):
    views = look(None, Cameras.of([0, 0, 0, 0], 0, 10, hfov_deg=[1, 90, 180, 359], range_m=100))
    np.testing.assert_allclose(views.exact_area_m2, np.radians([1, 90, 180, 359]) * 5000, rtol=1e-12)
    assert shapely.is_valid(views.polygons).all()


@pytest.mark.parametrize(
    ("bearing", "corner"), [(0, (0, 50)), (90, (50, 0)), (180, (0, -50)), (270, (-50, 0)), (-90, (-50, 0))]
)
def test_view_when_bearing_is_given_turns_clockwise_from_north(look, bearing, corner):
    views = look(None, Cameras.of(0, 0, bearing, hfov_deg=20, range_m=60))
    assert views.polygons[0].contains(shapely.Point(corner))
    assert not views.polygons[0].contains(shapely.Point(-corner[0], -corner[1]))


def test_view_when_grid_north_differs_from_true_north_subtracts_the_convergence(look):
    """Grid north 2° east of true north: true bearing 90 is grid bearing 88, 3.5 m to the north at 100 m."""
    views = look(None, Cameras.of(0, 0, 90, hfov_deg=0.5, range_m=100, convergence_deg=2.0))
    x, y = shapely.get_coordinates(views.polygons[0].centroid)[0]
    assert np.degrees(np.arctan2(x, y)) == pytest.approx(88.0, abs=1e-6)


def test_view_when_field_is_360_has_no_corner_at_the_camera(look):
    views = look([shapely.box(10, -5, 20, 5)], Cameras.of(0, 0, 77, hfov_deg=360, range_m=50))
    corners = shapely.get_coordinates(views.polygons[0])
    assert np.hypot(*corners.T).min() > 9.9
    hidden = np.arctan(0.5) * 50**2 - 50.0  # the sector behind the 10 m wall 10 m away, without the triangle before it
    assert views.exact_area_m2[0] == pytest.approx(np.pi * 2500 - hidden, rel=1e-12)


@pytest.mark.parametrize("bearing", [0, 45, 90, 135, 180, 225, 270, 315, 359.999])
@pytest.mark.parametrize("hfov", [200.0, 270.0, 359.9, 360.0])
def test_view_when_field_exceeds_half_a_turn_counts_every_shadow_once(look, bearing, hfov):
    """The wall stands in the middle of the view, then across ±π, then across the right edge: never counted twice."""
    turn = np.radians(bearing)
    wall = shapely.affinity.rotate(shapely.box(-5, 10, 5, 20), -bearing, origin=(0, 0))
    views = look([wall], Cameras.of(0, 0, bearing, hfov_deg=hfov, range_m=50))
    expected = np.radians(hfov) / 2 * 2500 - (np.arctan(0.5) * 2500 - 50.0)
    assert views.exact_area_m2[0] == pytest.approx(expected, rel=1e-4)  # the turned wall is rounded to 1 mm
    behind = shapely.Point(30 * np.sin(turn), 30 * np.cos(turn))
    assert not views.polygons[0].contains(behind)
    assert shapely.is_valid(views.polygons).all()


def test_view_when_wall_lies_across_the_edge_of_the_view_is_cut_there(look):
    views = look([shapely.box(-50, 10, 50, 20)], Cameras.of(0, 0, 0, hfov_deg=90, range_m=80))
    assert views.exact_area_m2[0] == pytest.approx(100.0, rel=1e-12)
    expected = shapely.Polygon([(0, 0), (10, 10), (-10, 10)])
    assert views.polygons[0].symmetric_difference(expected).area < 1e-9


def test_view_when_wall_is_partly_beyond_range_ends_on_the_circle(look):
    views = look([shapely.box(-100, 30, 100, 40)], Cameras.of(0, 0, 0, hfov_deg=180, range_m=50))
    half = np.arccos(0.6)
    assert views.exact_area_m2[0] == pytest.approx(30 * 40 + (np.pi - 2 * half) / 2 * 2500, rel=1e-12)


def test_view_when_walls_are_collinear_with_the_camera_sees_past_them(look):
    """Both long walls lie on rays from the camera: they cover no angle at all."""
    thin = shapely.Polygon([(10, 0), (40, 0), (40, -3), (10, -3)])
    views = look([thin], Cameras.of(0, 0, 90, hfov_deg=90, range_m=60))
    assert views.polygons[0].contains(shapely.Point(50, 0.5))
    assert not views.polygons[0].contains(shapely.Point(50, -0.5))
    hidden = 0.5 * 3600 * np.arctan(0.3) - 0.5 * 10 * 3
    assert views.exact_area_m2[0] == pytest.approx(np.pi / 4 * 3600 - hidden, rel=1e-12)
    assert shapely.is_valid(views.polygons).all()


@pytest.mark.parametrize("off", [1e-6, 1e-7, 5e-8, 2e-8, 1.2e-8, 1e-9])
def test_view_when_a_wall_is_all_but_collinear_never_runs_past_its_end(look, off):
    """The camera sees the 30 m wall under an angle of a few billionths: rounding must not carry a ray beyond it."""
    thin = shapely.Polygon([(10, 0), (40, 0), (40, -3), (10, -3)])
    views = look([thin], Cameras.of(0, off, 90, hfov_deg=90, range_m=60))
    corners = shapely.get_coordinates(views.polygons[0])
    along = corners[(np.abs(corners[:, 1]) < 1e-4) & (corners[:, 0] < 59)]
    assert along[:, 0].max() <= 40 + 1e-6
    hidden = 0.5 * 3600 * np.arctan(0.3) - 0.5 * 10 * 3
    assert views.exact_area_m2[0] == pytest.approx(np.pi / 4 * 3600 - hidden, abs=1e-3)
    assert shapely.is_valid(views.polygons).all()


def test_view_when_corners_lie_on_one_ray_breaks_the_tie(look):
    """The ray through (10, 10) touches the near building's corner and the far one's: both begin and end there."""
    near, far = shapely.box(5, 10, 10, 15), shapely.box(20, 15, 25, 20)
    views = look([near, far], Cameras.of(0, 0, 45, hfov_deg=90, range_m=60))
    assert shapely.is_valid(views.polygons).all()
    assert views.polygons[0].contains(shapely.Point(14, 13.9))
    assert not views.polygons[0].contains(shapely.Point(24, 23.5))
    assert not views.polygons[0].contains(shapely.Point(13.9, 14.1))


def test_view_when_buildings_touch_at_a_corner_lets_no_light_through(look):
    views = look(
        [shapely.box(-10, 10, 0, 20), shapely.box(0, 20, 10, 30)], Cameras.of(0, 0, 0, hfov_deg=30, range_m=90)
    )
    assert not views.polygons[0].contains(shapely.Point(0.001, 60))
    assert not views.polygons[0].contains(shapely.Point(-0.001, 60))


def test_view_when_terraced_houses_share_walls_is_the_same_as_before_one_long_house(look):
    row = [shapely.box(7 * i, 10, 7 * i + 7, 20) for i in range(-5, 5)]
    camera = Cameras.of(0.5, 0, 0, hfov_deg=160, range_m=70)
    one, many = look([shapely.box(-35, 10, 35, 20)], camera), look(row, camera)
    assert many.exact_area_m2[0] == pytest.approx(one.exact_area_m2[0], rel=1e-12)


def test_view_when_camera_stands_in_a_courtyard_sees_the_courtyard_only(look):
    ring = shapely.box(-20, -20, 20, 20).difference(shapely.box(-10, -10, 10, 10))
    views = look([ring], Cameras.of(3, 2, 0, hfov_deg=360, range_m=90))
    assert views.exact_area_m2[0] == pytest.approx(400.0, rel=1e-12)
    assert views.snapped_m[0] == 0.0


def test_view_when_arc_is_inscribed_keeps_the_exact_area_beside_it(look):
    step = 4.0
    views = look(None, Cameras.of(0, 0, 0, hfov_deg=80, range_m=100), arc_step_deg=step)
    lost = 1.0 - views.polygon_area_m2[0] / views.exact_area_m2[0]
    assert views.exact_area_m2[0] == pytest.approx(np.radians(80) * 5000, rel=1e-12)
    assert lost == pytest.approx(np.radians(step) ** 2 / 6.0, rel=1e-3)


def test_view_when_coordinates_are_zone_prefixed_eastings_keeps_its_area(look):
    """40 million metres east: a float32 would step by 4 m there."""
    town = [shapely.box(10, -5, 20, 5), shapely.box(30, 10, 44, 21)]
    here = look(town, Cameras.of(0, 0, 80, hfov_deg=120, range_m=70))
    far = [shapely.affinity.translate(shape, 4_051_000, 3_800_000) for shape in town]
    there = look(far, Cameras.of(4_051_000, 3_800_000, 80, hfov_deg=120, range_m=70))
    assert there.exact_area_m2[0] == pytest.approx(here.exact_area_m2[0], rel=1e-9)


def test_view_when_range_or_field_is_tiny_stays_valid(look):
    views = look([shapely.box(5, -5, 6, 5)], Cameras.of(0, 0, 90, hfov_deg=[1e-3, 0.5, 90], range_m=[50, 1e-3, 1e-4]))
    assert shapely.is_valid(views.polygons).all()
    assert views.exact_area_m2[0] == pytest.approx(np.radians(1e-3) * 12.5, rel=1e-6)


def test_view_when_cameras_are_none_or_many_keeps_their_order(look):
    assert len(look(None, Cameras.of([], []))) == 0
    reach = np.linspace(10, 90, 2500)
    views = look([shapely.box(500, 500, 510, 510)], Cameras.of(0, 0, 30, hfov_deg=90, range_m=reach))
    np.testing.assert_allclose(views.exact_area_m2, np.pi / 4 * reach**2, rtol=1e-12)


def test_see_when_asked_from_several_threads_at_once_gives_every_one_the_same():
    scene = build_scene([shapely.box(10 * i, 10 * (i % 7), 10 * i + 5, 10 * (i % 7) + 6) for i in range(40)])
    cameras = Cameras.of(np.linspace(0, 400, 3000), 71.0, 180, hfov_deg=100, range_m=90)
    alone = see(scene, cameras).exact_area_m2
    with ThreadPoolExecutor(6) as pool:
        for views in pool.map(lambda _: see(scene, cameras), range(12)):
            np.testing.assert_array_equal(views.exact_area_m2, alone)


def test_see_when_compiler_is_missing_answers_with_plain_arrays():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import shapely; from gis.coverage import *\n"
        "views = see(build_scene([shapely.box(10, -50, 20, 50)]), Cameras.of(0, 0, bearing_deg=90, range_m=30))\n"
        "assert abs(views.exact_area_m2[0] - 100) < 1e-9"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "way", ["gis.coverage.sweep_numba import compiled_and_kept", "gis.routing.compiled import compiled"]
)
def test_inner_loops_when_nothing_can_be_kept_on_disk_are_compiled_for_the_process(tmp_path, way):
    program = tmp_path / "program.py"  # numba keeps nothing of a function without a file
    program.write_text(f"from {way} as way\n@way\ndef square(x):\n    return x * x\nassert square(3.0) == 9.0\n")
    nowhere = os.environ | {"NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    nowhere["PYTHONPATH"] = str(ROOT)
    assert subprocess.run([sys.executable, program], env=nowhere, check=False).returncode == 0


def test_see_when_parameters_make_no_sense_refuses():
    with pytest.raises(BadParameter, match="arc step"):
        see(EMPTY, Cameras.of(0, 0), arc_step_deg=0)
    with pytest.raises(BadParameter, match="target height"):
        see(EMPTY, Cameras.of(0, 0), target_m=-1)
