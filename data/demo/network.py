"""From drawn lines to a street network: one node wherever two meet, and nobody cut off."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from data.demo.chance import Floats
from data.demo.ground import Line
from data.demo.layout import Integers

#: lines are fitted to a raster of 1 cm, so that "the same point" is a question of integers
RASTER_M = 0.01
RANK = {
    kind: place
    for place, kind in enumerate(
        ("track", "footway", "service", "residential", "unclassified", "tertiary", "secondary", "primary"), start=1
    )
}


@dataclass
class Network:
    """Arcs between nodes. `line` is the drawn line each arc is part of, `rank` its street class (0: a border only)."""

    arcs: NDArray[np.object_]
    line: Integers
    rank: Integers
    is_border: NDArray[np.bool_]
    ends: Integers
    nodes: Floats

    @property
    def streets(self) -> Integers:
        """The arcs that are streets."""
        return np.flatnonzero(self.rank)


def weave(lines: list[Line], wet: NDArray[np.object_]) -> Network:
    """Node all lines where they touch or cross, keep the best street on each arc, and drop what leads nowhere.

    `wet` are waters that only bridges cross.
    """
    paths = np.array([line.path for line in lines], dtype=object)
    arcs = shapely.get_parts(shapely.union_all(paths, grid_size=RASTER_M))
    line, rank, is_border, is_kept = _described(arcs, paths, lines)
    rank[_in_water(arcs, wet) & ~np.array([one.label == "bridge" for one in lines])[line]] = 0
    ends, nodes = _ends(arcs)
    network = Network(arcs, line, rank, is_border, ends, nodes)
    _keep_needed(network, is_kept)
    _drop_stubs(network)
    _drop_scraps(network)
    return network


def _described(
    arcs: NDArray[np.object_], paths: NDArray[np.object_], lines: list[Line]
) -> tuple[Integers, Integers, NDArray[np.bool_], NDArray[np.bool_]]:
    """For each arc the drawn line with the highest street class there, and whether any line there is a border."""
    ranks = np.array([RANK.get(line.kind or "", 0) for line in lines])
    borders = np.array([line.is_border for line in lines])
    kept = np.array([line.is_kept for line in lines])
    middles = shapely.line_interpolate_point(arcs, 0.5, normalized=True)
    arc, line = shapely.STRtree(paths).query(middles, predicate="dwithin", distance=0.04)
    order = np.lexsort((line, kept[line], ranks[line], arc))
    arc, line = arc[order], line[order]
    best = np.full(len(arcs), -1)
    best[arc] = line  # the last one written is the best one
    is_border = np.zeros(len(arcs), bool)
    is_border[arc[borders[line]]] = True
    rank = np.where(best >= 0, ranks[best], 0)
    return best, rank, is_border, kept[best]


def _in_water(arcs: NDArray[np.object_], wet: NDArray[np.object_]) -> NDArray[np.bool_]:
    middles = shapely.line_interpolate_point(arcs, 0.5, normalized=True)
    found = np.zeros(len(arcs), bool)
    found[shapely.STRtree(wet).query(middles, predicate="intersects")[0]] = True
    return found


def _ends(arcs: NDArray[np.object_]) -> tuple[Integers, Floats]:
    tips = np.concatenate([shapely.get_coordinates(shapely.get_point(arcs, place)) for place in (0, -1)])
    keys = np.round(tips / RASTER_M).astype(np.int64)
    _, first, label = np.unique(keys[:, 0] * 2**32 + keys[:, 1], return_index=True, return_inverse=True)
    return label.reshape(2, -1).T.copy(), tips[first]


def pieces_of(network: Network, chosen: NDArray[np.bool_]) -> Integers:
    """The connected piece each node lies in when only the chosen arcs are there."""
    size = len(network.nodes)
    ends = network.ends[chosen]
    joined = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    label: Integers = connected_components(joined, directed=False)[1]
    return label


def _keep_needed(network: Network, is_kept: NDArray[np.bool_]) -> None:
    """Streets that may be left out come back, shortest first, where they join what would be apart."""
    sure = (network.rank > 0) & is_kept
    parent = pieces_of(network, sure)
    group = np.arange(parent.max() + 1)

    def find(node: int) -> int:
        while group[node] != node:
            group[node] = group[group[node]]
            node = int(group[node])
        return node

    spare = np.flatnonzero((network.rank > 0) & ~is_kept)
    for arc in spare[np.argsort(shapely.length(network.arcs[spare]))]:
        first, second = (find(int(parent[node])) for node in network.ends[arc])
        if first == second:
            network.rank[arc] = 0
        else:
            group[first] = second


def _drop_stubs(network: Network, shortest_m: float = 9.0) -> None:
    """Ends of a few metres beyond a crossing are drawing leftovers."""
    length_m = shapely.length(network.arcs)
    for _ in range(2):
        degree = np.bincount(network.ends[network.rank > 0].ravel(), minlength=len(network.nodes))
        loose = (network.rank > 0) & (length_m < shortest_m) & (degree[network.ends] == 1).any(axis=1)
        network.rank[loose] = 0


def _drop_scraps(network: Network, islands: int = 2) -> None:
    """What hangs together with nothing goes, but for a few small places without a road, as there are."""
    label = pieces_of(network, network.rank > 0)
    length_m = shapely.length(network.arcs) * (network.rank > 0)
    total_m = np.bincount(label[network.ends[:, 0]], length_m, minlength=label.max() + 1)
    order = np.argsort(-total_m)
    spared = [piece for piece in order[1:] if 120.0 < total_m[piece] < 1_500.0][:islands]
    wanted = np.isin(label[network.ends[:, 0]], [order[0], *spared])
    network.rank[~wanted] = 0
