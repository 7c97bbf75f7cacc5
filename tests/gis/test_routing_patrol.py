"""Suggested patrols: worked beats, limits that are never broken, reasons, and what is left."""

import doctest
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import gis.routing.contraction
import gis.routing.patrol
import gis.routing.requests
import gis.routing.stopping
from gis.errors import BadParameter, NoRoute
from gis.routing import (
    PatrolPlan,
    PatrolRequest,
    Progress,
    Stop,
    max_iterations,
    max_seconds,
    priority_by_street,
    suggest_patrol,
)
from gis.streets import StreetNetwork
from tests.gis.small_networks import WALK_MPS, drawn, lattice, lonlat
from tests.gis.street_extracts import network_of

QUICK = max_iterations(60)
LATTICE = lattice(8, 8)
MIDDLE = lonlat((350, 300))[0]


def covered_by(network: StreetNetwork, plan: PatrolPlan, priority: np.ndarray) -> float:
    """Work out from the routes alone how much priority they cover: every metre once."""
    spans: dict[int, list[tuple[float, float]]] = {}
    for proposal in plan.routes:
        for stretch in proposal.route.stretches:
            spans.setdefault(stretch.edge, []).append(tuple(sorted(stretch[1:])))
    total = 0.0
    for edge, parts in spans.items():
        reached = 0.0
        for low, high in sorted(parts):
            total += max(0.0, high - max(low, reached)) * network.edge_m[edge] * priority[edge]
            reached = max(reached, high)
    return total


def assert_sound(network: StreetNetwork, request: PatrolRequest, plan: PatrolPlan) -> None:
    """Check what must hold for every plan, from the lines themselves."""
    assert len(plan.routes) + plan.idle_teams == request.team_count
    for proposal in plan.routes:
        route = proposal.route
        assert proposal.duration_s <= request.minutes * 60 * (1 - request.slack_share) + 1e-6
        assert route.path.coords[0] == pytest.approx(route.path.coords[-1], abs=1e-6)
        assert route.length_m == pytest.approx(network.frame.to_metres(route.path).length, rel=1e-4)
        dwell_s = sum(visit.leave_s - visit.arrive_s for visit in proposal.visits)
        assert proposal.duration_s == pytest.approx(route.walk_s + dwell_s)
        for before, after in pairwise(route.stretches):
            end, start = network.point_at(before.edge, before.stop), network.point_at(after.edge, after.start)
            assert end == pytest.approx(start, abs=1e-5)
    assert sum(proposal.covered_priority for proposal in plan.routes) == pytest.approx(plan.covered_priority)


@pytest.mark.parametrize(
    "module", [gis.routing.patrol, gis.routing.requests, gis.routing.stopping, gis.routing.contraction]
)
def test_examples_when_run_are_true(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_ring_when_there_is_time_for_all_is_walked_once_round():
    ring = [(0, 0), (300, 0), (300, 300), (0, 300), (0, 0)]
    request = PatrolRequest(lonlat((100, 0))[0], minutes=30, teams=1)
    plan = suggest_patrol(drawn(ring), request, stop=QUICK)
    assert plan.routes[0].route.length_m == pytest.approx(1200, abs=1)
    assert (plan.share_covered, plan.streets_left) == (pytest.approx(1), ())


def test_blind_alley_when_walked_is_walked_there_and_back_and_counts_once():
    plan = suggest_patrol(drawn([(0, 0), (200, 0)]), PatrolRequest(lonlat((0, 0))[0], 30, teams=1), stop=QUICK)
    assert plan.routes[0].route.length_m == pytest.approx(400, abs=1)
    assert plan.covered_priority == pytest.approx(200, abs=0.5)
    assert plan.routes[0].covered_m == pytest.approx(200, abs=0.5)


def test_time_when_short_goes_to_the_street_with_priority():
    near, far = [(0, 0), (-300, 0)], [(0, 0), (300, 0)]
    network = drawn(near, far)
    request = PatrolRequest(lonlat((0, 0))[0], minutes=9, teams=1)
    plan = suggest_patrol(network, request, priority_by_street(network, {0: 1.0, 1: 2.0}), stop=QUICK)
    assert plan.covered_priority == pytest.approx(600, abs=1)
    assert [(left.street_id, left.code) for left in plan.streets_left] == [(0, "no_time")]
    assert plan.share_covered == pytest.approx(2 / 3, abs=1e-3)


def test_two_teams_when_there_are_two_arms_take_one_each_and_do_not_repeat_each_other():
    network = drawn([(0, 0), (-400, 0)], [(0, 0), (400, 0)])
    plan = suggest_patrol(network, PatrolRequest(lonlat((0, 0))[0], 12, teams=2), stop=QUICK)
    assert [round(proposal.covered_m) for proposal in plan.routes] == [400, 400]
    assert plan.share_covered == pytest.approx(1)


def test_teams_when_everything_fits_into_one_share_the_work_evenly():
    plan = suggest_patrol(LATTICE, PatrolRequest(MIDDLE, 600, teams=3), stop=max_iterations(400))
    assert plan.share_covered == pytest.approx(1)
    durations = [proposal.duration_s for proposal in plan.routes]
    assert len(durations) == 3
    assert min(durations) / max(durations) >= 0.92


def test_teams_when_time_is_short_are_within_eight_per_cent_of_each_other():
    plan = suggest_patrol(LATTICE, PatrolRequest(MIDDLE, 30, teams=3), stop=max_iterations(300))
    durations = [proposal.duration_s for proposal in plan.routes]
    assert min(durations) / max(durations) >= 0.92


def test_teams_when_there_is_one_street_for_many_stay_idle():
    network = drawn([(0, 0), (200, 0)])
    plan = suggest_patrol(network, PatrolRequest(lonlat((0, 0))[0], 30, teams=4), stop=QUICK)
    assert (len(plan.routes), plan.idle_teams) == (1, 3)


@pytest.mark.parametrize(("members", "per_group", "teams"), [(7, 2, 3), (1, 2, 1), (6, 3, 2), (5, 1, 5)])
def test_volunteers_when_counted_walk_in_groups(members, per_group, teams):
    request = PatrolRequest(MIDDLE, 60, members=members, members_per_group=per_group)
    assert request.team_count == teams


def test_stops_when_asked_for_are_made_with_their_dwell_and_come_before_streets():
    stops = (Stop(*lonlat((700, 650))[0], dwell_s=300), Stop(*lonlat((20, 0))[0], dwell_s=120))
    request = PatrolRequest(MIDDLE, 45, teams=2, stops=stops)
    plan = suggest_patrol(LATTICE, request, stop=QUICK)
    assert_sound(LATTICE, request, plan)
    assert plan.missed_stops == ()
    visits = {visit.stop: (visit, proposal) for proposal in plan.routes for visit in proposal.visits}
    for number, stop in enumerate(stops):
        visit, proposal = visits[number]
        assert visit.leave_s - visit.arrive_s == pytest.approx(stop.dwell_s)
        line = LATTICE.frame.to_metres(proposal.route.path)
        place = shapely.Point(LATTICE.frame.xy([(stop.lon, stop.lat)])[0])
        assert line.distance(place) < 0.1
        assert 1 + number in [leg.to_place for leg in proposal.route.legs]
        assert proposal.route.legs[-1].to_place == 0


def test_stops_when_they_cannot_be_made_are_named_and_the_rest_is_planned():
    network = drawn([(0, 0), (400, 0)], [(0, 900), (400, 900)], [(400, 0), (4000, 0)])
    places = [(200, 0), (100, 900), (9000, 9000), (3900, 0), (390, 0)]
    stops = tuple(Stop(*lonlat(place)[0], dwell_s=300) for place in places)
    request = PatrolRequest(lonlat((0, 0))[0], minutes=25, teams=1, stops=stops)
    plan = suggest_patrol(network, request, stop=QUICK)
    missed = {stop.stop: stop.code for stop in plan.missed_stops}
    assert missed == {1: "not_connected", 2: "no_street", 3: "out_of_reach"}
    assert sorted(visit.stop for visit in plan.routes[0].visits) == [0, 4]
    tight = PatrolRequest(lonlat((0, 0))[0], minutes=17, teams=1, stops=(stops[0], stops[4]))
    assert [stop.code for stop in suggest_patrol(network, tight, stop=QUICK).missed_stops] == ["no_time"]


def test_disconnected_network_when_planned_on_leaves_the_other_pieces_and_says_so():
    network = drawn([(0, 0), (400, 0)], [(0, 900), (400, 900)], [(400, 0), (9000, 0)])
    plan = suggest_patrol(network, PatrolRequest(lonlat((0, 0))[0], 30, teams=1), stop=QUICK)
    assert {left.street_id: left.code for left in plan.streets_left} == {1: "not_connected", 2: "out_of_reach"}
    assert plan.streets_left_count == 2
    assert plan.share_of_reachable == pytest.approx(1)


def test_parallel_streets_when_both_have_priority_are_both_walked():
    network = drawn([(0, 0), (150, 60), (300, 0)], [(0, 0), (300, 0)])
    plan = suggest_patrol(network, PatrolRequest(lonlat((0, 0))[0], 15, teams=1), stop=QUICK)
    assert plan.share_covered == pytest.approx(1)


def test_oneway_when_driven_is_never_gone_against():
    block = [[(0, 0), (500, 0)], [(500, 0), (500, 500)], [(500, 500), (0, 500)], [(0, 500), (0, 0)]]
    network = drawn(*block, [(0, 0), (500, 500)], oneway=[1, 1, 1, 1, 0], mode="car")
    request = PatrolRequest(lonlat((250, 0))[0], 30, teams=1)
    plan = suggest_patrol(network, request, stop=QUICK)
    assert_sound(network, request, plan)
    assert plan.share_covered == pytest.approx(1)
    gone = [stretch for stretch in plan.routes[0].route.stretches if network.edge_line[stretch.edge] < 4]
    assert gone
    assert all(stretch.stop > stretch.start for stretch in gone)


def test_pavements_when_mapped_apart_are_not_counted_beside_their_street():
    street, beside = [(0, 0), (300, 0)], [(0, 0), (5, 6), (295, 6), (300, 0)]
    network = drawn(street, beside, classes=["residential", "footway"])
    plan = suggest_patrol(network, PatrolRequest(lonlat((0, 0))[0], 30, teams=1), stop=QUICK)
    assert plan.covered_priority == pytest.approx(300, abs=0.5)
    assert plan.share_covered == pytest.approx(1)


def test_limit_when_a_street_takes_exactly_the_time_is_kept_with_travel_rounded_up():
    """Travel is rounded up and limits down: a walk of exactly the limit fits, one of a centimetre more does not."""
    network = drawn([(0, 0), (300, 0)])
    there_and_back_s = 2 * network.edge_m[0] / WALK_MPS
    for spare_s, teams in ((0.01, 1), (-0.01, 0)):
        minutes = (there_and_back_s + spare_s) / 60
        request = PatrolRequest(lonlat((0, 0))[0], minutes, teams=1, slack_share=0)
        try:
            plan = suggest_patrol(network, request, stop=QUICK)
        except NoRoute:
            assert teams == 0
            continue
        assert len(plan.routes) == teams
        assert_sound(network, request, plan)


@pytest.mark.parametrize("criterion", [max_iterations(0), max_seconds(0.001), QUICK])
def test_search_when_stopped_at_any_time_has_a_sound_plan(criterion):
    request = PatrolRequest(MIDDLE, 40, teams=2)
    plan = suggest_patrol(LATTICE, request, stop=criterion)
    assert_sound(LATTICE, request, plan)
    assert plan.covered_priority > 2000


def test_plan_when_seed_and_iterations_are_equal_is_the_same_and_with_another_seed_another():
    request = PatrolRequest(MIDDLE, 25, teams=2)
    plans = [suggest_patrol(LATTICE, request, seed=seed, stop=max_iterations(150)) for seed in (5, 5, 6)]
    paths = [[proposal.route.path.wkt for proposal in plan.routes] for plan in plans]
    assert paths[0] == paths[1]
    assert paths[0] != paths[2]
    assert (plans[0].seed, plans[0].iterations) == (5, 150)


def test_progress_when_asked_for_is_told_and_never_gets_worse():
    told: list[Progress] = []
    suggest_patrol(LATTICE, PatrolRequest(MIDDLE, 25, teams=2), stop=max_iterations(450), on_progress=told.append)
    assert [progress.iterations for progress in told] == [100, 200, 300, 400, 450]
    assert told[-1].used_share == 1
    covered = [progress.covered_priority for progress in told]
    assert covered[-1] > 1500
    assert min(covered) >= 0.97 * max(covered)


@pytest.mark.parametrize(
    "bad",
    [
        {"minutes": 0},
        {"teams": None},
        {"teams": 0},
        {"teams": 49},
        {"members": 4},
        {"teams": None, "members": 0},
        {"teams": None, "members": 4, "members_per_group": 0},
        {"slack_share": 0.9},
        {"stops": (Stop(9.5, 47.1, dwell_s=-1),)},
    ],
)
def test_request_when_no_patrol_can_be_like_that_is_refused(bad):
    with pytest.raises(BadParameter):
        PatrolRequest(**({"station": MIDDLE, "minutes": 60, "teams": 1} | bad))


@pytest.mark.parametrize(
    "priority", [np.ones(3), np.full(LATTICE.edge_count, -1.0), np.full(LATTICE.edge_count, np.nan)]
)
def test_priority_when_it_does_not_fit_the_network_is_refused(priority):
    with pytest.raises(BadParameter):
        suggest_patrol(LATTICE, PatrolRequest(MIDDLE, 30, teams=1), priority, stop=QUICK)


def test_request_when_nothing_is_worth_a_walk_or_the_station_is_nowhere_is_refused():
    with pytest.raises(NoRoute, match="No street with priority"):
        suggest_patrol(LATTICE, PatrolRequest(MIDDLE, 30, teams=1), np.zeros(LATTICE.edge_count), stop=QUICK)
    with pytest.raises(NoRoute, match="no street within"):
        suggest_patrol(LATTICE, PatrolRequest(lonlat((9000, 0))[0], 30, teams=1), stop=QUICK)
    with pytest.raises(BadParameter, match="seed"):
        suggest_patrol(LATTICE, PatrolRequest(MIDDLE, 30, teams=1), seed=-1, stop=QUICK)


@settings(deadline=None, max_examples=40)
@given(
    place=st.tuples(st.floats(0, 700), st.floats(0, 700)),
    minutes=st.integers(5, 90),
    teams=st.integers(1, 4),
    seed=st.integers(0, 2**63),
    slack=st.sampled_from([0.0, 0.05, 0.1]),
)
def test_any_plan_when_made_keeps_its_limits_and_counts_every_metre_once(place, minutes, teams, seed, slack):
    priority = np.random.default_rng(seed).choice([0.0, 1.0, 5.0], LATTICE.edge_count)
    stops = (Stop(*lonlat((200, 350))[0], dwell_s=60),)
    request = PatrolRequest(lonlat(place)[0], minutes, teams=teams, slack_share=slack, stops=stops)
    try:
        plan = suggest_patrol(LATTICE, request, priority, seed=seed, stop=max_iterations(20))
    except NoRoute:
        assert minutes < 20
        return
    assert_sound(LATTICE, request, plan)
    assert plan.covered_priority <= covered_by(LATTICE, plan, priority) + 1e-6
    assert plan.covered_priority >= 0.6 * covered_by(LATTICE, plan, priority) - 500


@pytest.mark.extracts
@pytest.mark.parametrize("mode", ["foot", "bicycle", "car"])
def test_liechtenstein_when_planned_for_each_mode_is_sound(mode):
    network = network_of("liechtenstein", mode)
    request = PatrolRequest((9.5215, 47.141), 90, teams=3, stops=(Stop(9.5200, 47.1500, dwell_s=600),))
    plan = suggest_patrol(network, request, stop=max_iterations(50))
    assert_sound(network, request, plan)
    assert len(plan.routes) == 3
    assert plan.missed_stops == ()
    assert plan.streets_left_count > len(plan.streets_left) == 200
    left = [street.priority for street in plan.streets_left]
    assert left == sorted(left, reverse=True)
