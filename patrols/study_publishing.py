"""A plan's routes become routes that shifts walk. Writes never commit."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from data.errors import NotFound, Refused
from data.events import record
from data.layers import layer_versions
from gis.routing import Route, Stretch
from gis.routing.routes import assembled
from gis.streets import StreetNetwork
from grids.models import Division
from patrols.commands import publish_shift
from patrols.events import StudyPublished
from patrols.models import Shift
from patrols.network import street_network
from patrols.planning import Stop, keep_route
from patrols.study import list_routes
from patrols.study_models import PatrolStudy, PatrolStudyRoute


def publish_study(
    session: Session, study: PatrolStudy, teams: Sequence[int], *, is_open_to_volunteers: bool, actor_id: int
) -> list[Shift]:
    """The shifts of the chosen teams (by their number in the study), each with its route; published ones stay.

    Raises Refused when none is left to publish or the streets have changed since the plan was made.
    """
    division = session.get(Division, study.division_id)
    if division is None:
        raise NotFound("There is no such plan, or it lies outside your area.")
    chosen = [route for route in list_routes(session, study.id) if route.team in teams and route.shift_id is None]
    if not chosen:
        raise Refused("Choose at least one route that is not published yet.")
    if study.fingerprint != layer_versions(session, ["streets"])["streets"]:
        raise Refused("The streets have changed since this plan was made. Plan it again.")
    network = street_network(session, study.mode)
    shifts = []
    for route in chosen:
        shift = _published(session, study, division, route, network, (is_open_to_volunteers, actor_id))
        route.shift_id, route.is_locked = shift.id, True
        shifts.append(shift)
    session.flush()
    event = StudyPublished(study.id, study.name, len(shifts))
    record(session, event, subject=f"patrol_study:{study.id}", location_code=division.code, actor_id=actor_id)
    return shifts


def _published(
    session: Session,
    study: PatrolStudy,
    division: Division,
    row: PatrolStudyRoute,
    network: StreetNetwork,
    how: tuple[bool, int],
) -> Shift:
    is_open, actor_id = how
    team = study.teams[row.team]
    plan = keep_route(
        session,
        route_of(row, network),
        _stops(study, row),
        name=f"{study.name} {team['name']}",
        division=division,
        method="suggested",
        actor_id=actor_id,
        mode=study.mode,
        seed=study.seed,
        parameters={"study": study.id, "hours": study.hours, "station": [team["lon"], team["lat"]]},
        reasons=row.reasons,
    )
    return publish_shift(
        session,
        name=f"{study.name} {team['name']}",
        division=division,
        starts_at=study.starts_at,
        ends_at=study.starts_at + timedelta(hours=float(study.hours)),
        actor_id=actor_id,
        route_plan_id=plan.id,
        team_id=team.get("team_id"),
        is_open_to_volunteers=is_open,
    )


def route_of(row: PatrolStudyRoute, network: StreetNetwork) -> Route:
    """The route with its directions, from its stretches."""
    return assembled(network, [Stretch(int(edge), start, stop) for edge, start, stop in row.stretches], ())


def _stops(study: PatrolStudy, row: PatrolStudyRoute) -> list[Stop]:
    """The checkpoints a route makes, in the order it makes them."""
    found = []
    for number, _, _ in row.visits:
        stop = study.stops[int(number)]
        name, dwell = stop.get("name") or None, round(stop.get("dwell_min") or 0)
        found.append(Stop(stop["lon"], stop["lat"], name, dwell, is_checkpoint=True))
    return found
