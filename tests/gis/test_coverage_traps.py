"""The nine traps of camera coverage, each by name. More cases of each stand in the files beside this one."""

from types import MappingProxyType

import numpy as np
import pyproj
import pytest
import shapely

from data.importing.osm_tags import building_height, camera_direction
from gis.coverage import (
    EDITIONS,
    Cameras,
    build_ground,
    build_scene,
    building_heights,
    check_cameras,
    cover,
    findings_of,
    quality_range_m,
    see,
)
from gis.crs import metric_crs_for
from tests.gis.coverage_oracle import random_town

HOUSE = shapely.box(0, 0, 20, 10)
ENGINES = pytest.mark.parametrize("engine", ["compiled", "arrays"])


@ENGINES
@pytest.mark.parametrize("inside_m", [0.0, 0.2, 0.99, 4.0])
def test_trap_1_camera_in_its_own_building_is_moved_out_recorded_and_never_looks_through(engine, inside_m):
    scene = build_scene([HOUSE])
    views = see(scene, Cameras.of(8, inside_m, [180, 90, 0], hfov_deg=90, range_m=50), engine=engine)
    assert views.snapped_m.tolist() == [pytest.approx(inside_m + 0.2)] * 3
    assert views.is_moved_far.tolist() == [inside_m + 0.2 > 1.0] * 3
    assert views.exact_area_m2[0] == pytest.approx(np.pi / 4 * 2500)
    assert shapely.area(shapely.intersection(views.polygons, HOUSE)).max() < 1e-9
    assert views.is_blind.tolist() == [False, False, True]


@ENGINES
def test_trap_2_footprints_that_overlap_are_one_those_that_touch_hide_as_one_and_courtyards_stay(engine):
    camera = Cameras.of(0, -20, 0, hfov_deg=170, range_m=90)
    one = see(build_scene([shapely.box(-30, 0, 30, 10)]), camera, engine=engine)
    for halves in ([(-30, 5), (-2, 30)], [(-30, 0), (0, 30)]):
        scene = build_scene([shapely.box(west, 0, east, 10) for west, east in halves])
        assert len(scene.buildings) == 1
        assert see(scene, camera, engine=engine).exact_area_m2[0] == pytest.approx(one.exact_area_m2[0])
    court = build_scene([shapely.box(-20, -20, 20, 20).difference(shapely.box(-9, -9, 9, 9))])
    inside = see(court, Cameras.of(1, 2, hfov_deg=360, range_m=80), engine=engine)
    assert inside.exact_area_m2[0] == pytest.approx(324.0)


@ENGINES
def test_trap_3_corners_a_hair_apart_never_make_a_view_cross_itself(engine):
    """Every corner of a town doubled at 1e-7 m, cameras in line with walls and across ±π, fields beyond half a turn."""
    rng = np.random.default_rng(3)

    def doubled(xy: np.ndarray) -> np.ndarray:
        return np.repeat(xy, 2, axis=0) + np.tile([[0.0, 0.0], [1e-7, -1e-7]], (len(xy), 1))

    rings = [shapely.Polygon(doubled(shapely.get_coordinates(shape.exterior))) for shape in random_town(rng, 30)]
    scene = build_scene(rings)
    corners = scene.walls.ends[:, :2]
    away = corners + 15.0 * (corners - scene.walls.ends[:, 2:]) / np.hypot(
        *(corners - scene.walls.ends[:, 2:]).T
    ).reshape(-1, 1)  # on the line of a wall: it covers no angle
    fields = np.resize([90.0, 181.0, 270.0, 360.0], len(away))
    views = see(scene, Cameras.of(*away.T, np.resize([-90.0, 270.0, 180.0], len(away)), fields, 60.0), engine=engine)
    assert shapely.is_valid(views.polygons).all()
    assert (shapely.get_type_id(views.polygons) == shapely.GeometryType.POLYGON).all()
    assert (views.exact_area_m2 <= views.sector_area_m2 + 1e-9).all()


@ENGINES
@pytest.mark.parametrize("step_deg", [1.0, 4.0, 12.0])
def test_trap_4_the_polygon_loses_its_arc_but_the_exact_area_does_not(engine, step_deg):
    views = see(build_scene([]), Cameras.of(0, 0, hfov_deg=60, range_m=80), arc_step_deg=step_deg, engine=engine)
    assert views.exact_area_m2[0] == pytest.approx(np.pi / 6 * 6400, rel=1e-12)
    lost = 1.0 - views.polygon_area_m2[0] / views.exact_area_m2[0]
    assert lost == pytest.approx(np.radians(step_deg) ** 2 / 6, rel=0.01)


def test_trap_5_bearings_are_true_north_and_axes_easting_first():
    """A camera 1° east of the middle at 34° N: 80 m due north by the ellipsoid must lie in the middle of its view."""
    frame = metric_crs_for((121.5, 33.8, 123.5, 34.2))
    lon, lat = 123.5, 34.0
    there = pyproj.Geod(ellps="WGS84").fwd(lon, lat, 0.0, 80.0)[:2]
    here, target = frame.xy([[lon, lat], there])
    turn = frame.grid_convergence_deg([lon], [lat])
    assert abs(turn[0]) > 0.5
    assert abs(target - here)[1] == pytest.approx(80.0, rel=1e-3)  # northing second, always
    see_it = see(build_scene([]), Cameras.of(*here, 0, hfov_deg=0.2, range_m=100, convergence_deg=turn))
    assert see_it.polygons[0].contains(shapely.Point(target))
    missed = see(build_scene([]), Cameras.of(*here, 0, hfov_deg=0.2, range_m=100))
    assert not missed.polygons[0].contains(shapely.Point(target))


def test_trap_5_a_wrong_datum_shows_in_the_share_of_cameras_inside_buildings():
    """Cameras before the south walls of a dense town, then all shifted as GCJ-02 shifts them."""
    houses = [shapely.box(x, y, x + 20, y + 20) for x in range(0, 900, 30) for y in range(0, 900, 30)]
    scene = build_scene(houses)
    x, y = (part.ravel() for part in np.meshgrid(np.arange(10, 900, 30), np.arange(-2, 890, 30)))
    right, shifted = Cameras.of(x, y, 180), Cameras.of(x + 483.0, y + 130.0, 180)
    assert findings_of(scene, right, see(scene, right)).inside_share == 0.0
    assert findings_of(scene, shifted, see(scene, shifted)).inside_share > 0.1


def test_trap_5_coordinates_beyond_what_metres_can_be_are_refused_not_computed():
    (refusal,) = check_cameras(Cameras.of([0.0, 40_500_000.0], 0.0))
    assert refusal.index == 1


def test_trap_6_each_height_keeps_its_source_and_unknown_ones_are_never_looked_over():
    heights = building_heights([3.0, np.nan, np.nan], [np.nan, 1.0, np.nan])
    assert heights.counts() == {"unknown": 1, "measured": 1, "levels": 1, "assumed": 0}
    walls = [shapely.box(10, y, 11, y + 20) for y in (-100, 0, 100)]
    scene = build_scene(walls, heights.height_m)
    views = see(scene, Cameras.of(0, [-90, 10, 110], 90, hfov_deg=10, range_m=60, height_m=8))
    assert (views.exact_area_m2[:2] > 5 * views.exact_area_m2[2]).all()
    assert scene.report.unknown_height == 1
    assert building_height({"building:levels": "2"})[2] != building_height({"height": "6"})[2]


def test_trap_7_shares_are_of_open_ground_and_gaps_lie_near_streets_only():
    cell, field = shapely.box(0, 0, 100, 100), shapely.box(0, 40, 100, 100)
    scene = build_scene([shapely.box(0, 0, 50, 20)])
    street, pond = shapely.LineString([(0, 30), (100, 30)]), shapely.box(50, 0, 100, 20)
    ground = build_ground([cell], scene, streets_m=[street], water_m=[pond], near_m=5)
    assert ground.open_m2[0] == pytest.approx(8000.0)
    coverage = cover(np.array([field]), ground, smallest_gap_m2=0)
    assert coverage.share[0] == pytest.approx(6000 / 8000)
    nothing = cover(np.array([], dtype=object), ground)
    assert nothing.gaps.area_m2.tolist() == [pytest.approx(1000.0)]


def test_trap_8_multiplicity_is_kept_beside_the_union():
    ground = build_ground([shapely.box(0, 0, 100, 100)], build_scene([]))
    once = cover(np.array([shapely.box(0, 0, 100, 50)]), ground)
    thrice = cover(np.array([shapely.box(0, 0, 100, 50)] * 3), ground)
    assert once.share.tolist() == thrice.share.tolist() == [0.5]
    assert once.exactly_m2.tolist() == [[5000, 5000, 0, 0]]
    assert thrice.exactly_m2.tolist() == [[5000, 0, 0, 5000]]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"camera:direction": "239-284"}, (261.5, 45.0)),
        ({"direction": "SW"}, (225.0, None)),
        ({"camera:direction": "350-20"}, (5.0, 30.0)),
        ({"camera:direction": "90", "direction": "270"}, (90.0, None)),
        ({"direction": "somewhere"}, None),
    ],
)
def test_trap_9_directions_in_openstreetmap_may_be_ranges_or_words(tags, expected):
    assert camera_direction(tags) == expected


def test_tiers_when_named_by_edition_follow_the_slant_distance():
    assert list(EDITIONS) == ["IEC 62676-4:2014", "IEC 62676-4:2025"]
    assert isinstance(EDITIONS["IEC 62676-4:2014"], MappingProxyType)
    for tiers in EDITIONS.values():
        for px_per_m in tiers.values():
            level = float(quality_range_m(2560, 70, px_per_m))
            assert 2560 / (2 * level * np.tan(np.radians(35))) == pytest.approx(px_per_m)
            if level > 4.0:  # from 4 m up, the ground is nearer by Pythagoras
                assert float(quality_range_m(2560, 70, px_per_m, 4.0)) == pytest.approx(np.sqrt(level**2 - 16))
