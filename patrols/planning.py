"""Routes: along places a leader draws, or suggested for so many members and hours."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from data.errors import Refused
from data.events import record
from gis.routing.routes import Route, route_through
from grids.models import Division
from patrols.events import RoutePlanned, RouteRetired
from patrols.models import Checkpoint, RoutePlan
from patrols.network import street_network

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
        reasons=reasons or {},
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


def retire_route(session: Session, plan: RoutePlan, *, actor_id: int | None) -> None:
    """Take a route out of use; shifts that have it keep it."""
    plan.status = "retired"
    record(session, RouteRetired(plan.id, plan.name), subject=f"route:{plan.id}", actor_id=actor_id)
