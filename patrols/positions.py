"""Positions as telephones send them, whatever they speak, and a code for each that says whether it counts. Pure.

Three ways in: the OsmAnd protocol as query or form (OsmAnd, Traccar Client before 9), its JSON (Traccar Client from 9),
and OwnTracks in HTTP mode. Each becomes the same `Report`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from data.errors import Refused
from gis.tracks import INVALID, OK, clean_fixes
from patrols.rules import Fix

#: Raw positions are kept this long; what is older when it arrives is of no use to anybody.
KEPT_FOR = timedelta(days=30)
OUTDATED = "outdated"

#: From here on a number is milliseconds since 1970, below it seconds (Traccar reads both).
_MILLISECONDS = 1e11
_KNOT_MPS = 1852 / 3600


@dataclass(frozen=True)
class Report:
    """What a device sent: its id, its positions in the order they came, and the rows it called invalid itself."""

    device: str
    fixes: tuple[Fix, ...]
    called_invalid: frozenset[int] = frozenset()


def from_osmand(given: Mapping[str, str], now: datetime) -> Report:
    """The one position of an OsmAnd query or form; without a time it is of `now`. Raises Refused.

    The place is `lat` and `lon`, or `location` as "lat,lon"; the device is `id` or `deviceid`; `accuracy` is in metres,
    `speed` in knots, `batt` in percent.

    >>> report = from_osmand({"id": "a1", "lat": "47.1", "lon": "9.5", "timestamp": "1700000000"}, datetime.now(UTC))
    >>> report.device, report.fixes[0].fixed_at.isoformat(), report.fixes[0].lon
    ('a1', '2023-11-14T22:13:20+00:00', 9.5)
    """
    lat, lon = given.get("lat"), given.get("lon")
    if "location" in given:
        lat, _, lon = given["location"].partition(",")
    fix = Fix(
        fixed_at=_moment(given["timestamp"], "timestamp") if given.get("timestamp") else now,
        lon=_number(lon, "lon"),
        lat=_number(lat, "lat"),
        accuracy_m=_accuracy(given.get("accuracy") or None, "accuracy"),
        speed_mps=_scaled(given.get("speed"), _KNOT_MPS),
        bearing_deg=_bearing(given.get("bearing") or given.get("heading")),
        battery_pct=_percent(given.get("batt") or given.get("battery")),
        is_mocked=_is_true(given.get("mock")),
    )
    is_valid = given.get("valid", "true").lower() not in {"false", "0"}
    return Report(given.get("id") or given.get("deviceid") or "", (fix,), frozenset(() if is_valid else (0,)))


def from_traccar(given: Any) -> Report:
    """The positions of Traccar Client's JSON: one `location`, or a list of them. Raises Refused.

    >>> place = {"timestamp": "2026-11-22T08:00:00.000Z", "coords": {"latitude": 47.1, "longitude": 9.5, "accuracy": 5}}
    >>> report = from_traccar({"location": place, "device_id": "a1"})
    >>> report.device, report.fixes[0].lat, report.fixes[0].accuracy_m
    ('a1', 47.1, 5.0)
    """
    message = _object(given)
    told = message.get("location")
    fixes = []
    for item in told if isinstance(told, list) else [told]:
        location = _object(item)
        coords = _object(location.get("coords"))
        fixes.append(
            Fix(
                fixed_at=_moment(location.get("timestamp"), "timestamp"),
                lon=_number(coords.get("longitude"), "longitude"),
                lat=_number(coords.get("latitude"), "latitude"),
                accuracy_m=_accuracy(coords.get("accuracy"), "accuracy"),
                speed_mps=_scaled(coords.get("speed")),
                bearing_deg=_bearing(coords.get("heading")),
                battery_pct=_percent(_scaled(_object(location.get("battery") or {}).get("level"), 100.0)),
                is_mocked=_is_true(location.get("mock")),
            )
        )
    return Report(str(message.get("device_id") or ""), tuple(fixes))


def from_owntracks(given: Any) -> Report:
    """The positions of an OwnTracks message, or of a list of them; messages of other types have none. Raises Refused.

    >>> from_owntracks({"_type": "location", "lat": 47.1, "lon": 9.5, "tst": 1700000000, "acc": 8, "tid": "w1"}).device
    'w1'
    >>> from_owntracks({"_type": "lwt", "tst": 1700000000}).fixes
    ()
    """
    messages = [_object(item) for item in (given if isinstance(given, list) else [given])]
    located = [message for message in messages if message.get("_type") == "location"]
    fixes = [
        Fix(
            fixed_at=_moment(message.get("tst"), "tst"),
            lon=_number(message.get("lon"), "lon"),
            lat=_number(message.get("lat"), "lat"),
            accuracy_m=_accuracy(message.get("acc"), "acc"),
            speed_mps=_scaled(message.get("vel"), 1 / 3.6),
            bearing_deg=_bearing(message.get("cog")),
            battery_pct=_percent(message.get("batt")),
            is_mocked=_is_true(message.get("mock")),
        )
        for message in located
    ]
    device = located[0].get("topic") or located[0].get("tid") if located else ""
    return Report(str(device or ""), tuple(fixes))


def marked(
    fixes: Sequence[Fix],
    now: datetime,
    *,
    called_invalid: frozenset[int] = frozenset(),
    most_mps: float = 4.0,
) -> list[str]:
    """A code for each position, in the order they came: "ok", or why it does not count. Nothing is dropped.

    The codes of `gis.tracks.clean_fixes` (invalid, null_island, future, duplicate, out_of_order, inaccurate, too_fast)
    and outdated: older than raw positions are kept. What the device itself called invalid is invalid.

    >>> at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    >>> told = [Fix(at - timedelta(days=40), 9.5, 47.1), Fix(at, 0.0, 0.0), Fix(at, 9.5, 47.1), Fix(at, 9.5, 47.1)]
    >>> marked(told, at)
    ['outdated', 'null_island', 'ok', 'duplicate']
    """
    codes = [INVALID if row in called_invalid else OK for row in range(len(fixes))]
    for row, fix in enumerate(fixes):
        if codes[row] == OK and fix.fixed_at < now - KEPT_FOR:
            codes[row] = OUTDATED
    rows = [row for row, code in enumerate(codes) if code == OK]
    judged = clean_fixes(
        [fixes[row].fixed_at.timestamp() for row in rows],
        [fixes[row].lon for row in rows],
        [fixes[row].lat for row in rows],
        [math.nan if fixes[row].accuracy_m is None else float(fixes[row].accuracy_m or 0.0) for row in rows],
        now=now.timestamp(),
        most_mps=most_mps,
    )
    for row, code in zip(rows, judged.tolist(), strict=True):
        codes[row] = code
    return codes


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused("The request has to be a JSON object.")
    return given


def _number(given: Any, name: str) -> float:
    """A finite number; protocols send them as numbers or as text."""
    try:
        found = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise Refused("{name} has to be a number.", name=name)
    return found


def _accuracy(given: Any, name: str) -> float | None:
    """Metres, or None when the device does not know: a missing or negative accuracy means that."""
    if given is None:
        return None
    found = _number(given, name)
    return found if found >= 0 else None


def _scaled(given: Any, factor: float = 1.0) -> float | None:
    """A quantity that is good to have: None when it is missing, negative (unknown) or cannot be read."""
    try:
        found = float(given) * factor
    except (TypeError, ValueError, OverflowError):
        return None
    return found if 0 <= found < 1e6 else None


def _bearing(given: Any) -> float | None:
    found = _scaled(given)
    return None if found is None or found > 360 else round(found, 1) % 360.0


def _percent(given: Any) -> int | None:
    found = _scaled(given)
    return None if found is None or found > 100 else round(found)


def _is_true(given: Any) -> bool:
    return given is True or str(given).lower() in {"1", "true", "yes"}


def _moment(given: Any, name: str) -> datetime:
    """A time: seconds or milliseconds since 1970, or ISO 8601 (UTC where no offset is named)."""
    try:
        since_1970 = float(given)
    except (TypeError, ValueError, OverflowError):
        return _iso_moment(given, name)
    try:
        return datetime.fromtimestamp(since_1970 / 1000 if abs(since_1970) >= _MILLISECONDS else since_1970, UTC)
    except (ValueError, OverflowError, OSError):
        return _iso_moment(given, name)


def _iso_moment(given: Any, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(str(given))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Refused("{name} has to be a time like 2026-11-22T08:00:00Z.", name=name) from None
