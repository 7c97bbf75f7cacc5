"""Suggested patrols: priorities from what the county knows, routes from the engine, reasons for the leader."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from data.sql import sql
from gis.routing.patrol import priority_by_street, suggest_patrol
from gis.routing.plans import PatrolPlan, PatrolRoute
from gis.routing.requests import PatrolRequest
from gis.routing.stopping import StoppingCriterion, max_seconds
from patrols.network import street_network
from patrols.rules import MEMBERS_IN_TEAM, teams_for

#: A page waits this long at most; the plan gets better with time, but people get impatient.
SEARCH_S = 2.5
_WALK_M_PER_S = 1.34
_M_PER_DEG = 111_320.0


@dataclass(frozen=True)
class Wanted:
    """What a leader asks for: so many members for so many hours from a place."""

    lon: float
    lat: float
    members: int
    hours: float
    seed: int = 1
    mode: str = "foot"


@dataclass(frozen=True)
class Weights:
    """What makes a metre of street worth walking; each part is added to a base of 1."""

    incident: float = 0.5
    most_incidents: float = 4.0
    place: float = 1.0
    gap: float = 1.5


@dataclass(frozen=True)
class SuggestedTeam:
    """One team's route and why it goes there."""

    route: Any
    reasons: dict[str, Any]


@dataclass(frozen=True)
class Suggestion:
    """Routes for all teams and what they cover together."""

    teams: list[SuggestedTeam]
    summary: dict[str, Any]


def suggest_routes(
    session: Session, wanted: Wanted, *, weights: Weights | None = None, stop: StoppingCriterion | None = None
) -> Suggestion:
    """Routes from one station and back that cover as much priority street as the members' time allows.

    Nobody walks alone: members go in teams of about four. Raises NoRoute when the station has no street near it.
    """
    network = street_network(session, wanted.mode)
    parts = _street_parts(session, wanted)
    priorities = {street_id: _worth(part, weights or Weights()) for street_id, part in parts.items()}
    request = PatrolRequest(
        station=(wanted.lon, wanted.lat), minutes=wanted.hours * 60, teams=teams_for(wanted.members, MEMBERS_IN_TEAM)
    )
    plan = suggest_patrol(
        network,
        request,
        priority_by_street(network, priorities),
        seed=wanted.seed,
        stop=stop or max_seconds(SEARCH_S),
    )
    teams = [SuggestedTeam(found.route, _reasons(found, parts)) for found in plan.routes]
    return Suggestion(teams, _summary(plan))


def _street_parts(session: Session, wanted: Wanted) -> dict[int, dict[str, Any]]:
    # half the time out, half the time back: no street further away can be on a walk
    reach_m = min(8_000.0, wanted.hours * 3600 * _WALK_M_PER_S / 2)
    reach_deg = reach_m / _M_PER_DEG / math.cos(math.radians(wanted.lat))
    asked = {"lon": wanted.lon, "lat": wanted.lat, "reach_deg": reach_deg}
    return {row["id"]: dict(row) for row in session.execute(sql("patrols", "street_weights"), asked).mappings()}


def _worth(part: dict[str, Any], weights: Weights) -> float:
    """The worth of a metre of a street: 1, and more for incidents, places people gather, and blind ground."""
    incidents = min(weights.most_incidents, weights.incident * part["incidents"])
    places = weights.place * min(2, part["places"])
    return 1.0 + incidents + places + (weights.gap if part["is_gap"] else 0.0)


def _reasons(found: PatrolRoute, parts: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Why the team goes there, in numbers the page can put into words."""
    streets = {turn.street_id for turn in found.route.turns}
    passed = [parts[street_id] for street_id in streets if street_id in parts]
    return {
        "minutes": round(found.duration_s / 60),
        "km": round(found.route.length_m / 1000, 2),
        "share_covered": round(found.share_covered, 4),
        "streets": len(streets),
        "incidents": int(sum(part["incidents"] for part in passed)),
        "places": int(sum(part["places"] for part in passed)),
        "blind_streets": sum(1 for part in passed if part["is_gap"]),
    }


def _summary(plan: PatrolPlan) -> dict[str, Any]:
    return {
        "share_covered": round(plan.share_covered, 4),
        "share_of_reachable": round(plan.share_of_reachable, 4),
        "streets_left": plan.streets_left_count,
        "worst_left": [left.street_name for left in plan.streets_left if left.street_name][:5],
        "idle_teams": plan.idle_teams,
    }
