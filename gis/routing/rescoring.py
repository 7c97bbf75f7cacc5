"""What walks really cover, worked out from their stretches alone: whatever a team passes counts, every metre once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.routing.paths import Stretch
from gis.routing.plans import StreetLeft
from gis.streets import StreetNetwork

_MOST_STREETS_LEFT = 200

Floats = NDArray[np.float64]


class Ledger:
    """Which parts of which edges have been walked, and what that was worth.

    >>> import shapely
    >>> from gis.streets import build_network
    >>> line = shapely.LineString([(9.50, 47.1), (9.51, 47.1)])
    >>> network = build_network([line], [1], ["residential"], [0])
    >>> ledger = Ledger(network, np.array([100.0]))
    >>> ledger.walk([Stretch(0, 0.0, 0.5)])[0], ledger.walk([Stretch(0, 0.75, 0.25)])[0]
    (50.0, 25.0)
    """

    def __init__(self, network: StreetNetwork, worth: Floats) -> None:
        self._network = network
        self._worth = worth
        self._spans: dict[int, list[tuple[float, float]]] = {}
        self.share_left: Floats = np.ones(network.edge_count)

    def walk(self, stretches: list[Stretch]) -> tuple[float, float]:
        """Note a walk; return the worth, and the metres of streets with worth, that nobody had walked before."""
        worth, length_m = 0.0, 0.0
        for edge, start, stop in stretches:
            new = self._add(edge, min(start, stop), max(start, stop))
            if new > 0:
                self.share_left[edge] -= new
                worth += new * float(self._worth[edge])
                length_m += new * float(self._network.edge_m[edge]) if self._worth[edge] > 0 else 0.0
        return worth, length_m

    def _add(self, edge: int, low: float, high: float) -> float:
        """Add a span of an edge; return how much of it is new."""
        spans = self._spans.setdefault(edge, [])
        before = sum(end - begin for begin, end in spans)
        merged: list[tuple[float, float]] = []
        for begin, end in sorted([*spans, (low, high)]):
            if merged and begin <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((begin, end))
        self._spans[edge] = merged
        return sum(end - begin for begin, end in merged) - before

    def left(self) -> Floats:
        """Return the worth left on each edge."""
        return np.where(self.share_left > 1e-9, self._worth * self.share_left, 0.0)


def streets_left(network: StreetNetwork, ledger: Ledger, codes: NDArray[Any]) -> tuple[tuple[StreetLeft, ...], int]:
    """Return the streets with priority left, most first, and how many there are; `codes` says why, by edge."""
    left = ledger.left()
    edges = np.flatnonzero(left > 0)
    lines, first, group = np.unique(network.edge_line[edges], return_index=True, return_inverse=True)
    priority = np.bincount(group, weights=left[edges])
    length_m = np.bincount(group, weights=(network.edge_m * ledger.share_left)[edges])
    # A street of several parts says of itself what is best of any of them.
    best = np.full(len(lines), 9)
    np.minimum.at(best, group, codes[edges])
    found = []
    for row in np.argsort(-priority, kind="stable")[:_MOST_STREETS_LEFT].tolist():
        edge = edges[first[row]]
        street_id, name = network.street_ids[[edge]].tolist()[0], str(network.street_names[edge] or "")
        code = LEFT_CODES[int(best[row])]
        found.append(StreetLeft(street_id, name, float(priority[row]), float(length_m[row]), code))
    return tuple(found), len(lines)


LEFT_CODES = ("no_time", "out_of_reach", "not_connected", "forbidden")
"""Why a street is left, by the numbers `streets_left` is given."""
