"""From the walks a search found to the plan people read: routes rescored on their real way, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.routing.decoding import Walk
from gis.routing.paths import Stretch, stretch_m, stretch_s
from gis.routing.plans import LockedRoute, MissedStop, PatrolPlan, PatrolRoute, StopVisit
from gis.routing.requests import PlanRequest
from gis.routing.rescoring import Ledger, streets_left
from gis.routing.routes import Leg, assembled
from gis.routing.shifts import Shift
from gis.streets import StreetNetwork

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Solved:
    """What the search made of each shift (codes and iterations), the stops refused before it, and its seed."""

    shifts: list[tuple[Shift, list[list[int]], int]]
    refused: dict[int, str]
    seed: int


@dataclass(frozen=True)
class _Way:
    """A team's way in the network's own edges, and its stops by their number in the request."""

    stretches: list[Stretch]
    visits: list[tuple[int, int]]


def reported(
    network: StreetNetwork,
    edges: NDArray[np.int64],
    worth: Floats,
    request: PlanRequest,
    locked: Sequence[LockedRoute],
    solved: Solved,
) -> PatrolPlan:
    """Return the plan with its reasons; `edges` are the numbers in `network` of the edges that were searched."""
    total, ledger = float(worth.sum()) or 1.0, Ledger(network, worth)
    routes = [_locked_route(network, request, kept, ledger, total) for kept in locked]
    missed = dict(solved.refused)
    for shift, codes, _ in solved.shifts:
        walks = shift.walks(codes)
        missed |= shift.missed(walks)
        for team, walk in walks.items():
            routes.append(_proposal(network, request, team, _way(walk, shift, edges), ledger, total))
    routes.sort(key=lambda route: route.team)
    left, left_count = streets_left(network, ledger, _why_left(network, edges, solved.shifts))
    covered = sum(route.covered_priority for route in routes)
    is_reachable = _is_reachable(network, edges, solved.shifts) | (ledger.share_left < 1.0)
    return PatrolPlan(
        routes=tuple(routes),
        idle_teams=len(request.teams) - len(routes),
        covered_priority=covered,
        share_covered=covered / total,
        share_of_reachable=covered / (float(worth[is_reachable].sum()) or 1.0),
        streets_left=left,
        streets_left_count=left_count,
        missed_stops=tuple(MissedStop(stop, missed[stop]) for stop in sorted(missed)),
        seed=solved.seed,
        iterations=sum(done for _, _, done in solved.shifts),
        balance=_balance(request, routes),
    )


def _way(walk: Walk, shift: Shift, edges: NDArray[np.int64]) -> _Way:
    stretches = [Stretch(int(edges[edge]), start, stop) for edge, start, stop in walk.stretches]
    return _Way(stretches, [(shift.stops[visit.stop], visit.after) for visit in walk.visits])


def _locked_route(
    network: StreetNetwork, request: PlanRequest, kept: LockedRoute, ledger: Ledger, total: float
) -> PatrolRoute:
    """Return a locked route as it was, with what it covers."""
    begins_s, _ = request.span_s(request.teams[kept.team])
    stretches = list(kept.stretches)
    covered, covered_m = ledger.walk(stretches)
    route = assembled(network, stretches, (_leg(network, 0, 0, stretches),))
    end_s = max([begins_s + route.walk_s + sum(at.leave_s - at.arrive_s for at in kept.visits)])
    return PatrolRoute(
        route, kept.visits, end_s - begins_s, covered, covered / total, covered_m, kept.team, begins_s, is_locked=True
    )


def _proposal(
    network: StreetNetwork, request: PlanRequest, team: int, way: _Way, ledger: Ledger, total: float
) -> PatrolRoute:
    """Return one team's proposal."""
    begins_s, _ = request.span_s(request.teams[team])
    visits, legs, passed, clock_s, place = [], [], 0, begins_s, 0
    for number, after in way.visits:
        stop, part = request.stops[number], way.stretches[passed:after]
        clock_s = max(clock_s + sum(stretch_s(network, stretch) for stretch in part), stop.opens_s)
        visits.append(StopVisit(number, clock_s, clock_s + stop.dwell_s))
        legs.append(_leg(network, place, 1 + number, part))
        clock_s, passed, place = clock_s + stop.dwell_s, after, 1 + number
    legs.append(_leg(network, place, 0, way.stretches[passed:]))
    clock_s += sum(stretch_s(network, stretch) for stretch in way.stretches[passed:])
    covered, covered_m = ledger.walk(way.stretches)
    return PatrolRoute(
        route=assembled(network, way.stretches, tuple(legs)),
        visits=tuple(visits),
        duration_s=clock_s - begins_s,
        covered_priority=covered,
        share_covered=covered / total,
        covered_m=covered_m,
        team=team,
        begins_s=begins_s,
    )


def _leg(network: StreetNetwork, start: int, end: int, stretches: list[Stretch]) -> Leg:
    length_m = sum(stretch_m(network, part) for part in stretches)
    return Leg(start, end, length_m, sum(stretch_s(network, part) for part in stretches))


def _balance(request: PlanRequest, routes: list[PatrolRoute]) -> float:
    """Return the least used share of a team's time over the most used one; locked routes do not count."""
    shares = []
    for route in routes:
        begins_s, home_by_s = request.span_s(request.teams[route.team])
        if not route.is_locked:
            shares.append(route.duration_s / (home_by_s - begins_s))
    return min(shares) / max(shares) if len(shares) > 1 else 1.0


def _is_reachable(
    network: StreetNetwork, edges: NDArray[np.int64], shifts: list[tuple[Shift, list[list[int]], int]]
) -> NDArray[np.bool_]:
    found = np.zeros(network.edge_count, np.bool_)
    for shift, _, _ in shifts:
        found[edges] |= shift.problem.beat.is_reachable
    return found


def _why_left(
    network: StreetNetwork, edges: NDArray[np.int64], shifts: list[tuple[Shift, list[list[int]], int]]
) -> NDArray[np.int64]:
    """Return why each edge may be left, as numbers of `LEFT_CODES`."""
    codes = np.full(network.edge_count, 3)
    codes[edges] = 2
    is_reachable = _is_reachable(network, edges, shifts)
    for piece in np.unique(network.edge_component[is_reachable]):
        codes[edges[network.edge_component[edges] == piece]] = 1
    codes[is_reachable] = 0
    return codes
