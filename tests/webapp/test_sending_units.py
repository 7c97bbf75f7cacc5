"""A dispatcher sees which units could go and why, sends one, and sees when nobody answers."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from patrols import network
from patrols.models import PatrolSession, PositionFix
from tests.build import COUNTY, TOWNSHIP


@pytest.fixture(autouse=True)
def _street(monkeypatch, build):
    monkeypatch.setattr(network, "_kept", {})
    build.street("122.30 33.85, 122.35 33.85, 122.40 33.85")
    build.cell()


@pytest.fixture
def team(build, session):
    found = build.team("T7", station="SRID=4326;POINT(122.31 33.85)")
    shift = build.shift(team_id=found.id)
    started_at = datetime.now(UTC) - timedelta(minutes=20)
    patrol = PatrolSession(
        id=uuid4(), member_id=build.member(team_id=found.id).id, shift_id=shift.id, started_at=started_at
    )
    session.add(patrol)
    session.flush()
    place = "SRID=4326;POINT(122.34 33.85)"
    session.add(PositionFix(session_id=patrol.id, fixed_at=datetime.now(UTC) - timedelta(seconds=20), place=place))
    session.flush()
    return found


@pytest.fixture
def incident(build):
    return build.incident(122.345, 33.85, priority="urgent", status="filed")


def test_dispatch_when_a_unit_is_sent_keeps_what_was_known_of_its_way(signed_in, team, incident, session):
    desk = signed_in("dispatcher", COUNTY)
    page = desk.get(f"/incidents/{incident.id}").text
    assert "6 min on the way, 463 m · seen just now" in page
    assert page.index("On patrol now") < page.index("Workers, nearest first")  # it is urgent
    desk.post(f"/incidents/{incident.id}/dispatch", data={"version": incident.version, "assignee": f"team:{team.id}"})
    facts = session.scalar(text("SELECT facts FROM incident_actions WHERE action = 'dispatch'"))
    assert 400 < facts["away_m"] < 500
    assert facts["problems"] == []
    page = desk.get(f"/incidents/{incident.id}").text
    assert "to accept" in page
    assert "no answer for" not in page
    assert page.count("6 min on the way") >= 2  # beside the unit, and in the log


def test_queue_when_somebody_does_not_answer_in_time_says_so_until_the_case_is_accepted(
    signed_in, team, incident, session
):
    desk = signed_in("dispatcher", COUNTY)
    desk.post(f"/incidents/{incident.id}/dispatch", data={"version": incident.version, "assignee": f"team:{team.id}"})
    assert "without an answer" not in desk.get("/dispatch").text
    ago = text(
        "UPDATE incidents SET state_due_at = now() - interval '1 minute', state_yellow_at = NULL,"
        " status_since = now() - interval '4 minutes'"
    )
    session.execute(ago)
    page = desk.get("/dispatch").text
    assert "1 without an answer" in page
    assert "no answer for 4 min" in page
    leader = signed_in("volunteer", TOWNSHIP, username="li")
    team.leader_id = session.scalar(text("SELECT id FROM users WHERE username = 'li'"))
    session.flush()
    session.expire_all()
    leader.post(f"/api/incidents/{incident.id}/actions", json={"action": "accept", "version": incident.version})
    session.expire_all()
    assert incident.status == "handling"
    assert "without an answer" not in desk.get("/dispatch").text


def test_case_when_no_unit_is_fit_says_what_to_do(signed_in, incident):
    page = signed_in("dispatcher", COUNTY).get(f"/incidents/{incident.id}").text
    assert "Nobody of your area is on patrol now." in page


def test_skills_when_changed_are_of_the_list_and_of_the_own_area(signed_in, team, session):
    leader = signed_in("patrol_leader", TOWNSHIP)
    assert "First aid" in leader.get("/patrols/teams").text
    leader.post(f"/patrols/teams/{team.id}/skills", data={"skill": ["traffic", "first_aid"]})
    session.expire_all()
    assert team.skills == ["first_aid", "traffic"]
    refused = leader.post(f"/patrols/teams/{team.id}/skills", data={"skill": "magic"})
    assert (refused.status_code, "There is no skill magic" in refused.text) == (422, True)
    stranger = signed_in("patrol_leader", "990101002")
    assert stranger.post(f"/patrols/teams/{team.id}/skills", data={"skill": "fire"}).status_code == 404


def test_member_when_the_team_is_sent_finds_the_case_and_works_it_to_its_end_on_the_phone(
    signed_in, team, incident, build, session
):
    build.member(user=build.user("li", "volunteer", TOWNSHIP), team_id=team.id, area=TOWNSHIP)
    li = signed_in("volunteer", TOWNSHIP, username="li")
    task = f"/worker/tasks/{incident.id}"
    assert li.get(task).status_code == 404
    assert task not in li.get("/my-patrols").text
    desk = signed_in("dispatcher", COUNTY)
    desk.post(f"/incidents/{incident.id}/dispatch", data={"version": incident.version, "assignee": f"team:{team.id}"})
    page = li.get("/my-patrols").text
    assert "Sent to your team" in page
    assert task in page
    for action, note in (("accept", ""), ("finish", "put right")):
        session.expire_all()
        answer = li.post(f"{task}/{action}", data={"version": incident.version, "note": note})
        assert answer.status_code == 302, answer.text
    assert answer.location.endswith("/my-patrols")
    session.expire_all()
    assert incident.status == "handled"


@pytest.mark.parametrize(("chosen", "kept"), [("first_aid", "first_aid"), ("", None)])
def test_category_when_it_asks_for_a_skill_keeps_it(signed_in, build, session, chosen, kept):
    line = build.category(needed_skill="fire")
    form = {"code": line.code, "name_zh": "垃圾", "name_en": "Litter", "priority": "general", "close_within_min": 60}
    admin = signed_in("administrator")
    answer = admin.post(
        f"/admin/code-lists/categories/{line.code}",
        data=form | {"position": 1, "close_clock": "urgent", "needed_skill": chosen},
    )
    assert answer.status_code == 302, answer.text
    session.expire_all()
    assert line.needed_skill == kept
