"""Members' devices: tokens made, found again and revoked; which of them are well."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from data.errors import NotFound, Refused
from data.events import record
from data.sql import sql
from data.tiles import patterns
from patrols import events
from patrols.models import Device, PatrolMember

KINDS = ("traccar", "osmand", "owntracks", "other")
LASTS = timedelta(days=365)
MOST_DEVICES = 8
#: A telephone that sends what it kept without network sends often, but not more often than this.
MOST_REQUESTS_A_MINUTE = 300


def make_device(
    session: Session, member: PatrolMember, *, name: str, kind: str, now: datetime, actor_id: int
) -> tuple[Device, str]:
    """A new device of a member and its token, which nobody can read again. Raises Refused."""
    if kind not in KINDS:
        raise Refused("Choose what the device runs: Traccar Client, OsmAnd, OwnTracks or something else.")
    name = name.strip()
    if not name or len(name) > 60:
        raise Refused("Give the device a name of at most 60 characters.")
    # the member's row is locked, so that two requests at once do not both make the last one
    session.execute(select(PatrolMember.id).where(PatrolMember.id == member.id).with_for_update())
    own = select(func.count()).select_from(Device).where(Device.member_id == member.id, Device.revoked_at.is_(None))
    if (session.scalar(own.where(Device.expires_at > now)) or 0) >= MOST_DEVICES:
        raise Refused("You have {most} devices already. Revoke one you no longer use.", most=MOST_DEVICES)
    token = secrets.token_urlsafe(32)
    device = Device(
        member_id=member.id, name=name, kind=kind, token_hash=hash_of(token), made_at=now, expires_at=now + LASTS
    )
    session.add(device)
    session.flush()
    event = events.DeviceMade(device.id, member.id, kind)
    record(session, event, subject=f"device:{device.id}", actor_id=actor_id)
    return device, token


def hash_of(token: str) -> bytes:
    """What is kept of a token of 256 random bits: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def hear_device(session: Session, token: str, now: datetime) -> RowMapping | None:
    """The device this token belongs to (id, member_id, kind, requests this minute), marked as heard of.

    None for a token that is unknown, expired, revoked, or of a member who has left.
    """
    asked = {"token_hash": hash_of(token), "now": now}
    return session.execute(sql("patrols", "hear_device"), asked).mappings().one_or_none()


def note_error(session: Session, device_id: int, sentence: str, now: datetime) -> None:
    """Remember what was wrong with the last request of a device."""
    device = session.get(Device, device_id)
    if device is not None:
        device.last_error, device.last_error_at = sentence[:300], now
        session.flush()


def revoke_device(session: Session, device_id: int, *, member_id: int, now: datetime, actor_id: int) -> None:
    """From now on the token opens nothing; revoking it again changes nothing. Raises NotFound."""
    device = session.get(Device, device_id)
    if device is None or device.member_id != member_id:
        raise NotFound("There is no such device of yours.")
    if device.revoked_at is None:
        device.revoked_at = now
        session.flush()
        event = events.DeviceRevoked(device.id, member_id)
        record(session, event, subject=f"device:{device.id}", actor_id=actor_id)


def list_own_devices(session: Session, member_id: int) -> list[RowMapping]:
    """A member's devices that are in use, newest first, with what was refused in the last week."""
    return list(session.execute(sql("patrols", "list_own_devices"), {"member_id": member_id}).mappings())


def list_device_health(session: Session, scope: tuple[str, ...], *, limit: int = 300) -> list[RowMapping]:
    """Devices of an area's members, those that are silent on patrol first; nowhere where they are."""
    asked = {"scope": patterns(scope), "limit": limit}
    return list(session.execute(sql("patrols", "list_device_health"), asked).mappings())
