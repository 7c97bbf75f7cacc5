"""Who is nearest in time, and what can be reached in time."""

import doctest
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gis.routing.matrix
import gis.routing.reach
from gis.errors import BadParameter, NoRoute
from gis.routing import nearest, route_through, streets_within, travel_matrix
from tests.gis.small_networks import WALK_MPS, drawn, lattice, lonlat
from tests.gis.street_extracts import network_of

LATTICE = lattice(6, 6)
places_on_lattice = st.tuples(st.floats(0, 500), st.floats(0, 500))


@pytest.mark.parametrize("module", [gis.routing.reach, gis.routing.matrix])
def test_examples_when_run_are_true(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_units_when_asked_for_have_seconds_and_metres_in_their_order():
    network = drawn([(0, 0), (1000, 0)], [(1000, 0), (1000, 500)])
    seconds, metres = nearest(network, lonlat((100, 0), (1000, 400), (700, 0)), lonlat((900, 0))[0])
    assert metres == pytest.approx([800, 500, 200], abs=0.2)
    assert seconds == pytest.approx(metres / WALK_MPS)


def test_unit_when_off_the_streets_or_on_another_piece_is_never_nearest():
    network = drawn([(0, 0), (1000, 0)], [(0, 900), (1000, 900)])
    seconds, metres = nearest(network, lonlat((100, 0), (100, 900), (100, 450)), lonlat((900, 0))[0])
    assert np.isfinite(seconds).tolist() == [True, False, False]
    assert np.isinf(metres[1:]).all()


def test_car_when_a_street_is_one_way_counts_the_way_to_the_incident_not_from_it():
    block = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
    network = drawn(*block, oneway=[1, 1, 1, 1], mode="car")
    _, metres = nearest(network, lonlat((50, 0), (0, 50)), lonlat((30, 0))[0])
    assert metres == pytest.approx([380, 80], abs=0.2)


def test_incident_when_far_from_every_street_is_refused():
    with pytest.raises(NoRoute):
        nearest(LATTICE, lonlat((0, 0)), lonlat((5000, 5000))[0])


def test_units_when_there_are_none_are_none():
    seconds, metres = nearest(LATTICE, np.empty((0, 2)), lonlat((0, 0))[0])
    assert len(seconds) == len(metres) == 0


@settings(deadline=None, max_examples=40)
@given(places_on_lattice, places_on_lattice)
def test_unit_when_compared_needs_as_long_as_its_route(start, end):
    seconds, metres = nearest(LATTICE, lonlat(start), lonlat(end)[0])
    try:
        route = route_through(LATTICE, lonlat(start, end))
    except NoRoute:  # both on one point
        assert metres[0] == pytest.approx(0, abs=1e-6)
        return
    assert metres[0] == pytest.approx(route.length_m, abs=1e-6)
    assert seconds[0] == pytest.approx(route.walk_s, abs=1e-6)


def test_streets_within_a_time_when_on_a_lattice_end_where_time_ends():
    reached = streets_within(LATTICE, lonlat((200, 200))[0], 150 / WALK_MPS)
    metres = LATTICE.frame.to_metres(reached).length
    # 4 whole streets around the crossing, and 50 m more in three directions from each of their ends
    assert metres == pytest.approx(4 * 100 + 4 * 3 * 50, abs=1)


def test_streets_within_a_time_when_it_is_long_are_all_streets_of_the_piece():
    reached = streets_within(LATTICE, lonlat((230, 200))[0], 10_000)
    assert LATTICE.frame.to_metres(reached).length == pytest.approx(LATTICE.edge_m.sum(), rel=1e-4)


def test_time_when_not_positive_is_refused():
    with pytest.raises(BadParameter):
        streets_within(LATTICE, lonlat((0, 0))[0], 0)


@pytest.mark.extracts
def test_porto_when_48_units_are_compared_answers_in_a_fifth_of_a_second():
    network = network_of("porto")
    random = np.random.default_rng(2)
    places = network.frame.lonlat(network.node_xy[random.choice(np.flatnonzero(network.component == 0), 49)])
    nearest(network, places[1:], places[0])
    begun = time.process_time()
    seconds, metres = nearest(network, places[1:], places[0])
    assert time.process_time() - begun < 0.2
    assert np.isfinite(seconds).all()
    assert metres == pytest.approx(seconds * WALK_MPS)
    streets_within(network, places[0], 900)
    begun = time.process_time()
    streets_within(network, places[1], 900)
    assert time.process_time() - begun < 0.2


def test_matrix_when_asked_agrees_with_the_way_to_each_goal():
    network = lattice(6, 6)
    starts, goals = lonlat((0, 30), (250, 500), (410, 0)), lonlat((500, 480), (260, 500), (0, 0), (9000, 0))
    table = travel_matrix(network, starts, goals)
    for column, goal in enumerate(goals[:3]):
        assert table[:, column] == pytest.approx(nearest(network, starts, goal)[0])
    assert np.isinf(table[:, 3]).all()
    near = travel_matrix(network, starts, goals, most_s=60)
    assert (near[table > 60] == np.inf).all()
    assert near[table <= 60] == pytest.approx(table[table <= 60])


def test_matrix_when_streets_are_oneway_counts_the_way_round():
    block = [[(0, 0), (500, 0)], [(500, 0), (500, 500)], [(500, 500), (0, 500)], [(0, 500), (0, 0)]]
    network = drawn(*block, oneway=[1, 1, 1, 1], mode="car")
    there, back = lonlat((100, 0)), lonlat((400, 0))
    assert 5 < travel_matrix(network, back, there)[0, 0] / travel_matrix(network, there, back)[0, 0] < 6
