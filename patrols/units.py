"""Units on patrol that could go to an incident: the way on the streets, what speaks for and against each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.sql import sql
from data.tiles import patterns
from gis.errors import NoRoute
from gis.routing import nearest
from incidents.models import Incident, IncidentCategory
from patrols.fitness import UnitFacts, order_of, problems_of, shortfall
from patrols.network import street_network

#: So many telephones, the nearest as the crow flies, are asked for their way on the streets.
_MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Unit:
    """A team on patrol near an incident, by its member who would be there first.

    `eta_s`, `away_m`: the way on the streets (None: no way, or no position); `seen_s` the age of the position;
    `problems` are codes of `fitness.PROBLEMS`, empty when it is fit; `route_name`, `left_m` and `checkpoints_left`
    say what of its route stays unwalked when it leaves now (None: it walks without one).
    """

    team_id: int
    name: str
    kind: str
    members: int
    session_id: UUID
    lon: float | None
    lat: float | None
    eta_s: float | None
    away_m: float | None
    seen_s: int | None
    open_work: int
    shift_ends_at: datetime | None
    problems: tuple[str, ...]
    route_name: str | None = None
    left_m: float | None = None
    checkpoints_left: int | None = None

    @property
    def is_fit(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems

    def facts(self) -> dict[str, Any]:
        """What the case log keeps of it: numbers and codes, no place and no person."""
        kept = ("eta_s", "away_m", "seen_s", "problems", "route_name", "left_m", "checkpoints_left")
        return {name: value for name, value in asdict(self).items() if name in kept and value is not None}


@dataclass(frozen=True)
class UnitAdvice:
    """Units in the order in which to ask them; `shortfall` is the code of what all lack, None when the first is fit."""

    units: list[Unit]
    shortfall: str | None


def advise_units(
    session: Session, incident_id: UUID, scope: tuple[str, ...], now: datetime, *, most: int = 5
) -> UnitAdvice:
    """Teams on patrol that could go to an incident, fit ones first and the quickest of them first.

    Raises NotFound for an unknown incident. A place without streets near it gives units without a way.
    """
    goal = session.execute(
        select(Incident.place.ST_X().label("lon"), Incident.place.ST_Y().label("lat"), IncidentCategory.needed_skill)
        .join(IncidentCategory)
        .where(Incident.id == incident_id)
    ).one_or_none()
    if goal is None:
        raise NotFound("There is no such incident, or it lies outside your area.")
    asked = {"incident_id": incident_id, "scope": patterns(scope), "now": now, "most": _MOST_LOOKED_AT}
    rows = list(session.execute(sql("patrols", "units_near_incident"), asked).mappings())
    ways = _ways(session, rows, (goal.lon, goal.lat))
    units = [_unit(of_team, goal.needed_skill, now) for of_team in _by_team(rows, ways).values()]
    units.sort(key=lambda unit: order_of(unit.problems, unit.eta_s, unit.name))
    return UnitAdvice(_with_holes(session, units[:most]), shortfall([unit.problems for unit in units]))


def _ways(session: Session, rows: Sequence[RowMapping], goal: tuple[float, float]) -> dict[UUID, tuple[float, float]]:
    """Seconds and metres on the streets from each session's last position, by the mode in which it moves."""
    found: dict[UUID, tuple[float, float]] = {}
    for mode in sorted({row["mode"] for row in rows}):
        here = [row for row in rows if row["mode"] == mode and row["lon"] is not None]
        try:
            places = np.array([(row["lon"], row["lat"]) for row in here]).reshape(-1, 2)
            seconds, metres = nearest(street_network(session, mode), places, goal) if here else ((), ())
        except (NoRoute, NotFound):  # no street near the incident, or none in the database: nobody has a way
            continue
        for row, way_s, way_m in zip(here, seconds, metres, strict=True):
            if np.isfinite(way_s):
                found[row["session_id"]] = (float(way_s), float(way_m))
    return found


Way = tuple[RowMapping, tuple[float, float] | None]


def _by_team(rows: Sequence[RowMapping], ways: dict[UUID, tuple[float, float]]) -> dict[int, list[Way]]:
    teams: dict[int, list[Way]] = {}
    for row in rows:
        teams.setdefault(row["team_id"], []).append((row, ways.get(row["session_id"])))
    return teams


def _unit(of_team: list[Way], needed_skill: str | None, now: datetime) -> Unit:
    """The team by its first member to arrive; ties and unknown ways go to who was seen last."""

    def rank(one: Way) -> tuple[bool, float, float]:
        row, way = one
        return way is None, way[0] if way else 0.0, -row["fixed_at"].timestamp() if row["fixed_at"] else 0.0

    row, way = min(of_team, key=rank)
    facts = UnitFacts(
        eta_s=way[0] if way else None, seen_at=row["fixed_at"], walking_since=row["started_at"],
        shift_ends_at=row["ends_at"], open_work=row["open_work"], skills=frozenset(row["skills"]),
        is_pausing=row["is_pausing"],
    )  # fmt: skip
    return Unit(
        team_id=row["team_id"], name=row["name"], kind=row["kind"], members=len(of_team), session_id=row["session_id"],
        lon=row["lon"], lat=row["lat"], eta_s=facts.eta_s, away_m=way[1] if way else None,
        seen_s=max(0, round((now - facts.seen_at).total_seconds())) if facts.seen_at else None,
        open_work=facts.open_work, shift_ends_at=facts.shift_ends_at,
        problems=problems_of(facts, needed_skill, now),
    )  # fmt: skip


def _with_holes(session: Session, units: list[Unit]) -> list[Unit]:
    """The units, each with what of its route would stay unwalked."""
    asked = {"session_ids": [str(unit.session_id) for unit in units]}
    holes = {row["session_id"]: row for row in session.execute(sql("patrols", "left_unwalked"), asked).mappings()}
    return [_with_hole(unit, holes.get(unit.session_id)) for unit in units]


def _with_hole(unit: Unit, hole: RowMapping | None) -> Unit:
    if hole is None:
        return unit
    return replace(unit, route_name=hole["name"], left_m=hole["left_m"], checkpoints_left=hole["checkpoints_left"])
