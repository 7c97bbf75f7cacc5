"""Places move to the nearest street of the right piece of network, or the reason is said."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gis.streets.snapping
from gis.errors import BadCoordinates, BadParameter, NoRoute
from gis.streets import SnappedPlace, snap, snap_together
from tests.gis.small_networks import drawn, lattice, lonlat

ISLANDS = ([(0, 0), (400, 0)], [(200, 0), (200, 300)], [(0, 30), (60, 30)])
"""A street with a branch, and 30 m beside it a courtyard path that leads nowhere."""


def test_examples_when_run_are_true():
    assert doctest.testmod(gis.streets.snapping).failed == 0


def test_place_when_near_a_street_lies_on_it_with_its_distance():
    place = snap(drawn([(0, 0), (100, 0), (100, 100)]), lonlat((120, 50))[0])
    assert (place.edge, place.fraction) == (0, pytest.approx(0.75, abs=1e-4))
    assert place.distance_m == pytest.approx(20, abs=0.05)
    assert (place.lon, place.lat) == pytest.approx(lonlat((100, 50))[0], abs=1e-7)


def test_place_when_too_far_says_so_with_the_metres():
    with pytest.raises(NoRoute, match="no street within 100 m"):
        snap(drawn([(0, 0), (100, 0)]), lonlat((0, 101))[0], max_m=100)


def test_place_when_only_another_piece_is_near_cannot_be_reached_from_the_start():
    network = drawn(*ISLANDS)
    start = snap(network, lonlat((300, 0))[0])
    with pytest.raises(NoRoute, match="cannot be reached on foot from the start"):
        snap(network, lonlat((30, 55))[0], max_m=30, component=start.component)


def test_place_when_asked_for_a_piece_passes_by_the_nearer_street_of_another():
    network = drawn(*ISLANDS)
    assert snap(network, lonlat((30, 29))[0]).component == 1
    assert snap(network, lonlat((30, 29))[0], component=0).distance_m == pytest.approx(29, abs=0.05)


def test_disconnected_network_when_places_are_taken_together_serves_most_from_one_piece():
    """A station beside a path that leads nowhere starts from the street."""
    network = drawn(*ISLANDS)
    places = snap_together(network, lonlat((30, 29), (390, 5), (200, 290)))
    assert [place.component for place in places] == [0, 0, 0]


def test_start_when_only_on_an_island_stays_there_and_the_rest_are_named():
    network = drawn(*ISLANDS, [(2000, 0), (2100, 0)])
    start, beyond, nowhere = snap_together(network, lonlat((2050, 10), (390, 5), (5000, 5000)))
    assert isinstance(start, SnappedPlace)
    assert "cannot be reached on foot from the start" in str(beyond)
    assert "no street within 100 m" in str(nowhere)


@pytest.mark.parametrize("bad", [(np.nan, 47.1), (47.1, 119.5), (9.5, 91.0), (9.5,)])
def test_coordinates_when_impossible_are_refused(bad):
    with pytest.raises(BadCoordinates):
        snap(drawn([(0, 0), (100, 0)]), bad)


def test_distance_when_not_positive_is_refused():
    with pytest.raises(BadParameter, match="above 0"):
        snap(drawn([(0, 0), (100, 0)]), lonlat((0, 0))[0], max_m=0)


def test_place_when_on_the_other_side_of_the_earth_is_only_far():
    with pytest.raises(NoRoute):
        snap(drawn([(0, 0), (100, 0)]), (-170.0, -47.0))


@settings(deadline=None, max_examples=40)
@given(x=st.floats(-40, 440), y=st.floats(-40, 440))
def test_place_when_snapped_is_the_nearest_of_all_edges(x, y):
    network = lattice(5, 5)
    place = snap(network, lonlat((x, y))[0])
    beyond_x, beyond_y = max(-x, x - 400, 0), max(-y, y - 400, 0)
    along = [np.hypot(y - line, beyond_x) for line in range(0, 500, 100)]
    across = [np.hypot(x - line, beyond_y) for line in range(0, 500, 100)]
    nearest_m = min(along + across)
    assert place.distance_m == pytest.approx(nearest_m, abs=0.1)
    assert 0 <= place.fraction <= 1
