"""Walked tracks as GPX files: taken as a whole or not at all, and what is wrong is said."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from data.errors import Refused
from patrols.importing import import_track
from patrols.models import PatrolSession, PositionFix

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def member(build):
    return build.member(user=build.user("walker", "volunteer", "990101"))


def gpx(points, space=' xmlns="http://www.topografix.com/GPX/1/1"'):
    told = "".join(
        f'<trkpt lat="{lat}" lon="{lon}">' + (f"<time>{at:%Y-%m-%dT%H:%M:%SZ}</time>" if at else "") + "</trkpt>"
        for at, lon, lat in points
    )
    return f'<?xml version="1.0"?><gpx{space}><trk><trkseg>{told}</trkseg></trk></gpx>'.encode()


def walk(begin, count=60, every_s=10, lon=122.31):
    return [(begin + timedelta(seconds=every_s * n), lon + 0.00014 * n, 33.81) for n in range(count)]


def take(session, member, content):
    return import_track(session, member, content, now=NOW, actor_id=member.user_id)


def test_track_when_it_lies_in_no_patrol_is_a_voluntary_round(session, member):
    points = walk(NOW - timedelta(hours=3))
    found = take(session, member, gpx(points))
    assert (found.taken, found.refused, found.jumps) == (60, 0, ())
    patrol = session.get(PatrolSession, found.session_id)
    assert (patrol.shift_id, patrol.started_at, patrol.ended_at) == (None, points[0][0], points[-1][0])
    again = take(session, member, gpx(points, space=""))
    assert (again.session_id, again.taken) == (found.session_id, 0)
    assert set(session.scalars(select(PositionFix.source))) == {"gpx"}


def test_track_when_it_lies_in_a_patrol_goes_there_and_what_is_outside_is_not_taken(session, member):
    begin = NOW - timedelta(hours=3)
    patrol = PatrolSession(
        id=uuid4(), member_id=member.id, started_at=begin + timedelta(seconds=95), ended_at=begin + timedelta(hours=1)
    )
    session.add(patrol)
    session.flush()
    found = take(session, member, gpx(walk(begin)))
    assert (found.session_id, found.taken, found.refused) == (patrol.id, 50, 10)


def test_track_when_it_jumps_a_little_says_where(session, member):
    points = walk(NOW - timedelta(hours=3))
    points[20] = (points[20][0], 122.9, 33.81)
    found = take(session, member, gpx(points))
    assert found.jumps == (points[20][0],)


BEGIN = NOW - timedelta(hours=3)
JUMPING = [(at, lon + 0.3 * (number % 2), lat) for number, (at, lon, lat) in enumerate(walk(BEGIN))]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"not xml", "no XML"),
        (b"<kml></kml>", "no GPX"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><gpx></gpx>', "document type"),
        (gpx([]), "no track"),
        (gpx([(None, 122.31, 33.81)]), "Point 1 has no time"),
        (gpx([(BEGIN, "east", 33.81)]), "Point 1 has a time or place"),
        (gpx([(BEGIN, 222.31, 33.81)]), "nowhere on Earth"),
        (gpx(walk(NOW - timedelta(days=31))), "older than 30 days"),
        (gpx(walk(NOW)), "in the future"),
        (gpx(walk(NOW - timedelta(hours=20), every_s=900)), "longer than 12 hours"),
        (gpx(JUMPING), "points could not have been walked to, the first at"),
    ],
)
def test_track_when_it_cannot_be_taken_says_why_and_leaves_nothing(session, member, content, sentence):
    with pytest.raises(Refused, match=sentence), session.begin_nested():
        take(session, member, content)
    assert session.scalar(select(func.count()).select_from(PatrolSession)) == 0
    assert session.scalar(select(func.count()).select_from(PositionFix)) == 0
