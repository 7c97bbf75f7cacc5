"""Declared coordinate systems land where they should, and wrong declarations are caught."""

import doctest
import math
from types import ModuleType

import numpy as np
import pytest
import shapely
from coord_convert import transform as oracle
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

import gis.crs
import gis.datum
from gis.crs import (
    SourceCrs,
    area_m2,
    coordinate_faults,
    from_wgs84,
    geometry_to_wgs84,
    metric_crs_for,
    parse_crs,
    to_wgs84,
)
from gis.errors import BadCoordinates, BadParameter, UnknownCrs

EARTH = Geod(ellps="WGS84")
DONGHAI_GCJ, DONGHAI = (118.766489, 34.522859), (118.761026, 34.523976)  # domain.md §2.10
NANJIANG_GCJ, NANJIANG = (106.843418, 32.353164), (106.839308, 32.355544)  # domain.md §2.10

lons = st.floats(-180, 180, allow_nan=False)
lats = st.floats(-85, 85, allow_nan=False)
chinese_lons = st.floats(73, 135, allow_nan=False)
chinese_lats = st.floats(18, 53, allow_nan=False)


def apart_m(one, other) -> float:
    return EARTH.inv(*one, *other)[2]


@pytest.mark.parametrize("module", [gis.crs, gis.datum], ids=lambda module: module.__name__)
def test_docstrings_when_run_then_say_the_truth(module: ModuleType):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


class TestParse:
    @pytest.mark.parametrize(
        ("written", "name", "epsg", "unit"),
        [
            ("wgs84", "wgs84", 4326, "degrees"),
            (" WGS 84 ", "wgs84", 4326, "degrees"),
            ("CGCS2000", "cgcs2000", 4490, "degrees"),
            ("Gcj-02", "gcj02", None, "degrees"),
            ("BD09", "bd09", None, "degrees"),
            ("EPSG:4326", "EPSG:4326", 4326, "degrees"),
            ("epsg:4549", "EPSG:4549", 4549, "metres"),
            ("EPSG:2263", "EPSG:2263", 2263, "US survey foot"),
        ],
    )
    def test_name_when_accepted_then_understood(self, written, name, epsg, unit):
        crs = parse_crs(written)
        assert (crs.name, crs.epsg, crs.unit) == (name, epsg, unit)

    @pytest.mark.parametrize(
        "written",
        ["", "mars", "EPSG:", "EPSG:99999", "EPSG:4978", "EPSG:5773", "EPSG:4807", "EPSG:７４５", "4326"],
    )
    def test_name_when_not_accepted_then_one_sentence_lists_what_is(self, written):
        with pytest.raises(UnknownCrs) as error:
            parse_crs(written)
        message = str(error.value)
        assert all(word in message for word in ("wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:n"))
        assert message.count(".") == 1
        assert message.endswith(".")

    def test_source_crs_when_changed_then_refused(self):
        with pytest.raises(AttributeError):
            parse_crs("wgs84").name = "gcj02"  # type: ignore[misc]


class TestShiftedSystems:
    @pytest.mark.parametrize(
        ("shifted", "true", "offset_m"), [(DONGHAI_GCJ, DONGHAI, 516), (NANJIANG_GCJ, NANJIANG, 468)]
    )
    def test_gcj02_when_at_the_known_places_then_the_known_answer(self, shifted, true, offset_m):
        found = to_wgs84([shifted], parse_crs("gcj02"))[0]
        assert found.round(6).tolist() == list(true)
        assert apart_m(found, shifted) == pytest.approx(offset_m, abs=1)

    @given(chinese_lons, chinese_lats)
    def test_gcj02_when_inside_china_then_the_public_implementation_agrees(self, lon, lat):
        assert from_wgs84([[lon, lat]], parse_crs("gcj02"))[0] == pytest.approx(oracle.wgs2gcj(lon, lat), abs=1e-11)
        assert to_wgs84([[lon, lat]], parse_crs("gcj02"))[0] == pytest.approx(oracle.gcj2wgs(lon, lat), abs=2e-6)

    @given(chinese_lons, chinese_lats)
    def test_bd09_when_inside_china_then_the_public_implementation_agrees(self, lon, lat):
        assert from_wgs84([[lon, lat]], parse_crs("bd09"))[0] == pytest.approx(oracle.wgs2bd(lon, lat), abs=1e-11)
        # the public inverse is an approximation, good to a metre
        assert to_wgs84([[lon, lat]], parse_crs("bd09"))[0] == pytest.approx(oracle.bd2wgs(lon, lat), abs=1e-5)

    @given(lons, lats, st.sampled_from(["gcj02", "bd09"]))
    def test_shifted_pair_when_sent_there_and_back_then_within_a_millimetre(self, lon, lat, name):
        assume(all(abs(lon - edge) > 0.05 for edge in (72.004, 137.8347)))  # a kilometre of two answers
        assume(all(abs(lat - edge) > 0.05 for edge in (0.8293, 55.8271)))
        crs = parse_crs(name)
        there = gis.datum.wgs84_to_gcj02(np.array([[lon, lat]]))
        there = gis.datum.gcj02_to_bd09(there) if name == "bd09" else there
        if coordinate_faults(there, crs):  # the shift carried it past the antimeridian or the last latitude
            return
        back = to_wgs84(there, crs)[0]
        assert np.abs(back - [lon, lat]).max() * 111_320 < 0.001

    @given(lons.filter(lambda lon: not 71.5 < lon < 138.5), lats)
    def test_gcj02_when_outside_china_then_not_shifted_as_in_the_public_implementation(self, lon, lat):
        assert oracle.wgs2gcj(lon, lat) == (lon, lat)
        for convert in (from_wgs84, to_wgs84):
            assert convert([[lon, lat]], parse_crs("gcj02")).tolist() == [[lon, lat]]

    def test_bd09_when_compared_with_gcj02_then_most_of_a_kilometre_apart(self):
        gcj, bd = (from_wgs84([DONGHAI], parse_crs(name))[0] for name in ("gcj02", "bd09"))
        assert 700 < apart_m(gcj, bd) < 1200

    def test_conversion_when_no_rows_then_no_rows(self):
        for name in ("wgs84", "gcj02", "bd09", "EPSG:4549"):
            assert to_wgs84([], parse_crs(name)).shape == (0, 2)
            assert from_wgs84(np.empty((0, 2)), parse_crs(name)).shape == (0, 2)


class TestRegisteredSystems:
    @given(st.floats(118.4, 119.1), st.floats(34.3, 34.8))
    def test_gauss_kruger_when_sent_there_and_back_then_within_a_millimetre(self, lon, lat):
        crs = parse_crs("EPSG:4549")
        assert apart_m(to_wgs84(from_wgs84([[lon, lat]], crs), crs)[0], (lon, lat)) < 0.001

    def test_gauss_kruger_when_on_the_central_meridian_then_easting_500_000(self):
        easting, northing = from_wgs84([[120.0, 34.5]], parse_crs("EPSG:4549"))[0]
        assert easting == pytest.approx(500_000, abs=0.001)
        # the arc of the meridian from the equator, measured by another routine
        assert northing == pytest.approx(EARTH.inv(120, 0, 120, 34.5)[2], abs=0.01)

    def test_input_when_converted_then_left_as_it_was(self):
        pairs = np.array([DONGHAI])
        for name in ("wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4326"):
            to_wgs84(pairs, parse_crs(name))[0] += 1
            from_wgs84(pairs, parse_crs(name))[0] += 1
            assert pairs.tolist() == [list(DONGHAI)]

    @pytest.mark.parametrize("lon", [-179.9, -175.0, 179.5])
    def test_zone_when_it_lies_at_the_antimeridian_then_both_sides_can_be_written(self, lon):
        zone = parse_crs("EPSG:32601")
        assert apart_m(to_wgs84(from_wgs84([[lon, 51.0]], zone), zone)[0], (lon, 51.0)) < 0.001


class TestFaults:
    @pytest.mark.parametrize(
        ("crs", "pair", "says"),
        [
            ("wgs84", (math.nan, 34.5), "not numbers"),
            ("EPSG:4549", (500_000, math.inf), "not numbers"),
            ("wgs84", (200.0, 34.5), "longitude 200.0 lies outside"),
            ("cgcs2000", (-150.0, -91.0), "latitude -91.0 lies outside"),
            ("wgs84", (34.5, 118.7), "is longitude written in its place"),
            ("gcj02", (500_000, 3_821_000), "look like metres, but gcj02 is in degrees"),
            ("bd09", (118.7, 86.0), "not defined at latitude 86.0"),
            ("EPSG:4549", (118.7, 34.5), "look like degrees, but EPSG:4549 is in metres"),
            ("EPSG:3857", (118.7, 34.5), "look like degrees, but EPSG:3857 is in metres"),  # a place off Africa
            ("EPSG:2263", (-74.25, 40.75), "look like degrees, but EPSG:2263 is in US survey foot"),
            ("EPSG:4549", (3_821_000, 500_000), "easting comes before northing"),  # surveyors write x north
            (
                "EPSG:4549",
                (40_500_000, 3_821_000),
                "check the system, the zone",
            ),  # zone number before the easting
        ],
    )
    def test_pair_when_impossible_then_named_with_its_row(self, crs, pair, says):
        good = from_wgs84([(-74.0, 40.7) if crs == "EPSG:2263" else DONGHAI], parse_crs(crs))[0]
        with pytest.raises(BadCoordinates) as error:
            to_wgs84([good, good, pair, (math.nan, math.nan)], parse_crs(crs))
        assert says in str(error.value)
        assert str(error.value).startswith("Row 3: ")

    def test_faults_when_several_then_all_listed_from_the_files_own_first_row(self):
        faults = coordinate_faults([(1, 1), (1, 91), DONGHAI, (math.inf, 0)], parse_crs("wgs84"), first_row=2)
        assert sorted(faults) == [1, 3]
        assert faults[1].facts["row"] == 3
        assert faults[3].facts["row"] == 5

    @pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 2)])
    def test_pairs_when_of_another_shape_then_refused(self, shape):
        with pytest.raises(BadParameter):
            to_wgs84(np.zeros(shape), parse_crs("wgs84"))

    def test_place_when_it_cannot_be_written_in_the_system_then_refused(self):
        with pytest.raises(BadCoordinates, match="Row 2: this place cannot be written in gcj02"):
            from_wgs84([DONGHAI, (10, 89)], parse_crs("gcj02"))
        with pytest.raises(BadCoordinates, match="Row 1"):
            from_wgs84([(0, 90)], parse_crs("EPSG:3857"))


class TestGeometries:
    def test_geometries_when_converted_then_kind_holes_and_order_stay(self):
        crs = parse_crs("gcj02")
        hole = shapely.box(118.7605, 34.5232, 118.7608, 34.5235)
        ground = [
            shapely.box(118.76, 34.52, 118.77, 34.53).difference(hole),
            shapely.Point(DONGHAI),
            shapely.MultiLineString([[(118.7, 34.5), (118.8, 34.6)], [(118.5, 34.5), (118.6, 34.5)]]),
            None,
        ]
        shifted = shapely.transform(np.array(ground), lambda xy: from_wgs84(xy, crs))
        back = geometry_to_wgs84(shifted, crs)
        assert [shapely.get_type_id(one) for one in back] == [shapely.get_type_id(one) for one in ground]
        assert len(back[0].interiors) == 1
        assert shapely.hausdorff_distance(back[:3], ground[:3]).max() * 111_320 < 0.001

    def test_geometry_when_one_vertex_is_impossible_then_its_geometry_is_named(self):
        good = shapely.LineString([(1, 1), (2, 2), (3, 3)])
        with pytest.raises(BadCoordinates, match=r"Row 2: longitude 181\.0"):
            geometry_to_wgs84([good, shapely.LineString([(1, 1), (181, 2)])], parse_crs("wgs84"))

    def test_single_geometry_when_converted_then_a_single_geometry(self):
        assert geometry_to_wgs84(shapely.Point(DONGHAI), SourceCrs("wgs84", 4326, "degrees")).equals(
            shapely.Point(DONGHAI)
        )


class TestMetricFrame:
    @given(
        st.floats(-170, 170),
        st.floats(-80, 80),
        st.floats(-0.2, 0.2),
        st.floats(-0.2, 0.2),
        st.floats(0, 360),
    )
    def test_distance_when_measured_on_the_frame_then_true_within_the_stated_error(self, lon, lat, dx, dy, bearing):
        frame = metric_crs_for((lon - 0.3, lat - 0.3, lon + 0.3, lat + 0.3))
        start = (lon + dx, lat + dy)
        end = EARTH.fwd(*start, bearing, 1000)[:2]
        step = np.diff(frame.xy([start, end]), axis=0)[0]
        assert np.hypot(*step) == pytest.approx(1000, abs=1000 * frame.scale_error * 1.05 + 1e-4)
        assert apart_m(frame.lonlat(frame.xy([end]))[0], end) < 1e-6

    @given(st.floats(-170, 170), st.floats(-80, 80), st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 360))
    def test_bearing_when_corrected_by_the_convergence_then_true(self, lon, lat, dx, dy, bearing):
        frame = metric_crs_for((lon - 1, lat - 1, lon + 1, lat + 1))
        start = (lon + dx, lat + dy)
        end = EARTH.fwd(*start, bearing, 10)[:2]
        east, north = np.diff(frame.xy([start, end]), axis=0)[0]
        true = math.degrees(math.atan2(east, north)) + frame.grid_convergence_deg(*start)
        assert (true - bearing + 180) % 360 - 180 == pytest.approx(0, abs=0.002)

    def test_geometries_when_taken_to_metres_and_back_then_the_same(self):
        frame = metric_crs_for((9.4, 47.0, 9.7, 47.3))
        ground = np.array([shapely.box(9.5, 47.1, 9.6, 47.2), shapely.LineString([(9.4, 47.0), (9.7, 47.3)])])
        metres = frame.to_metres(ground)
        assert metres[0].area == pytest.approx(float(area_m2(ground[0])), rel=1e-4)
        assert shapely.equals_exact(frame.to_lonlat(metres), ground, 1e-11).all()

    @pytest.mark.parametrize(
        ("bounds", "says"),
        [
            ((179.0, 0.0, -179.0, 1.0), "antimeridian"),
            ((-179.0, 0.0, 179.0, 1.0), "antimeridian"),
            ((170.0, 0.0, 190.0, 1.0), "antimeridian"),
            ((10.0, 84.5, 11.0, 89.0), "pole"),
            ((10.0, -90.0, 11.0, -89.0), "pole"),
            ((10.0, 40.0, 30.0, 50.0), "km wide"),
            ((10.0, 50.0, 11.0, 40.0), "are not west, south, east, north"),
            ((math.nan, 40.0, 11.0, 50.0), "are not west, south, east, north"),
        ],
    )
    def test_bounds_when_they_cannot_be_measured_then_a_sentence(self, bounds, says):
        with pytest.raises(BadCoordinates, match=says):
            metric_crs_for(bounds)


class TestArea:
    @given(st.floats(-170, 170), st.floats(-80, 80), st.floats(0.001, 0.3))
    def test_area_when_measured_then_as_on_the_ellipsoid(self, lon, lat, side):
        square = shapely.box(lon, lat, lon + side, lat + side)
        expected = EARTH.geometry_area_perimeter(shapely.segmentize(square, side / 20))[0]
        assert float(area_m2(square)) == pytest.approx(expected, rel=1e-4)

    def test_area_when_a_sliver_or_empty_then_not_rounded_away(self):
        sliver = shapely.box(118.0, 34.0, 118.0 + 1e-12, 34.001)
        found = area_m2(np.array([sliver, shapely.Polygon()]))
        assert found[0] == pytest.approx(1e-12 * 92_400 * 0.001 * 110_900, rel=0.03)
        assert found[1] == 0
