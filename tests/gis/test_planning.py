"""Plans for teams that are not alike: shifts, windows, what is fixed already, and the best plan there is."""

import doctest
from datetime import date
from itertools import count, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gis.routing.bound
import gis.routing.rescoring
import gis.routing.unpredictable
import gis.streets.building
from gis.errors import BadParameter, NoRoute
from gis.routing import (
    LockedRoute,
    PatrolPlan,
    PlanRequest,
    Stop,
    Team,
    max_iterations,
    plan_patrols,
    stop_when,
)
from gis.routing.bound import upper_bound
from gis.routing.pooling import RoutePool, chosen_routes
from gis.routing.shifts import shifts_of
from gis.routing.task_table import tasks_of
from gis.routing.unpredictable import daily_seed, recency_factor
from gis.routing.vehicles import _prizes, _problem, _ways, routed
from gis.streets import StreetNetwork
from tests.gis.patrol_oracle import best_cover, coverable
from tests.gis.small_networks import WALK_MPS, drawn, lonlat
from tests.gis.test_routing_patrol import LATTICE, MIDDLE, covered_by

QUICK = max_iterations(60)
CORNER = lonlat((0, 0))[0]
FAR_CORNER = lonlat((700, 700))[0]


def assert_keeps_limits(network: StreetNetwork, request: PlanRequest, plan: PatrolPlan) -> None:
    """Check from the lines themselves what no plan may break: places, times, windows, and connected ways."""
    assert len({route.team for route in plan.routes}) == len(plan.routes)
    for proposal in plan.routes:
        team = request.teams[proposal.team]
        begins_s, home_by_s = request.span_s(team)
        assert proposal.begins_s == begins_s
        assert begins_s + proposal.duration_s <= home_by_s + 1e-6
        ends = network.frame.xy([proposal.route.path.coords[0], proposal.route.path.coords[-1]])
        assert np.hypot(*(ends - network.frame.xy([team.start, team.goal])).T).max() < 100
        assert team.home is not None or ends[0] == pytest.approx(ends[1], abs=0.01)
        for before, after in pairwise(proposal.route.stretches):
            end, start = network.point_at(before.edge, before.stop), network.point_at(after.edge, after.start)
            assert end == pytest.approx(start, abs=1e-5)
        for part in proposal.route.stretches:
            assert np.isfinite(network.edge_s[part.edge, int(part.stop < part.start)])
            assert network.street_ids[part.edge] not in request.forbidden
        assert_keeps_windows(request, proposal)


def assert_keeps_windows(request: PlanRequest, proposal) -> None:
    for visit in proposal.visits:
        stop = request.stops[visit.stop]
        assert stop.opens_s - 1e-6 <= visit.arrive_s <= stop.closes_s + 1e-3
        assert visit.leave_s - visit.arrive_s == pytest.approx(stop.dwell_s)
        assert stop.team in (None, proposal.team)


@pytest.mark.parametrize(
    "module", [gis.routing.bound, gis.routing.rescoring, gis.routing.unpredictable, gis.streets.building]
)
def test_examples_when_run_are_true(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


TINY = drawn(
    [(0, 0), (100, 0), (230, 0)], [(0, 0), (0, 100), (0, 170)], [(100, 0), (100, 100), (0, 100)], [(230, 0), (100, 100)]
)


@settings(deadline=None, max_examples=8)
@given(
    minutes=st.integers(2, 12),
    teams=st.integers(1, 2),
    worths=st.lists(st.sampled_from([0.0, 1.0, 4.0]), min_size=TINY.edge_count, max_size=TINY.edge_count),
)
def test_plan_when_the_best_is_known_is_it_and_the_bound_is_no_smaller(minutes, teams, worths):
    """Every walk on nine streets is looked at: no plan is better, none of ours much worse, no bound less."""
    minutes += 0.01  # streets are whole metres: rounding up must not decide
    request = PlanRequest((Team(CORNER, minutes),) * teams, slack_share=0.0)
    start = int(np.argmin(np.hypot(*(TINY.node_xy - TINY.frame.xy([CORNER])).T)))
    sets = coverable(TINY, start, start, minutes * 60.0)
    worth = np.array(worths) * TINY.edge_m
    best = best_cover(TINY, sets, worth, teams)
    bound = upper_bound(TINY, request, worths).priority
    assert bound >= best - 1e-6 * max(best, 1.0)
    try:
        plan = plan_patrols(TINY, request, worths, stop=max_iterations(300))
    except NoRoute:
        assert best == 0.0
        return
    assert_keeps_limits(TINY, request, plan)
    assert 0.9 * best - 1e-6 <= plan.covered_priority <= best + 1e-6 * max(best, 1.0)


def test_bound_when_streets_must_be_walked_back_counts_the_way_home():
    """A single dead end: an answer that does not ask for even crossings would say 800 m."""
    network = drawn([(0, 0), (100, 0)], [(100, 0), (900, 0)])
    request = PlanRequest((Team(CORNER, 10),), slack_share=0.0)
    assert upper_bound(network, request).priority == pytest.approx(400, abs=1)


def test_bound_when_streets_hang_on_nothing_asks_for_the_way_there():
    """A ring of 400 m at the end of 300 m: four fifths of way and ring take the 800 m there are."""
    network = drawn([(0, 0), (300, 0)], [(300, 0), (300, 100), (400, 100), (400, 0), (300, 0)])
    request = PlanRequest((Team(CORNER, 10.0),), slack_share=0.0)
    assert upper_bound(network, request, [0.0, 1.0]).priority == pytest.approx(320, abs=1)


@settings(deadline=None, max_examples=15)
@given(
    starts=st.lists(st.tuples(st.floats(0, 700), st.floats(0, 700)), min_size=1, max_size=3),
    minutes=st.integers(8, 50),
    begins=st.integers(0, 1800),
    opens=st.integers(0, 3000),
    width=st.integers(0, 1200),
    seed=st.integers(0, 2**63 - 1),
    away=st.booleans(),
)
def test_any_plan_when_made_keeps_its_limits_and_counts_what_it_walks(
    starts, minutes, begins, opens, width, seed, away
):
    goal = CORNER if away else None
    teams = tuple(Team(lonlat(at)[0], minutes, goal, begins * number) for number, at in enumerate(starts))
    stops = (
        Stop(*lonlat((200, 350))[0], 60, opens, opens + width),
        Stop(*lonlat((500, 100))[0], 120, priority=2.0, team=len(starts) - 1),
    )
    request = PlanRequest(teams, stops, slack_share=0.05, forbidden=frozenset({3}))
    priority = np.random.default_rng(seed).choice([0.0, 1.0, 5.0], LATTICE.edge_count)
    try:
        plan = plan_patrols(LATTICE, request, priority, seed=seed, stop=max_iterations(20))
    except NoRoute:
        assert minutes < 25
        return
    assert_keeps_limits(LATTICE, request, plan)
    assert plan.covered_priority == pytest.approx(covered_by(LATTICE, plan, priority))
    made = [visit.stop for route in plan.routes for visit in route.visits]
    assert sorted([*made, *(missed.stop for missed in plan.missed_stops)]) == [0, 1]


def test_checkpoint_when_its_window_opens_later_is_waited_for():
    """One street of 200 m: there is nothing to do but wait until the gate opens after ten minutes."""
    network = drawn([(0, 0), (200, 0)])
    request = PlanRequest((Team(CORNER, 20),), (Stop(*lonlat((200, 0))[0], 120, opens_s=600, closes_s=660),))
    plan = plan_patrols(network, request, stop=QUICK)
    assert_keeps_limits(network, request, plan)
    assert plan.routes[0].visits[0].arrive_s == pytest.approx(600)
    assert plan.routes[0].duration_s == pytest.approx(600 + 120 + 200 / WALK_MPS, abs=0.1)
    short = PlanRequest((Team(CORNER, 14),), request.stops, slack_share=0.0)
    assert [missed.code for missed in plan_patrols(network, short, stop=QUICK).missed_stops] == ["window_closed"]


def test_checkpoints_when_missed_are_named_with_the_reason():
    far, near = lonlat((700, 700))[0], lonlat((400, 300))[0]
    stops = (
        Stop(*far, closes_s=30),
        Stop(*near, dwell_s=36_00),
        Stop(*near, opens_s=5000, closes_s=6000),
        Stop(*lonlat((9000, 0))[0]),
    )
    request = PlanRequest((Team(MIDDLE, 40),), stops)
    plan = plan_patrols(LATTICE, request, stop=QUICK)
    assert {missed.stop: missed.code for missed in plan.missed_stops} == {
        0: "window_closed",
        1: "out_of_reach",
        2: "window_closed",
        3: "no_street",
    }


def test_checkpoints_when_not_all_can_be_made_are_chosen_by_priority():
    west, east = lonlat((0, 300))[0], lonlat((700, 300))[0]
    for first, second in ((1.0, 3.0), (3.0, 1.0)):
        stops = (Stop(*west, 300, priority=first), Stop(*east, 300, priority=second))
        plan = plan_patrols(LATTICE, PlanRequest((Team(MIDDLE, 17),), stops, slack_share=0), stop=QUICK)
        assert [missed.stop for missed in plan.missed_stops] == [0 if first < second else 1]
        assert [missed.code for missed in plan.missed_stops] == ["no_time"]


def test_checkpoint_when_locked_to_a_team_is_made_by_it():
    stops = tuple(Stop(*lonlat((100 * number, 100))[0], 60, team=number % 3) for number in range(6))
    request = PlanRequest((Team(MIDDLE, 45),) * 3, stops)
    plan = plan_patrols(LATTICE, request, stop=QUICK)
    assert plan.missed_stops == ()
    assert {visit.stop: route.team for route in plan.routes for visit in route.visits} == {n: n % 3 for n in range(6)}


def test_locked_route_when_the_rest_is_planned_again_stays_and_its_streets_count_as_done():
    request = PlanRequest((Team(MIDDLE, 30),) * 3)
    plan = plan_patrols(LATTICE, request, stop=QUICK)
    kept = plan.routes[1]
    locked = LockedRoute(1, kept.route.stretches, kept.visits)
    again = plan_patrols(LATTICE, request, locked=[locked], seed=9, stop=QUICK)
    assert [route.is_locked for route in again.routes] == [False, True, False]
    assert again.routes[1].route.stretches == kept.route.stretches
    assert again.covered_priority == pytest.approx(covered_by(LATTICE, again, np.ones(LATTICE.edge_count)))
    alone = plan_patrols(LATTICE, PlanRequest((Team(MIDDLE, 30),) * 2), stop=QUICK)
    others = sum(route.covered_priority for route in again.routes if not route.is_locked)
    assert again.covered_priority > alone.covered_priority
    assert others <= alone.covered_priority * 1.02


def test_forbidden_streets_when_named_are_never_walked_and_told_apart():
    request = PlanRequest((Team(MIDDLE, 60),) * 2, forbidden=frozenset({4, 11}))
    plan = plan_patrols(LATTICE, request, stop=QUICK)
    assert_keeps_limits(LATTICE, request, plan)
    assert {left.street_id for left in plan.streets_left if left.code == "forbidden"} == {4, 11}
    with pytest.raises(NoRoute, match="forbidden"):
        plan_patrols(LATTICE, PlanRequest((Team(MIDDLE, 60),), forbidden=frozenset(range(16))), stop=QUICK)


def test_teams_when_out_already_are_planned_from_where_they_are_with_the_time_left():
    here = lonlat((700, 650))[0]
    request = PlanRequest((Team(here, 22, home=MIDDLE, begins_s=3000), Team(MIDDLE, 40)), slack_share=0.0)
    plan = plan_patrols(LATTICE, request, stop=QUICK)
    assert_keeps_limits(LATTICE, request, plan)
    assert [route.team for route in plan.routes] == [0, 1]


def test_teams_of_several_stations_when_they_are_many_are_planned_station_by_station():
    stations = [lonlat(at)[0] for at in ((0, 0), (700, 0), (0, 700), (700, 700))]
    request = PlanRequest(tuple(Team(at, 20) for at in stations), (Stop(*lonlat((690, 690))[0], team=0),))
    shifts, _ = shifts_of(LATTICE, request, [], LATTICE.edge_m.copy(), 100.0)
    assert len(shifts) == 4
    plan = plan_patrols(LATTICE, request, stop=max_iterations(200))
    assert_keeps_limits(LATTICE, request, plan)
    assert len(plan.routes) == 4
    assert plan.covered_priority > 0.75 * sum(route.route.length_m for route in plan.routes)


def test_stations_when_not_connected_are_planned_apart_and_a_goal_out_of_reach_is_refused():
    network = drawn([(0, 0), (400, 0)], [(0, 900), (400, 900)])
    north = lonlat((0, 900))[0]
    plan = plan_patrols(network, PlanRequest((Team(CORNER, 12), Team(north, 12))), stop=QUICK)
    assert plan.share_covered == pytest.approx(1)
    with pytest.raises(NoRoute, match="Team 1 cannot come"):
        plan_patrols(network, PlanRequest((Team(CORNER, 12, home=north),)), stop=QUICK)
    with pytest.raises(NoRoute, match="Team 2 has no street"):
        plan_patrols(network, PlanRequest((Team(CORNER, 12), Team(lonlat((9000, 0))[0], 12))), stop=QUICK)


@pytest.mark.parametrize(
    "bad",
    [
        {"teams": ()},
        {"teams": (Team(CORNER, 0.5),)},
        {"stops": (Stop(*CORNER, opens_s=60, closes_s=30),)},
        {"stops": (Stop(*CORNER, priority=0),)},
        {"stops": (Stop(*CORNER, team=1),)},
        {"slack_share": -0.1},
    ],
)
def test_request_when_no_plan_can_be_like_that_is_refused(bad):
    with pytest.raises(BadParameter):
        PlanRequest(**({"teams": (Team(CORNER, 60),)} | bad))


def test_long_search_when_seed_and_iterations_are_equal_is_the_same():
    """Long enough for every means: vehicle routing, taking out and putting in, choosing among the routes seen."""
    request, phases = PlanRequest((Team(CORNER, 6),) * 2), []
    paths = []
    for _ in range(2):
        plan = plan_patrols(
            TINY, request, seed=3, stop=max_iterations(4500), on_progress=lambda step: phases.append(step.phase)
        )
        paths.append([route.route.path.wkt for route in plan.routes])
    assert paths[0] == paths[1]
    assert {"first", "improving", "vehicles"} <= set(phases)


def test_search_when_told_to_stop_ends_with_what_it_has_and_shows_its_lines():
    told, looks = [], count()
    asked = PlanRequest((Team(MIDDLE, 30),) * 2)
    stop = stop_when(max_iterations(10**6), lambda: next(looks) > 100)
    plan = plan_patrols(LATTICE, asked, stop=stop, on_progress=told.append)
    assert_keeps_limits(LATTICE, asked, plan)
    assert told
    assert sorted(told[-1].paths()) == [0, 1]


def _small_tasks(minutes=20, stops=()):
    request = PlanRequest((Team(MIDDLE, minutes),) * 2, stops)
    shifts, _ = shifts_of(LATTICE, request, [], LATTICE.edge_m.copy(), 100.0)
    return tasks_of(LATTICE, shifts[0].problem)


def test_vehicles_when_streets_are_clients_have_no_way_of_no_cost_and_prizes_near_it():
    tasks = _small_tasks(stops=(Stop(*MIDDLE), Stop(*MIDDLE, dwell_s=0)))
    chosen = np.arange(len(tasks.worth))
    codes = np.column_stack([2 * chosen, 2 * chosen + 1]).ravel()
    ways = _ways(tasks, codes, np.array([0, 0]))
    assert (ways[~np.eye(len(ways), dtype=bool)] > 0).all()
    prizes, cost_ms = np.array(_prizes(tasks, chosen))[:-2], tasks.cost_ms[::2][:-2]
    assert 2 <= np.median(prizes / cost_ms) <= 5
    data = _problem(tasks, chosen, np.unique(tasks.kind))
    assert all(group.mutually_exclusive and not group.required and len(group) == 2 for group in data.groups())


def test_vehicles_when_routed_walk_each_street_once_and_in_time():
    tasks = _small_tasks()
    found = routed(tasks, [[], []], 1, max_iterations(500))
    done = [code >> 1 for codes in found.codes for code in codes]
    assert len(done) == len(set(done)) > 5
    for codes in found.codes:
        here, used = tasks.start[0], 0
        for code in codes:
            used += tasks.between_ms[here, tasks.begin[code]] + tasks.cost_ms[code]
            here = tasks.end[code]
        assert used + tasks.between_ms[here, tasks.home[0]] <= tasks.home_by_ms[0]


def test_pool_when_asked_chooses_routes_that_complete_each_other():
    tasks = _small_tasks()
    pool = RoutePool()
    pool.add([[0, 2], [4]], tasks.kind)
    pool.add([[0, 4], [2, 6]], tasks.kind)
    pool.add([[8], [10]], tasks.kind)
    codes = chosen_routes(pool, tasks, lambda: False)
    assert sorted(code for row in codes for code in row) == [0, 2, 4, 6]


def test_seeds_when_made_from_a_secret_differ_by_day_and_purpose_and_need_a_long_key():
    key = b"0123456789abcdef"
    seeds = {daily_seed(key, date(2026, 1, day), area) for day in range(1, 29) for area in ("a", "b")}
    assert len(seeds) == 56
    assert max(seeds) < 2**63
    with pytest.raises(BadParameter):
        daily_seed(b"short", date(2026, 1, 1))


def test_streets_when_walked_yesterday_are_left_for_others_today():
    network = drawn([(0, 0), (-400, 0)], [(0, 0), (400, 0)])
    request = PlanRequest((Team(CORNER, 12),))
    for walked in (0, 1):
        days = [0.0 if street == walked else np.inf for street in network.street_ids]
        plan = plan_patrols(network, request, recency_factor(days), stop=QUICK)
        assert {int(network.street_ids[part.edge]) for part in plan.routes[0].route.stretches} == {1 - walked}
    with pytest.raises(BadParameter):
        recency_factor([-1.0])


def test_travel_when_rounded_never_fits_a_walk_that_is_too_long():
    """Travel is rounded up and the limit down, whatever the number of streets on the way."""
    network = drawn(*([(33.333 * number, 0), (33.333 * (number + 1), 0)] for number in range(30)))
    there_and_back_s = 2 * float(network.edge_m.sum()) / WALK_MPS
    team = Team(CORNER, (there_and_back_s - 0.01) / 60)
    plan = plan_patrols(network, PlanRequest((team,), slack_share=0.0), stop=QUICK)
    assert plan.routes[0].duration_s <= there_and_back_s - 0.01
    assert plan.share_covered < 1
