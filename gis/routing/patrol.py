"""Suggested patrols: walks for several teams that cover as much priority street as their time allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter, NoRoute
from gis.routing.plans import LockedRoute, PatrolPlan
from gis.routing.reporting import Solved, reported
from gis.routing.requests import PatrolRequest, PlanRequest
from gis.routing.rescoring import Ledger
from gis.routing.search import Step, searched
from gis.routing.shifts import Shift, shifts_of
from gis.routing.stopping import Part, StoppingCriterion, max_iterations
from gis.streets import StreetNetwork, only_edges

_DEFAULT_ITERATIONS = 5_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: `used_share` of its time, and the worth of the streets in its best plan.

    `phase` is first, vehicles, improving or choosing. `paths` gives the best plan's lines in lon/lat by team (None: at
    home), worked out when asked for.
    """

    iterations: int
    used_share: float
    covered_priority: float
    phase: str
    paths: Callable[[], dict[int, shapely.LineString]]


def priority_by_street(network: StreetNetwork, priorities: dict[Any, float], otherwise: float = 0.0) -> Floats:
    """Return the priority of a metre of each edge, from that of streets by their id.

    >>> from gis.streets import build_network
    >>> lines = [shapely.LineString([(x, 47.1), (x + 0.01, 47.1)]) for x in (9.50, 9.51)]
    >>> network = build_network(lines, ["a", "b"], ["residential"] * 2, [0, 0])
    >>> priority_by_street(network, {"b": 3.0}).tolist()
    [0.0, 3.0]
    """
    found = (priorities.get(street_id, otherwise) for street_id in network.street_ids.tolist())
    return np.fromiter(found, np.float64, network.edge_count)


def suggest_patrol(
    network: StreetNetwork,
    request: PatrolRequest,
    priority: ArrayLike | None = None,
    *,
    seed: int = 0,
    stop: StoppingCriterion | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    max_m: float = 100.0,
) -> PatrolPlan:
    """Return proposals for teams that are all alike: `plan_patrols` for one station and one shift.

    >>> from gis.streets import build_network
    >>> ring = shapely.LineString([(9.50, 47.10), (9.51, 47.10), (9.51, 47.105), (9.50, 47.105), (9.50, 47.10)])
    >>> network = build_network([ring], [7], ["residential"], [0])
    >>> request = PatrolRequest(station=(9.505, 47.10), minutes=60, teams=1)
    >>> plan = suggest_patrol(network, request, stop=max_iterations(10))
    >>> round(plan.routes[0].route.length_m), plan.share_covered, plan.streets_left
    (2630, 1.0, ())
    """
    asked = request.for_teams()
    return plan_patrols(network, asked, priority, seed=seed, stop=stop, on_progress=on_progress, max_m=max_m)


def plan_patrols(
    network: StreetNetwork,
    request: PlanRequest,
    priority: ArrayLike | None = None,
    *,
    locked: Sequence[LockedRoute] = (),
    seed: int = 0,
    stop: StoppingCriterion | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    max_m: float = 100.0,
) -> PatrolPlan:
    """Return proposals for the teams of a request that cover as much priority as the search found.

    `priority` is the worth of a metre of each edge (0 or more; 1 everywhere when None): it counts once, however many
    teams pass. Pavements drawn beside a street count as that street. Every walk begins and ends where its team does
    and keeps to its time less its slack, dwell and waiting at stops included. Stops come before
    streets; those that cannot be made are named in `missed_stops`. Routes in `locked` stay as they are: the other teams
    are planned around them. The same seed and number of iterations give the same plan; `stop` (`max_iterations`,
    `max_seconds`, `stop_when`) may end the search at any time, and `on_progress` hears of every step.

    Team orienteering on arcs (Archetti et al. 2015); the search is described in `search`. Teams of stations that lie
    far apart, or are many, are planned station by station, each with the streets nearest to it.

    Raises NoRoute when a station has no street near it or nothing is worth a walk, and BadParameter.

    >>> from gis.routing.requests import Team
    >>> from gis.streets import build_network
    >>> street = shapely.LineString([(9.50, 47.10), (9.51, 47.10)])
    >>> network = build_network([street], [7], ["residential"], [0])
    >>> out = PlanRequest((Team((9.50, 47.10), minutes=30, home=(9.51, 47.10)),))
    >>> round(plan_patrols(network, out, stop=max_iterations(10)).routes[0].route.length_m)
    759
    """
    criterion = stop or max_iterations(_DEFAULT_ITERATIONS)
    criterion.used_share(0)  # a criterion of time counts from here
    per_m = _per_m(network, priority)
    is_open = _is_open(network, request)
    walkable = network if is_open.all() else only_edges(network, is_open)
    worth = np.where(network.is_pavement, 0.0, per_m * network.edge_m)
    ledger = Ledger(network, np.where(is_open, worth, 0.0))
    for kept in locked:
        ledger.walk(list(kept.stretches))
    shifts, refused = shifts_of(walkable, request, locked, ledger.left()[is_open], max_m)
    if not locked and all(shift.is_empty for shift in shifts):
        raise _nothing_to_walk(request)
    solved = _solved(walkable, shifts, seed, criterion, on_progress)
    return reported(network, np.flatnonzero(is_open), worth, request, locked, Solved(solved, refused, seed))


def _solved(
    network: StreetNetwork,
    shifts: list[Shift],
    seed: int,
    stop: StoppingCriterion,
    on_progress: Callable[[Progress], None] | None,
) -> list[tuple[Shift, list[list[int]], int]]:
    """Return the codes found for each shift, each with its part of the time."""
    solved: list[tuple[Shift, list[list[int]], int]] = []
    done, covered = 0, 0.0
    teams = max(sum(len(shift.crews) for shift in shifts), 1)
    begun = stop.used_share(0)
    behind = 0
    for shift in shifts:
        behind += len(shift.crews)
        end = begun + (1.0 - begun) * behind / teams
        part = stop if len(shifts) == 1 else Part(stop, done, stop.used_share(done), end)
        heard = _Heard(on_progress, stop, network, list(solved), shift, done, covered)
        found = searched(network, shift.problem, seed, part, heard.step) if not shift.is_empty else None
        solved.append((shift, found.codes if found else [[] for _ in shift.crews], found.iterations if found else 0))
        done, covered = done + solved[-1][2], covered + heard.best
    return solved


class _Heard:
    """Passes a shift's steps on as progress of the whole plan."""

    def __init__(
        self,
        tell: Callable[[Progress], None] | None,
        stop: StoppingCriterion,
        network: StreetNetwork,
        before: list[tuple[Shift, list[list[int]], int]],
        shift: Shift,
        done: int,
        covered: float,
    ) -> None:
        self._tell, self._stop, self._network = tell, stop, network
        self._before, self._shift, self._done, self._covered = before, shift, done, covered
        self.best = 0.0

    def step(self, step: Step) -> None:
        """Tell of one step."""
        self.best = step.covered_priority
        if self._tell is None:
            return
        used = min(self._stop.used_share(self._done + step.iterations), 1.0)
        covered = self._covered + step.covered_priority
        plans = [*((shift, codes) for shift, codes, _ in self._before), (self._shift, step.codes())]

        def paths() -> dict[int, shapely.LineString]:
            return {team: line for shift, codes in plans for team, line in shift.paths(self._network, codes).items()}

        self._tell(Progress(self._done + step.iterations, used, covered, step.phase, paths))


def _per_m(network: StreetNetwork, priority: ArrayLike | None) -> Floats:
    """Return the priority of a metre of each edge, checked."""
    if priority is None:
        return np.ones(network.edge_count)
    per_m = np.asarray(priority, dtype=np.float64)
    if per_m.shape != (network.edge_count,):
        raise BadParameter(
            "There must be one priority for each of the {count} edges; the shape is {shape}.",
            count=network.edge_count,
            shape=per_m.shape,
        )
    if not (np.isfinite(per_m) & (per_m >= 0)).all():
        raise BadParameter("Priorities must be numbers from 0 on.")
    return per_m


def _is_open(network: StreetNetwork, request: PlanRequest) -> NDArray[np.bool_]:
    """Return which edges may be walked. Raises NoRoute when none is left."""
    if not request.forbidden:
        return np.ones(network.edge_count, np.bool_)
    forbidden = request.forbidden
    is_open = np.array([street_id not in forbidden for street_id in network.street_ids.tolist()], np.bool_)
    if not is_open.any():
        raise NoRoute("Every street is forbidden; allow some.")
    return is_open


def _nothing_to_walk(request: PlanRequest) -> NoRoute:
    minutes = max(team.minutes for team in request.teams)
    if len({(team.start, team.goal) for team in request.teams}) == 1 and request.teams[0].home is None:
        return NoRoute(
            "No street with priority can be walked from this station and back in {minutes} minutes.", minutes=minutes
        )
    return NoRoute(
        "No street with priority can be walked by any team in its time of at most {minutes} minutes.", minutes=minutes
    )
