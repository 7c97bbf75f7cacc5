"""Walks on the drawn street network: loops for route plans, and where along them a walker is after some minutes."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from data.demo.chance import Floats
from data.demo.network import Network, pieces_of

WALK_M_S = 4.8 / 3.6


@dataclass
class Walks:
    """The largest connected piece of the street network as a graph in metres."""

    network: Network
    nodes: Floats
    graph: csr_matrix
    arc_of: dict[tuple[int, int], int]
    tree: cKDTree
    node_number: np.ndarray

    def nearest(self, xy: Floats) -> int:
        """The graph node nearest to a point."""
        return int(self.tree.query(xy)[1])

    def loop(self, start: Floats, length_m: float, rng: np.random.Generator) -> tuple[Floats, Floats] | None:
        """A walk of about `length_m` that comes back to its start: its line, and the places to stop at."""
        home = self.nearest(start)
        reach_m = length_m / 4.5
        near = np.array(self.tree.query_ball_point(self.nodes[home], reach_m))
        if len(near) < 5:
            return None
        angle = rng.uniform(0, 2 * np.pi) + np.arange(4) * np.pi / 2.2
        wanted = self.nodes[home] + 0.62 * reach_m * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        stops = [int(near[np.argmin(np.hypot(*(self.nodes[near] - place).T))]) for place in wanted]
        stops = list(dict.fromkeys([home, *stops]))
        lines = [self._way(first, second) for first, second in zip(stops, [*stops[1:], home], strict=True)]
        if any(line is None for line in lines):
            return None
        walk = np.concatenate([line for line in lines if line is not None])
        keep = np.concatenate([[True], np.hypot(*np.diff(walk, axis=0).T) > 0.01])
        return walk[keep], self.nodes[stops]

    def _way(self, start: int, goal: int) -> Floats | None:
        """The shortest way between two nodes, as points."""
        limit = 6.0 * float(np.hypot(*(self.nodes[start] - self.nodes[goal]))) + 600.0
        before = dijkstra(self.graph, indices=start, return_predecessors=True, limit=limit)[1]
        points = []
        here = goal
        while here != start:
            if before[here] < 0:
                return None
            arc = shapely.get_coordinates(
                self.network.arcs[self.arc_of[(min(here, before[here]), max(here, before[here]))]]
            )
            # walked backwards from the goal
            forward = np.hypot(*(arc[0] - self.nodes[here])) < np.hypot(*(arc[-1] - self.nodes[here]))
            points.append(arc if forward else arc[::-1])
            here = int(before[here])
        return np.concatenate(points[::1])[::-1] if points else self.nodes[[start]]


def open_walks(network: Network) -> Walks:
    """The graph of the streets that hang together."""
    label = pieces_of(network, network.rank > 0)
    arcs = network.streets
    pieces = label[network.ends[arcs, 0]]
    arcs = arcs[pieces == np.bincount(pieces).argmax()]
    used, ends = np.unique(network.ends[arcs], return_inverse=True)
    ends = np.sort(ends.reshape(-1, 2), axis=1)
    length_m = shapely.length(network.arcs[arcs])
    order = np.argsort(-length_m)  # of parallel arcs the shorter one is written last, and stays
    arc_of = {(int(a), int(b)): int(arc) for (a, b), arc in zip(ends[order], arcs[order], strict=True)}
    pairs = np.array(list(arc_of))
    metres = shapely.length(network.arcs[list(arc_of.values())])
    size = len(used)
    graph = coo_matrix((metres, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    nodes = network.nodes[used]
    return Walks(network, nodes, (graph + graph.T).tocsr(), arc_of, cKDTree(nodes), used)


def along(walk: Floats, metres: Floats) -> Floats:
    """The points after so many metres on a walk that is repeated from its start when it ends."""
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(walk, axis=0).T))])
    places = np.mod(metres, steps[-1])
    return np.stack([np.interp(places, steps, walk[:, axis]) for axis in (0, 1)], axis=1)
