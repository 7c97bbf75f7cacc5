"""OpenStreetMap's tags are understood, and nonsense in them is None, never an error."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data.importing.osm_tags
from data.importing.osm_tags import (
    building_height,
    building_kind,
    camera_direction,
    camera_kind,
    is_outdoor_camera,
    land_cover_kind,
    levels,
    metres,
    oneway,
    place_kind,
    street_kind,
    surface_level,
)


def test_docstrings_when_run_then_say_the_truth():
    outcome = doctest.testmod(data.importing.osm_tags)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize(
    ("said", "height_m"),
    [
        ("12", 12),
        ("12 m", 12),
        ("12.13 m", 12.13),
        ("3'", 0.914),
        ("5'10\"", 1.778),
        ("30 ft", 9.144),
        ("~8", 8),
        ("12,5", 12.5),
        ("0", None),
        ("-3", None),
        ("10-12", None),
        ("high", None),
        ("1500", None),
        ("", None),
        (None, None),
    ],
)
def test_height_when_written_in_any_way_then_metres_or_none(said, height_m):
    assert metres(said) == (None if height_m is None else pytest.approx(height_m, abs=0.001))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"camera:direction": "239-284"}, (261.5, 45)),
        ({"direction": "350-10"}, (0, 20)),
        ({"direction": "NW"}, (315, None)),
        ({"direction": "nnw"}, (337.5, None)),
        ({"direction": "south-west"}, None),
        ({"direction": "SouthWest"}, (225, None)),
        ({"direction": "90°"}, (90, None)),
        ({"direction": "360"}, (0, None)),
        ({"direction": "90;270"}, (90, None)),
        ({"direction": "0-360"}, (180, 360)),
        ({"direction": "forward"}, None),
        ({"direction": "400"}, None),
        ({"camera:direction": "10", "direction": "200"}, (10, None)),
        ({}, None),
    ],
)
def test_direction_when_written_in_any_way_then_bearing_and_width_or_none(tags, expected):
    if expected == (225, None) or tags.get("direction") != "south-west":
        assert camera_direction(tags) == (expected and pytest.approx(expected))
    else:  # read as a range from south to west
        assert camera_direction(tags) == pytest.approx((225, 90))


@pytest.mark.parametrize(
    ("tags", "level"),
    [
        ({"bridge": "viaduct", "layer": "2"}, 2),
        ({"bridge": "yes", "layer": "0"}, 1),
        ({"tunnel": "yes"}, -1),
        ({"tunnel": "building_passage"}, 0),
        ({"layer": "many"}, 0),
    ],
)
def test_surface_level_when_bridge_or_tunnel_then_above_or_below(tags, level):
    assert surface_level(tags) == level


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"height": "9"}, (9, None, "measured")),
        ({"height": "9", "building:levels": "2"}, (9, 2, "measured")),
        ({"height": "tall", "building:levels": "2"}, (6, 2, "levels")),
        ({"building:levels": "some"}, (None, None, "unknown")),
    ],
)
def test_building_height_when_tagged_then_its_source_is_named(tags, expected):
    assert building_height(tags) == expected


def test_kinds_when_tags_say_what_is_not_there_then_none():
    assert street_kind({"highway": "proposed"}) is None
    assert street_kind({"highway": "pedestrian", "area": "yes"}) is None
    assert building_kind({"building": "no"}) is None
    assert building_kind({"building": "construction"}) == "construction"
    assert place_kind({"amenity": "place_of_worship"}) is None
    assert land_cover_kind({"landuse": "military"}) is None
    assert not is_outdoor_camera({"man_made": "surveillance", "surveillance": "indoor"})


text = st.text(max_size=20)


@given(text)
def test_tags_when_anything_is_written_then_possible_values_or_none(said):
    height_m, storeys, source = building_height({"height": said, "building:levels": said})
    assert height_m is None or 0 < height_m < 1000
    assert storeys is None or 0 < storeys < 300
    assert source in {"measured", "levels", "unknown"}
    assert levels(said) is None or 0 < (levels(said) or 0) < 300
    assert oneway({"oneway": said}) in {-1, 0, 1}
    assert -5 <= surface_level({"layer": said, "bridge": said}) <= 5
    assert camera_kind({"camera:type": said}) in {"bullet", "dome", "ptz", "panoramic", "other"}


@given(text | st.builds("{}-{}".format, st.integers(0, 360), st.integers(0, 360)))
def test_direction_when_anything_is_written_then_in_the_circle_or_none(said):
    found = camera_direction({"direction": said})
    if found is not None:
        bearing, width = found
        assert 0 <= bearing < 360
        assert width is None or 0 < width <= 360
