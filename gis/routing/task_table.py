"""From a beat to the tables the search works on, and an empty plan for its teams."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.routing.beat import Beat
from gis.routing.requests import Stop
from gis.streets import StreetNetwork

if TYPE_CHECKING:
    from gis.routing.plan_kernels import Plan, Pool, Tasks
    from gis.routing.search_kernels import Memory

_NEIGHBOURS = 60
_NEVER_MS = 1 << 60  # plan_kernels.NOWHERE, which cannot be imported here: loading numba takes a second


@dataclass(frozen=True, slots=True)
class Crew:
    """A team as the search sees it: the number of its base, when it sets out and when it must be home."""

    base: int
    out_ms: int
    home_by_ms: int


@dataclass(frozen=True)
class Problem:
    """Teams on a beat and their stops; `Stop.team` counts in `crews`."""

    beat: Beat
    stops: tuple[Stop, ...]
    crews: tuple[Crew, ...]

    def kinds(self) -> list[int]:
        """Return a number for each crew, equal for crews that may be exchanged for each other."""
        own = {stop.team for stop in self.stops if stop.team is not None}
        marks = [(crew, number if number in own else -1) for number, crew in enumerate(self.crews)]
        order = list(dict.fromkeys(marks))
        return [order.index(mark) for mark in marks]


def worthwhile(beat: Beat) -> list[int]:
    """Return the numbers of the segments that are worth walking for themselves: task k is the k-th of them."""
    return [number for number, segment in enumerate(beat.segments) if segment.worth > 0]


def open_stops(beat: Beat) -> list[int]:
    """Return the numbers of the stops within reach: their tasks follow those of the segments."""
    return [number for number, node in enumerate(beat.stop_nodes) if node >= 0]


def tasks_of(network: StreetNetwork, problem: Problem) -> "Tasks":
    """Return the tasks of a problem: the beat's worthwhile segments, then its stops within reach.

    A stop is worth more than all streets together, so that none is passed by for a street.
    """
    from gis.routing.plan_kernels import Tasks

    beat = problem.beat
    segments = [beat.segments[number] for number in worthwhile(beat)]
    stops = [problem.stops[number] for number in open_stops(beat)]
    nodes = [beat.stop_nodes[number] for number in open_stops(beat) for _ in range(2)]
    dwell_ms = [int(np.ceil(stop.dwell_s * 1000)) for stop in stops for _ in range(2)]
    streets = [part.worth for part in segments]
    largest = sum(streets) + 1.0
    closes = [_NEVER_MS if stop.closes_s == np.inf else int(stop.closes_s * 1000) for stop in stops]
    bases = [crew.base for crew in problem.crews]
    return Tasks(
        between_ms=beat.between_ms,
        to_ms=np.ascontiguousarray(beat.between_ms.T),
        begin=np.array([node for part in segments for node in (part.tail, part.head)] + nodes, np.int32),
        end=np.array([node for part in segments for node in (part.head, part.tail)] + nodes, np.int32),
        cost_ms=np.array([ms for part in segments for ms in (part.forward_ms, part.back_ms)] + dwell_ms, np.int64),
        worth=np.array(streets + [largest * stop.priority for stop in stops]),
        near=_near(_middles(network, problem)),
        opens_ms=np.array([0] * len(segments) + [int(np.ceil(stop.opens_s * 1000)) for stop in stops], np.int64),
        closes_ms=np.array([_NEVER_MS] * len(segments) + closes, np.int64),
        only=np.array([-1] * len(segments) + [-1 if stop.team is None else stop.team for stop in stops], np.int32),
        start=np.array([beat.start_nodes[base] for base in bases], np.int32),
        home=np.array([beat.home_nodes[base] for base in bases], np.int32),
        out_ms=np.array([crew.out_ms for crew in problem.crews], np.int64),
        home_by_ms=np.array([crew.home_by_ms for crew in problem.crews], np.int64),
        kind=np.array(problem.kinds(), np.int32),
        evenness=0.0,
    )


def _middles(network: StreetNetwork, problem: Problem) -> NDArray[np.float64]:
    """Return a place in metres for each task."""
    segments = problem.beat.segments
    edges = [
        segments[number].stretches[len(segments[number].stretches) // 2].edge for number in worthwhile(problem.beat)
    ]
    middles = network.node_xy[network.edge_nodes[edges]].mean(axis=1)
    places = [(problem.stops[number].lon, problem.stops[number].lat) for number in open_stops(problem.beat)]
    return np.vstack([middles.reshape(-1, 2), network.frame.xy(places)])


def _near(places: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the numbers of the tasks nearest to each task, without itself."""
    from scipy.spatial import cKDTree

    count = min(_NEIGHBOURS + 1, len(places))
    found = cKDTree(places).query(places, k=np.arange(1, count + 1))[1]
    return np.ascontiguousarray(found[:, 1:], np.int32)


def empty_plan(tasks: "Tasks") -> "Plan":
    """Return a plan in which no team does anything."""
    from gis.routing.plan_kernels import Plan, retime

    count, teams = len(tasks.worth), len(tasks.start)
    gap_from, gap_to, gap_ms = (np.zeros((teams, count + 1), np.int32) for _ in range(3))
    gap_out_ms, room_ms = (np.zeros((teams, count + 1), np.int64) for _ in range(2))
    codes, counts, nobody = np.zeros((teams, count), np.int32), np.zeros(teams, np.int32), np.full(count, -1, np.int32)
    place_of = np.zeros(count, np.int32)
    used_ms, most_room_ms = np.zeros(teams, np.int64), np.zeros(teams, np.int64)
    plan = Plan(codes, counts, used_ms, nobody, place_of, gap_from, gap_to, gap_ms, gap_out_ms, room_ms, most_room_ms)
    for team in range(teams):
        retime(tasks, plan, team)
    return plan


def empty_pool(tasks: "Tasks") -> "Pool":
    """Return room for every task to be looked at."""
    from gis.routing.plan_kernels import Pool

    count = len(tasks.worth)
    task, team, gap, code = (np.zeros(count, np.int32) for _ in range(4))
    return Pool(task, np.zeros(count, np.int64), team, gap, code, np.ones(count), np.zeros(count, np.bool_))


def empty_memory(tasks: "Tasks") -> "Memory":
    """Return room for the current and the best plan."""
    from gis.routing.search_kernels import Memory

    count, teams = len(tasks.worth), len(tasks.start)
    codes = [np.zeros((teams, count), np.int32) for _ in range(2)]
    counts = [np.zeros(teams, np.int32) for _ in range(2)]
    return Memory(codes[0], counts[0], codes[1], counts[1], np.zeros(2), np.zeros(count, np.int32))
