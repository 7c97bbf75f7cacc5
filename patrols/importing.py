"""A walked track as a file: read as a whole, taken as a whole or not at all."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import Refused
from data.events import record
from gis.tracks import clean_fixes
from patrols import events
from patrols.models import PatrolMember, PatrolSession
from patrols.positions import KEPT_FOR
from patrols.rules import LONGEST_SESSION, Fix
from patrols.taking import MOST_FIXES, take_positions
from patrols.verification_asked import ask_verification

#: A fix a second for a long day.
MOST_POINTS = 50_000
#: More jumps than this share and the file is no walk.
MOST_JUMPS = 0.2
_GPX = ("{http://www.topografix.com/GPX/1/1}", "{http://www.topografix.com/GPX/1/0}", "")


@dataclass(frozen=True)
class ImportedTrack:
    """The patrol the positions went to, how many were taken and how many not, and where the track jumps (UTC)."""

    session_id: UUID
    taken: int
    refused: int
    jumps: tuple[datetime, ...] = field(default=())


def read_gpx(content: bytes) -> list[Fix]:
    """The track points of a GPX 1.0 or 1.1 file with their times, in order of time.

    Raises Refused with what is wrong: no XML, no GPX, no track, a point without a time or a place, too many.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Refused("The file declares a document type. Export the track as plain GPX.")
    try:
        root = ET.fromstring(content)  # noqa: S314 - document types, the dangerous part, are refused above
    except ET.ParseError as error:
        raise Refused("The file is no XML: {reason}. Export the track as GPX.", reason=str(error)) from None
    space = next((one for one in _GPX if root.tag == f"{one}gpx"), None)
    if space is None:
        raise Refused("The file is no GPX. Export the track as GPX.")
    points = root.findall(f".//{space}trkpt")
    if not points:
        raise Refused("The file has no track, only routes or places. Record while walking and export the track.")
    if len(points) > MOST_POINTS:
        raise Refused("The track has {count} points; at most {most} are taken.", count=len(points), most=MOST_POINTS)
    fixes = [_fix(number, point, space) for number, point in enumerate(points, start=1)]
    return sorted(fixes, key=lambda fix: fix.fixed_at)


def _fix(number: int, point: ET.Element, space: str) -> Fix:
    told = point.findtext(f"{space}time")
    if not told:
        raise Refused("Point {number} has no time. A track that was drawn is no track that was walked.", number=number)
    try:
        at = datetime.fromisoformat(told.strip())
        lon, lat = float(point.get("lon", "nan")), float(point.get("lat", "nan"))
    except ValueError:
        raise Refused("Point {number} has a time or place that cannot be read.", number=number) from None
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise Refused("Point {number} lies nowhere on Earth.", number=number)
    return Fix(at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC), lon, lat)


def jumps_of(fixes: list[Fix], most_mps: float = 15.0) -> list[int]:
    """Rows of fixes nobody could have got to in the time.

    >>> at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    >>> jumps_of([Fix(at + timedelta(seconds=10 * n), lon, 47.1) for n, lon in enumerate((9.5, 9.5001, 9.7, 9.5002))])
    [2]
    """
    codes = clean_fixes(
        [fix.fixed_at.timestamp() for fix in fixes], [fix.lon for fix in fixes], [fix.lat for fix in fixes],
        most_mps=most_mps,
    )  # fmt: skip
    return [int(row) for row in np.flatnonzero(codes == "too_fast")]


def import_track(
    session: Session, member: PatrolMember, content: bytes, *, now: datetime, actor_id: int | None
) -> ImportedTrack:
    """Take a walked track: into the own patrols it lies in, or as a voluntary round when it lies in none.

    Raises Refused, with nothing kept, when the file cannot be read, is older than positions are kept, ends in the
    future, overlaps a patrol without lying in it, lasts longer than a patrol may, or jumps all over the place.
    """
    fixes = read_gpx(content)
    begun_at, ended_at = fixes[0].fixed_at, fixes[-1].fixed_at
    if begun_at < now - KEPT_FOR:
        raise Refused("The track is older than 30 days: such positions are not kept.")
    if ended_at > now:
        raise Refused("The track ends in the future. Check the clock of the device.")
    jumps = jumps_of(fixes)
    if len(jumps) > MOST_JUMPS * len(fixes):
        raise Refused(
            "{jumps} of {count} points could not have been walked to, the first at {at}. Is this one walk?",
            jumps=len(jumps), count=len(fixes), at=fixes[jumps[0]].fixed_at.isoformat(),
        )  # fmt: skip
    session_id = _session_for(session, member, begun_at, ended_at)
    taken = refused = 0
    for first in range(0, len(fixes), MOST_FIXES):
        batch = fixes[first : first + MOST_FIXES]
        done = take_positions(session, batch, member_id=member.id, source="gpx", now=now, session_id=session_id)
        taken, refused = taken + done.added, refused + sum(done.refused.values())
    event = events.TrackImported(str(session_id), taken)
    record(session, event, subject=f"patrol:{session_id}", actor_id=actor_id)
    ask_verification(session, session_id)
    return ImportedTrack(session_id, taken, refused, tuple(fixes[row].fixed_at for row in jumps))


_OVERLAPPING = text(
    "SELECT id, started_at, ended_at FROM patrol_sessions WHERE member_id = :member_id"
    " AND started_at <= :ended_at AND coalesce(ended_at, 'infinity') >= :begun_at ORDER BY started_at"
)


def _session_for(session: Session, member: PatrolMember, begun_at: datetime, ended_at: datetime) -> UUID:
    facts = {"member_id": member.id, "begun_at": begun_at, "ended_at": ended_at}
    found = session.execute(_OVERLAPPING, facts).all()
    if len(found) > 1:
        raise Refused("The track goes through {count} patrols. Cut it, one file for each.", count=len(found))
    if found:
        slack = timedelta(minutes=10)
        if begun_at < found[0].started_at - slack or (found[0].ended_at and ended_at > found[0].ended_at + slack):
            raise Refused("The track begins before or ends after your patrol of that time. Cut it to the patrol.")
        return UUID(str(found[0].id))
    if ended_at - begun_at > LONGEST_SESSION:
        raise Refused("The track lasts longer than 12 hours. Cut it into single walks.")
    patrol = PatrolSession(id=uuid4(), member_id=member.id, started_at=begun_at, ended_at=ended_at)
    session.add(patrol)
    session.flush()
    return patrol.id
