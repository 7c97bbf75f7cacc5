"""Routes through places: worked corners, the properties of shortest ways, and what cannot be reached."""

import doctest
import statistics
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

import gis.routing.routes
import gis.routing.turns
import gis.routing.warming
from gis.errors import BadCoordinates, BadParameter, NoRoute
from gis.routing import route_through
from gis.routing.turns import turn_code
from tests.gis.small_networks import WALK_MPS, drawn, lattice, lonlat
from tests.gis.street_extracts import network_of

GEOD = Geod(ellps="WGS84")
LATTICE = lattice(6, 6)
places_on_lattice = st.tuples(st.floats(0, 500), st.floats(0, 500))


def geodesic_m(path) -> float:
    return GEOD.geometry_length(path)


@pytest.mark.parametrize("module", [gis.routing.routes, gis.routing.turns, gis.routing.warming])
def test_examples_when_run_are_true(module):
    assert doctest.testmod(module).failed == 0


def test_route_when_around_a_corner_starts_and_ends_in_the_middle_of_the_streets():
    network = drawn([(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 0), (200, 0)])
    route = route_through(network, lonlat((40, 3), (97, 60)))
    assert route.length_m == pytest.approx(120, abs=0.1)
    assert route.walk_s == pytest.approx(120 / WALK_MPS, abs=0.1)
    expected = np.array(lonlat((40, 0), (100, 0), (100, 60)))
    assert np.array(route.path.coords) == pytest.approx(expected, abs=1e-6)
    assert [(turn.direction, turn.street_id) for turn in route.turns] == [("start", 0), ("left", 1), ("arrive", 1)]
    assert [turn.length_m for turn in route.turns] == pytest.approx([60, 60, 0], abs=0.1)


def test_route_when_both_places_lie_on_one_edge_goes_straight_along_it():
    network = drawn([(0, 0), (100, 0)], [(0, 0), (0, 50)], [(100, 0), (100, 50)])
    route = route_through(network, lonlat((80, 0), (20, 0)))
    assert route.length_m == pytest.approx(60, abs=0.1)
    assert np.array(route.path.coords) == pytest.approx(np.array(lonlat((80, 0), (20, 0))), abs=1e-6)


def test_route_when_one_edge_bends_far_round_takes_the_short_way_between_its_ends():
    horseshoe = [(0, 0), (0, 500), (60, 500), (60, 0)]
    network = drawn(horseshoe, [(0, 0), (60, 0)], [(0, 0), (-20, 0)])
    assert route_through(network, lonlat((0, 10), (60, 10))).length_m == pytest.approx(80, abs=0.1)


def test_route_when_closed_comes_back_and_turns_round_at_the_end_of_a_blind_alley():
    network = drawn([(0, 0), (100, 0)])
    route = route_through(network, lonlat((0, 0), (80, 0)), closed=True)
    assert route.length_m == pytest.approx(160, abs=0.1)
    assert [(leg.from_place, leg.to_place) for leg in route.legs] == [(0, 1), (1, 0)]
    assert [turn.direction for turn in route.turns] == ["start", "back", "arrive"]


def test_oneway_when_driven_leads_round_the_block_and_when_walked_does_not():
    block = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
    there = lonlat((50, 0), (0, 50))
    assert route_through(drawn(*block, oneway=[1, 1, 1, 1]), there).length_m == pytest.approx(100, abs=0.1)
    car = route_through(drawn(*block, oneway=[1, 1, 1, 1], mode="car"), there)
    assert car.length_m == pytest.approx(300, abs=0.2)


def test_oneway_when_both_places_lie_on_it_the_wrong_way_round_goes_all_the_way_round():
    block = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
    car = route_through(drawn(*block, oneway=[1, 1, 1, 1], mode="car"), lonlat((60, 0), (40, 0)))
    assert car.length_m == pytest.approx(380, abs=0.2)


def test_place_when_one_way_streets_never_lead_there_is_left_out_and_named():
    network = drawn([(0, 0), (100, 0)], [(100, 0), (200, 0)], oneway=[0, -1], mode="car")
    route = route_through(network, lonlat((10, 0), (180, 0), (90, 0)))
    assert [(left.place, left.code) for left in route.unreached] == [(1, "no_way")]
    assert route.length_m == pytest.approx(80, abs=0.1)


def test_places_when_unreachable_are_named_and_the_others_still_joined():
    network = drawn([(0, 0), (400, 0)], [(0, 900), (400, 900)])
    route = route_through(network, lonlat((10, 0), (100, 900), (5000, 0), (300, 0)))
    assert [(left.place, left.code) for left in route.unreached] == [(1, "not_connected"), (2, "no_street")]
    assert [(leg.from_place, leg.to_place) for leg in route.legs] == [(0, 3)]


def test_route_when_no_two_places_are_connected_is_refused_with_the_reason():
    network = drawn([(0, 0), (400, 0)], [(0, 900), (400, 900)])
    with pytest.raises(NoRoute, match="cannot be reached on foot from the start"):
        route_through(network, lonlat((10, 0), (100, 900)))


@pytest.mark.parametrize(
    ("places", "error"),
    [
        (lonlat((0, 0)), BadParameter),
        ([], BadParameter),
        (lonlat((0, 0)) * 2, NoRoute),
        ([(9.5, 47.1), (np.inf, 47.1)], BadCoordinates),
        (lonlat((0, 0)) * 501, BadParameter),
    ],
)
def test_places_when_they_make_no_route_are_refused(places, error):
    with pytest.raises(error):
        route_through(LATTICE, places)


def test_directions_when_a_named_street_is_cut_into_ways_tell_it_once():
    names = ["High Street", "High Street", "Mill Lane"]
    network = drawn([(0, 0), (100, 0)], [(100, 0), (200, 10)], [(200, 10), (200, -90)], names=names)
    route = route_through(network, lonlat((0, 0), (200, -80)))
    assert [(turn.direction, turn.street_name) for turn in route.turns] == [
        ("start", "High Street"),
        ("right", "Mill Lane"),
        ("arrive", "Mill Lane"),
    ]
    assert sum(turn.length_m for turn in route.turns) == pytest.approx(route.length_m)


@pytest.mark.parametrize(
    ("degrees", "code"),
    [(0, "straight"), (-20, "straight"), (21, "slight_right"), (-90, "left"), (150, "sharp_right"), (-170, "back")],
)
def test_turn_code_when_asked_names_the_angle(degrees, code):
    assert turn_code(degrees) == code


@settings(deadline=None, max_examples=40)
@given(st.lists(places_on_lattice, min_size=2, max_size=5))
def test_route_when_found_is_no_shorter_than_the_straight_line_and_as_long_as_its_line(points):
    if len({tuple(np.round(point)) for point in points}) < 2:
        points = [*points[:1], (0.0, 0.0), (500.0, 500.0)]
    route = route_through(LATTICE, lonlat(*points))
    ends = np.array(route.path.coords)[[0, -1]]
    straight_m = GEOD.inv(*ends[0], *ends[1])[2]
    assert route.length_m >= straight_m - 0.1
    assert route.length_m == pytest.approx(geodesic_m(route.path), rel=1e-3, abs=0.1)
    assert sum(leg.length_m for leg in route.legs) == pytest.approx(route.length_m)
    assert sum(leg.walk_s for leg in route.legs) == pytest.approx(route.walk_s)


@settings(deadline=None, max_examples=40)
@given(places_on_lattice, places_on_lattice)
def test_route_when_walked_the_other_way_is_as_long(start, end):
    if np.hypot(start[0] - end[0], start[1] - end[1]) < 80:
        end = (500 - end[0], 500 - end[1])
        start = (0.0, 0.0)
    try:
        there = route_through(LATTICE, lonlat(start, end))
    except NoRoute:  # both fell on one point
        return
    back = route_through(LATTICE, lonlat(end, start))
    assert back.length_m == pytest.approx(there.length_m, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 35), st.integers(0, 35))
def test_route_when_between_crossings_is_what_dijkstra_says(first, second):
    if first == second:
        second = (first + 1) % 36
    arcs = LATTICE.arcs
    graph = csr_array((arcs.length_m, arcs.heads, arcs.indptr), shape=(36, 36))
    expected = dijkstra(graph, indices=first)[second]
    places = LATTICE.frame.lonlat(LATTICE.node_xy[[first, second]])
    assert route_through(LATTICE, places).length_m == pytest.approx(expected, abs=0.01)


@pytest.mark.extracts
@pytest.mark.parametrize("mode", ["foot", "car"])
def test_liechtenstein_when_routed_agrees_with_dijkstra(mode):
    network = network_of("liechtenstein", mode)
    nodes = np.random.default_rng(4).choice(np.flatnonzero(network.component == 0), 24)
    arcs = network.arcs
    graph = csr_array((arcs.travel_s, arcs.heads, arcs.indptr), shape=(network.node_count,) * 2)
    table = dijkstra(graph, indices=nodes[:12])
    compared = 0
    for row, (start, end) in enumerate(zip(nodes[:12], nodes[12:], strict=True)):
        if not np.isfinite(table[row, end]) or start == end:
            continue
        try:
            route = route_through(network, network.frame.lonlat(network.node_xy[[start, end]]), max_m=5)
        except NoRoute:  # a way on another level over the node was nearer
            continue
        assert route.walk_s == pytest.approx(table[row, end], abs=2.0)
        compared += 1
    assert compared >= 8


@pytest.mark.extracts
def test_porto_when_a_patrol_is_drawn_answers_at_once():
    """The target is 50 ms; the median of twenty rounds of ten places within 1.5 km leaves room for a busy machine."""
    network = network_of("porto")
    random = np.random.default_rng(1)
    main = np.flatnonzero(network.component == 0)
    taken_s = []
    for turn in range(21):
        centre = network.node_xy[random.choice(main)]
        near = main[np.hypot(*(network.node_xy[main] - centre).T) < 1500]
        places = network.frame.lonlat(network.node_xy[random.choice(near, 10)])
        begun = time.process_time()
        route = route_through(network, places, closed=True)
        if turn:  # the first builds the index
            taken_s.append(time.process_time() - begun)
        assert route.length_m == pytest.approx(geodesic_m(route.path), rel=2e-3)
    assert statistics.median(taken_s) < 0.05
