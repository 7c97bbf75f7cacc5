"""Routes, shifts and patrols on the real database."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.database import connect
from data.errors import Conflict, NotAllowed, NotFound, Refused
from gis.errors import NoRoute
from gis.routing.stopping import max_iterations
from patrols import network
from patrols.commands import add_fixes, assign_member, cancel_shift, end_patrol, join_shift, leave_shift, start_patrol
from patrols.exports import plan_geojson, plan_gpx
from patrols.models import PatrolMember, PositionFix, Shift, ShiftMember
from patrols.planning import Stop, keep_route, retire_route, route_along
from patrols.queries import get_plan, list_members, list_own_patrols, list_plans, list_shifts_for, walked_so_far
from patrols.rules import Fix
from patrols.suggesting import Wanted, suggest_routes
from tests.build import COUNTY, Build

NOW = datetime.now(UTC).replace(microsecond=0)
#: A ladder of streets, 0.01° wide and 0.005° high, in the test village.
RAILS = ("122.31 33.81, 122.315 33.81, 122.32 33.81", "122.31 33.815, 122.315 33.815, 122.32 33.815")
RUNGS = ("122.31 33.81, 122.31 33.815", "122.315 33.81, 122.315 33.815", "122.32 33.81, 122.32 33.815")


@pytest.fixture(autouse=True)
def _no_network_of_another_test(monkeypatch):
    monkeypatch.setattr(network, "_kept", {})


@pytest.fixture
def streets(build):
    return [build.street(path, ref=f"s{number}") for number, path in enumerate(RAILS + RUNGS)]


@pytest.fixture
def plan(build, session, streets):
    stops = [Stop(122.31, 33.81), Stop(122.32, 33.815, name="学校", dwell_min=10, is_checkpoint=True)]
    route = route_along(session, stops)
    return keep_route(
        session, route, stops, name="晚间巡逻", division=build.division(COUNTY), method="drawn", actor_id=None
    )


def test_route_when_drawn_follows_the_streets_and_counts_the_dwell(session, plan):
    kept = get_plan(session, plan.id, ("9901",))
    session.refresh(plan)
    assert plan.length_m == pytest.approx(0.01 * 92_600 + 0.005 * 110_925, rel=0.01)
    assert plan.walk_s == pytest.approx(plan.length_m / (4.8 / 3.6) + 600, rel=0.02)
    corners = json.loads(kept.path_geojson)["coordinates"]
    assert all(x in {122.31, 122.315, 122.32} or y in {33.81, 33.815} for x, y in corners)
    assert [point["name"] for point in kept.checkpoints] == ["学校"]


def test_route_when_a_place_is_far_from_every_street_is_refused_with_its_number(session, build, streets):
    stops = [Stop(122.31, 33.81), Stop(122.32, 33.81), Stop(122.39, 33.89)]
    route = route_along(session, stops)
    with pytest.raises(Refused, match="places 3"):
        keep_route(session, route, stops, name="x", division=build.division(COUNTY), method="drawn", actor_id=None)
    with pytest.raises(NoRoute):
        route_along(session, [Stop(122.31, 33.81), Stop(122.39, 33.89)])


def test_route_when_there_are_no_streets_says_how_to_get_them(session):
    with pytest.raises(NotFound, match="gridbeat import osm"):
        route_along(session, [Stop(122.31, 33.81), Stop(122.32, 33.81)])


def test_plan_when_outside_the_area_is_not_found(session, plan):
    with pytest.raises(NotFound):
        get_plan(session, plan.id, ("990102",))


def test_plan_when_retired_leaves_the_list(session, plan):
    assert [row["id"] for row in list_plans(session, ("",))] == [plan.id]
    retire_route(session, plan, actor_id=None)
    session.flush()
    assert list_plans(session, ("",)) == []


def test_gpx_when_read_back_has_the_path_and_the_checkpoint(session, plan):
    root = ET.fromstring(plan_gpx(get_plan(session, plan.id, ("",))))  # noqa: S314 - our own file
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    points = [(float(p.get("lon")), float(p.get("lat"))) for p in root.findall(".//g:rtept", space)]
    path = plan_geojson(get_plan(session, plan.id, ("",)))["features"][0]["geometry"]["coordinates"]
    assert points == [tuple(point) for point in path]
    assert root.find(".//g:wpt/g:name", space).text == "学校"


def test_suggestion_when_asked_covers_the_streets_within_the_time_and_says_why(session, build, streets):
    for _ in range(3):
        build.incident(lon=122.3175, lat=33.815)
    wanted = Wanted(lon=122.31, lat=33.81, members=6, hours=1, seed=4)
    suggested = suggest_routes(session, wanted, stop=max_iterations(300))
    assert 1 <= len(suggested.teams) <= 2
    assert suggested.summary["share_covered"] > 0.9
    for team in suggested.teams:
        assert team.reasons["minutes"] <= 60
        start, end = team.route.path.coords[0], team.route.path.coords[-1]
        assert start == pytest.approx(end, abs=1e-6)
    assert sum(team.reasons["incidents"] for team in suggested.teams) >= 3
    again = suggest_routes(session, wanted, stop=max_iterations(300))
    assert [team.route.path.wkt for team in again.teams] == [team.route.path.wkt for team in suggested.teams]


@pytest.fixture
def member(build):
    return build.member(user=build.user("vera", "volunteer", COUNTY))


@pytest.fixture
def shift(build, plan):
    return build.shift(starts_at=NOW - timedelta(minutes=5), route_plan_id=plan.id, is_open_to_volunteers=True)


def test_shift_when_open_to_volunteers_is_offered_joined_and_left(session, member, shift):
    assert [(row["id"], row["is_in"]) for row in list_shifts_for(session, member, now=NOW)] == [(shift.id, False)]
    join_shift(session, shift, member, actor_id=member.user_id)
    join_shift(session, shift, member, actor_id=member.user_id)
    assert [(row["is_in"], row["members"]) for row in list_shifts_for(session, member, now=NOW)] == [(True, 1)]
    leave_shift(session, shift, member.id, actor_id=member.user_id)
    assert list_shifts_for(session, member, now=NOW)[0]["is_in"] is False


def test_shift_when_full_refuses_the_next(session, build, shift):
    shift.capacity = 1
    assign_member(session, shift, build.member("A").id, actor_id=None)
    with pytest.raises(Conflict, match="full"):
        assign_member(session, shift, build.member("B").id, actor_id=None)


def test_member_when_busy_is_marked_and_the_database_refuses_two_shifts_at_once(session, build, member, shift):
    assign_member(session, shift, member.id, actor_id=None)
    other = build.shift(starts_at=NOW + timedelta(minutes=30), route_plan_id=shift.route_plan_id)
    assert [(row["id"], row["is_busy"]) for row in list_members(session, ("",), shift=other)] == [(member.id, True)]
    with pytest.raises(IntegrityError, match="ex_shift_members"), session.begin_nested():
        assign_member(session, other, member.id, actor_id=None)
    cancel_shift(session, shift, actor_id=None)
    assign_member(session, other, member.id, actor_id=None)


def test_patrol_when_walked_takes_positions_only_in_between(session, build, member, shift):
    actor_id = member.user_id
    with pytest.raises(NotAllowed, match="Join the shift"):
        start_patrol(session, member, shift, session_id=uuid4(), now=NOW, actor_id=actor_id)
    join_shift(session, shift, member, actor_id=actor_id)
    patrol_id = uuid4()
    for _ in range(2):  # a retry is the same patrol
        patrol = start_patrol(session, member, shift, session_id=patrol_id, now=NOW, actor_id=actor_id)
    assert patrol.id == patrol_id
    with pytest.raises(Conflict, match="on patrol already"):
        start_patrol(session, member, shift, session_id=uuid4(), now=NOW, actor_id=actor_id)
    batch = [Fix(NOW + timedelta(seconds=10 * step), 122.31 + 0.0001 * step, 33.81) for step in range(-3, 20)]
    later = NOW + timedelta(minutes=10)
    assert add_fixes(session, member, patrol_id, batch, now=later) == (20, {"before_start": 3})
    assert add_fixes(session, member, patrol_id, batch, now=later) == (0, {"before_start": 3})
    end_patrol(session, member, patrol_id, now=later, actor_id=actor_id)
    after = [Fix(later + timedelta(seconds=1), 122.31, 33.81)]
    assert add_fixes(session, member, patrol_id, after, now=later) == (0, {"after_end": 1})
    assert walked_so_far(session, patrol_id)["fixes"] == 20
    assert list_own_patrols(session, member.id)[0]["walked_m"] == pytest.approx(19 * 0.0001 * 92_600, rel=0.01)


def test_patrol_when_it_is_somebody_elses_is_not_found(session, build, member, shift):
    join_shift(session, shift, member, actor_id=member.user_id)
    patrol = start_patrol(session, member, shift, session_id=uuid4(), now=NOW, actor_id=member.user_id)
    stranger = build.member("Stranger", user=build.user("stranger", "volunteer", COUNTY))
    with pytest.raises(NotFound):
        add_fixes(session, stranger, patrol.id, [Fix(NOW, 122.31, 33.81)], now=NOW)
    with pytest.raises(NotFound):
        end_patrol(session, stranger, patrol.id, now=NOW, actor_id=stranger.user_id)
    assert session.scalar(select(func.count()).select_from(PositionFix)) == 0


def test_last_place_of_a_shift_when_two_join_at_once_goes_to_one(make_database):
    """On connections of their own, truly at once."""
    from data.database import migrate

    url = make_database("lastplace")
    migrate(url)
    engine = connect(url)
    with Session(engine) as setup:
        build = Build(setup)
        members = [build.member(f"M{number}").id for number in range(8)]
        shift_id = build.shift(capacity=3).id
        setup.commit()

    def join(member_id):
        with Session(engine) as own:
            try:
                join_shift(own, own.get(Shift, shift_id), own.get(PatrolMember, member_id), actor_id=0)
                own.commit()
            except Conflict:
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        joined = list(pool.map(join, members))
    with Session(engine) as after:
        taken = after.scalar(select(func.count()).select_from(ShiftMember))
    engine.dispose()
    assert sum(joined) == taken == 3
