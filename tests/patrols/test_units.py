"""Which unit on patrol is asked first, why, and what is said when none is fit."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from data.errors import NotFound
from gis.routing import nearest
from patrols import network
from patrols.fitness import PROBLEMS, SHORTFALLS, UnitFacts, order_of, problems_of, shortfall
from patrols.models import Checkpoint, PatrolMember, PatrolSession, PositionFix, RoutePlan
from patrols.units import advise_units
from patrols.walking_models import SessionPause
from tests.build import COUNTY, TOWNSHIP

NOW = datetime.now(UTC).replace(microsecond=0)
SCOPE = (COUNTY,)
#: An incident on a street that runs 0.1° to the east, 9.2 km; everybody walks on it.
AT = (122.35, 33.85)


@pytest.fixture(autouse=True)
def _street(monkeypatch, build):
    monkeypatch.setattr(network, "_kept", {})
    build.street("122.30 33.85, 122.35 33.85, 122.40 33.85")
    build.cell()


@pytest.fixture
def incident(build):
    return build.incident(*AT)


@pytest.fixture
def patrol(build, session):
    """`patrol("A", 122.34)`: a member of a team on patrol, seen there `seen_s` ago (None: not seen yet)."""

    def make(team, lon=None, *, seen_s=30, since_h=1.0, ends_min=60, lat=33.85, plan=None, of=None, **more):
        row = of or build.team(team, **more)
        shift = build.shift(
            starts_at=NOW - timedelta(hours=since_h), hours=since_h + ends_min / 60, team_id=row.id,
            route_plan_id=plan and plan.id,
        )  # fmt: skip
        member = build.member(f"Member {team}", team_id=row.id)
        walk = PatrolSession(
            id=uuid4(), member_id=member.id, shift_id=shift.id, started_at=NOW - timedelta(hours=since_h)
        )
        session.add(walk)
        session.flush()
        if lon is not None:
            place = f"SRID=4326;POINT({lon} {lat})"
            session.add(PositionFix(session_id=walk.id, fixed_at=NOW - timedelta(seconds=seen_s), place=place))
            session.flush()
        return row

    return make


def names(advice):
    return [(unit.name.removeprefix("Team "), unit.problems) for unit in advice.units]


def test_units_when_several_walk_are_ordered_by_their_way_on_the_streets(session, incident, patrol):
    patrol("A", 122.32)
    patrol("B", 122.355)
    patrol("C", 122.343)
    advice = advise_units(session, incident.id, SCOPE, NOW)
    assert names(advice) == [("B", ()), ("C", ()), ("A", ())]
    assert advice.shortfall is None
    seconds, metres = nearest(network.street_network(session), [(122.355, 33.85)], AT)
    assert (advice.units[0].eta_s, advice.units[0].away_m) == (seconds[0], metres[0])
    assert metres[0] == pytest.approx(0.005 * 92_500, rel=0.01)
    assert advice.units[0].seen_s == 30


def test_units_when_something_speaks_against_them_come_after_a_fit_one_and_say_what(session, incident, patrol, build):
    patrol("Old", 122.3501, seen_s=301)
    patrol("Tired", 122.3502, since_h=4.1)
    patrol("Short", 122.36, ends_min=5)
    patrol("Unseen")
    busy = patrol("Busy", 122.3503)
    build.incident(status="dispatched", team_id=busy.id)
    patrol("Astray", 122.35, lat=33.80)
    patrol("Break", 122.34)
    walk = session.query(PatrolSession).order_by(PatrolSession.started_at.desc(), PatrolSession.id).all()
    pausing = next(one for one in walk if session.get(PatrolMember, one.member_id).name == "Member Break")
    session.add(SessionPause(session_id=pausing.id, started_at=NOW - timedelta(minutes=1)))
    patrol("Fit", 122.33)
    advice = advise_units(session, incident.id, SCOPE, NOW, most=9)
    assert names(advice) == [
        ("Fit", ()), ("Old", ("stale",)), ("Tired", ("needs_rest",)), ("Busy", ("busy",)),
        ("Break", ("pausing",)), ("Short", ("shift_ends",)),
        ("Astray", ("out_of_reach",)), ("Unseen", ("no_position",)),
    ]  # fmt: skip
    assert advice.shortfall is None


def test_units_when_the_case_asks_for_a_skill_are_those_that_have_it(session, incident, patrol):
    session.execute(text("UPDATE incident_categories SET needed_skill = 'first_aid'"))
    patrol("Near", 122.3501)
    patrol("Nurse", 122.34, skills=["first_aid", "traffic"])
    advice = advise_units(session, incident.id, SCOPE, NOW)
    assert names(advice) == [("Nurse", ()), ("Near", ("lacks_skill",))]


def test_units_when_a_team_has_several_members_stand_for_the_first_to_arrive(session, incident, patrol):
    team = patrol("A", 122.31)
    patrol("A2", 122.349, of=team)
    patrol("A3", of=team)
    (unit,) = advise_units(session, incident.id, SCOPE, NOW).units
    assert (unit.members, unit.lon) == (3, 122.349)


def test_units_when_none_is_fit_say_what_all_lack(session, incident, patrol):
    assert advise_units(session, incident.id, SCOPE, NOW).shortfall == "nobody"
    patrol("A", 122.34, seen_s=400)
    assert advise_units(session, incident.id, SCOPE, NOW).shortfall == "stale"
    patrol("B", 122.34, since_h=5)
    assert advise_units(session, incident.id, SCOPE, NOW).shortfall == "mixed"


def test_units_of_another_area_and_ended_patrols_are_not_proposed(session, incident, patrol, build):
    patrol("A", 122.34)
    session.execute(text("UPDATE patrol_sessions SET ended_at = now()"))
    patrol("Elsewhere", 122.34, area=TOWNSHIP)
    assert names(advise_units(session, incident.id, (TOWNSHIP,), NOW)) == [("Elsewhere", ())]
    assert advise_units(session, incident.id, ("990101002",), NOW).units == []


def test_units_when_the_incident_is_unknown_or_off_the_streets(session, build, patrol):
    with pytest.raises(NotFound):
        advise_units(session, uuid4(), SCOPE, NOW)
    patrol("A", 122.34)
    far = build.incident(122.35, 33.80)
    assert advise_units(session, far.id, SCOPE, NOW).shortfall == "out_of_reach"


def test_unit_when_it_leaves_its_route_says_what_stays_unwalked(session, incident, patrol, build):
    plan = RoutePlan(
        name="East", division_id=build.division(TOWNSHIP).id, method="drawn", walk_s=3600,
        path="SRID=4326;LINESTRING(122.33 33.85, 122.34 33.85, 122.36 33.85)",
    )  # fmt: skip
    session.add(plan)
    session.flush()
    for seq, lon in enumerate((122.331, 122.359), 1):
        session.add(Checkpoint(route_plan_id=plan.id, seq=seq, place=f"SRID=4326;POINT({lon} 33.85)"))
    patrol("A", 122.34, plan=plan)
    walk = session.query(PatrolSession).one()
    for minute, lon in enumerate((122.33, 122.335), 2):
        at = NOW - timedelta(minutes=60 - minute)
        session.add(PositionFix(session_id=walk.id, fixed_at=at, place=f"SRID=4326;POINT({lon} 33.85)"))
    session.flush()
    (unit,) = advise_units(session, incident.id, SCOPE, NOW).units
    assert (unit.route_name, unit.checkpoints_left) == ("East", 1)
    assert unit.left_m == pytest.approx(0.02 * 92_500 - 30, rel=0.01)


facts = st.builds(
    UnitFacts,
    eta_s=st.none() | st.floats(0, 10_000),
    seen_at=st.none() | st.integers(0, 1000).map(lambda age: NOW - timedelta(seconds=age)),
    walking_since=st.integers(0, 400).map(lambda age: NOW - timedelta(minutes=age)),
    shift_ends_at=st.none() | st.integers(-10, 300).map(lambda left: NOW + timedelta(minutes=left)),
    open_work=st.integers(0, 2),
    skills=st.frozensets(st.sampled_from(["first_aid", "fire"])),
)


@given(st.lists(facts, max_size=6), st.sampled_from([None, "first_aid"]))
def test_shortfall_is_said_exactly_when_nobody_is_fit_and_is_true_of_all(units, skill):
    problems = [problems_of(unit, skill, NOW) for unit in units]
    code = shortfall(problems)
    assert (code is None) == any(not of_one for of_one in problems)
    assert code is None or code in SHORTFALLS
    if code in PROBLEMS:
        assert all(code in of_one for of_one in problems)
    order = sorted(zip(problems, units, strict=True), key=lambda one: order_of(one[0], one[1].eta_s, ""))
    is_fit = [not of_one for of_one, _unit in order]
    assert is_fit == sorted(is_fit, reverse=True)
