"""A planning question out of the database: priorities from what the county knows, the engine asked, its answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from data.errors import Refused
from data.layers import layer_versions
from data.sql import sql
from gis.routing import (
    Bound,
    LockedRoute,
    PatrolPlan,
    PatrolRoute,
    PlanRequest,
    Progress,
    Stop,
    StoppingCriterion,
    StopVisit,
    Stretch,
    Team,
    plan_patrols,
    recency_factor,
    upper_bound,
)
from gis.routing.patrol import priority_by_street
from gis.streets import StreetNetwork
from patrols.network import street_network
from patrols.study_models import PatrolStudy, PatrolStudyRoute

_BOUND_S = 30.0


@dataclass(frozen=True)
class Asked:
    """What a plan was asked: kept with it. Weights are of a metre of street, added to `base`."""

    seconds: float = 10.0
    slack_share: float = 0.07
    base: float = 1.0
    incident: float = 0.5
    most_incidents: float = 4.0
    place: float = 1.0
    gap: float = 1.5
    discount: float = 0.5
    recovery_days: float = 3.0
    has_bound: bool = False


@dataclass(frozen=True)
class Known:
    """The streets of the area with what is known of them, the priority of a metre of each edge, and the network."""

    network: StreetNetwork
    parts: dict[int, dict[str, Any]]
    priority: np.ndarray
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """The plan, the bound when it was asked for, and what the area's streets are known for."""

    plan: PatrolPlan
    bound: Bound | None
    known: Known
    locked: Sequence[LockedRoute] = field(default=())


def solve(
    session: Session,
    study: PatrolStudy,
    locked: Sequence[PatrolStudyRoute],
    *,
    stop: StoppingCriterion,
    on_progress: Callable[[Progress], None] | None = None,
) -> Answer:
    """Plan a study's patrols. Raises Refused, NotFound or a GisError when there is nothing to plan."""
    asked = Asked(**study.parameters)
    known = known_streets(session, study, asked)
    request = request_of(study, asked)
    kept = [_locked(known, study, route) for route in locked]
    plan = plan_patrols(
        known.network, request, known.priority, locked=kept, seed=study.seed, stop=stop, on_progress=on_progress
    )
    bound = upper_bound(known.network, request, known.priority, most_s=_BOUND_S) if asked.has_bound else None
    return Answer(plan, bound, known, kept)


def known_streets(session: Session, study: PatrolStudy, asked: Asked) -> Known:
    """The area's streets and what they are worth on that day. Raises Refused when the area has none."""
    network = street_network(session, study.mode)
    rows = session.execute(
        sql("patrols", "street_weights_in"), {"division_id": study.division_id, "day": study.plan_on}
    ).mappings()
    parts = {row["id"]: dict(row) for row in rows}
    if not parts:
        raise Refused("There is no street in this area. Choose another area, or import its streets first.")
    worth = {street_id: worth_of(part, asked) for street_id, part in parts.items()}
    version = layer_versions(session, ["streets"])["streets"]
    return Known(network, parts, priority_by_street(network, worth), version)


def worth_of(part: dict[str, Any], asked: Asked) -> float:
    """What a metre of a street is worth: a base, and more for incidents, places people gather and unseen ground.

    A street walked lately counts less until it has recovered.

    >>> worth_of({"incidents": 2, "places": 0, "is_gap": True, "days_since": None}, Asked())
    3.5
    """
    worth = asked.base + min(asked.most_incidents, asked.incident * part["incidents"])
    worth += asked.place * min(2, part["places"]) + (asked.gap if part["is_gap"] else 0.0)
    days = np.inf if part["days_since"] is None else float(part["days_since"])
    return float(worth * recency_factor(days, asked.discount, asked.recovery_days))


def request_of(study: PatrolStudy, asked: Asked) -> PlanRequest:
    """The engine's question: seconds count from the study's beginning."""
    teams = tuple(Team((team["lon"], team["lat"]), 60.0 * study.hours) for team in study.teams)
    stops = tuple(
        Stop(
            stop["lon"],
            stop["lat"],
            60.0 * stop.get("dwell_min", 0),
            60.0 * stop.get("opens_min", 0),
            np.inf if stop.get("closes_min") is None else 60.0 * stop["closes_min"],
        )
        for stop in study.stops
    )
    return PlanRequest(teams, stops, asked.slack_share, frozenset(study.forbidden))


def _locked(known: Known, study: PatrolStudy, route: PatrolStudyRoute) -> LockedRoute:
    """A route kept from the plan before. Raises Refused when the streets have changed since."""
    network, stretches = known.network, [Stretch(int(edge), start, stop) for edge, start, stop in route.stretches]
    is_there = all(part.edge < network.edge_count for part in stretches)
    walked = {int(network.street_ids[part.edge]) for part in stretches} if is_there else set()
    if not walked or walked != set(route.street_ids):
        raise Refused("The streets have changed since this route was made. Unlock it and plan it again.")
    if route.team >= len(study.teams):
        raise Refused("A locked route belongs to a team that is not in the plan any more. Unlock it.")
    visits = tuple(StopVisit(int(number), arrive_s, leave_s) for number, arrive_s, leave_s in route.visits)
    return LockedRoute(route.team, tuple(stretches), visits)


def row_of(study: PatrolStudy, answer: Answer, route: PatrolRoute) -> PatrolStudyRoute:
    """A team's route as a row, with the reasons in numbers."""
    network = answer.known.network
    streets = sorted({int(network.street_ids[part.edge]) for part in route.route.stretches})
    return PatrolStudyRoute(
        study_id=study.id,
        team=route.team,
        path=f"SRID=4326;{route.route.path.wkt}",
        length_m=route.route.length_m,
        duration_s=route.duration_s,
        covered_priority=route.covered_priority,
        covered_m=route.covered_m,
        stretches=[[part.edge, part.start, part.stop] for part in route.route.stretches],
        street_ids=streets,
        visits=[[visit.stop, visit.arrive_s, visit.leave_s] for visit in route.visits],
        reasons=_reasons(answer, route, streets),
        is_locked=route.is_locked,
    )


def _reasons(answer: Answer, route: PatrolRoute, streets: list[int]) -> dict[str, Any]:
    passed = [answer.known.parts[street] for street in streets if street in answer.known.parts]
    names = [turn.street_name for turn in route.route.turns if turn.street_name]
    return {
        "minutes": round(route.duration_s / 60),
        "km": round(route.route.length_m / 1000, 2),
        "share_covered": round(route.share_covered, 4),
        "streets": len(streets),
        "incidents": int(sum(part["incidents"] for part in passed)),
        "places": int(sum(part["places"] for part in passed)),
        "blind_streets": sum(1 for part in passed if part["is_gap"]),
        "along": list(dict.fromkeys(names))[:8],
    }


def result_of(answer: Answer) -> dict[str, Any]:
    """The plan's figures."""
    plan, bound = answer.plan, answer.bound
    return {
        "covered_priority": plan.covered_priority,
        "share_covered": plan.share_covered,
        "share_of_reachable": plan.share_of_reachable,
        "bound": None if bound is None else bound.priority,
        "share_of_bound": None if bound is None or bound.priority <= 0 else plan.covered_priority / bound.priority,
        "km": sum(route.route.length_m for route in plan.routes) / 1000,
        "balance": plan.balance,
        "idle_teams": plan.idle_teams,
        "streets_left_count": plan.streets_left_count,
        "streets_left": [
            {"id": int(left.street_id), "name": left.street_name, "m": round(left.length_m), "code": left.code}
            for left in plan.streets_left[:15]
        ],
        "missed": [{"stop": missed.stop, "code": missed.code} for missed in plan.missed_stops],
        "iterations": plan.iterations,
    }
