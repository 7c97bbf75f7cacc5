"""What became of each incident: how far it has come, who has it, when it is due, what its log says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.demo.chance import Floats
from data.demo.incident_texts import DONE, FILED, PARKED, VERIFIED, VOID
from data.demo.layout import Integers
from data.demo.ledger import Ledger
from data.demo.people import lively_cells

#: how far an open case has come
OPEN_STATUSES = ("reported", "filed", "dispatched", "handling", "handled", "parked")
OPEN_CHANCE = (0.13, 0.13, 0.18, 0.28, 0.18, 0.10)
#: the way of a case: the status after each step, the action, and who does it
STEPS = (
    ("reported", "report", "reporter"),
    ("filed", "file", "dispatcher"),
    ("dispatched", "dispatch", "dispatcher"),
    ("handling", "accept", "handler"),
    ("handled", "finish", "handler"),
    ("closed", "close", "verifier"),
)
_REACHED = {status: place for place, (status, *_) in enumerate(STEPS)}
_DAY_S = 86_400.0
#: closed cases of the last days keep their log in the large county; everything does in the small one
LOG_DAYS = 14


@dataclass
class Cases:
    """Incidents by time: place on the plane, street of the place, category row, moment of reporting (UTC seconds)."""

    xy: Floats
    street: Integers
    category: Integers
    reported_s: NDArray[np.int64]

    def take(self, chosen: NDArray[Any]) -> "Cases":
        """The chosen cases, in this order."""
        return Cases(self.xy[chosen], self.street[chosen], self.category[chosen], self.reported_s[chosen])


@dataclass
class Lives:
    """Columns of the incident table that tell its life, and the moments of its steps (nan: not reached)."""

    status: NDArray[np.str_]
    steps_s: Floats
    received_s: Floats
    due_s: Floats
    since_s: Floats
    closed_s: Floats
    channel: NDArray[np.str_]
    worker: Integers
    team: Integers
    reporter: Integers
    has_log: NDArray[np.bool_]

    def columns(self, part: slice) -> dict[str, Any]:
        """The rows in `part` as the table's columns."""
        version = 1 + (~np.isnan(self.steps_s[part, 1:])).sum(axis=1) + np.isin(self.status[part], ["parked", "void"])
        return {
            "status": self.status[part],
            "reported_at": moments(self.steps_s[part, 0]),
            "received_at": moments(self.received_s[part]),
            "due_at": moments(self.due_s[part]),
            "status_since": moments(self.since_s[part]),
            "closed_at": moments(self.closed_s[part]),
            "channel": self.channel[part],
            "worker_id": _or_none(self.worker[part]),
            "team_id": _or_none(self.team[part]),
            "reporter_id": _or_none(self.reporter[part]),
            "version": version.astype(np.int64),
        }


def moments(seconds: Floats) -> list[str | None]:
    """UTC seconds as timestamps; nan is no time."""
    known = ~np.isnan(seconds)
    found: list[str | None] = [None] * len(seconds)
    written = np.datetime_as_string(seconds[known].astype("datetime64[s]"), timezone="UTC").tolist()
    for place, text in zip(np.flatnonzero(known).tolist(), written, strict=True):
        found[place] = text
    return found


def _or_none(ids: Integers) -> list[int | None]:
    return [number if number > 0 else None for number in ids.tolist()]


def live_on(
    ledger: Ledger, cases: Cases, cell: Integers, categories: list[dict[str, Any]], rng: np.random.Generator
) -> Lives:
    """Most cases are closed, nine in ten in time; the youngest are on their way, some are overdue, a few wait long."""
    now_s = ledger.now.timestamp()
    count = len(cell)
    within_s = np.array([row["close_within_min"] for row in categories])[cases.category] * 60.0
    reported_s = cases.reported_s.astype(float)
    age_s = now_s - reported_s
    late_s = np.where(rng.random(count) < 0.04, rng.uniform(600, 20_000, count), rng.uniform(1, 40, count))
    received_s = np.minimum(reported_s + late_s, np.maximum(now_s - 60, reported_s + 1))
    mine = _worker_cases(ledger, cell, age_s)
    is_open = _choose_open(ledger, age_s, within_s, mine, rng)
    status = np.where(rng.random(count) < 0.03, "void", "closed").astype("<U10")
    status[is_open] = rng.choice(OPEN_STATUSES, int(is_open.sum()), p=OPEN_CHANCE)
    status[mine] = np.resize(["dispatched", "dispatched", "handling", "handling"], len(mine))
    span_s = _span(within_s, status, now_s - received_s, rng)
    steps_s = _steps(reported_s, received_s, span_s, status, rng)
    last_s = received_s + span_s
    ended = np.isin(status, ["closed", "void"])
    worker, team = _handlers(ledger, cell, status, mine, rng)
    channel = rng.choice(["app", "public", "patrol", "centre"], count, p=[0.55, 0.22, 0.15, 0.08])
    channel[mine] = "public"
    reporter = np.where((channel == "centre") & (age_s < 30 * _DAY_S), ledger.user_ids["dispatcher2"], 0)
    return Lives(
        status=status,
        steps_s=steps_s,
        received_s=received_s,
        due_s=received_s + within_s,
        since_s=np.where(ended | (status == "parked"), last_s, np.nanmax(steps_s, axis=1)),
        closed_s=np.where(ended, last_s, np.nan),
        channel=channel,
        worker=worker,
        team=team,
        reporter=reporter.astype(np.int64),
        has_log=is_open | ledger.county.profile.logs_everything | (age_s < LOG_DAYS * _DAY_S),
    )


def _worker_cases(ledger: Ledger, cell: Integers, age_s: Floats) -> Integers:
    """The four fresh cases of the demo worker's cell."""
    row = lively_cells(ledger)[0]
    there = np.flatnonzero((cell == row) & (age_s < 80 * 3_600))
    ages = np.array([2.2, 9.0, 30.0, 75.0]) * 3_600
    found: Integers = np.unique([there[np.argmin(np.abs(age_s[there] - age))] for age in ages])
    return found


def _choose_open(
    ledger: Ledger, age_s: Floats, within_s: Floats, mine: Integers, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """The profile's number of open cases, most of them young; the young ones nobody has had time for are all open."""
    wanted = ledger.county.profile.open_incidents - len(mine)
    weight = np.exp(-age_s / (4.5 * _DAY_S)) + 0.004 * (age_s < 75 * _DAY_S)
    weight *= np.where(age_s > within_s, 0.5, 1.0)  # most are closed in time
    weight[mine] = 0.0
    likely = np.flatnonzero(weight > 1e-6)
    p = weight[likely] / weight[likely].sum()
    chosen = rng.choice(likely, min(wanted, len(likely)), replace=False, p=p)
    is_open = np.zeros(len(age_s), bool)
    is_open[chosen] = True
    is_open[mine] = True
    return is_open


def _span(within_s: Floats, status: NDArray[np.str_], past_s: Floats, rng: np.random.Generator) -> Floats:
    """How long each case has taken so far; never longer than there was time."""
    usual = within_s * rng.lognormal(np.log(0.33), 0.8, len(within_s))
    usual = np.where(status == "void", np.minimum(usual, 0.2 * within_s), usual)
    fits: Floats = np.where(usual < past_s, usual, past_s * rng.uniform(0.4, 0.97, len(past_s)))
    return np.maximum(fits, 30.0)


def _steps(
    reported_s: Floats, received_s: Floats, span_s: Floats, status: NDArray[np.str_], rng: np.random.Generator
) -> Floats:
    """The moment of each step; an open case has gone as many steps as its status says."""
    count = len(status)
    shares = np.sort(rng.beta(0.7, 1.6, (count, 4)), axis=1)
    steps_s = np.concatenate(
        [reported_s[:, None], received_s[:, None] + shares * span_s[:, None], (received_s + span_s)[:, None]], axis=1
    )
    reached = np.array([_REACHED.get(one, 1) for one in status])
    reached = np.where(status == "void", np.where(rng.random(count) < 0.5, 0, 1), reached)
    late = np.arange(len(STEPS))[None, :] > reached[:, None]
    return np.where(late, np.nan, steps_s)


def _handlers(
    ledger: Ledger, cell: Integers, status: NDArray[np.str_], mine: Integers, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """The cell's worker, or one time in seven a patrol team of the township."""
    workers = np.array([ledger.cell_workers[row] for row in range(len(ledger.borders.cells))])
    township = ledger.county.layout.township
    by_township: dict[int, list[int]] = {}
    full_time = [team for team in ledger.teams if team.kind == "full_time"]
    for one in full_time:
        by_township.setdefault(one.township, []).append(one.id)
    every = [one.id for one in full_time]
    of_cell = [by_township.get(int(township[row.territory]), every) for row in ledger.borders.cells]
    has_handler = np.isin(status, ["dispatched", "handling", "handled", "closed"])
    to_team = has_handler & (rng.random(len(cell)) < 0.14)
    to_team[mine] = False
    draw = rng.integers(0, 1_000_000, len(cell))
    team = np.zeros(len(cell), np.int64)
    for place in np.flatnonzero(to_team).tolist():
        choices = of_cell[int(cell[place])]
        team[place] = choices[int(draw[place]) % len(choices)]
    return np.where(has_handler & ~to_team, workers[cell], 0), team


def log_lines(ledger: Ledger, lives: Lives, part: slice, ids: list[str]) -> dict[str, list[Any]]:
    """The log of the cases in `part` that keep one: a line for each step taken."""
    actors = {
        "reporter": None,
        "dispatcher": ledger.user_ids["dispatcher2"],
        "verifier": ledger.user_ids["staff"],
        "handler": None,
    }
    names = ("incident_id", "action", "from_status", "to_status", "actor_id", "note", "recorded_at")
    lines: list[tuple[Any, ...]] = []
    demo_worker = ledger.cell_workers[lively_cells(ledger)[0]]
    for place in (np.flatnonzero(lives.has_log[part]) + part.start).tolist():
        actors["handler"] = ledger.user_ids["worker"] if lives.worker[place] == demo_worker else None
        lines.extend((ids[place - part.start], *line) for line in _log(lives, place, actors))
    columns = zip(*lines, strict=True) if lines else [[]] * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _log(lives: Lives, place: int, actors: dict[str, int | None]) -> list[tuple[Any, ...]]:
    lines: list[tuple[Any, ...]] = []
    before: str | None = None
    for step, (status, action, who) in enumerate(STEPS):
        moment = lives.steps_s[place, step]
        if np.isnan(moment):
            break
        note = {"file": FILED, "finish": DONE[place % len(DONE)], "close": VERIFIED}.get(action, "")
        lines.append((action, before, status, actors[who], note, _stamp(moment)))
        before = status
    last = str(lives.status[place])
    if last in {"void", "parked"}:
        note = PARKED if last == "parked" else VOID[place % len(VOID)]
        action = "park" if last == "parked" else "void"
        lines.append((action, before, last, actors["dispatcher"], note, _stamp(lives.since_s[place])))
    return lines


def _stamp(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), tz=UTC)
