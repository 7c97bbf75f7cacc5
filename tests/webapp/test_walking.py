"""The phone's addresses on patrol and the pages around it: strict, late messages welcome, strangers kept out."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from shapely import box

from patrols.commands import assign_member, start_patrol
from patrols.models import Checkpoint, RoutePlan
from tests.build import COUNTY, TOWNSHIP

NOW = datetime.now(UTC)
BEGAN = NOW - timedelta(minutes=30)


@pytest.fixture
def patrol(build, session):
    member = build.member("Zhao", user=build.user("zhao", "volunteer", TOWNSHIP))
    plan = RoutePlan(
        name="Round", division_id=build.division(TOWNSHIP).id, method="drawn", status="published", walk_s=900,
        path="SRID=4326;LINESTRING(122.4 33.9,122.4 33.91)",
    )  # fmt: skip
    session.add(plan)
    session.flush()
    session.add(Checkpoint(route_plan_id=plan.id, seq=1, name="Gate", place="SRID=4326;POINT(122.4 33.9)"))
    shift = build.shift(starts_at=BEGAN, route_plan_id=plan.id)
    assign_member(session, shift, member.id, actor_id=None)
    return start_patrol(session, member, shift, session_id=uuid4(), now=BEGAN, actor_id=member.user_id)


@pytest.fixture
def phone(signed_in, patrol):
    return signed_in("volunteer", TOWNSHIP, username="zhao")


@pytest.fixture
def point(session, patrol):
    return session.query(Checkpoint).one()


def at(minutes):
    return (BEGAN + timedelta(minutes=minutes)).isoformat()


def test_acts_when_sent_late_take_the_phones_time_and_the_page_knows_them(phone, patrol, point):
    base = f"/api/patrols/sessions/{patrol.id}"
    assert phone.post(f"{base}/pause", json={"at": at(5)}).json["paused_at"] == at(5)
    assert '"paused_at": "' in phone.get(f"/my-patrols/shifts/{patrol.shift_id}").text
    assert phone.post(f"{base}/resume", json={"at": at(9)}).status_code == 200
    near, far = ({"checkpoint_id": point.id, "at": at(10), "lon": 122.4, "lat": lat} for lat in (33.9001, 33.95))
    told = phone.post(f"{base}/visits", json={"visits": [far, near, {**near, "checkpoint_id": 999}]}).json["visits"]
    assert ["error" in line for line in told] == [True, False, True]
    assert told[1]["visited_at"] == at(10)
    assert phone.post(f"{base}/end", json={"at": at(20)}).json["ended_at"] == at(20)


@pytest.mark.parametrize("sent", [{}, {"at": "soon"}, {"at": at(1), "who": "me"}])
def test_pause_when_badly_asked_answers_400(phone, patrol, sent):
    assert phone.post(f"/api/patrols/sessions/{patrol.id}/pause", json=sent).status_code == 400


def test_acts_when_the_patrol_is_somebody_elses_find_none(signed_in, build, patrol):
    build.member("Other", user=build.user("other", "volunteer", TOWNSHIP))
    other = signed_in("volunteer", TOWNSHIP, username="other")
    for act in ("pause", "resume", "help"):
        sent = {"at": at(1)} | ({"id": str(uuid4())} if act == "help" else {})
        assert other.post(f"/api/patrols/sessions/{patrol.id}/{act}", json=sent).status_code == 404


def test_sign_when_scanned_on_patrol_checks_in_and_elsewhere_says_why_not(phone, patrol, point, signed_in, build):
    page = f"/my-patrols/at/{point.code}"
    assert "Gate" in phone.get(page).text
    assert "Checked in: Gate." in phone.post(page, follow_redirects=True).text
    assert "not on the route you are walking" in phone.get("/my-patrols/at/0000").text
    build.member("Other", user=build.user("other", "volunteer", TOWNSHIP))
    other = signed_in("volunteer", TOWNSHIP, username="other")
    assert "You are not on patrol." in other.get(page).text
    assert other.post(page).status_code == 404


def test_signs_when_printed_carry_a_code_for_each_checkpoint(signed_in, patrol, point):
    page = signed_in("patrol_leader", TOWNSHIP).get(f"/patrols/plans/{point.route_plan_id}/signs").text
    assert page.count("<svg") == 1
    assert point.code not in page, "it stands in the squares only"


def test_call_for_help_when_sent_is_on_every_page_of_leader_and_dispatcher_of_the_area(phone, patrol, signed_in, build):
    sent = {"id": str(uuid4()), "at": at(10), "lon": 122.4, "lat": 33.9, "accuracy_m": 8}
    assert phone.post(f"/api/patrols/sessions/{patrol.id}/help", json=sent).json["is_over"] is False
    leader, dispatcher = signed_in("patrol_leader", TOWNSHIP), signed_in("dispatcher", COUNTY)
    build.division("990101002", box(122.5, 33.8, 122.7, 34.0))
    stranger = signed_in("patrol_leader", "990101002")
    assert 'id="alert-bar"' in leader.get("/patrols").text
    assert 'id="alert-bar"' not in phone.get("/my-patrols").text
    assert [line["name"] for line in dispatcher.get("/api/patrols/alerts").json["alerts"]] == ["Zhao"]
    assert stranger.get("/api/patrols/alerts").json["alerts"] == []
    page = leader.get("/api/patrols/alerts").json["alerts"][0]["page"]
    assert stranger.get(page).status_code == 404
    assert phone.get("/api/patrols/alerts").status_code == 403
    assert "Patrol-Leader" in leader.post(f"{page}/answer", follow_redirects=True).text
    dispatcher.post(f"{page}/close", data={"note": "A fall; taken home."})
    assert "A fall; taken home." in leader.get("/patrols/alerts").text
    assert leader.get("/api/patrols/alerts").json["alerts"] == []
    assert "A fall; taken home." in leader.get(page).text
