"""The map matcher: true walks found again, nothing credited without fixes, and an oracle for the algorithm."""

import doctest
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gis.matching.matching
import gis.matching.thinning
import gis.matching.ways
from gis.errors import BadParameter
from gis.matching import MatchedStretch, MatchRules, match_track
from gis.matching.kernels import Candidates, Ground, Steps, empty_work, most_likely
from gis.matching.ways import without_spurs
from tests.gis.simulated_walks import beside_m, compared, random_walk, walk_through
from tests.gis.small_networks import FRAME, drawn, lattice, lonlat
from tests.gis.street_extracts import network_of

CIRCLE_SIGMAS = 1.51  # 68 % of fixes lie in a circle of so many standard deviations


def fixes_at(points, every_s=20.0):
    """Return times, longitudes and latitudes of places in metres."""
    places = np.array(FRAME.lonlat(points))
    return np.arange(len(places)) * every_s, places[:, 0], places[:, 1]


@pytest.mark.parametrize("module", [gis.matching.matching, gis.matching.thinning, gis.matching.ways])
def test_examples_when_run_say_what_they_say(module):
    found = doctest.testmod(module)
    assert found.attempted > 1
    assert found.failed == 0


@pytest.mark.parametrize(("noise_m", "most_false"), [(10.0 / CIRCLE_SIGMAS, 0.02), (10.0, 0.05)])
def test_walks_in_liechtenstein_when_fixes_are_10_m_off_are_found_again(noise_m, most_false):
    network = network_of("liechtenstein")
    walks = [random_walk(network, seed, noise_m=noise_m) for seed in range(100, 124)]
    tracks = [match_track(network, walk.at_s, walk.lon, walk.lat) for walk in walks]
    pairs = list(zip(walks, tracks, strict=True))
    found, false = np.mean([compared(network, *pair) for pair in pairs], axis=0)
    assert found >= 0.95
    assert false <= most_false
    # ways drawn a few metres beside each other cannot be told apart by such fixes: on the ground both are the same
    on_the_ground, beside_it = np.mean([beside_m(network, *pair, 15.0) for pair in pairs], axis=0)
    assert on_the_ground >= 0.98
    assert beside_it <= 0.02


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_walk_on_a_lattice_when_noisy_is_found_again(seed):
    network = lattice(8, 8)
    walk = random_walk(network, seed, legs=4, noise_m=10.0 / CIRCLE_SIGMAS)
    if len(walk.at_s) < 20:
        return
    found, false = compared(network, walk, match_track(network, walk.at_s, walk.lon, walk.lat))
    assert found >= 0.9
    assert false <= 0.05


def test_walks_on_a_lattice_when_taken_together_reach_the_target():
    network = lattice(8, 8)
    walks = [random_walk(network, seed, legs=4, noise_m=10.0 / CIRCLE_SIGMAS) for seed in range(30)]
    walks = [walk for walk in walks if len(walk.at_s) >= 20]
    figures = [compared(network, walk, match_track(network, walk.at_s, walk.lon, walk.lat)) for walk in walks]
    found, false = np.mean(figures, axis=0)
    assert found >= 0.95
    assert false <= 0.02


def test_street_when_walked_to_its_middle_is_half_covered_and_times_rise():
    network = drawn([(0, 0), (200, 0)], [(200, 0), (200, 200)])
    track = match_track(network, *fixes_at([(0, 3), (30, -2), (65, 4), (100, 1)]))
    assert track.street_shares == {0: pytest.approx(0.5, abs=0.01)}
    times = [time for part in track.stretches for time in (part.begun_s, part.ended_s)]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0.0, 60.0)
    assert track.matched_share == 1.0


@pytest.mark.parametrize(
    ("points", "every_s", "reason"),
    [
        ([(0, 0), (40, 0), (140, 0), (180, 0)], 200.0, "time"),
        ([(0, 0), (40, 0), (500, 0), (540, 0)], 100.0, "distance"),
        ([(0, 0), (40, 0), (90, 80), (140, 0), (180, 0)], 60.0, "no_street"),
    ],
)
def test_gap_when_nothing_vouches_for_it_is_credited_to_nobody_and_says_why(points, every_s, reason):
    network = drawn([(-50, 0), (600, 0)])
    track = match_track(network, *fixes_at(points, every_s))
    assert {gap.reason for gap in track.gaps} == {reason}
    middle = 70.0 if reason != "time" else 20.0
    at = (50.0 + middle) / 650.0
    assert not any(min(part.start, part.stop) < at < max(part.start, part.stop) for part in track.stretches)


def test_streets_when_not_joined_are_not_walked_across():
    network = drawn([(0, 0), (200, 0)], [(0, 120), (200, 120)])
    track = match_track(network, *fixes_at([(0, 0), (40, 0), (80, 0), (80, 120), (120, 120), (160, 120)], 30.0))
    assert [(gap.before, gap.after, gap.reason) for gap in track.gaps] == [(2, 3, "no_way")]
    assert track.covered_m == pytest.approx(160.0, abs=1.0)


def test_one_way_street_when_gone_against_binds_a_car_and_not_a_walker():
    points = [(190, 0), (150, 0), (110, 0), (70, 0), (30, 0)]
    walker = match_track(drawn([(0, 0), (200, 0)], oneway=[1]), *fixes_at(points, 30.0))
    car = match_track(drawn([(0, 0), (200, 0)], oneway=[1], mode="car"), *fixes_at(points, 30.0))
    assert walker.covered_m == pytest.approx(160.0, abs=1.0)
    assert car.covered_m == 0.0
    assert {gap.reason for gap in car.gaps} == {"no_way"}


def test_rest_when_an_hour_of_trembling_covers_next_to_nothing():
    random = np.random.default_rng(3)
    network = lattice(5, 5)
    points = np.array([(200.0, 200.0)]) + random.normal(0, 6.6, (360, 2))
    track = match_track(network, *fixes_at(points, 10.0))
    assert track.covered_m <= 60.0
    assert track.rests
    assert sum(last - first + 1 for first, last in track.rests) >= 300


def test_dead_end_when_walked_in_and_out_is_covered_to_its_end_in_short_edges():
    lane = [(0.0, 10.0 * step) for step in range(16)]
    side = [[(0.0, y), (-15.0, y)] for _, y in lane[1:]]
    network = drawn([(-200, 0), (200, 0)], lane, *side)
    way = lonlat((-150, 0), (0, 150), (150, 0))
    walk = walk_through(network, way, noise_m=3.0)
    found, _ = compared(network, walk, match_track(network, walk.at_s, walk.lon, walk.lat))
    assert found >= 0.93


def test_spur_when_short_is_left_out_and_when_long_is_kept():
    network = drawn([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 100)])
    edge = int(np.flatnonzero(network.street_ids == 1)[0])

    def out_and_back(share):
        return [MatchedStretch(edge, 0.0, share, 0.0, 1.0), MatchedStretch(edge, share, 0.0, 1.0, 2.0)]

    assert without_spurs(network, out_and_back(0.2), 25.0) == []
    assert without_spurs(network, out_and_back(0.3), 25.0) == out_and_back(0.3)


def test_fixes_when_none_or_one_are_a_track_of_nothing():
    network = lattice(3, 3)
    for points in (np.empty((0, 2)), np.array([(50.0, 0.0)])):
        track = match_track(network, *fixes_at(points))
        assert (track.stretches, track.walked_m, track.street_shares, track.gaps) == ((), 0, {}, ())


def test_fixes_when_out_of_order_or_unequal_are_refused():
    network = lattice(3, 3)
    with pytest.raises(BadParameter, match="in order of time"):
        match_track(network, [10, 0], [9.5, 9.5], [47.1, 47.1])
    with pytest.raises(BadParameter, match="equally many"):
        match_track(network, [0, 10], [9.5], [47.1, 47.1])


def _shortest_m(ground, one, two):
    """Return the metres between two (edge, at_m), by Floyd and Warshall over nodes."""
    nodes = len(ground.indptr) - 1
    away = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(away, 0.0)
    for (first, second), metres in zip(ground.edge_nodes, ground.edge_m, strict=True):
        away[first, second] = away[second, first] = min(away[first, second], metres)
    for middle in range(nodes):
        away = np.minimum(away, away[:, [middle]] + away[[middle]])
    doors = [
        (ground.edge_nodes[edge, 0], at_m, ground.edge_nodes[edge, 1], ground.edge_m[edge] - at_m)
        for edge, at_m in (one, two)
    ]
    ends = [((door[0], door[1]), (door[2], door[3])) for door in doors]
    ways = [a_m + away[a, b] + b_m for (a, a_m), (b, b_m) in product(*ends)]
    return min([*ways, abs(one[1] - two[1])] if one[0] == two[0] else ways)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_viterbi_when_held_against_every_possible_walk_finds_the_likeliest(seed):
    random = np.random.default_rng(seed)
    network = lattice(3, 2)
    arcs = network.arcs
    is_open = np.isfinite(network.edge_s)
    ground = Ground(arcs.indptr, arcs.heads, arcs.length_m, network.edge_nodes, network.edge_m, is_open)
    fixes, each = 4, 3
    edge = random.integers(0, network.edge_count, fixes * each).astype(np.int32)
    at_m = random.random(fixes * each) * network.edge_m[edge]
    emission = -random.random(fixes * each) * 5
    straight = random.random(fixes) * 120
    steps = Steps(straight, np.full(fixes, 1e6), np.zeros(fixes, np.bool_))
    places = Candidates(np.arange(0, fixes * each + 1, each).astype(np.int32), edge, at_m, emission)
    chosen, begins, score = most_likely(ground, empty_work(ground), places, steps, 8.0)

    def likelihood(rows):
        total = emission[list(rows)].sum()
        for fix in range(1, fixes):
            one, two = rows[fix - 1], rows[fix]
            way_m = _shortest_m(ground, (edge[one], at_m[one]), (edge[two], at_m[two]))
            total -= abs(way_m - straight[fix]) / 8.0
        return total

    every = product(*(range(fix * each, (fix + 1) * each) for fix in range(fixes)))
    best = max(likelihood(rows) for rows in every)
    assert score[-each:].max() == pytest.approx(best)
    assert likelihood(chosen.tolist()) == pytest.approx(best)
    assert begins.tolist() == [True, False, False, False]


def test_rules_when_looser_credit_what_the_strict_ones_do_not():
    network = drawn([(-50, 0), (600, 0)])
    asked = fixes_at([(0, 0), (40, 0), (80, 0)], 200.0)
    assert match_track(network, *asked).covered_m == 0.0
    assert match_track(network, *asked, rules=MatchRules(gap_s=300.0)).covered_m == pytest.approx(80.0, abs=1.0)
