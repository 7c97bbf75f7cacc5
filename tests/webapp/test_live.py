"""The live stream: who hears of what, nothing missed, nothing told twice, nobody's connection held."""

import itertools
import json
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from patrols.models import PatrolSession, PositionFix
from tests.build import COUNTY, TOWNSHIP
from webapp.live import Audience, Changes, Hub, Reader
from webapp.live.changes import CaseStep, Moved

STEP = CaseStep("990101001001001", 7, None, {"id": "a"})
MOVED = Moved("990101001", {"id": "m", "lon": 1.0})


def told(message):
    assert message is not None
    return json.loads(message.decode().removeprefix("data: "))


@pytest.mark.parametrize(
    ("audience", "heard"),
    [
        (Audience(cases=("",), positions=("",)), {"cases", "moved", "map"}),
        (Audience(cases=("990101",)), {"cases", "map"}),
        (Audience(cases=("990102",), positions=("990102",)), {"map"}),
        (Audience(worker_id=7), {"cases", "map"}),
        (Audience(worker_id=8, team_ids=(7,)), {"map"}),
        (Audience(positions=("990101001",)), {"moved", "map"}),
        (Audience(positions=("990101001002",)), {"map"}),
    ],
)
def test_message_when_made_holds_what_the_audience_may_hear(audience, heard):
    assert set(told(audience.message(Changes([STEP], [MOVED], is_map_new=True)))) == heard


def test_message_when_nothing_is_for_them_is_none():
    assert Audience(cases=("990102",)).message(Changes([STEP], [MOVED])) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 99), max_size=3), max_size=30), st.integers(1, 4))
def test_hub_when_many_listen_tells_each_everything_once_in_order(looks, listeners):
    feed = iter([Changes(), *(Changes([CaseStep("99", None, None, {"id": n}) for n in look]) for look in looks)])
    done = threading.Event()

    def look():
        found = next(feed, None)
        if found is None:
            done.set()
        return found or Changes()

    hub = Hub(look, every_s=0.0, heartbeat_s=0.02, is_alive=lambda: not done.is_set())
    heard: list[list[int]] = [[] for _ in range(listeners)]
    again = [0] * listeners

    def listen(one):
        for piece in hub.listen(Audience(cases=("",))):
            for line in piece.decode().split("\n\n"):
                again[one] += line.startswith("event: hello")
                if line.startswith("data: "):
                    heard[one] += [case["id"] for case in json.loads(line[6:]).get("cases", ())]

    threads = [threading.Thread(target=listen, args=(one,)) for one in range(listeners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    everything = list(itertools.chain(*looks))
    for one in range(listeners):
        # who joined late or was cut short heard a run without holes; nothing came twice
        assert heard[one] == _run(everything, heard[one])
    assert hub.listeners == 0


def _run(everything, heard):
    """The run of `everything` that equals `heard`, or a list that does not."""
    starts = range(len(everything) - len(heard) + 1)
    return next((everything[at : at + len(heard)] for at in starts if everything[at : at + len(heard)] == heard), [-1])


def test_hub_when_the_database_is_away_goes_on_afterwards():
    turns = itertools.count()

    def look():
        turn = next(turns)
        if turn in {1, 2}:
            raise RuntimeError("the database is away")
        return Changes([STEP]) if turn == 3 else Changes()

    hub = Hub(look, every_s=0.01, heartbeat_s=5)
    stream = hub.listen(Audience(cases=("",)))
    assert b"hello" in next(stream)
    assert told(next(stream))["cases"] == [{"id": "a"}]
    stream.close()
    assert hub.listeners == 0


def test_hub_when_a_listener_falls_far_behind_tells_it_to_begin_anew():
    hub = Hub(lambda: Changes([STEP]), every_s=0.0, heartbeat_s=5)
    stream = hub.listen(Audience(cases=("",)))
    next(stream)
    other = hub.listen(Audience(cases=("",)))
    for _ in range(80):
        next(other)
    assert b"hello" in next(stream)
    stream.close()
    other.close()


def test_hub_when_the_session_has_ended_cuts_the_line():
    hub = Hub(Changes, every_s=0.01, heartbeat_s=0.02, check_s=0.01)
    pieces = list(hub.listen(Audience(), may_stay=lambda: False))
    assert len(pieces) == 1


@pytest.fixture
def reader(session):
    found = Reader()
    assert not found.look(session)
    return found


def test_look_when_a_case_takes_a_step_tells_it_once(session, reader, build, signed_in):
    build.cell()
    incident = build.incident(status="filed")
    dispatcher = signed_in("dispatcher", COUNTY)
    dispatcher.post(f"/incidents/{incident.id}/park", data={"version": 1, "note": "later"})
    session.expire_all()
    (step,) = reader.look(session).steps
    assert step.told | {"number": ""} == {
        "id": str(incident.id), "number": "", "what": "incident_parked", "priority": "general", "status": "parked",
    }  # fmt: skip
    assert step.location_code == incident.location_code
    assert "description" not in step.told
    assert not reader.look(session).steps


def test_look_when_a_member_moves_tells_the_newest_place_once(session, reader, build):
    member = build.member(area=TOWNSHIP)
    patrol = PatrolSession(id=uuid4(), member_id=member.id, started_at=datetime.now(UTC) - timedelta(minutes=5))
    session.add(patrol)
    session.flush()
    for seconds, lon in ((60, 122.31), (5, 122.32), (90, 122.30)):
        at = datetime.now(UTC) - timedelta(seconds=seconds)
        session.add(PositionFix(session_id=patrol.id, fixed_at=at, place=f"SRID=4326;POINT({lon} 33.85)"))
    session.flush()
    (moved,) = reader.look(session).moved
    assert (moved.division_code, moved.told["id"], moved.told["lon"]) == (TOWNSHIP, str(patrol.id), 122.32)
    assert not reader.look(session).moved


def test_look_when_the_map_changed_says_so_once(session, reader, build):
    build.camera()
    assert reader.look(session).is_map_new
    assert not reader.look(session).is_map_new


def test_look_when_a_lower_number_is_kept_later_still_tells_it(session, reader, build):
    session.execute(text("INSERT INTO events (id, kind, subject) VALUES (2000000000, 'incident_filed', 'late')"))
    assert [step.told["id"] for step in reader.look(session).steps] == ["late"]
    session.execute(text("INSERT INTO events (id, kind, subject) VALUES (1999999999, 'incident_filed', 'early')"))
    assert [step.told["id"] for step in reader.look(session).steps] == ["early"]


def test_stream_when_opened_says_hello_and_tells_only_the_own_area(app, signed_in, build, session):
    build.cell()
    mine, other = build.incident(status="filed"), build.incident(122.6, 34.1, status="filed")
    stranger = signed_in("dispatcher", TOWNSHIP)
    answer = stranger.get("/live/stream", buffered=False)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    pieces = answer.iter_encoded()
    assert b"event: hello" in next(pieces)
    staff = signed_in("dispatcher", COUNTY)
    for incident in (other, mine):
        staff.post(f"/incidents/{incident.id}/park", data={"version": 1, "note": "later"})
    session.expire_all()
    assert (mine.status, other.status) == ("parked", "parked")
    heard = Audience(cases=(TOWNSHIP,))
    changes = Changes([CaseStep(mine.location_code, None, None, {}), CaseStep(other.location_code, None, None, {})])
    assert len(told(heard.message(changes))["cases"]) == 1
    answer.close()


def test_stream_when_enough_listen_is_refused_and_the_page_asks_instead(app, signed_in):
    from dataclasses import replace

    app.config["SETTINGS"] = replace(app.config["SETTINGS"], streams=0)
    answer = signed_in("dispatcher", COUNTY).get("/live/stream")
    assert answer.status_code == 503


def test_stream_when_not_signed_in_answers_401(client):
    assert client.get("/live/stream").status_code in {302, 401}


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({}, None),
        ({"age_s": 300}, "no network, or the telephone is switched off"),
        ({"age_s": 300, "battery_pct": 6}, "the battery was nearly empty"),
        ({"age_s": 300, "accuracy_m": 400.0, "mark": "inaccurate"}, "indoors or between high houses"),
        ({"age_s": 300, "paused": True}, "has a break"),
    ],
)
def test_positions_when_a_member_is_silent_say_why(session, signed_in, build, state, why):
    from patrols.walking_models import SessionPause

    state = dict(state)
    age_s, is_paused = state.pop("age_s", 5), state.pop("paused", False)
    now = datetime.now(UTC)
    patrol = PatrolSession(id=uuid4(), member_id=build.member().id, started_at=now - timedelta(minutes=30))
    session.add(patrol)
    session.flush()
    place = "SRID=4326;POINT(122.31 33.85)"
    session.add(PositionFix(session_id=patrol.id, fixed_at=now - timedelta(seconds=age_s), place=place, **state))
    if is_paused:
        session.add(SessionPause(session_id=patrol.id, started_at=now - timedelta(minutes=4)))
    session.flush()
    (member,) = signed_in("dispatcher", COUNTY).get("/api/positions").json["members"]
    assert (member["silent"] or "").startswith(why or "")
    assert bool(member["silent"]) == bool(why)
