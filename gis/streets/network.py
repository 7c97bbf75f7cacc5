"""The street network of one way of moving, as plain arrays."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import MetricFrame

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]


_LOOK_M = 12.0  # how far a street is looked along for its bearing: corners are drawn with small kinks


@dataclass(frozen=True)
class Arcs:
    """A compressed sparse row graph: the arcs out of node n stand at `indptr[n]:indptr[n + 1]`.

    Between two nodes only the quickest arc is kept. `edge` and `is_forward` say which edge an arc is and
    whether it goes from the edge's first node to its second.
    """

    indptr: Integers
    heads: Integers
    travel_s: Floats
    length_m: Floats
    edge: Integers
    is_forward: NDArray[np.bool_]


@dataclass(frozen=True)
class StreetNetwork:
    """Nodes where streets meet and the edges between them, for one way of moving.

    Nodes: `node_xy` (metres in `frame`) and `component`: which connected piece a node lies in, 0 being
    the largest. One-way streets count as connecting both ways there.

    Edges: `edge_nodes` (first, second node), `edge_m`, `edge_s` (seconds forward and back, inf where it
    may not be gone), `edge_line` (row of the street in the arrays given to `build_network`),
    `street_ids`, `street_names` and `street_classes` by edge. An edge's points stand at
    `edge_start[e]:edge_stop[e]` in `points_lonlat` and `points_xy`; `points_m` is the metres walked
    along the line so far.
    """

    mode: str
    frame: MetricFrame
    node_xy: Floats
    component: Integers
    edge_nodes: Integers
    edge_m: Floats
    edge_s: Floats
    edge_line: Integers
    street_ids: NDArray[Any]
    street_names: NDArray[Any]
    street_classes: NDArray[Any]
    edge_start: Integers
    edge_stop: Integers
    points_lonlat: Floats
    points_xy: Floats
    points_m: Floats
    arcs: Arcs

    @property
    def node_count(self) -> int:
        """How many nodes there are."""
        return len(self.node_xy)

    @property
    def edge_count(self) -> int:
        """How many edges there are."""
        return len(self.edge_m)

    @cached_property
    def edge_component(self) -> Integers:
        """The connected piece each edge lies in."""
        found: Integers = self.component[self.edge_nodes[:, 0]]
        return found

    @cached_property
    def top_speed_mps(self) -> float:
        """The quickest any edge can be gone along, in metres a second: what no estimate may fall short of."""
        with np.errstate(divide="ignore"):
            return float((self.edge_m / self.edge_s.min(axis=1)).max(initial=1e-9))

    @cached_property
    def edge_lines(self) -> NDArray[Any]:
        """Every edge as a LineString in metres."""
        return _lines(self.points_xy, self.edge_start, self.edge_stop)

    @cached_property
    def edge_lines_lonlat(self) -> NDArray[Any]:
        """Every edge as a LineString in lon/lat, for maps."""
        return _lines(self.points_lonlat, self.edge_start, self.edge_stop)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The spatial index of `edge_lines`."""
        return shapely.STRtree(self.edge_lines)

    @cached_property
    def reverse_arcs(self) -> Arcs:
        """The arcs turned round, for travel *to* a place. Equal to `arcs` where no street is one-way."""
        tails = np.repeat(np.arange(self.node_count, dtype=np.int32), np.diff(self.arcs.indptr))
        order = np.lexsort((tails, self.arcs.heads))
        counts = np.bincount(self.arcs.heads, minlength=self.node_count)
        return Arcs(
            indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            heads=tails[order],
            travel_s=self.arcs.travel_s[order],
            length_m=self.arcs.length_m[order],
            edge=self.arcs.edge[order],
            is_forward=self.arcs.is_forward[order],
        )

    @cached_property
    def edge_bearings_deg(self) -> Floats:
        """The bearings (clockwise from the frame's north) leaving each edge's first node and entering its last."""
        first_m, last_m = self.points_m[self.edge_start], self.points_m[self.edge_stop - 1]
        look_m = np.minimum(_LOOK_M, 0.999 * self.edge_m)
        leaving = self._at_m(first_m + look_m) - self.points_xy[self.edge_start]
        entering = self.points_xy[self.edge_stop - 1] - self._at_m(last_m - look_m)
        found: Floats = np.degrees(np.column_stack([np.arctan2(*leaving.T), np.arctan2(*entering.T)]))
        return found

    @cached_property
    def is_pavement(self) -> NDArray[np.bool_]:
        """Which edges are a pavement drawn beside its street: see `gis.streets.pavements`."""
        from gis.streets.pavements import pavements

        return pavements(self)

    def _at_m(self, along_m: Floats) -> Floats:
        return np.column_stack([np.interp(along_m, self.points_m, axis) for axis in self.points_xy.T])

    def point_at(self, edge: int, fraction: float) -> tuple[float, float]:
        """Return the lon/lat at a fraction of an edge's length."""
        if fraction in (0.0, 1.0):
            point = self.points_lonlat[self.edge_stop[edge] - 1 if fraction else self.edge_start[edge]]
        else:
            point = self.points_between(edge, fraction, fraction)[0]
        return float(point[0]), float(point[1])

    def points_between(self, edge: int, from_fraction: float, to_fraction: float) -> Floats:
        """Return the lon/lat points of an edge from one fraction of its length to another, either way round.

        The ends are exact; the points between are the street's own.
        """
        rows = slice(int(self.edge_start[edge]), int(self.edge_stop[edge]))
        if (from_fraction, to_fraction) in ((0.0, 1.0), (1.0, 0.0)):
            return self.points_lonlat[rows] if to_fraction else self.points_lonlat[rows][::-1]
        along = self.points_m[rows] - self.points_m[rows.start]
        points = self.points_lonlat[rows]
        low, high = sorted((from_fraction, to_fraction))
        ends_m = np.array([low, high]) * along[-1]
        inside = points[(along > ends_m[0] + 1e-6) & (along < ends_m[1] - 1e-6)]
        ends = np.column_stack([np.interp(ends_m, along, points[:, axis]) for axis in (0, 1)])
        part: Floats = np.vstack([ends[:1], inside, ends[1:]])
        return part if from_fraction <= to_fraction else part[::-1]


def _lines(points: Floats, start: Integers, stop: Integers) -> NDArray[Any]:
    """Return a LineString for each run of points; neighbouring runs may share their ends."""
    counts = (stop - start).astype(np.int64)
    owner = np.repeat(np.arange(len(start)), counts)
    first = np.cumsum(counts) - counts
    rows = np.arange(len(owner)) - np.repeat(first, counts) + np.repeat(start, counts)
    found: Any = shapely.linestrings(points[rows], indices=owner)
    return np.asarray(found)
