"""Pages of walked patrols and of devices: who sees what, that looks are written down, appeals and decisions."""

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from patrols import network
from patrols.models import Device, PatrolSession, PatrolVerification
from patrols.rules import Fix
from patrols.taking import take_positions
from patrols.verifying import verify_patrol

NOW = datetime.now(UTC).replace(microsecond=0)
TOWNSHIP = "990101001"


@pytest.fixture
def volunteer(signed_in):
    return signed_in("volunteer", TOWNSHIP, username="walker")


@pytest.fixture
def member(build, volunteer):
    return build.member("Wang", user=build.user("walker"))


@pytest.fixture
def walked(session, build, member, monkeypatch):
    monkeypatch.setattr(network, "_kept", {})
    build.cell()
    build.street("122.31 33.81, 122.32 33.81", name="Market Street")
    begin = NOW - timedelta(hours=1)
    patrol = PatrolSession(id=uuid4(), member_id=member.id, started_at=begin, ended_at=NOW)
    session.add(patrol)
    session.flush()

    def walk(**more):
        fixes = [
            Fix(
                begin + timedelta(seconds=20 * n),
                122.31 + 0.0003 * n + 0.00003 * (n % 3),
                33.81 + 0.00002 * (n % 2),
                **more,
            )
            for n in range(34)
        ]
        take_positions(session, fixes, member_id=member.id, source="app", now=NOW, session_id=patrol.id)
        verify_patrol(session, patrol.id, NOW)
        return patrol.id

    return walk


def test_track_when_a_leader_looks_is_shown_and_the_member_reads_who_looked(volunteer, signed_in, walked):
    session_id = walked()
    leader = signed_in("patrol_leader", TOWNSHIP)
    assert f"/patrols/walked/{session_id}" in leader.get("/patrols/walked").text
    page = leader.get(f"/patrols/walked/{session_id}")
    assert page.status_code == 200
    assert "Market Street" not in page.text
    told = json.loads(re.search(r'id="map-config"[^>]*>(.*?)</script>', page.text, re.DOTALL)[1])["track"]
    assert (told["walked"]["type"], told["missed"], len(told["fixes"])) == ("MultiLineString", None, 34)
    own = volunteer.get(f"/my-patrols/walked/{session_id}")
    assert "Patrol-Leader-" in own.text
    assert "Nobody so far." not in own.text
    streets = leader.get("/patrols/streets-walked?cell=990101001001001").text
    assert "Market Street" in streets


def test_track_when_it_is_elsewhere_or_somebody_elses_is_not_found(volunteer, signed_in, build, walked):
    session_id = walked()
    build.division("990102", name="Other")
    assert signed_in("patrol_leader", "990102").get(f"/patrols/walked/{session_id}").status_code == 404
    other = signed_in("volunteer", TOWNSHIP, username="other")
    build.member("Li", user=build.user("other"))
    assert other.get(f"/my-patrols/walked/{session_id}").status_code == 404
    assert volunteer.get(f"/patrols/walked/{session_id}").status_code == 403


def test_positions_when_doubted_are_appealed_and_a_leader_decides_with_a_reason(volunteer, signed_in, session, walked):
    session_id = walked(is_mocked=True)
    assert "made up" in volunteer.get(f"/my-patrols/walked/{session_id}").text
    volunteer.post(f"/my-patrols/walked/{session_id}/appeal", data={"words": "A test telephone."})
    leader = signed_in("patrol_leader", TOWNSHIP)
    assert "A test telephone." in leader.get(f"/patrols/walked/{session_id}").text
    bare = leader.post(f"/patrols/walked/{session_id}/decide", data={"decision": "accepted", "note": " "})
    assert bare.status_code == 422
    answer = leader.post(
        f"/patrols/walked/{session_id}/decide", data={"decision": "accepted", "note": "Seen on the street."}
    )
    assert answer.status_code == 302
    verify_patrol(session, session_id, NOW)
    assert session.scalar(text("SELECT count(*) FROM street_part_days")) == 1
    session.expire_all()
    assert session.scalars(select(PatrolVerification)).one().decision_note == "Seen on the street."
    assert "Seen on the street." in volunteer.get(f"/my-patrols/walked/{session_id}").text
    again = volunteer.post(f"/my-patrols/walked/{session_id}/appeal", data={"words": "once more"})
    assert again.status_code == 422


def test_leader_when_it_is_the_own_patrol_may_not_decide(session, signed_in, build, walked, member):
    session_id = walked(is_mocked=True)
    leader = signed_in("patrol_leader", TOWNSHIP, username="both")
    member.user_id = build.user("both").id
    session.flush()
    answer = leader.post(f"/patrols/walked/{session_id}/decide", data={"decision": "accepted", "note": "fine"})
    assert (answer.status_code, "own patrol" in answer.text) == (422, True)


def test_device_when_made_shows_its_token_once_and_sends_until_revoked(volunteer, client, session, member):
    page = volunteer.post("/my-patrols/devices", data={"name": "Phone <b>", "kind": "traccar"})
    token = re.search(r'id="token">([\w-]{43})<', page.text)[1]
    assert "Phone &lt;b&gt;" in page.text
    assert "<svg" in page.text
    assert token not in volunteer.get("/my-patrols/devices").text
    asked = {"id": token, "lat": "33.81", "lon": "122.31"}
    assert client.get("/api/positions/osmand", query_string=asked).json["refused"] == {"outside_patrol": 1}
    assert "outside of every patrol 1" in volunteer.get("/my-patrols/devices").text
    device = session.scalars(select(Device)).one()
    volunteer.post(f"/my-patrols/devices/{device.id}/revoke")
    assert client.get("/api/positions/osmand", query_string=asked).status_code == 401


@pytest.mark.parametrize("kind", ["traccar", "osmand", "owntracks", "other"])
def test_device_of_each_kind_when_made_has_a_code_to_scan(volunteer, member, kind):
    page = volunteer.post("/my-patrols/devices", data={"name": "Phone", "kind": kind})
    assert page.status_code == 200
    assert len(re.search(r'<path d="([^"]+)"', page.text)[1]) > 3000


def test_devices_when_silent_on_patrol_come_first_for_the_leader(volunteer, signed_in, session, member):
    volunteer.post("/my-patrols/devices", data={"name": "Silent one", "kind": "traccar"})
    session.add(PatrolSession(id=uuid4(), member_id=member.id, started_at=NOW - timedelta(minutes=30)))
    session.flush()
    page = signed_in("patrol_leader", TOWNSHIP).get("/patrols/devices").text
    assert "Silent one" in page
    assert "bi-volume-mute" in page


def test_track_file_when_sent_by_the_page_is_taken_or_refused_with_a_sentence(volunteer, member, session):
    from io import BytesIO

    from tests.patrols.test_track_files import gpx, walk

    def send(content):
        return volunteer.post("/my-patrols/tracks/new", data={"file": (BytesIO(content), "walk.gpx")})

    assert send(gpx(walk(NOW - timedelta(hours=2)))).status_code == 302
    refused = send(b"nonsense")
    assert "The file is no XML" in refused.text
    assert session.scalar(text("SELECT count(*) FROM patrol_sessions")) == 1
