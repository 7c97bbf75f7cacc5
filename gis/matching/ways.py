"""The ways between matched places, as stretches with times, and what they cover of each street."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.streets import StreetNetwork

if TYPE_CHECKING:
    from gis.matching.kernels import Ground, Work

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MatchedStretch:
    """A part of an edge, walked from fraction `start` to `stop` of its length between two times (s since 1970)."""

    edge: int
    start: float
    stop: float
    begun_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fix was matched to: an edge, metres from its first node, and when it was come to and left."""

    edge: int
    at_m: float
    came_s: float
    left_s: float


def way_walked(
    network: StreetNetwork, ground: "Ground", work: "Work", before: Place, after: Place, most_m: float
) -> list[MatchedStretch]:
    """Return the shortest way from one place to the next; time is shared out by length."""
    from gis.matching.kernels import way_between

    way_m, first, last, arcs = way_between(ground, work, before.edge, before.at_m, after.edge, after.at_m, most_m)
    if not way_m > 0:
        return []
    start = before.at_m / float(network.edge_m[before.edge])
    stop = after.at_m / float(network.edge_m[after.edge])
    if last < 0:
        parts = [(before.edge, start, stop)]
    else:
        edges, ahead = network.arcs.edge[arcs].tolist(), network.arcs.is_forward[arcs].tolist()
        between = [(edge, 0.0, 1.0) if up else (edge, 1.0, 0.0) for edge, up in zip(edges, ahead, strict=True)]
        parts = [(before.edge, start, float(first)), *between, (after.edge, float(last), stop)]
    return _timed(network, [part for part in parts if part[1] != part[2]], before.left_s, after.came_s, way_m)


def _timed(
    network: StreetNetwork, parts: list[tuple[int, float, float]], begun_s: float, ended_s: float, way_m: float
) -> list[MatchedStretch]:
    found, gone_m = [], 0.0
    for edge, start, stop in parts:
        until_m = gone_m + abs(stop - start) * float(network.edge_m[edge])
        times = [begun_s + (ended_s - begun_s) * min(1.0, metres / way_m) for metres in (gone_m, until_m)]
        found.append(MatchedStretch(edge, start, stop, times[0], times[1]))
        gone_m = until_m
    return found


def without_spurs(network: StreetNetwork, stretches: list[MatchedStretch], most_m: float) -> list[MatchedStretch]:
    """Return the stretches of one run joined, without goings-out-and-back of up to `most_m` metres each way.

    Those are noise around a crossing: nobody who walks on steps ten metres into each side street. Longer ones are kept
    whole, however many stretches they are told in.
    """
    kept: list[MatchedStretch] = []
    ahead = _joined(stretches)[::-1]
    while ahead:
        part = ahead.pop()
        if not kept or not _meet(kept[-1], part):
            kept.append(part)
            continue
        before = kept[-1]
        if _turns(before, part) and _retraced_m(network, kept, [part, *ahead[::-1]], most_m) > most_m:
            kept.append(part)
            continue
        kept.pop()
        if before.start != part.stop:
            # It may meet what came before it in the same way, so it is looked at again.
            ahead.append(MatchedStretch(part.edge, before.start, part.stop, before.begun_s, part.ended_s))
    return kept


def _joined(stretches: list[MatchedStretch]) -> list[MatchedStretch]:
    """Return stretches of one edge that go on in the same direction as one."""
    kept: list[MatchedStretch] = []
    for part in stretches:
        if kept and _meet(kept[-1], part) and not _turns(kept[-1], part):
            before = kept.pop()
            kept.append(MatchedStretch(part.edge, before.start, part.stop, before.begun_s, part.ended_s))
        else:
            kept.append(part)
    return kept


def _meet(before: MatchedStretch, after: MatchedStretch) -> bool:
    return before.edge == after.edge and before.stop == after.start


def _turns(before: MatchedStretch, after: MatchedStretch) -> bool:
    return (before.stop - before.start) * (after.stop - after.start) < 0


def _retraced_m(
    network: StreetNetwork, kept: list[MatchedStretch], ahead: list[MatchedStretch], most_m: float
) -> float:
    """Return how many metres the way ahead goes back over the way so far; it stops counting above `most_m`."""
    found_m = 0.0
    for before, after in zip(reversed(kept), ahead, strict=False):
        if not (_meet(before, after) and _turns(before, after)):
            break
        shares = abs(before.stop - before.start), abs(after.stop - after.start)
        found_m += min(shares) * float(network.edge_m[before.edge])
        if found_m > most_m or shares[0] != shares[1]:
            break
    return found_m


def covered_shares(stretches: list[MatchedStretch]) -> dict[int, float]:
    """Return the share of each edge's length that was walked at least once.

    >>> walked = [(0.0, 0.5), (0.6, 0.25), (0.9, 1.0)]
    >>> parts = [MatchedStretch(7, start, stop, 0.0, 1.0) for start, stop in walked]
    >>> {edge: round(share, 3) for edge, share in covered_shares(parts).items()}
    {7: 0.7}
    """
    spans: dict[int, list[tuple[float, float]]] = {}
    for part in stretches:
        spans.setdefault(part.edge, []).append((min(part.start, part.stop), max(part.start, part.stop)))
    shares = {}
    for edge, pairs in spans.items():
        share, reached = 0.0, 0.0
        for low, high in sorted(pairs):
            share += max(0.0, high - max(low, reached))
            reached = max(reached, high)
        shares[edge] = share
    return shares
