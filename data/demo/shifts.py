"""Shifts of the past and the coming week, patrol sessions of the last days, some of them going on right now."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import shapely

from data.demo.frame import wkb
from data.demo.identity import uuids
from data.demo.ledger import LOCAL, Ledger, Route, Team
from data.demo.patrols import demo_volunteer_team
from data.demo.walking import WALK_M_S, along

#: early, middle and late shift (早班、中班、晚班): some team is always out
SLOTS = (("早班", 6.0, 14.0), ("中班", 14.0, 22.0), ("晚班", 22.0, 30.0))
VOLUNTEER_HOURS = (19.0, 21.0)
FIX_EVERY_S = 60.0
STAY_S = 310.0
#: a week of patrols is shown as walked; the worker makes those older than a day coarse once they are verified
FIXES_FOR = timedelta(days=7)


@dataclass
class Shift:
    """A shift and who is in it."""

    id: int
    name: str
    team: Team
    route: Route | None
    starts_at: datetime
    ends_at: datetime
    is_open: bool = False
    capacity: int = 12
    members: list[int] = field(default_factory=list)


def write_shifts(ledger: Ledger) -> None:
    """Shifts with members, then what they walked."""
    rng = ledger.stream("shifts")
    shifts = _plan(ledger, rng)
    ledger.tables.write(
        "shifts",
        {
            "id": [shift.id for shift in shifts],
            "name": [shift.name for shift in shifts],
            "division_id": [shift.team.division_id for shift in shifts],
            "team_id": [shift.team.id for shift in shifts],
            "route_plan_id": [shift.route.id if shift.route else None for shift in shifts],
            "starts_at": [shift.starts_at for shift in shifts],
            "ends_at": [shift.ends_at for shift in shifts],
            "capacity": [shift.capacity for shift in shifts],
            "is_open_to_volunteers": [shift.is_open for shift in shifts],
            "made_by": [ledger.user_ids["leader"]] * len(shifts),
        },
    )
    ledger.tables.advance("shifts")
    _write_members(ledger, shifts)
    _write_sessions(ledger, shifts, rng)


def _plan(ledger: Ledger, rng: np.random.Generator) -> list[Shift]:
    number = ledger.tables.next_id("shifts")
    shifts: list[Shift] = []
    for team in ledger.teams:
        for offset in range(-7, 8):
            day = ledger.today + timedelta(days=offset)
            found = (
                _full_time(ledger, team, day, rng) if team.kind == "full_time" else _volunteers(ledger, team, day, rng)
            )
            shifts.extend(found)
    shifts.extend(_for_the_demo_volunteer(ledger))
    for place, shift in enumerate(shifts):
        shift.id = number + place
    return shifts


def _full_time(ledger: Ledger, team: Team, day: date, rng: np.random.Generator) -> list[Shift]:
    """Each day two of three slots, turning from day to day; a third of the team in each."""
    shifts = []
    for place, (name, starts, ends) in enumerate(SLOTS):
        if rng.random() < 0.3:
            continue
        route = team.routes[(place + day.toordinal()) % len(team.routes)] if team.routes else None
        shift = Shift(0, f"{team.name}{name}", team, route, ledger.at(day, starts), ledger.at(day, ends))
        crew = team.members[place::3]
        shift.members = [member for member in crew if rng.random() < 0.85] or crew[:1]
        shift.capacity = max(6, len(crew) + 2)
        shifts.append(shift)
    return shifts


def _volunteers(ledger: Ledger, team: Team, day: date, rng: np.random.Generator) -> list[Shift]:
    """An evening every few days, open to other volunteers too; the demo volunteer has not joined any."""
    if (day.toordinal() + team.id) % 3:
        return []
    starts, ends = VOLUNTEER_HOURS
    route = team.routes[0] if team.routes else None
    shift = Shift(0, f"{team.name}夜间巡防", team, route, ledger.at(day, starts), ledger.at(day, ends), True, 12)
    free = [member for member in team.members if member not in ledger.demo_members]
    count = min(len(free), int(rng.integers(4, 9)))
    shift.members = [free[place] for place in np.sort(rng.choice(len(free), count, replace=False))] if free else []
    return [shift]


def _for_the_demo_volunteer(ledger: Ledger) -> list[Shift]:
    """A round that is going on, one later today, one tomorrow: all open, so that the demo volunteer can join."""
    team = demo_volunteer_team(ledger)
    route = team.routes[0] if team.routes else None
    half_hour = ledger.now.replace(minute=ledger.now.minute // 30 * 30, second=0, microsecond=0)
    starts = [half_hour - timedelta(minutes=30), half_hour + timedelta(hours=2), half_hour + timedelta(hours=25)]
    names = ("日常巡防", "今日志愿巡防", "明日志愿巡防")
    shifts = [
        Shift(0, f"{team.name}{name}", team, route, start, start + timedelta(hours=2), True, 10)
        for name, start in zip(names, starts, strict=True)
    ]
    shifts[0].members = [team.members[1]]
    shifts[1].members = [team.members[2]]
    return shifts


def _write_members(ledger: Ledger, shifts: list[Shift]) -> None:
    rows = [(shift, member) for shift in shifts for member in shift.members]
    ledger.tables.write(
        "shift_members",
        {
            "shift_id": [shift.id for shift, _ in rows],
            "member_id": [member for _, member in rows],
            "period": [f"[{shift.starts_at.isoformat()},{shift.ends_at.isoformat()})" for shift, _ in rows],
            "joined_how": ["joined" if shift.is_open else "assigned" for shift, _ in rows],
            "joined_at": [min(shift.starts_at, ledger.now) - timedelta(days=2) for shift, _ in rows],
        },
    )


@dataclass
class _Session:
    member: int
    shift: Shift
    started_at: datetime
    ended_at: datetime | None


def _write_sessions(ledger: Ledger, shifts: list[Shift], rng: np.random.Generator) -> None:
    """Who was on a shift walked it, most of the time; who is on one now is being followed since the start."""
    sessions: list[_Session] = []
    open_members: set[int] = set()
    for shift in shifts:
        if shift.starts_at > ledger.now:
            continue
        for member in shift.members:
            session = _session(ledger, shift, member, rng)
            if session is None or (session.ended_at is None and member in open_members):
                continue
            if session.ended_at is None:
                open_members.add(member)
            sessions.append(session)
    ids = uuids(len(sessions), ledger.stream("session ids"))
    ledger.tables.write(
        "patrol_sessions",
        {
            "id": ids,
            "member_id": [session.member for session in sessions],
            "shift_id": [session.shift.id for session in sessions],
            "started_at": [session.started_at for session in sessions],
            "ended_at": [session.ended_at for session in sessions],
        },
    )
    _write_fixes(ledger, sessions, ids, rng)


def _session(ledger: Ledger, shift: Shift, member: int, rng: np.random.Generator) -> _Session | None:
    draws = rng.random(4)
    if member in ledger.demo_members or draws[0] < 0.12:
        return None
    longest_h = (shift.ends_at - shift.starts_at).total_seconds() / 3600.0
    started_at = shift.starts_at + timedelta(minutes=float(4 + 25 * draws[1]))
    if shift.ends_at > ledger.now:
        started_at = max(started_at, ledger.now - timedelta(minutes=float(8 + 85 * draws[2])))
        return _Session(member, shift, started_at, None) if started_at < ledger.now and draws[3] < 0.6 else None
    walked = timedelta(hours=min(longest_h - 0.6, 1.2 + 1.6 * float(draws[2])))
    return _Session(member, shift, started_at, started_at + walked)


def _write_fixes(ledger: Ledger, sessions: list[_Session], ids: list[str], rng: np.random.Generator) -> None:
    """A fix a minute along the route, some metres off; a few phones have been silent for a while."""
    fixes = Fixes()
    for session, number in zip(sessions, ids, strict=True):
        if session.shift.route is None or session.started_at < ledger.now - FIXES_FOR:
            continue
        until = session.ended_at or ledger.now - timedelta(
            seconds=float(rng.choice([8, 20, 45, 300, 1100], p=[0.35, 0.3, 0.2, 0.1, 0.05]))
        )
        seconds = np.arange((until - session.started_at).total_seconds(), 0.0, -FIX_EVERY_S)[::-1]
        if not len(seconds):
            continue
        pace = WALK_M_S * rng.uniform(0.8, 1.0)
        gone_m = _metres_gone(session.shift.route, seconds, pace)
        places = along(session.shift.route.xy, gone_m) + rng.normal(0, 4.0, (len(seconds), 2))
        seconds, places = _as_phones_are(seconds, places, rng)
        times = [session.started_at + timedelta(seconds=float(value)) for value in seconds]
        accuracy_m = np.round(rng.gamma(3.0, 2.5, len(seconds)) + 3.0, 1)
        fixes.add(number, times, accuracy_m, places, is_mocked=session.ended_at is not None and rng.random() < 0.01)
    fixes.write(ledger)


def _metres_gone(route: Route, seconds: np.ndarray, pace_m_s: float) -> np.ndarray:
    """Metres along the route after so many seconds: an even pace, and five minutes at every stop but the first."""
    stops_m = shapely.line_locate_point(shapely.LineString(route.xy), shapely.points(route.stops[1:]))
    stops_m = np.sort(np.atleast_1d(stops_m))
    reached_s = stops_m / pace_m_s + STAY_S * np.arange(len(stops_m))
    told_s = np.concatenate([[0.0], np.column_stack([reached_s, reached_s + STAY_S]).ravel()])
    told_m = np.concatenate([[0.0], np.repeat(stops_m, 2)])
    beyond = np.maximum(seconds - told_s[-1], 0.0) * pace_m_s
    return np.interp(seconds, told_s, told_m) + beyond


def _as_phones_are(seconds: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One walk in six has a silence of some minutes, one in four a place that jumps far away."""
    draws = rng.random(3)
    if draws[0] < 1 / 6 and len(seconds) > 40:
        begin = int(draws[1] * (len(seconds) - 25)) + 5
        keep = np.r_[0:begin, begin + int(6 + 12 * draws[2]) : len(seconds)]
        seconds, places = seconds[keep], places[keep]
    if draws[1] < 0.25 and len(seconds) > 20:
        places[int(draws[2] * (len(seconds) - 10)) + 5] += (700.0, -400.0)
    return seconds, places


class Fixes:
    """Position fixes waiting to be written in blocks."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, list[datetime], np.ndarray, np.ndarray, bool]] = []

    def add(
        self, session: str, times: list[datetime], accuracy_m: np.ndarray, places: np.ndarray, *, is_mocked: bool
    ) -> None:
        """Fixes of one session."""
        self._rows.append((session, times, accuracy_m, places, is_mocked))

    def write(self, ledger: Ledger) -> None:
        """Write what was added."""
        for start in range(0, len(self._rows), 400):
            rows = self._rows[start : start + 400]
            times = [time for _, moments, *_ in rows for time in moments]
            mocked = [is_mocked for _, moments, _, _, is_mocked in rows for _ in moments]
            ledger.tables.write(
                "position_fixes",
                {
                    "session_id": [session for session, moments, *_ in rows for _ in moments],
                    "fixed_at": times,
                    "received_at": [time.astimezone(LOCAL) + timedelta(seconds=2) for time in times],
                    "accuracy_m": np.concatenate([accuracy for _, _, accuracy, _, _ in rows]),
                    "place": wkb(ledger.lonlat_points(np.concatenate([places for *_, places, _ in rows]))),
                    "is_mocked": mocked,
                    "mark": ["mocked" if is_mocked else "ok" for is_mocked in mocked],
                },
            )
