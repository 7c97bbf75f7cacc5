"""From a beat to the tables the search works on, and an empty plan for its teams."""

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


def worthwhile(beat: Beat) -> list[int]:
    """Return the numbers of the segments that are worth walking for themselves: task k is the k-th of them."""
    return [number for number, segment in enumerate(beat.segments) if segment.worth > 0]


def open_stops(beat: Beat) -> list[int]:
    """Return the numbers of the stops within reach: their tasks follow those of the segments."""
    return [number for number, node in enumerate(beat.stop_nodes) if node >= 0]


def tasks_of(network: StreetNetwork, beat: Beat, stops: tuple[Stop, ...]) -> "Tasks":
    """Return the tasks of a beat: its worthwhile segments, then its stops within reach.

    A stop is worth more than all streets together, so that none is passed by for a street.
    """
    from gis.routing.plan_kernels import Tasks

    segments = [beat.segments[number] for number in worthwhile(beat)]
    nodes = [beat.stop_nodes[number] for number in open_stops(beat)]
    dwell_ms = [int(np.ceil(stops[number].dwell_s * 1000)) for number in open_stops(beat)]
    begin = [node for part in segments for node in (part.tail, part.head)]
    end = [node for part in segments for node in (part.head, part.tail)]
    cost_ms = [cost for part in segments for cost in (part.forward_ms, part.back_ms)]
    worth = [part.worth for part in segments]
    both_ways = [node for node in nodes for _ in range(2)]
    return Tasks(
        between_ms=beat.between_ms,
        to_ms=np.ascontiguousarray(beat.between_ms.T),
        begin=np.array(begin + both_ways, np.int32),
        end=np.array(end + both_ways, np.int32),
        cost_ms=np.array(cost_ms + [dwell for dwell in dwell_ms for _ in range(2)], np.int64),
        worth=np.array(worth + [sum(worth) + 1.0] * len(nodes)),
        near=_near(_middles(network, beat, stops)),
        limit_ms=beat.limit_ms,
        evenness=0.0,
    )


def _middles(network: StreetNetwork, beat: Beat, stops: tuple[Stop, ...]) -> NDArray[np.float64]:
    """Return a place in metres for each task."""
    edges = [
        beat.segments[number].stretches[len(beat.segments[number].stretches) // 2].edge for number in worthwhile(beat)
    ]
    middles = network.node_xy[network.edge_nodes[edges]].mean(axis=1)
    places = [(stops[number].lon, stops[number].lat) for number in open_stops(beat)]
    return np.vstack([middles.reshape(-1, 2), network.frame.xy(places)])


def _near(places: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the numbers of the tasks nearest to each task, without itself."""
    from scipy.spatial import cKDTree

    count = min(_NEIGHBOURS + 1, len(places))
    found = cKDTree(places).query(places, k=np.arange(1, count + 1))[1]
    return np.ascontiguousarray(found[:, 1:], np.int32)


def empty_plan(tasks: "Tasks", teams: int) -> "Plan":
    """Return a plan in which no team does anything."""
    from gis.routing.plan_kernels import Plan

    count = len(tasks.worth)
    gap_from, gap_to, gap_ms = (np.zeros((teams, count + 1), np.int32) for _ in range(3))
    return Plan(
        np.zeros((teams, count), np.int32),
        np.zeros(teams, np.int32),
        np.zeros(teams, np.int64),
        np.full(count, -1, np.int32),
        gap_from,
        gap_to,
        gap_ms,
    )


def empty_pool(tasks: "Tasks") -> "Pool":
    """Return room for every task to be looked at."""
    from gis.routing.plan_kernels import Pool

    count = len(tasks.worth)
    task, team, gap, code = (np.zeros(count, np.int32) for _ in range(4))
    return Pool(task, np.zeros(count, np.int64), team, gap, code, np.ones(count))


def empty_memory(tasks: "Tasks", teams: int) -> "Memory":
    """Return room for the current and the best plan."""
    from gis.routing.search_kernels import Memory

    count = len(tasks.worth)
    codes = [np.zeros((teams, count), np.int32) for _ in range(2)]
    counts = [np.zeros(teams, np.int32) for _ in range(2)]
    return Memory(codes[0], counts[0], codes[1], counts[1], np.zeros(2), np.zeros(count, np.int32))
