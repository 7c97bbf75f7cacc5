"""From a request to problems the search can work on: places on streets, and which teams are planned together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import NoRoute
from gis.routing.beat import Base, build_beat
from gis.routing.decoding import Decoder, Walk
from gis.routing.paths import doors_of, graph_of
from gis.routing.plans import LockedRoute
from gis.routing.requests import PlanRequest
from gis.routing.routes import path_along
from gis.routing.task_table import Crew, Problem, open_stops
from gis.streets import SnappedPlace, StreetNetwork, snap_together

_TOGETHER_TEAMS, _TOGETHER_BASES = 16, 3  # more are planned station by station

Floats = NDArray[np.float64]
LonLat = tuple[float, float]


@dataclass(frozen=True)
class Shift:
    """Teams that are planned together: their numbers and those of their stops in the request, and the problem."""

    teams: tuple[int, ...]
    stops: tuple[int, ...]
    problem: Problem

    @property
    def crews(self) -> tuple[Crew, ...]:
        """The teams as the search sees them."""
        return self.problem.crews

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing these teams could do."""
        return self.problem.beat.reachable_worth <= 0 and not open_stops(self.problem.beat)

    def walks(self, codes: list[list[int]]) -> dict[int, Walk]:
        """Return the walk of each team that leaves its place, by its number in the request."""
        beat, decoder = self.problem.beat, Decoder(self.problem.beat)
        found = {}
        for team, crew, row in zip(self.teams, self.crews, codes, strict=True):
            home_ms = int(beat.between_ms[beat.start_nodes[crew.base], beat.home_nodes[crew.base]])
            if row or 0 < home_ms <= crew.home_by_ms - crew.out_ms:
                found[team] = decoder.walk(row, crew.base)
        return {team: walk for team, walk in found.items() if walk.stretches}

    def paths(self, network: StreetNetwork, codes: list[list[int]]) -> dict[int, shapely.LineString]:
        """Return each walk's line in lon/lat."""
        return {team: path_along(network, walk.stretches) for team, walk in self.walks(codes).items()}

    def missed(self, walks: dict[int, Walk]) -> dict[int, str]:
        """Return why each stop is missed that no walk makes, by its number in the request."""
        made = {visit.stop for walk in walks.values() for visit in walk.visits}
        return {self.stops[own]: self._why_missed(own) for own in range(len(self.stops)) if own not in made}

    def _why_missed(self, own: int) -> str:
        """Return why a stop (by its number here) is missed: the first reason that alone is enough."""
        beat, stop = self.problem.beat, self.problem.stops[own]
        node = beat.stop_nodes[own]
        crews = [crew for number, crew in enumerate(self.crews) if stop.team in (None, number)]
        could_without_window = False
        for crew in crews if node >= 0 else []:
            reached_s = (crew.out_ms + int(beat.between_ms[beat.start_nodes[crew.base], node])) / 1000
            home_s = stop.dwell_s + int(beat.between_ms[node, beat.home_nodes[crew.base]]) / 1000
            begun_s = max(reached_s, stop.opens_s)
            if begun_s <= stop.closes_s and begun_s + home_s <= crew.home_by_ms / 1000:
                return "no_time"
            could_without_window |= reached_s + home_s <= crew.home_by_ms / 1000
        return "window_closed" if could_without_window else "out_of_reach"


@dataclass(frozen=True)
class _Placed:
    """A team on the street network, by its number in the request."""

    team: int
    base: Base
    crew: Crew


def shifts_of(
    network: StreetNetwork, request: PlanRequest, locked: Sequence[LockedRoute], worth: Floats, max_m: float
) -> tuple[list[Shift], dict[int, str]]:
    """Return the shifts to be planned, and why stops are refused that no street leads to.

    Raises NoRoute for a team whose start or goal has no street, or is cut off.
    """
    kept = {route.team for route in locked}
    done = {visit.stop for route in locked for visit in route.visits}
    teams = [number for number in range(len(request.teams)) if number not in kept]
    stops = [number for number in range(len(request.stops)) if number not in done]
    pieces, refused = _pieces(network, request, teams, stops, max_m)
    shifts = []
    for placed, at in pieces:
        groups = _together(placed)
        own = _nearest_group(network, groups, at, request)
        for number, group in enumerate(groups):
            mine = [stop for stop in at if own.stops[stop] == number]
            gain = np.where(own.edges == number, worth, 0.0) if len(groups) > 1 else worth
            shifts.append(_shift(network, request, group, {stop: at[stop] for stop in mine}, gain))
    return shifts, refused


def _pieces(
    network: StreetNetwork, request: PlanRequest, teams: list[int], stops: list[int], max_m: float
) -> tuple[list[tuple[list[_Placed], dict[int, SnappedPlace]]], dict[int, str]]:
    """Return the teams and stops of each connected piece of the network, and why stops have none."""
    pieces, refused = [], dict.fromkeys(stops, "no_street")
    left = teams
    while left:
        both = ((request.teams[team].start, request.teams[team].goal) for team in left)
        ends = list(dict.fromkeys(end for pair in both for end in pair))
        points = [*ends, *((request.stops[stop].lon, request.stops[stop].lat) for stop in refused)]
        found = snap_together(network, points, max_m)
        at = dict(zip(ends, found, strict=False))
        placed = [_placed(request, team, at, max_m) for team in left if _is_here(at[request.teams[team].start])]
        if not placed:
            raise _no_street(request, left[0], at[request.teams[left[0]].start])
        mine = {one.team for one in placed}
        pieces.append((placed, _stops_here(request, mine, refused, found[len(ends) :])))
        left = [team for team in left if team not in mine]
    return pieces, refused


def _stops_here(
    request: PlanRequest, teams: set[int], refused: dict[int, str], found: list[SnappedPlace | NoRoute]
) -> dict[int, SnappedPlace]:
    """Take the stops out of `refused` that these teams' piece of the network has; return their places."""
    here = {}
    for stop, place in zip(list(refused), found, strict=True):
        only = request.stops[stop].team
        if isinstance(place, SnappedPlace) and (only is None or only in teams):
            here[stop] = place
            del refused[stop]
        elif isinstance(place, SnappedPlace) or "max_m" not in place.facts:
            refused[stop] = "not_connected"
    return here


def _is_here(place: SnappedPlace | NoRoute) -> bool:
    return isinstance(place, SnappedPlace)


def _no_street(request: PlanRequest, team: int, reason: SnappedPlace | NoRoute) -> NoRoute:
    """Return what to say of a team whose start has no street; with one station its own reason is enough."""
    if len({team.start for team in request.teams}) == 1 and isinstance(reason, NoRoute):
        return reason
    return NoRoute("Team {team} has no street near its start; move its station nearer to a street.", team=team + 1)


def _placed(request: PlanRequest, number: int, at: dict[LonLat, SnappedPlace | NoRoute], max_m: float) -> _Placed:
    team = request.teams[number]
    start, home = at[team.start], at[team.goal]
    if not isinstance(start, SnappedPlace) or not isinstance(home, SnappedPlace):
        raise NoRoute(
            "Team {team} cannot come from its start to its goal within {max_m} m of connected streets; move one.",
            team=number + 1,
            max_m=round(max_m),
        )
    out_s, home_by_s = request.span_s(team)
    # rounded up and down: no sum of roundings can break the shift
    crew = Crew(0, int(np.ceil(out_s * 1000)), int(home_by_s * 1000 + 1e-6))
    return _Placed(number, Base(start, home, (crew.home_by_ms - crew.out_ms) / 1000), crew)


def _together(placed: list[_Placed]) -> list[list[_Placed]]:
    """Return the teams in groups that are planned at once: all when they are few, else station by station."""
    stations: dict[tuple[int, float], list[_Placed]] = {}
    for one in placed:
        stations.setdefault((one.base.start.edge, one.base.start.fraction), []).append(one)
    if len(placed) <= _TOGETHER_TEAMS and len(stations) <= _TOGETHER_BASES:
        return [placed]
    return list(stations.values())


@dataclass(frozen=True)
class _Owned:
    """The number of the group that each edge and each stop belongs to."""

    edges: NDArray[np.int64]
    stops: dict[int, int]


def _nearest_group(
    network: StreetNetwork, groups: list[list[_Placed]], at: dict[int, SnappedPlace], request: PlanRequest
) -> _Owned:
    """Return whose each edge and stop is: the group's that has most time for it; a locked stop goes with its team."""
    if len(groups) == 1:
        return _Owned(np.zeros(network.edge_count, np.int64), dict.fromkeys(at, 0))
    from gis.routing.path_kernels import spread

    graph, used = graph_of(network), []
    for group in groups:
        base = group[0].base
        away_s = spread(graph, doors_of(network, base.start, False), base.limit_s)[0]
        # Many teams of one station look after a wider ground: its radius grows with their root.
        used.append(away_s[network.edge_nodes].min(axis=1) / base.limit_s / np.sqrt(len(group)))
    edges = np.argmin(np.stack(used), axis=0)
    by_team = {one.team: number for number, group in enumerate(groups) for one in group}
    stops = {stop: int(edges[place.edge]) for stop, place in at.items()}
    for stop in at:
        team = request.stops[stop].team
        if team in by_team:
            stops[stop] = by_team[team]
    return _Owned(edges, stops)


def _shift(
    network: StreetNetwork, request: PlanRequest, group: list[_Placed], at: dict[int, SnappedPlace], worth: Floats
) -> Shift:
    bases = list(dict.fromkeys(one.base for one in group))
    numbers = {one.team: own for own, one in enumerate(group)}
    asked = [request.stops[stop] for stop in at]
    stops = tuple(stop if stop.team is None else replace(stop, team=numbers[stop.team]) for stop in asked)
    beat = build_beat(network, bases, list(at.values()), worth)
    crews = tuple(replace(one.crew, base=bases.index(one.base)) for one in group)
    return Shift(tuple(numbers), tuple(at), Problem(beat, stops, crews))
