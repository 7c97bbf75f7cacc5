"""Where more cameras would help: existing ones locked in, forbidden places and dwellings kept out, reasons given."""

import numpy as np
import pytest
import shapely

from gis.coverage import Cameras, build_scene, see
from gis.coverage.siting import Progress, Terms, best_sites, prepare_siting
from gis.coverage.siting_candidates import candidates_at, grounds_entered, misplaced, places_along
from gis.coverage.siting_demand import (
    INCIDENT,
    PLACE,
    STREET,
    WEIGHTS,
    ground_wanted,
    points_wanted,
    streets_wanted,
)
from gis.coverage.siting_proposals import compare
from gis.errors import BadParameter
from tests.gis.coverage_oracle import random_town

OPEN = build_scene([])
NORTH, EAST, SOUTH, WEST = 0, 1, 2, 3


def crossing():
    """A pole with four bearings, and incidents: three north, two east, one south."""
    wanted = points_wanted([[0, 50], [1, 50], [2, 50], [50, 0], [50, 1], [0, -50]], INCIDENT)
    return candidates_at([[0.0, 0.0]], bearings=4), wanted


def town(seed: int = 4):
    rng = np.random.default_rng(seed)
    scene = build_scene(random_town(rng, 20))
    streets = [shapely.LineString([(-150, y), (150, y)]) for y in (-60, 0, 60)]
    streets += [shapely.LineString([(x, -150), (x, 150)]) for x in (-60, 0, 60)]
    places, bearing = places_along(streets, 40.0)
    candidates = candidates_at(places, bearings=8, first_bearing_deg=bearing)
    demand = streets_wanted(scene, streets, every_m=5.0).joined(
        points_wanted(rng.uniform(-120, 120, (60, 2)), INCIDENT, scene=scene)
    )
    return scene, candidates, demand


def chosen(sites) -> list[int]:
    return [proposal.candidate for proposal in sites.proposals]


def test_sites_when_one_pole_holds_one_camera_takes_the_bearing_that_adds_most():
    siting = prepare_siting(OPEN, *crossing())
    sites = best_sites(siting, 3)
    assert chosen(sites) == [NORTH]
    assert sites.proposals[0].adds == {"incident": 3.0}
    assert (sites.value, sites.bound, sites.gap) == (60.0, 60.0, 0.0)


def test_sites_when_a_pole_may_hold_two_takes_the_two_best_bearings():
    siting = prepare_siting(OPEN, *crossing(), terms=Terms(per_pole=2))
    assert chosen(best_sites(siting, 3)) == [NORTH, EAST]


def test_sites_when_a_camera_is_there_already_look_elsewhere():
    existing = Cameras.of(0, 0, 0)
    siting = prepare_siting(OPEN, *crossing(), existing=existing)
    sites = best_sites(siting, 1)
    assert chosen(sites) == [EAST]
    assert (sites.value_before, sites.value) == (60.0, 40.0)
    both = Cameras.of([0, 0], 0, [0, 90])
    assert chosen(best_sites(prepare_siting(OPEN, *crossing(), existing=both), 1)) == [SOUTH]


def test_sites_when_everything_is_seen_already_proposes_nothing():
    siting = prepare_siting(OPEN, *crossing(), existing=Cameras.of(0, 0, 0, 360))
    sites = best_sites(siting, 2)
    assert (sites.proposals, sites.value, sites.bound, sites.gap) == ((), 0.0, 0.0, 0.0)


def test_sites_when_two_should_see_each_point_doubles_before_it_spreads_less():
    wanted = points_wanted([[0, 50], [300, 50]], INCIDENT, worth=[10.0, 4.0])
    candidates = candidates_at([[0, 0], [1, 0], [2, 0], [300, 0]], bearings=4)
    once = best_sites(prepare_siting(OPEN, candidates, wanted), 2)
    assert (chosen(once), once.value) == ([0, 12], 14.0)
    twice = best_sites(prepare_siting(OPEN, candidates, wanted, terms=Terms(seen_by=2)), 2)
    assert (chosen(twice), twice.value) == ([0, 4], 10.0)
    assert [proposal.adds for proposal in twice.proposals] == [{"incident": 0.5}, {"incident": 0.5}]
    watched = prepare_siting(OPEN, candidates, wanted, existing=Cameras.of(0, 0), terms=Terms(seen_by=2))
    assert chosen(best_sites(watched, 1)) == [0]


def test_sites_when_places_are_forbidden_take_none_of_them_and_say_why():
    candidates, wanted = candidates_at([[0.0, 0.0], [0.0, 20.0]], bearings=4), crossing()[1]
    siting = prepare_siting(
        OPEN, candidates, wanted, forbidden_m=[shapely.box(90, 90, 99, 99), shapely.box(-5, -5, 5, 5)]
    )
    assert [refusal.index for refusal in siting.exclusions] == [0, 1, 2, 3]
    assert {r.sentence.format(**r.facts) for r in siting.exclusions} == {"The place lies in forbidden place number 2."}
    assert all(candidate >= 4 for candidate in chosen(best_sites(siting, 4)))


def test_sites_when_every_candidate_is_out_propose_none():
    siting = prepare_siting(OPEN, *crossing(), forbidden_m=[shapely.box(-5, -5, 5, 5)])
    sites = best_sites(siting, 2)
    assert (len(siting.exclusions), sites.proposals, sites.value, sites.bound) == (4, (), 0.0, 0.0)


def test_misplaced_when_a_place_is_in_a_wall_or_impossible_gives_one_reason_each():
    scene = build_scene([shapely.box(-50, -50, 50, 50)])
    asked = candidates_at([[0.0, 0.0], [0.0, 49.0], [0.0, 80.0]], bearings=1)
    assert [(r.index, r.facts) for r in misplaced(scene, asked, np.empty(0, dtype=object))] == [(0, {"moved_m": 50.2})]
    wide = candidates_at([[0.0, 80.0]], bearings=1, hfov_deg=-3.0)
    assert [r.index for r in misplaced(scene, wide, np.array([shapely.box(-9, 70, 9, 90)], dtype=object))] == [0]


def test_sites_when_a_view_enters_a_dwelling_warn_or_leave_it_out():
    candidates, wanted = crossing()
    garden = [shapely.box(500, 500, 510, 510), shapely.box(-10, 20, 10, 30)]
    warned = best_sites(prepare_siting(OPEN, candidates, wanted, dwellings_m=garden), 1)
    assert chosen(warned) == [NORTH]
    ((dwelling, seen),) = warned.proposals[0].enters
    assert (dwelling, round(seen, 6)) == (1, 200.0)
    assert warned.proposals[0].reasons[-1][1] == {"area_m2": 200.0, "count": 1}
    strict = prepare_siting(OPEN, candidates, wanted, dwellings_m=garden, terms=Terms(privacy="exclude"))
    assert [(r.index, r.facts) for r in strict.exclusions] == [(NORTH, {"area_m2": 200.0, "number": 2})]
    assert chosen(best_sites(strict, 1)) == [EAST]
    ignored = best_sites(prepare_siting(OPEN, candidates, wanted, dwellings_m=garden, terms=Terms(privacy="ignore")), 1)
    assert ignored.proposals[0].enters == ()


def test_grounds_entered_when_a_house_hides_its_garden_are_none():
    scene = build_scene([shapely.box(-20, 10, 20, 20)])
    garden = np.array([shapely.box(-10, 20, 10, 40)], dtype=object)
    assert len(grounds_entered(scene, Cameras.of(0, 0), garden)[0]) == 0
    camera, dwelling, seen = grounds_entered(build_scene([]), Cameras.of(0, 0), garden)
    assert (camera.tolist(), dwelling.tolist()) == ([0], [0])
    assert seen[0] == pytest.approx(400.0)


def test_proposals_when_added_up_give_the_value_of_comparing_before_and_after():
    scene, candidates, demand = town()
    existing = Cameras.of([10, -30], [10, 5], [45, 200], height_m=4.0)
    siting = prepare_siting(scene, candidates, demand, existing=existing)
    sites = best_sites(siting, 8)
    new = candidates.cameras.take(np.array(chosen(sites)))
    both = Cameras.of(
        np.r_[existing.x_m, new.x_m],
        np.r_[existing.y_m, new.y_m],
        np.r_[existing.bearing_deg, new.bearing_deg],
    )
    worth = compare(scene, demand, {"today": existing, "with": both})
    assert worth["today"].value == pytest.approx(sites.value_before)
    assert worth["with"].value == pytest.approx(sites.value_before + sites.value)
    for kind in ("street", "incident"):
        added = sum(proposal.adds.get(kind, 0.0) for proposal in sites.proposals)
        assert worth["with"].seen[kind] - worth["today"].seen[kind] == pytest.approx(added)
    assert worth["with"].share == pytest.approx((sites.value_before + sites.value) / sites.demand_weight)
    weights = [proposal.weight for proposal in sites.proposals]
    assert weights == sorted(weights, reverse=True)
    assert all(proposal.lost_without <= proposal.weight + 1e-9 for proposal in sites.proposals)
    assert sites.is_optimal


def test_proposals_when_left_out_one_by_one_lose_what_they_said():
    scene, candidates, demand = town()
    siting = prepare_siting(scene, candidates, demand)
    sites = best_sites(siting, 5)
    for proposal in sites.proposals:
        rest = np.array([other for other in chosen(sites) if other != proposal.candidate])
        assert sites.value - siting.problem.value(rest) == pytest.approx(proposal.lost_without)


def test_sites_when_asked_twice_are_the_same():
    answers = [best_sites(prepare_siting(*town()), 7) for _ in range(2)]
    assert answers[0].proposals == answers[1].proposals
    assert (answers[0].value, answers[0].bound) == (answers[1].value, answers[1].bound)


@pytest.mark.parametrize("seed", range(4))
def test_sites_when_poles_hold_several_bearings_keep_to_one_and_beat_greedy(seed):
    scene, candidates, demand = town(seed)
    sites = best_sites(prepare_siting(scene, candidates, demand), 12)
    poles = candidates.pole[chosen(sites)]
    assert len(np.unique(poles)) == len(poles) == 12
    assert sites.greedy_value <= sites.value * (1 + 1e-12)
    assert sites.value <= sites.bound
    assert sites.gap < 1e-6


def test_sites_when_stopped_or_out_of_time_come_with_a_bound_that_holds():
    scene, candidates, demand = town()
    siting = prepare_siting(scene, candidates, demand)
    best = best_sites(siting, 10)
    told: list[Progress] = []
    stopped = best_sites(siting, 10, stop=lambda: True, progress=told.append)
    hurried = best_sites(siting, 10, time_limit_s=0.0)
    for early in (stopped, hurried):
        assert early.value <= best.value + 1e-9 <= early.bound + 2e-9
        assert len(early.proposals) == 10
    assert (stopped.is_stopped, hurried.is_stopped, best.is_stopped) == (True, False, False)
    assert told[0].step == "greedy"
    assert told[0].value <= told[0].bound


def test_demand_when_weights_are_given_follows_them():
    candidates = candidates_at([[0.0, 0.0]], bearings=4)
    metres = points_wanted([[0, 50]], STREET, amount=30.0)
    shop = points_wanted([[50, 0]], PLACE)
    assert chosen(best_sites(prepare_siting(OPEN, candidates, metres.joined(shop)), 1)) == [EAST]
    dear = points_wanted([[0, 50]], STREET, amount=30.0, worth=2.0)
    sites = best_sites(prepare_siting(OPEN, candidates, dear.joined(shop)), 1)
    assert (chosen(sites), sites.proposals[0].adds, sites.value) == ([NORTH], {"street": 30.0}, 60.0)


def test_streets_wanted_when_cut_keep_their_length_and_leave_passages_out():
    scene = build_scene([shapely.box(40, -10, 60, 10)])
    wanted = streets_wanted(scene, [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 50), (3, 50)])])
    assert wanted.amount.sum() == pytest.approx(83.0)
    assert not ((wanted.x_m > 40) & (wanted.x_m < 60)).any()
    assert wanted.weight.tolist() == (wanted.amount * WEIGHTS["street"]).tolist()


def test_ground_wanted_when_water_is_closed_counts_open_ground_only():
    scene = build_scene([shapely.box(0, 0, 100, 50)])
    water = np.array([shapely.box(50, 50, 100, 100)], dtype=object)
    wanted = ground_wanted(scene, [shapely.box(0, 0, 100, 100)], every_m=10.0, closed_m=water)
    assert wanted.amount.sum() == 2500.0
    assert len(ground_wanted(scene, [shapely.Polygon()])) == 0


def test_places_along_when_a_street_bends_stand_beside_it():
    street = shapely.LineString([(0, 0), (110, 0), (110, 90)])
    places, bearing = places_along([street], 40.0, 4.0)
    assert len(places) == 5
    assert shapely.distance(street, shapely.points(places)) == pytest.approx(4.0)
    assert bearing[[0, -1]].tolist() == [90.0, 0.0]


def test_candidates_when_north_turns_keep_their_true_bearing_and_see_along_the_street():
    candidates = candidates_at([[0.0, 0.0]], bearings=1, first_bearing_deg=1.5, hfov_deg=2.0, convergence_deg=1.5)
    siting = prepare_siting(OPEN, candidates, points_wanted([[0, 70]], INCIDENT))
    assert siting.sees.nnz == 1
    view = see(OPEN, candidates.cameras).polygons[0]
    assert shapely.intersects_xy(view, 0, 70)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: candidates_at([[0, 0]], bearings=0),
        lambda: places_along([], 0.0),
        lambda: streets_wanted(OPEN, [], every_m=0.0),
        lambda: ground_wanted(OPEN, [shapely.box(0, 0, 1e6, 1e6)], every_m=1.0),
        lambda: points_wanted([[0, 0]], 9),
        lambda: points_wanted([[0, float("nan")]], INCIDENT),
        lambda: points_wanted([[0, 0]], INCIDENT, worth=-1.0),
        lambda: prepare_siting(OPEN, *crossing(), terms=Terms(seen_by=0)),
        lambda: prepare_siting(OPEN, candidates_at(np.empty((0, 2))), crossing()[1]),
        lambda: best_sites(prepare_siting(OPEN, *crossing()), 0),
        lambda: compare(OPEN, crossing()[1], {}, seen_by=0),
    ],
)
def test_siting_when_asked_the_impossible_says_so_in_a_sentence(wrong):
    with pytest.raises(BadParameter) as error:
        wrong()
    assert str(error.value).endswith(".")
