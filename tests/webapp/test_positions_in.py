"""Positions from devices: real requests of the three protocols, who may send, and what is kept of what they send."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from patrols.devices import MOST_REQUESTS_A_MINUTE, make_device, revoke_device
from patrols.models import Device, PatrolSession, PositionFix

NOW = datetime.now(UTC).replace(microsecond=0)
AT = NOW - timedelta(minutes=20)


@pytest.fixture
def member(build):
    return build.member(user=build.user("walker", "volunteer", "990101"))


@pytest.fixture
def patrol(session, member):
    made = PatrolSession(id=uuid4(), member_id=member.id, started_at=NOW - timedelta(hours=1))
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def device(session, member):
    return make_device(session, member, name="Phone", kind="traccar", now=NOW, actor_id=member.user_id)


@pytest.fixture
def token(device):
    return device[1]


def fixes(session):
    return session.scalars(select(PositionFix).order_by(PositionFix.fixed_at)).all()


def refused(session):
    return dict(session.execute(text("SELECT reason, positions FROM device_refusals")).all())


def test_osmand_query_when_sent_on_patrol_is_kept_with_all_it_says(client, session, patrol, token, device):
    asked = {
        "id": token, "lat": "33.8101", "lon": "122.3102", "timestamp": str(int(AT.timestamp())), "accuracy": "7.5",
        "speed": "2.5", "bearing": "359.97", "batt": "81.4", "altitude": "12", "hdop": "1.1",
    }  # fmt: skip
    answer = client.get("/api/positions/osmand", query_string=asked)
    assert answer.json == {"added": 1, "known": 0, "refused": {}}
    (fix,) = fixes(session)
    assert (fix.session_id, fix.fixed_at, fix.source, fix.mark) == (patrol.id, AT, "osmand", "ok")
    assert fix.device_id == device[0].id
    assert (fix.accuracy_m, fix.bearing_deg, fix.battery_pct) == (7.5, 0.0, 81)
    assert fix.speed_mps == pytest.approx(2.5 * 0.514444, abs=1e-4)
    again = client.post("/api/positions/osmand", data=asked)
    assert again.json == {"added": 0, "known": 1, "refused": {}}


def test_traccar_json_when_sent_as_version_9_does_is_kept(client, session, patrol, token):
    def location(seconds, **more):
        at = (AT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        coords = {"latitude": 33.81, "longitude": 122.31, "accuracy": 12.0, "speed": 1.2, "heading": -1, "altitude": 4}
        return {
            "event": "motionchange", "is_moving": True, "uuid": str(uuid4()), "timestamp": at, "odometer": 1.5,
            "coords": coords, "activity": {"type": "walking"}, "battery": {"level": 0.66, "is_charging": False},
            "extras": {}, **more,
        }  # fmt: skip

    sent = {"location": location(0), "device_id": token}
    assert client.post("/api/positions/traccar", json=sent).json == {"added": 1, "known": 0, "refused": {}}
    batch = {"location": [location(10), location(20, mock=True)], "device_id": token}
    assert client.post("/api/positions/traccar", json=batch).json["added"] == 2
    assert [(fix.mark, fix.is_mocked, fix.battery_pct, fix.bearing_deg) for fix in fixes(session)] == [
        ("ok", False, 66, None),
        ("ok", False, 66, None),
        ("mocked", True, 66, None),
    ]


def test_owntracks_when_it_publishes_over_http_is_answered_with_an_empty_list(client, session, patrol, token):
    basic = {"Authorization": "Basic " + base64.b64encode(f"walker:{token}".encode()).decode()}
    message = {
        "_type": "location", "lat": 33.81, "lon": 122.31, "tst": int(AT.timestamp()), "acc": 9, "vel": 4, "cog": 90,
        "batt": 40, "tid": "wk", "topic": "owntracks/walker/phone", "t": "u", "conn": "m",
    }  # fmt: skip
    for sent in (message, {"_type": "transition", "event": "enter"}, {"_type": "lwt", "tst": 1}):
        answer = client.post("/api/positions/owntracks", json=sent, headers=basic)
        assert (answer.status_code, answer.json) == (200, [])
    assert client.post("/api/positions/owntracks", data=b"", headers=basic).json == []
    (fix,) = fixes(session)
    assert (fix.source, fix.battery_pct, fix.bearing_deg) == ("owntracks", 40, 90.0)
    assert fix.speed_mps == pytest.approx(4 / 3.6)


def test_position_when_outside_every_patrol_leaves_a_number_and_no_place(client, session, patrol, token):
    def send(at, **more):
        asked = {"id": token, "lat": "33.81", "lon": "122.31", "timestamp": str(int(at.timestamp()))} | more
        return client.get("/api/positions/osmand", query_string=asked).json

    assert send(NOW - timedelta(hours=2))["refused"] == {"outside_patrol": 1}
    assert send(NOW + timedelta(minutes=30))["refused"] == {"in_the_future": 1}
    assert send(NOW - timedelta(days=31))["refused"] == {"outdated": 1}
    assert send(AT, lat="133.8")["refused"] == {"impossible_place": 1}
    assert send(AT, lat="0.0", lon="0.0") == {"added": 1, "known": 0, "refused": {}}
    assert send(NOW - timedelta(hours=2))["refused"] == {"outside_patrol": 1}
    assert [fix.mark for fix in fixes(session)] == ["null_island"]
    assert refused(session) == {"outside_patrol": 2, "in_the_future": 1, "outdated": 1, "impossible_place": 1}


def test_patrol_that_nobody_ended_when_long_over_takes_nothing_more(client, session, build, member, token):
    shift = build.shift(starts_at=NOW - timedelta(hours=8), hours=2)
    begun = NOW - timedelta(hours=8)
    session.add(PatrolSession(id=uuid4(), member_id=member.id, shift_id=shift.id, started_at=begun))
    session.flush()
    asked = {"id": token, "lat": "33.81", "lon": "122.31"}
    early = client.get(
        "/api/positions/osmand", query_string=asked | {"timestamp": (begun + timedelta(hours=3)).isoformat()}
    )
    late = client.get(
        "/api/positions/osmand", query_string=asked | {"timestamp": (NOW - timedelta(hours=3)).isoformat()}
    )
    assert (early.json["added"], late.json["refused"]) == (1, {"outside_patrol": 1})


@pytest.mark.parametrize("how", ["unknown", "revoked", "expired", "left", "missing"])
def test_token_when_not_valid_is_401_with_the_same_plain_sentence(client, session, member, device, patrol, how):
    made, token = device
    if how == "revoked":
        revoke_device(session, made.id, member_id=member.id, now=NOW, actor_id=1)
    elif how == "expired":
        made.made_at, made.expires_at = NOW - timedelta(days=9), NOW - timedelta(seconds=1)
    elif how == "left":
        member.left_on = NOW.date()
    session.flush()
    given = {"unknown": "x" * 43, "missing": ""}.get(how, token)
    asked = {"id": given, "lat": "33.81", "lon": "122.31", "timestamp": str(int(AT.timestamp()))}
    answer = client.get("/api/positions/osmand", query_string=asked)
    assert answer.status_code == 401
    assert answer.json == {"error": "This device token is not known here or no longer valid. Make a new one."}
    assert fixes(session) == []


def test_token_when_used_anywhere_else_opens_nothing(client, token):
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/my-patrols", headers=bearer).status_code == 302
    assert client.post("/api/patrols/route", json={}, headers=bearer).status_code == 401


def test_device_when_it_sends_nonsense_is_told_and_the_error_stands_on_its_page(client, session, patrol, device):
    made, token = device
    answer = client.get("/api/positions/osmand", query_string={"id": token, "lat": "north", "lon": "1"})
    assert answer.status_code == 422
    assert "lat has to be a number" in answer.json["error"]
    session.refresh(made)
    assert made.last_error == "lat has to be a number."
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.post("/api/positions/traccar", json=[1], headers=bearer).status_code == 422
    assert client.post("/api/positions/owntracks", data=b"{", headers=bearer).status_code == 400
    sound = {"id": token, "lat": "33.81", "lon": "122.31", "timestamp": str(int(AT.timestamp()))}
    assert client.get("/api/positions/osmand", query_string=sound).status_code == 200
    session.refresh(made)
    assert made.last_error is None


def test_device_when_it_sends_without_end_is_slowed_down(client, session, patrol, device):
    made, token = device
    made.minute_at, made.minute_requests = datetime.now(UTC).replace(second=0, microsecond=0), MOST_REQUESTS_A_MINUTE
    session.flush()
    asked = {"id": token, "lat": "33.81", "lon": "122.31"}
    while datetime.now(UTC).second == 59:  # pragma: no cover - the minute is about to change
        pass
    assert client.get("/api/positions/osmand", query_string=asked).status_code == 429


def test_batch_when_it_comes_after_the_end_asks_for_one_verification(client, session, patrol, token):
    patrol.ended_at = NOW
    session.flush()
    for seconds in (0, 10):
        at = AT + timedelta(seconds=seconds)
        asked = {"id": token, "lat": "33.81", "lon": "122.31", "timestamp": at.isoformat()}
        client.get("/api/positions/osmand", query_string=asked)
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'verify_patrol' AND status = 'todo'")
    assert session.scalar(waiting) == 1


def test_token_when_kept_is_a_hash_and_nothing_else(session, device):
    made, token = device
    row = session.execute(text("SELECT row_to_json(devices)::text FROM devices")).scalar_one()
    assert token not in row
    assert session.get(Device, made.id).expires_at > NOW + timedelta(days=300)
