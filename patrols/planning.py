"""Routes: along places a leader draws, or suggested for so many members and hours."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from data.errors import Refused
from data.events import record
from gis.routing.routes import Route, route_through
from grids.models import Division
from patrols.events import RoutePlanned, RouteRetired
from patrols.models import Checkpoint, RoutePlan
from patrols.network import street_network
from patrols.suggesting import Suggestion, Wanted

MOST_PLACES = 200


@dataclass(frozen=True)
class Stop:
    """A place a route passes: lon/lat, and how long to stay when it is a checkpoint."""

    lon: float
    lat: float
    name: str | None = None
    dwell_min: int = 0
    is_checkpoint: bool = False


def route_along(session: Session, stops: list[Stop], *, is_loop: bool = False, mode: str = "foot") -> Route:
    """The quickest way through the stops on the street network.

    Raises Refused for fewer than two or too many stops, NoRoute when fewer than two of them can be reached.
    """
    if not 2 <= len(stops) <= MOST_PLACES:
        raise Refused("A route needs 2 to {most} places.", most=MOST_PLACES)
    return route_through(street_network(session, mode), [(stop.lon, stop.lat) for stop in stops], closed=is_loop)


def keep_route(
    session: Session,
    route: Route,
    stops: list[Stop],
    *,
    name: str,
    division: Division,
    method: str,
    actor_id: int | None,
    mode: str = "foot",
    seed: int | None = None,
    parameters: dict[str, Any] | None = None,
    reasons: dict[str, Any] | None = None,
    status: str = "published",
) -> RoutePlan:
    """Keep a route as a plan with its checkpoints; raises Refused when places could not be reached."""
    if route.unreached:
        numbers = ", ".join(str(left.place + 1) for left in route.unreached)
        raise Refused("No way leads to the places {numbers}. Move them to a street, or take them out.", numbers=numbers)
    if not name.strip():
        raise Refused("Give the route a name.")
    plan = RoutePlan(
        name=name.strip()[:120],
        division_id=division.id,
        method=method,
        mode=mode,
        walk_s=max(1, round(route.walk_s + 60 * sum(stop.dwell_min for stop in stops if stop.is_checkpoint))),
        seed=seed,
        parameters=parameters or {},
        reasons=(reasons or {}) | {"turns": told(route)},
        status=status,
        made_by=actor_id,
        path=f"SRID=4326;{route.path.wkt}",
    )
    session.add(plan)
    session.flush()
    _keep_checkpoints(session, plan.id, stops)
    event = RoutePlanned(plan.id, plan.name, method, round(route.length_m))
    record(session, event, subject=f"route:{plan.id}", location_code=division.code, actor_id=actor_id)
    return plan


def _keep_checkpoints(session: Session, plan_id: int, stops: list[Stop]) -> None:
    rows = [
        {
            "route_plan_id": plan_id,
            "seq": number,
            "name": stop.name,
            "dwell_min": stop.dwell_min,
            "place": f"SRID=4326;POINT({stop.lon} {stop.lat})",
        }
        for number, stop in enumerate((stop for stop in stops if stop.is_checkpoint), start=1)
    ]
    if rows:
        session.execute(insert(Checkpoint), rows)


def told(route: Route) -> list[dict[str, Any]]:
    """The directions of a route as plain values: which way to turn, onto what, for how many metres."""
    return [
        {"turn": turn.direction, "street": turn.street_name, "kind": turn.street_class, "m": round(turn.length_m)}
        for turn in route.turns
    ]


def keep_suggestion(
    session: Session, suggestion: Suggestion, wanted: Wanted, *, division: Division, actor_id: int
) -> list[RoutePlan]:
    """Keep a suggestion as drafts, one a team, in the place of this person's drafts before: publishing is a choice."""
    session.execute(delete(RoutePlan).where(RoutePlan.made_by == actor_id, RoutePlan.status == "draft"))
    station = [Stop(wanted.lon, wanted.lat)]
    return [
        keep_route(
            session,
            team.route,
            station,
            name=f"{division.name} {number}",
            division=division,
            method="suggested",
            actor_id=actor_id,
            mode=wanted.mode,
            seed=wanted.seed,
            parameters={"members": wanted.members, "hours": wanted.hours, "station": [wanted.lon, wanted.lat]},
            reasons=team.reasons,
            status="draft",
        )
        for number, team in enumerate(suggestion.teams, start=1)
    ]


def publish_route(session: Session, plan: RoutePlan, name: str, *, actor_id: int) -> None:
    """Make a draft a route that shifts can walk. Raises Refused without a name, or for one no longer in use."""
    if plan.status == "retired":
        raise Refused("This route is no longer in use.")
    if not name.strip():
        raise Refused("Give the route a name.")
    plan.name, plan.status = name.strip()[:120], "published"
    event = RoutePlanned(plan.id, plan.name, plan.method, round(plan.length_m))
    record(session, event, subject=f"route:{plan.id}", actor_id=actor_id)


def retire_route(session: Session, plan: RoutePlan, *, actor_id: int | None) -> None:
    """Take a route out of use; shifts that have it keep it."""
    plan.status = "retired"
    record(session, RouteRetired(plan.id, plan.name), subject=f"route:{plan.id}", actor_id=actor_id)
