"""Planning from files: read, ask the engine, keep what the command tells. No database, no server."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import Refused
from gis.routing import (
    PatrolPlan,
    PlanRequest,
    Progress,
    StoppingCriterion,
    Team,
    max_iterations,
    max_seconds,
    plan_patrols,
)
from gis.routing.bound import Bound, upper_bound
from gis.streets import by_length
from webapp.cli.coverage_run import Clock
from webapp.cli.patrol_files import Read, read_checkpoints, read_priorities, read_streets

Tell = Callable[[str, float], None]

_DEFAULT_S = 10.0


@dataclass(frozen=True)
class Answer:
    """What was asked and what came out."""

    read: Read
    request: PlanRequest
    plan: PatrolPlan
    bound: Bound | None
    clock: Clock


def planned(asked: dict[str, Any], tell: Tell) -> Answer:
    """The plan for the options of the command. Raises Refused or a GisError when there can be none."""
    clock = Clock(lambda step: tell(step, 0.0))
    with clock.step("reading"):
        read = _read(asked)
        network = read.network if asked["limit_m"] is None else by_length(read.network)
        request = _request(asked, read)
    stop = _stop(asked)

    def hear(progress: Progress) -> None:
        tell("planning", progress.used_share)

    with clock.step("planning"):
        plan = plan_patrols(network, request, read.priority, seed=asked["seed"], stop=stop, on_progress=hear)
    bound = None
    if asked["bound"]:
        with clock.step("bound"):
            bound = upper_bound(network, request, read.priority, most_s=asked["bound_seconds"])
    return Answer(read, request, plan, bound, clock)


def _read(asked: dict[str, Any]) -> Read:
    network, refused = read_streets(asked["streets"], asked["mode"], asked["crs"])
    read = Read(network, refused=refused)
    if asked["priorities"] is not None:
        read_priorities(Path(asked["priorities"]), read)
    if asked["checkpoints"] is not None:
        read_checkpoints(Path(asked["checkpoints"]), read)
    return read


def _request(asked: dict[str, Any], read: Read) -> PlanRequest:
    """The engine's question: teams shared out over the stations in turn."""
    if (asked["limit_m"] is None) == (asked["hours"] is None):
        raise Refused("Say either --limit-m or --hours: how far or how long a team may go.")
    # a limit in metres is planned on a network on which every street is gone at 80 m a minute
    minutes = 60.0 * asked["hours"] if asked["limit_m"] is None else asked["limit_m"] / 80.0
    stations = asked["stations"]
    teams = tuple(Team(stations[number % len(stations)], minutes) for number in range(max(asked["teams"], 0)))
    streets = {str(street): street for street in read.network.street_ids.tolist()}
    unknown = [street for street in asked["forbid"] if street not in streets]
    if unknown:
        raise Refused("There is no street {street} to forbid; check its street_id.", street=unknown[0])
    return PlanRequest(teams, read.stops, asked["slack"], frozenset(streets[street] for street in asked["forbid"]))


def _stop(asked: dict[str, Any]) -> StoppingCriterion:
    if asked["iterations"] is not None and asked["seconds"] is not None:
        raise Refused("Say either --iterations or --seconds, not both.")
    if asked["iterations"] is not None:
        return max_iterations(asked["iterations"])
    return max_seconds(asked["seconds"] or _DEFAULT_S)
