"""Suggested patrols: walks for several teams that cover as much priority street as their time allows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter, NoRoute
from gis.routing.beat import Beat, build_beat
from gis.routing.decoding import Decoder, Walk
from gis.routing.paths import Stretch, stretch_m, stretch_s
from gis.routing.requests import PatrolRequest
from gis.routing.routes import Leg, Route, assembled
from gis.routing.search import Found, Progress, searched
from gis.routing.stopping import StoppingCriterion, max_iterations
from gis.routing.task_table import open_stops
from gis.streets import SnappedPlace, StreetNetwork, snap_together

_DEFAULT_ITERATIONS = 5_000
_MOST_STREETS_LEFT = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StopVisit:
    """A stop by its number in the request, reached and left so many seconds after the team set out."""

    stop: int
    arrive_s: float
    leave_s: float


@dataclass(frozen=True)
class PatrolRoute:
    """One team's proposal and its reasons.

    `covered_priority` counts the streets that no team before it in the plan has walked already; `share_covered`
    is that as a share of all priority there is; `covered_m` the metres of those streets. Legs of `route` run
    between the station (place 0) and the stops (place 1 + their number).
    """

    route: Route
    visits: tuple[StopVisit, ...]
    duration_s: float
    covered_priority: float
    share_covered: float
    covered_m: float


@dataclass(frozen=True, slots=True)
class StreetLeft:
    """A street, some of whose priority no team covers. `code`: no_time, out_of_reach or not_connected."""

    street_id: Any
    street_name: str
    priority: float
    length_m: float
    code: str


@dataclass(frozen=True, slots=True)
class MissedStop:
    """A stop that no team makes. `code`: no_street, not_connected, out_of_reach or no_time."""

    stop: int
    code: str


@dataclass(frozen=True)
class PatrolPlan:
    """Proposals for the teams, and what they leave.

    `share_covered` is the share of all priority that is covered, `share_of_reachable` that of what could be walked
    from the station in the time. `streets_left` names the streets with most priority left, at most 200;
    `streets_left_count` says how many there are. `idle_teams` found nothing worth their time.
    """

    routes: tuple[PatrolRoute, ...]
    idle_teams: int
    covered_priority: float
    share_covered: float
    share_of_reachable: float
    streets_left: tuple[StreetLeft, ...]
    streets_left_count: int
    missed_stops: tuple[MissedStop, ...]
    seed: int
    iterations: int


def priority_by_street(network: StreetNetwork, priorities: dict[Any, float], otherwise: float = 0.0) -> Floats:
    """Return the priority of a metre of each edge, from that of streets by their id.

    >>> import shapely
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
    """Return proposals for the teams of a request that cover as much priority as the search found.

    `priority` is the worth of a metre of each edge (0 or more; 1 everywhere when None): it counts once, however many
    teams pass. Pavements drawn beside a street count as that street. Every walk begins and ends at the
    station and keeps to the time less its slack, dwell at stops included. Stops come before
    streets; those that cannot be made are named in `missed_stops`. The same seed and number of iterations give the same
    plan; `stop` (`max_iterations`, `max_seconds`) may end the search at any time.
    Team orienteering on arcs (Archetti et al. 2015); the search is described in `search_kernels`.

    Raises NoRoute when the station has no street near it or nothing is worth a walk, and BadParameter.

    >>> import shapely
    >>> from gis.streets import build_network
    >>> ring = shapely.LineString([(9.50, 47.10), (9.51, 47.10), (9.51, 47.105), (9.50, 47.105), (9.50, 47.10)])
    >>> network = build_network([ring], [7], ["residential"], [0])
    >>> request = PatrolRequest(station=(9.505, 47.10), minutes=60, teams=1)
    >>> plan = suggest_patrol(network, request, stop=max_iterations(10))
    >>> round(plan.routes[0].route.length_m), plan.share_covered, plan.streets_left
    (2630, 1.0, ())
    """
    criterion = stop or max_iterations(_DEFAULT_ITERATIONS)
    criterion.used_share(0)  # a criterion of time counts from here
    worth = _worth(network, priority)
    station, *stops = snap_together(network, [request.station, *((at.lon, at.lat) for at in request.stops)], max_m)
    if isinstance(station, NoRoute):
        raise station
    places = [place if isinstance(place, SnappedPlace) else None for place in stops]
    beat = build_beat(network, station, places, worth, request.working_s)
    if beat.reachable_worth <= 0 and not open_stops(beat):
        sentence = "No street with priority can be walked from this station and back in {minutes} minutes."
        raise NoRoute(sentence, minutes=request.minutes)
    found = searched(network, beat, request, seed, criterion, on_progress)
    decoder = Decoder(beat, request.stops)
    walks = [decoder.walk(codes) for codes in found.codes if codes]
    missed = _missed(stops, beat, walks)
    return _plan(network, beat, worth, walks, missed, (request, found, seed))


def _worth(network: StreetNetwork, priority: ArrayLike | None) -> Floats:
    """Return the worth of each whole edge, checked."""
    if priority is None:
        per_m = np.ones(network.edge_count)
    else:
        per_m = np.asarray(priority, dtype=np.float64)
        if per_m.shape != (network.edge_count,):
            sentence = "There must be one priority for each of the {count} edges; the shape is {shape}."
            raise BadParameter(sentence, count=network.edge_count, shape=per_m.shape)
        if not (np.isfinite(per_m) & (per_m >= 0)).all():
            raise BadParameter("Priorities must be numbers from 0 on.")
    return np.where(network.is_pavement, 0.0, per_m * network.edge_m)


def _missed(snapped: list[SnappedPlace | NoRoute], beat: Beat, walks: list[Walk]) -> tuple[MissedStop, ...]:
    """Return the stops that no walk makes, with the reason."""
    made = {visit.stop for walk in walks for visit in walk.visits}
    missed = []
    for number, place in enumerate(snapped):
        if isinstance(place, NoRoute):
            missed.append(MissedStop(number, "no_street" if "max_m" in place.facts else "not_connected"))
        elif number not in made:
            missed.append(MissedStop(number, "out_of_reach" if beat.stop_nodes[number] < 0 else "no_time"))
    return tuple(missed)


def _plan(
    network: StreetNetwork,
    beat: Beat,
    worth: Floats,
    walks: list[Walk],
    missed: tuple[MissedStop, ...],
    made: tuple[PatrolRequest, Found, int],
) -> PatrolPlan:
    """Return the plan with its reasons."""
    request, found, seed = made
    total = float(worth.sum()) or 1.0
    walked: set[int] = set()
    routes = []
    for walk in walks:
        if not walk.stretches:
            continue
        new = list(dict.fromkeys(number for number in walk.segments if number not in walked))
        walked.update(new)
        routes.append(_proposal(network, beat, walk, new, total))
    covered = sum(route.covered_priority for route in routes)
    left, left_count = _streets_left(network, beat, worth, walked)
    return PatrolPlan(
        routes=tuple(routes),
        idle_teams=request.team_count - len(routes),
        covered_priority=covered,
        share_covered=covered / total,
        share_of_reachable=covered / (beat.reachable_worth or 1.0),
        streets_left=left,
        streets_left_count=left_count,
        missed_stops=missed,
        seed=seed,
        iterations=found.iterations,
    )


def _proposal(network: StreetNetwork, beat: Beat, walk: Walk, new: list[int], total: float) -> PatrolRoute:
    """Return one team's proposal; `new` are the segments it is the first to walk."""
    visits, legs, passed, clock_s, leg_start, place = [], [], 0, 0.0, 0, 0
    for visit in walk.visits:
        clock_s += sum(stretch_s(network, part) for part in walk.stretches[passed : visit.after])
        passed = visit.after
        visits.append(StopVisit(visit.stop, clock_s, clock_s + visit.dwell_s))
        legs.append(_leg(network, place, 1 + visit.stop, walk.stretches[leg_start:passed]))
        clock_s, leg_start, place = clock_s + visit.dwell_s, passed, 1 + visit.stop
    legs.append(_leg(network, place, 0, walk.stretches[leg_start:]))
    route = assembled(network, walk.stretches, tuple(legs))
    covered = sum(beat.segments[number].worth for number in new)
    return PatrolRoute(
        route=route,
        visits=tuple(visits),
        duration_s=route.walk_s + sum(visit.dwell_s for visit in walk.visits),
        covered_priority=covered,
        share_covered=covered / total,
        covered_m=sum(beat.segments[number].length_m for number in new if beat.segments[number].worth > 0),
    )


def _leg(network: StreetNetwork, start: int, end: int, stretches: list[Stretch]) -> Leg:
    length_m = sum(stretch_m(network, part) for part in stretches)
    return Leg(start, end, length_m, sum(stretch_s(network, part) for part in stretches))


def _streets_left(
    network: StreetNetwork, beat: Beat, worth: Floats, walked: set[int]
) -> tuple[tuple[StreetLeft, ...], int]:
    """Return the streets with priority left, most first, and how many there are."""
    share_left = np.ones(network.edge_count)
    for number in walked:
        for part in beat.segments[number].stretches:
            share_left[part.edge] -= abs(part.stop - part.start)
    left = np.where(share_left > 1e-9, worth * share_left, 0.0)
    edges = np.flatnonzero(left > 0)
    lines, first, group = np.unique(network.edge_line[edges], return_index=True, return_inverse=True)
    priority = np.bincount(group, weights=left[edges])
    length_m = np.bincount(group, weights=(network.edge_m * share_left)[edges])
    reachable = np.bincount(group, weights=beat.is_reachable[edges]) > 0
    found = []
    for row in np.argsort(-priority, kind="stable")[:_MOST_STREETS_LEFT].tolist():
        edge = edges[first[row]]
        code = "no_time" if reachable[row] else "out_of_reach"
        if network.edge_component[edge] != beat.component:
            code = "not_connected"
        street_id, name = network.street_ids[[edge]].tolist()[0], str(network.street_names[edge] or "")
        found.append(StreetLeft(street_id, name, float(priority[row]), float(length_m[row]), code))
    return tuple(found), len(lines)
