"""The leader's pages: ask for a plan, see it, lock, plan again, compare, publish."""

import json

import pytest
from sqlalchemy import select, text

from gis.routing import max_iterations
from patrols import network
from patrols.models import Shift
from patrols.study import list_routes, make_plan
from patrols.study_models import PatrolStudy
from tests.build import TOWNSHIP

FORM = {
    "name": "Evening", "area": TOWNSHIP, "on": "2026-12-01", "begins": "19:00", "hours": "0.6", "mode": "foot",
    "stops": "[]", "slack": "7", "seconds": "5", "base": "1", "incident": "0.5", "place": "1", "gap": "1.5",
    "discount": "50", "recovery_days": "3",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_network_of_another_test(monkeypatch):
    monkeypatch.setattr(network, "_kept", {})


@pytest.fixture
def leader(build, signed_in, session):
    for row in range(4):
        y = 33.81 + 0.002 * row
        build.street(", ".join(f"{122.31 + 0.002 * x:.3f} {y:.3f}" for x in range(5)), ref=f"r{row}", name=f"Row {row}")
        x = 122.31 + 0.002 * row
        build.street(", ".join(f"{x:.3f} {33.81 + 0.002 * y:.3f}" for y in range(4)), ref=f"c{row}")
    build.team("T1", station="SRID=4326;POINT(122.31 33.81)")
    return signed_in("patrol_leader", TOWNSHIP)


def asked(leader, session, **more):
    team = session.scalar(text("SELECT id FROM patrol_teams LIMIT 1"))
    answer = leader.post("/patrols/planning/new", data=FORM | {"teams": str(team)} | more)
    return answer, session.scalar(select(PatrolStudy).order_by(PatrolStudy.id.desc()))


@pytest.fixture
def study(leader, session):
    found = asked(leader, session)[1]
    make_plan(session, found, stop=max_iterations(20))
    session.flush()
    return found


def test_plan_when_asked_for_waits_shows_how_far_it_is_and_can_be_stopped(leader, session):
    stops = [{"lon": 122.312, "lat": 33.812, "name": "Gate", "dwell_min": 5, "opens_min": None, "closes_min": 30}]
    answer, study = asked(leader, session, stops=json.dumps(stops))
    assert answer.headers["Location"].endswith(f"/patrols/planning/{study.id}")
    assert (study.status, study.stops[0]["name"], study.parameters["slack_share"]) == ("waiting", "Gate", 0.07)
    study.best = {"lines": {"0": [[122.31, 33.81], [122.312, 33.81]]}}
    session.flush()
    told = leader.get(f"/patrols/planning/{study.id}/progress").json
    assert (told["isOpen"], list(told["lines"])) == (True, ["0"])
    leader.post(f"/patrols/planning/{study.id}/stop")
    assert "It stops at its next step." in leader.get(f"/patrols/planning/{study.id}").text


def test_plan_when_made_shows_teams_figures_and_files(leader, study):
    page = leader.get(f"/patrols/planning/{study.id}").text
    assert "Team T1" in page
    assert "Priority covered" in page
    assert "Row 0" in page
    assert leader.get("/patrols/planning").text.count("Evening") >= 1
    for ending in ("gpx", "kml", "geojson"):
        assert leader.get(f"/patrols/planning/{study.id}.{ending}").status_code == 200
    assert leader.get(f"/patrols/planning/{study.id}.exe").status_code == 404


def test_plan_when_made_again_and_compared_has_both_sides(leader, session, study):
    answer = leader.post(f"/patrols/planning/{study.id}/again", data={"then": "again", "locked": "0", "name": "Second"})
    after = session.scalar(select(PatrolStudy).order_by(PatrolStudy.id.desc()))
    assert answer.headers["Location"].endswith(f"/{after.id}")
    assert list_routes(session, study.id)[0].is_locked
    make_plan(session, after, stop=max_iterations(5))
    session.flush()
    page = leader.get(f"/patrols/planning/compare?study={study.id}&study={after.id}").text
    assert "Second" in page
    assert "nothing published" in page
    assert "Mark two plans" in leader.get(f"/patrols/planning/compare?study={study.id}").text


def test_plan_when_published_becomes_shifts(leader, session, study):
    leader.post(f"/patrols/planning/{study.id}/publish", data={"publish": "0", "volunteers": "1"})
    shift = session.scalar(select(Shift))
    assert shift.is_open_to_volunteers
    assert f"/patrols/shifts/{shift.id}" in leader.get(f"/patrols/planning/{study.id}").text


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"hours": "nan"}, 200),
        ({"on": "2020-01-01"}, 200),
        ({"area": "990201"}, 200),
        ({"stops": "[1]"}, 422),
        ({"stops": '[{"lon": 500, "lat": 0}]'}, 422),
        ({"teams": ""}, 200),
    ],
)
def test_plan_when_it_cannot_be_asked_is_told_and_nothing_is_kept(leader, session, wrong, status):
    answer, study = asked(leader, session, **wrong)
    assert answer.status_code == status
    assert study is None


def test_plan_of_another_area_is_not_there(study, signed_in, build):
    other = signed_in("patrol_leader", "990202001")
    assert other.get(f"/patrols/planning/{study.id}").status_code == 404
