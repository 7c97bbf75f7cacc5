"""One shift from end to end through the real addresses: joined, started, walked by a simulated phone, ended."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import text

from patrols import network
from patrols.planning import Stop, keep_route, route_along
from patrols.tiles import draw_street_parts
from patrols.verifying import list_unverified, verify_patrol
from tests.webapp.mvt import read_tile

NOW = datetime.now(UTC).replace(microsecond=0)
TOWNSHIP = "990101001"
STREETS = ("122.31 33.81, 122.315 33.81, 122.32 33.81", "122.32 33.81, 122.32 33.815", "122.31 33.81, 122.31 33.815")


@pytest.fixture
def shift(session, build, monkeypatch):
    monkeypatch.setattr(network, "_kept", {})
    build.cell()
    for number, path in enumerate(STREETS):
        build.street(path, ref=f"s{number}")
    stops = [Stop(122.31, 33.81), Stop(122.32, 33.81, name="Market", is_checkpoint=True), Stop(122.32, 33.815)]
    plan = keep_route(
        session, route_along(session, stops), stops, name="Round", division=build.division(TOWNSHIP), method="drawn",
        actor_id=None,
    )  # fmt: skip
    return build.shift(route_plan_id=plan.id, is_open_to_volunteers=True, starts_at=NOW - timedelta(minutes=20))


def phone(begin, seconds):
    """What Traccar Client sends of a walk along the route at 1.3 m/s."""
    random = np.random.default_rng(4)
    at_m = seconds * 1.3
    lon = 122.31 + np.minimum(at_m, 926.0) / 92_600 + random.normal(0, 0.00003, len(seconds))
    lat = 33.81 + np.clip(at_m - 926.0, 0.0, 554.0) / 110_925 + random.normal(0, 0.00003, len(seconds))
    return [
        {"timestamp": (begin + timedelta(seconds=float(s))).isoformat(),
         "coords": {"longitude": x, "latitude": y, "accuracy": 6.0}, "battery": {"level": 0.8}}
        for s, x, y in zip(seconds, lon, lat, strict=True)
    ]  # fmt: skip


def test_shift_when_planned_is_walked_verified_and_shown(session, build, signed_in, client, shift):
    walker = signed_in("volunteer", TOWNSHIP, username="walker")
    build.member("Zhao", user=build.user("walker"))
    assert walker.post(f"/my-patrols/shifts/{shift.id}/join").status_code == 302
    session_id = uuid4()
    started = walker.post(f"/api/patrols/sessions/{session_id}/start", json={"shift_id": shift.id})
    assert started.status_code == 200
    page = walker.post("/my-patrols/devices", data={"name": "Phone", "kind": "traccar"}).text
    token = page.partition('id="token">')[2].partition("<")[0]
    # the walk lies behind us: the clock of the patrol is put back, as if it had begun a while ago
    begin = NOW - timedelta(minutes=19, seconds=30)
    session.execute(text("UPDATE patrol_sessions SET started_at = :begin"), {"begin": begin})
    seconds = np.arange(0.0, 1150.0, 15.0)
    for part in np.array_split(seconds, 8):
        answer = client.post("/api/positions/traccar", json={"location": phone(begin, part), "device_id": token})
        assert answer.json == {"added": len(part), "known": 0, "refused": {}}
    assert walker.post(f"/api/patrols/sessions/{session_id}/end", json={}).status_code == 200
    waiting = "SELECT args->>'session_id' FROM procrastinate_jobs WHERE task_name = 'verify_patrol'"
    assert session.scalars(text(waiting)).all() == [str(session_id)]
    session.expire_all()
    assert list_unverified(session, datetime.now(UTC)) == [session_id]
    figures = verify_patrol(session, session_id, datetime.now(UTC)).figures
    assert figures["planned_covered_m"] == figures["planned_m"] > 1400
    assert [one["state"] for one in figures["checkpoints"]] == ["done"]
    leader = signed_in("patrol_leader", TOWNSHIP)
    listed = leader.get(f"/patrols/shifts/{shift.id}/walked").text
    assert "Zhao" in listed
    assert "100 %" in listed
    assert leader.get(f"/patrols/walked/{session_id}").status_code == 200


def test_tile_when_streets_were_walked_tells_how_long_ago(session, build, signed_in, client, shift):
    from data.tiles import TileAddress

    session.execute(text("UPDATE street_parts SET last_walked_at = NULL"))
    street = session.scalar(text("SELECT id FROM streets LIMIT 1"))
    session.execute(
        text("INSERT INTO street_parts (street_id, from_m, to_m, length_m, path, cell_code, last_walked_at)"
             " SELECT :street, n, n + 1, 1, st_geomfromtext('LINESTRING(122.31 33.81, 122.32 33.81)', 4326),"
             " '990101001001001',"
             " CASE WHEN n > 0 THEN now() - n * interval '1 day' END FROM generate_series(0, 9, 3) n"),
        {"street": street},
    )  # fmt: skip
    tile = TileAddress(14, int((122.315 + 180) / 360 * 2**14), 6555)
    found = [f for row in range(6545, 6570) for f in _parts(session, TileAddress(14, tile.column, row), (TOWNSHIP,))]
    assert {feature.properties["days"] for feature in found} == {-1, 3, 6, 9}
    assert [
        f for row in range(6545, 6570) for f in _parts(session, TileAddress(14, tile.column, row), ("990102",))
    ] == []
    assert draw_street_parts(session, TileAddress(9, 0, 0), ("",)) == b""


def _parts(session, tile, scope):
    return read_tile(draw_street_parts(session, tile, scope)).get("street_parts", [])
