"""Lines become a network: joints, bridges, parallel streets, one-way streets and pieces that do not hang together."""

import doctest
import subprocess
import sys
import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import gis.streets.building
import gis.streets.modes
import gis.streets.pavements
from gis.errors import BadCoordinates, BadGeometry, BadParameter
from gis.streets import MODES, build_network
from tests.gis.small_networks import WALK_MPS, drawn, lattice, lonlat
from tests.gis.street_extracts import network_of, streets_of


@pytest.mark.parametrize("module", [gis.streets.building, gis.streets.modes, gis.streets.pavements])
def test_examples_when_run_are_true(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_lines_when_they_share_a_point_meet_there_and_lengths_are_metres():
    network = drawn([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 50)])
    assert network.node_count == 4
    assert network.edge_m == pytest.approx([100, 100, 50], abs=0.05)
    assert network.edge_s[:, 0] == pytest.approx(network.edge_m / WALK_MPS)
    assert network.edge_line.tolist() == [0, 0, 1]


def test_bend_when_nobody_meets_there_is_no_node_and_keeps_its_points():
    network = drawn([(0, 0), (100, 0), (100, 100)])
    assert (network.node_count, network.edge_count) == (2, 1)
    assert shapely.get_num_coordinates(network.edge_lines_lonlat[0]) == 3


def test_crossing_without_a_common_point_when_built_is_a_bridge():
    network = drawn([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    assert (network.node_count, network.edge_count) == (4, 2)
    assert sorted(network.component.tolist()) == [0, 0, 1, 1]


@pytest.mark.parametrize(("gap_m", "nodes"), [(0.4, 3), (0.6, 4)])
def test_ends_when_they_nearly_touch_are_joined_within_half_a_metre(gap_m, nodes):
    assert drawn([(0, 0), (100, 0)], [(100 + gap_m, 0), (200, 0)]).node_count == nodes


@pytest.mark.parametrize(("gap_m", "pieces"), [(0.0, 1), (0.4, 1), (0.7, 2)])
def test_end_when_it_touches_the_middle_of_a_line_cuts_it_there(gap_m, pieces):
    network = drawn([(0, 0), (100, 0)], [(30, gap_m), (30, 50)], [(60, -gap_m), (60, -50)])
    assert len(set(network.component.tolist())) == (1 if pieces == 1 else 3)
    if pieces == 1:
        assert sorted(network.edge_m.round().tolist()) == [30, 30, 40, 50, 50]


def test_end_when_it_touches_an_unshared_point_of_a_line_is_joined_to_that_point():
    network = drawn([(0, 0), (50, 0), (100, 0)], [(50.2, 0.2), (50, 80)])
    assert (network.node_count, network.edge_count) == (4, 3)


def test_parallel_streets_when_routed_count_the_shorter_and_never_their_sum():
    """`csr_matrix` sums parallel edges; the quicker one must stand."""
    network = drawn([(0, 0), (50, 60), (100, 0)], [(0, 0), (100, 0)])
    assert network.edge_count == 2
    assert len(network.arcs.heads) == 2
    assert network.arcs.length_m == pytest.approx([100, 100], abs=0.05)
    assert network.arcs.edge.tolist() == [1, 1]


def test_oneway_streets_when_driven_bind_and_when_walked_do_not():
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)]]
    car = drawn(*lines, oneway=[1, -1], mode="car")
    assert np.isinf(car.edge_s).tolist() == [[False, True], [True, False]]
    assert np.isfinite(drawn(*lines, oneway=[1, -1]).edge_s).all()
    assert np.isinf(drawn(*lines, oneway=[1, -1], mode="bicycle").edge_s).sum() == 2


@pytest.mark.parametrize(
    ("kind", "modes"),
    [
        ("motorway", {"car"}),
        ("steps", {"foot"}),
        ("footway", {"foot", "bicycle", "e-bike"}),
        ("cycleway", {"foot", "bicycle", "e-bike"}),
        ("residential", set(MODES)),
        ("ferry", set()),
        ("construction", set()),
        ("proposed", set()),
    ],
)
def test_street_class_when_asked_for_is_open_to_the_modes_that_may_use_it(kind, modes):
    for mode in MODES:
        network = drawn([(0, 0), (100, 0)], [(0, 0), (0, 100)], classes=["residential", kind], mode=mode)
        assert network.edge_count == 1 + (mode in modes)


def test_private_street_when_marked_is_left_out():
    assert drawn([(0, 0), (100, 0)], [(0, 0), (0, 100)], usable=[True, False]).edge_count == 1


def test_disconnected_pieces_when_labelled_are_ordered_by_size():
    small, large = [(900, 0), (950, 0)], [(0, 0), (100, 0)]
    network = drawn(small, large, [(100, 0), (200, 0)], [(500, 0), (600, 0)])
    by_line = dict(zip(network.edge_line, network.edge_component, strict=True))
    assert by_line[1] == by_line[2] == 0
    assert sorted((by_line[0], by_line[3])) == [1, 2]


def test_repeated_points_and_loops_when_built_do_no_harm():
    ring = [(0, 0), (0, 0), (100, 0), (100, 100), (0, 0)]
    network = drawn(ring, [(0, 0), (-50, 0)], [(300, 0), (300, 0), (300, 1)])
    assert network.edge_count == 3
    assert network.edge_m[0] == pytest.approx(200 + 100 * 2**0.5, abs=0.1)
    assert (network.edge_nodes[0, 0] == network.edge_nodes[0, 1]).all()


def test_edge_when_cut_out_between_fractions_has_exact_ends_either_way_round():
    network = drawn([(0, 0), (100, 0), (100, 100)])
    part = network.points_between(0, 0.25, 0.75)
    assert part == pytest.approx(np.array(lonlat((50, 0), (100, 0), (100, 50))), abs=1e-7)
    assert network.points_between(0, 0.75, 0.25) == pytest.approx(part[::-1])


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"paths": [shapely.Point(9.5, 47.1)]}, BadGeometry, "Street 1 is not a line"),
        ({"paths": [None]}, BadGeometry, "Street 1 is not a line"),
        ({"paths": [shapely.LineString([(9.5, 47.1), (9.5, 97.1)])]}, BadCoordinates, "Street 1 has a point"),
        ({"paths": [shapely.LineString([(9.5, 47.1), (9.5, 47.1)])]}, BadGeometry, "single point"),
        ({"classes": ["motorway"]}, BadGeometry, "no street that can be used"),
        ({"classes": []}, BadParameter, "classes"),
        ({"mode": "hovercraft"}, BadParameter, "not a way of moving"),
    ],
)
def test_bad_input_when_given_is_refused_in_one_sentence(change, error, said):
    good = {
        "paths": [shapely.LineString([(9.5, 47.1), (9.6, 47.1)])],
        "street_ids": [1],
        "classes": ["residential"],
        "oneway": [0],
    }
    with pytest.raises(error, match=said):
        build_network(**(good | change))


@settings(deadline=None, max_examples=40)
@given(columns=st.integers(2, 7), rows=st.integers(2, 7))
def test_lattice_when_built_has_the_nodes_and_metres_of_its_drawing(columns, rows):
    network = lattice(columns, rows)
    assert network.node_count == columns * rows
    assert network.edge_count == (columns - 1) * rows + (rows - 1) * columns
    assert network.edge_m == pytest.approx(np.full(network.edge_count, 100.0), abs=0.05)
    assert not network.component.any()


@settings(deadline=None, max_examples=40)
@given(st.randoms(use_true_random=False))
def test_network_when_lines_come_in_another_order_is_the_same_ground(random):
    lines = [[(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 80)], [(100, 80), (200, 0)], [(500, 0), (500, 90)]]
    random.shuffle(lines)
    network = drawn(*lines)
    assert sorted(network.edge_m.round().tolist()) == [80, 90, 100, 100, 128]
    assert np.bincount(network.component).tolist() == [4, 2]


def test_pavements_when_drawn_beside_their_street_do_not_double_it():
    street, left, right = [(0, 0), (300, 0)], [(0, 6), (300, 6)], [(0, -6), (300, -6)]
    across, park = [(150, -6), (150, 6)], [(0, 40), (300, 40)]
    classes = ["residential", "footway", "footway", "footway", "path"]
    network = drawn(street, left, right, across, park, classes=classes)
    by_line = np.bincount(network.edge_line, weights=network.is_pavement) > 0
    assert by_line.tolist() == [False, True, True, False, False]


def test_import_when_nothing_is_routed_does_not_load_numba_or_scipy():
    code = "import sys, gis.streets, gis.routing, gis.tracks; print({'numba', 'scipy'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


@pytest.mark.extracts
def test_porto_when_built_on_foot_has_the_size_that_is_known_and_takes_seconds():
    table = streets_of("porto")
    begun = time.process_time()
    columns = (table.paths, table.street_ids, table.classes, table.oneway)
    network = build_network(*columns, names=table.names, usable=table.usable)
    assert time.process_time() - begun < 10
    assert network.node_count == pytest.approx(70_046, rel=0.02)
    assert network.edge_count == pytest.approx(92_966, rel=0.02)
    assert network.edge_m.sum() == pytest.approx(9_683_000, rel=0.02)
    assert 400 < network.component.max() + 1 < 600
    assert (network.component == 0).mean() > 0.95


@pytest.mark.extracts
@pytest.mark.parametrize("mode", list(MODES))
def test_liechtenstein_when_built_keeps_its_invariants(mode):
    network = network_of("liechtenstein", mode)
    arcs = network.arcs
    tails = np.repeat(np.arange(network.node_count), np.diff(arcs.indptr))
    assert len(np.unique(tails * network.node_count + arcs.heads)) == len(arcs.heads)
    assert (arcs.travel_s > 0).all()
    assert (network.component[tails] == network.component[arcs.heads]).all()
    ends = np.column_stack([network.edge_start, network.edge_stop - 1])
    away = network.node_xy[network.edge_nodes] - network.points_xy[ends]
    assert np.hypot(*away.reshape(-1, 2).T).max() <= 1.5
    assert shapely.length(network.edge_lines) == pytest.approx(network.edge_m)
    assert ("steps" in network.street_classes) == (mode == "foot")
    assert ("footway" in network.street_classes) == (mode != "car")
