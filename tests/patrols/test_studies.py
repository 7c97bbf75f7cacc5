"""Plans for a day out of the database: made, locked, made again, published, compared."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from data.errors import NotFound, Refused
from gis.routing import max_iterations
from patrols import network
from patrols.models import RoutePlan
from patrols.study import (
    Day,
    Hints,
    ask_for_study,
    compared,
    decide,
    drawn_routes,
    get_study,
    list_routes,
    list_studies,
    make_plan,
    plan_again,
    stations_of,
    stop_study,
    walked_streets,
)
from patrols.study_files import study_file
from patrols.study_publishing import publish_study
from patrols.study_solving import Asked
from tests.build import TOWNSHIP

KEY = b"a secret of more than sixteen bytes"
ON = date(2026, 12, 1)
QUICK = max_iterations(40)


@pytest.fixture(autouse=True)
def _no_network_of_another_test(monkeypatch):
    monkeypatch.setattr(network, "_kept", {})


@pytest.fixture
def county(build, session):
    """A grid of streets, 0.01° by 0.008°, and two teams with a station at two of its corners."""
    for row in range(5):
        y = 33.81 + 0.002 * row
        build.street(", ".join(f"{122.31 + 0.002 * x:.3f} {y:.3f}" for x in range(6)), ref=f"r{row}", name=f"Row {row}")
    for column in range(6):
        x = 122.31 + 0.002 * column
        build.street(", ".join(f"{x:.3f} {33.81 + 0.002 * y:.3f}" for y in range(5)), ref=f"c{column}")
    for code, lon, lat in (("T1", 122.31, 33.81), ("T2", 122.32, 33.818)):
        build.team(code, station=f"SRID=4326;POINT({lon} {lat})")
    return build


@pytest.fixture
def leader(county):
    return county.user("leader", role="patrol_leader", area=TOWNSHIP)


def study_of(session, build, *, stops=(), on=ON, hours=0.6, name="Evening", **asked):
    team_ids = session.scalars(text("SELECT id FROM patrol_teams ORDER BY code")).all()
    teams = stations_of(session, team_ids, ("9901",))
    day = Day(on, datetime(on.year, on.month, on.day, 11, tzinfo=UTC), hours)
    hints = Hints(list(stops))
    return ask_for_study(
        session, name, build.division(TOWNSHIP), day, teams, Asked(**asked), hints, key=KEY, actor_id=None
    )


def made(session, study):
    make_plan(session, study, stop=QUICK)
    return study


def test_study_when_made_has_a_route_for_each_team_with_reasons_and_figures(session, county):
    study = made(session, study_of(session, county, has_bound=True))
    routes = list_routes(session, study.id)
    assert [route.team for route in routes] == [0, 1]
    assert study.status == "done"
    assert all(route.duration_s <= 0.6 * 3600 * 0.93 + 1e-6 for route in routes)
    assert 0.5 < study.result["share_of_bound"] <= 1
    assert study.result["balance"] >= 0.92
    assert routes[0].reasons["km"] == pytest.approx(routes[0].length_m / 1000, abs=0.01)
    assert {line["id"] for line in walked_streets(session, study)} == {*routes[0].street_ids, *routes[1].street_ids}
    assert [line["team"] for line in drawn_routes(session, study.id)] == [0, 1]
    assert [line["id"] for line in list_studies(session, ("9901",))] == [study.id]


def test_study_when_asked_again_for_another_day_has_another_seed_and_the_same_for_the_same(session, county):
    first, same = (study_of(session, county) for _ in range(2))
    other = study_of(session, county, on=ON + timedelta(days=1))
    assert first.seed == same.seed != other.seed


def test_checkpoints_when_one_is_nowhere_are_named_and_the_other_is_made(session, county):
    stops = [
        {"lon": 122.314, "lat": 33.814, "name": "Gate", "dwell_min": 3.0, "opens_min": 5.0, "closes_min": 30.0},
        {"lon": 122.9, "lat": 33.9, "name": "Sea", "dwell_min": 0.0, "opens_min": 0.0, "closes_min": None},
    ]
    study = made(session, study_of(session, county, stops=stops))
    assert study.result["missed"] == [{"stop": 1, "code": "no_street"}]
    visits = [visit for route in list_routes(session, study.id) for visit in route.visits]
    assert [number for number, _, _ in visits] == [0]
    assert visits[0][2] - visits[0][1] == pytest.approx(180)


def test_plan_when_made_again_keeps_the_locked_route_and_leaves_forbidden_streets(session, county):
    study = made(session, study_of(session, county))
    kept, other = list_routes(session, study.id)
    decide(session, study, {0})
    forbidden = sorted(set(other.street_ids) - set(kept.street_ids))[:1]
    again = made(session, plan_again(session, study, "Again", forbidden, key=KEY, actor_id=None))
    first, second = list_routes(session, again.id)
    assert (first.is_locked, second.is_locked) == (True, False)
    assert first.stretches == kept.stretches
    assert not set(second.street_ids) & set(forbidden)
    assert again.parent_id == study.id


def test_plan_when_the_streets_have_changed_refuses_what_is_locked(session, county):
    study = made(session, study_of(session, county))
    decide(session, study, {0, 1})
    county.street("122.3105 33.8105, 122.3125 33.8105", ref="new")
    session.execute(text("DELETE FROM streets WHERE source_ref = 'r0'"))
    network._kept.clear()  # one transaction is one version of the streets
    again = plan_again(session, study, "Again", [], key=KEY, actor_id=None)
    with pytest.raises(Refused, match="streets have changed"):
        make_plan(session, again, stop=QUICK)


def test_plan_when_published_becomes_shifts_with_routes_and_tomorrow_goes_elsewhere(session, county, leader):
    study = made(session, study_of(session, county, hours=0.3))
    shifts = publish_study(session, study, [0, 1], is_open_to_volunteers=True, actor_id=leader.id)
    assert len(shifts) == 2
    plans = [session.get(RoutePlan, shift.route_plan_id) for shift in shifts]
    assert [plan.method for plan in plans] == ["suggested", "suggested"]
    assert shifts[0].ends_at - shifts[0].starts_at == timedelta(hours=0.3)
    assert plans[0].reasons["turns"]
    with pytest.raises(Refused, match="not published yet"):
        publish_study(session, study, [0, 1], is_open_to_volunteers=False, actor_id=leader.id)
    tomorrow = made(session, study_of(session, county, on=ON + timedelta(days=1), hours=0.3, discount=1.0))
    fresh = made(session, study_of(session, county, on=ON + timedelta(days=9), discount=1.0))
    after, later = compared(session, tomorrow), compared(session, fresh)
    assert after["days"] == 1
    assert after["overlap"] < 0.9
    assert (later["days"], later["overlap"]) == (0, None)


def test_files_when_taken_hold_every_route(session, county):
    study = made(session, study_of(session, county, stops=[{"lon": 122.314, "lat": 33.814, "name": "\x0cGate"}]))
    lines = drawn_routes(session, study.id)
    for ending, mark in (("gpx", b"<rte>"), ("kml", b"<LineString>"), ("geojson", b'"LineString"')):
        body, _ = study_file(study, lines, ending)
        assert body.count(mark) == 2
    with pytest.raises(NotFound):
        study_file(study, lines, "exe")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"hours": 0}, "few minutes"),
        ({"hours": 30}, "few minutes"),
        ({"slack_share": 0.9}, "too small or too large"),
        ({"base": float("nan")}, "too small or too large"),
        ({"stops": [{"lon": 122.31, "lat": 33.81, "opens_min": 9, "closes_min": 3}]}, "ends before it begins"),
        ({"stops": [{"lon": 122.31, "lat": 33.81, "dwell_min": 90}]}, "longer than the patrol"),
    ],
)
def test_study_when_it_cannot_be_asked_is_refused(session, county, wrong, sentence):
    with pytest.raises(Refused, match=sentence):
        study_of(session, county, **wrong)


def test_teams_when_none_or_without_a_station_are_refused(session, county):
    with pytest.raises(Refused, match="at least one team"):
        stations_of(session, [], ("9901",))
    lost = county.team("T3")
    with pytest.raises(Refused, match="no station"):
        stations_of(session, [lost.id], ("9901",))
    with pytest.raises(Refused, match="at least one team"):
        stations_of(session, [lost.id], ("9902",))


def test_area_when_it_has_no_street_is_refused(session, build):
    team = build.team(station="SRID=4326;POINT(122.31 33.81)")
    build.street("120.0 30.0, 120.001 30.0", ref="far")
    session.flush()
    teams = stations_of(session, [team.id], ("",))
    day = Day(ON, datetime(2026, 12, 1, 11, tzinfo=UTC), 1.0)
    study = ask_for_study(
        session, "Sea", build.division(TOWNSHIP), day, teams, Asked(), Hints(), key=KEY, actor_id=None
    )
    with pytest.raises(Refused, match="no street in this area"):
        make_plan(session, study, stop=QUICK)


def test_study_when_outside_the_area_or_over_is_refused(session, county):
    study = made(session, study_of(session, county))
    with pytest.raises(NotFound):
        get_study(session, study.id, ("990201",))
    with pytest.raises(Refused, match="ended"):
        stop_study(session, study)


def test_study_when_it_says_what_cannot_be_is_refused_by_the_database(session, county):
    study = study_of(session, county)
    for change in ("status = 'odd'", "share = 2", "teams = '[]'", "seed = -1", "status = 'done'"):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"UPDATE patrol_studies SET {change} WHERE id = {study.id}"))
    assert session.scalar(select(text("status")).select_from(text("patrol_studies"))) == "waiting"
