"""The roads between villages and towns: which neighbours are linked, and how the road runs through each territory."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from shapely import LineString, Polygon

from data.demo.chance import Floats, stream
from data.demo.layout import Integers, Layout
from data.demo.mosaic import Mosaic
from data.demo.water import Water

#: road classes by rank; 0 is no road
KINDS = ("", "unclassified", "tertiary", "secondary", "primary")
#: sharp bends are rounded at points about this far apart
STEP_M = 45.0


@dataclass(frozen=True)
class Arm:
    """A road from a territory's middle to the gate where it crosses the border."""

    gate: Floats
    inward: Floats
    rank: int
    link: int


@dataclass
class Roads:
    """The roads of one territory. They meet at the `hub`; `spine` leads from border to border, if two roads come in."""

    hub: Floats
    spine: LineString | None = None
    lines: list[tuple[LineString, int, int]] = field(default_factory=list)


def choose_links(mosaic: Mosaic, layout: Layout, seed: int) -> Integers:
    """The rank of the road across each border (0: none)."""
    rng = stream(seed, "links")
    inside = (mosaic.sides < layout.inside).all(axis=1)
    same_town = inside & (layout.cluster[mosaic.sides] >= 0).all(axis=1)
    same_town &= layout.cluster[mosaic.sides[:, 0]] == layout.cluster[mosaic.sides[:, 1]]
    apart_m = np.hypot(*(mosaic.seeds[mosaic.sides[:, 0]] - mosaic.seeds[mosaic.sides[:, 1]]).T)
    weight = apart_m * np.array([1.0, 1.12, 1.8])[mosaic.river] * np.where(inside, 1.0, 1e6)
    rank = _between_towns(mosaic, layout, weight)
    walkable = same_town & (mosaic.river == 0)  # the arterials on a town's own borders link these already
    tree_weight = np.where(walkable, 1.0, np.where(rank > 0, 2.0, weight))
    linked = _tree(mosaic, tree_weight)
    rank[linked & ~walkable & inside & (rank == 0)] = 2
    spare = inside & ~walkable & (rank == 0)
    chance = np.where(same_town, 0.55, np.where(mosaic.river > 0, 0.1, 0.42))
    rank[spare & (rng.random(len(rank)) < chance)] = 1
    rank[same_town & (rank == 1)] = 2
    return rank


def _graph(mosaic: Mosaic, weight: Floats) -> coo_matrix:
    size = len(mosaic.seeds)
    return coo_matrix((weight, (mosaic.sides[:, 0], mosaic.sides[:, 1])), shape=(size, size)).tocsr()


def _tree(mosaic: Mosaic, weight: Floats) -> NDArray[np.bool_]:
    """Which borders the cheapest set of links crosses that joins everybody."""
    tree = minimum_spanning_tree(_graph(mosaic, weight)).tocoo()
    chosen = {frozenset(pair) for pair in zip(tree.row.tolist(), tree.col.tolist(), strict=True)}
    return np.array([frozenset(pair) in chosen for pair in mosaic.sides.tolist()])


def _between_towns(mosaic: Mosaic, layout: Layout, weight: Floats) -> Integers:
    """Rank 4 for roads from the city to the towns, 3 for roads between towns; later roads follow earlier ones."""
    rank = np.zeros(len(weight), np.int64)
    urban = np.flatnonzero(layout.cluster >= 0)
    hubs = [
        urban[np.argmin(np.hypot(*(mosaic.seeds[urban] - xy).T) + 1e9 * (layout.cluster[urban] != cluster))]
        for cluster, xy in enumerate(layout.cluster_xy)
    ]
    pairs = _town_pairs(layout.cluster_xy)
    for first, second in pairs:
        cost = weight * np.where(rank > 0, 0.55, 1.0)
        before = dijkstra(_graph(mosaic, cost), directed=False, indices=hubs[first], return_predecessors=True)[1]
        here = hubs[second]
        while here != hubs[first]:
            step = {int(here), int(before[here])}
            border = next(
                number
                for number in np.flatnonzero((mosaic.sides == here).any(axis=1))
                if set(mosaic.sides[number].tolist()) == step
            )
            rank[border] = max(rank[border], 4 if first == 0 else 3)
            here = before[here]
    return rank


def _town_pairs(towns: Floats) -> list[tuple[int, int]]:
    """Towns with no third town between them (Gabriel neighbours), the nearest first."""
    away = np.hypot(*(towns[:, None] - towns[None]).transpose(2, 0, 1))
    pairs = []
    for first in range(len(towns)):
        for second in range(first + 1, len(towns)):
            middle = (towns[first] + towns[second]) / 2
            others = np.delete(np.hypot(*(towns - middle).T), [first, second])
            if not len(others) or others.min() > 0.98 * away[first, second] / 2:
                pairs.append((first, second))
    return sorted(pairs, key=lambda pair: (pair[0] != 0, away[pair]))


def find_gates(mosaic: Mosaic, rank: Integers) -> dict[int, Floats]:
    """For each linked border the point on it that the road crosses: a corner of its line, near the straight way."""
    gates = {}
    for border in np.flatnonzero(rank):
        line = mosaic.lines[border][1:-1]
        first, second = mosaic.seeds[mosaic.sides[border]]
        ways = np.hypot(*(line - first).T) + np.hypot(*(line - second).T)
        middle = np.abs(np.linspace(-1, 1, len(line)))
        gates[int(border)] = line[np.argmin(ways * (1 + 0.25 * middle**2))]
    return gates


def roads_of(
    territory: int, area: Polygon, mosaic: Mosaic, arms: list[Arm], towards: Floats | None, seed: int
) -> Roads:
    """The roads of a territory: a spine through its middle, and branches that leave the spine near the middle.

    `towards` is where the spine goes on to when only one road comes in (None: it ends in the middle).
    """
    rng = stream(seed, "roads", territory)
    middle = mosaic.seeds[territory]
    roads = Roads(middle)
    if not arms:
        return roads
    first, second = _spine_pair(arms, middle)
    if second is None and towards is not None:
        second = Arm(towards, (middle - towards) / np.hypot(*(middle - towards)), min(first.rank, 2), first.link)
    middle = roads.hub = _hub(first, middle, second)
    spine = _inside(_curve(first, middle, second, rng), area, first, middle, second)
    half = int(np.argmin(np.hypot(*(spine - middle).T)))
    roads.lines.append((LineString(spine[: half + 1]), first.rank, first.link))
    if second:
        roads.lines.append((LineString(spine[half:]), second.rank, second.link))
        roads.spine = LineString(spine)
    for arm in arms:
        if arm is not first and arm is not second:
            roads.lines.append((_branch(arm, spine, half, area, rng), arm.rank, arm.link))
    return roads


def _spine_pair(arms: list[Arm], middle: Floats) -> tuple[Arm, Arm | None]:
    """The two arms that make the best through road: high rank, and not turning back."""
    if len(arms) == 1:
        return arms[0], None
    best, pair = -1e9, (arms[0], arms[1])
    for place, first in enumerate(arms):
        for second in arms[place + 1 :]:
            out, back = first.gate - middle, second.gate - middle
            straight = -float(out @ back) / (np.hypot(*out) * np.hypot(*back))
            score = 1.2 * (first.rank + second.rank) + 2.0 * straight
            if score > best:
                best, pair = score, (first, second)
    return pair


def _hub(first: Arm, middle: Floats, second: Arm | None) -> Floats:
    """Where the roads meet: the middle, or nearer to the straight way where the through road would turn sharply."""
    if second is None:
        return middle
    out, back = first.gate - middle, second.gate - middle
    turn = float(out @ back) / (np.hypot(*out) * np.hypot(*back))
    pull = float(np.clip(0.25 + 0.45 * turn, 0.0, 0.6))
    return (1.0 - pull) * middle + pull * (first.gate + second.gate) / 2.0


def _curve(first: Arm, middle: Floats, second: Arm | None, rng: np.random.Generator) -> Floats:
    """A smooth way from the first gate through the middle to the second, square to the border at both."""
    knots = [first.gate, first.gate + first.inward * 75.0, middle]
    if second:
        knots += [second.gate + second.inward * 75.0, second.gate]
    for place in (2, 1) if second is None else (3, 2):
        start, end = knots[place - 1], knots[place]
        step = end - start
        bow = start + 0.5 * step + np.array([-step[1], step[0]]) * rng.normal(0, 0.07)
        if np.hypot(*step) > 250.0:
            knots.insert(place, bow)
    return _smooth(np.array(knots))


def _smooth(knots: Floats) -> Floats:
    """A Catmull-Rom curve through the knots, which stay points of it exactly."""
    padded = np.concatenate([[2 * knots[0] - knots[1]], knots, [2 * knots[-1] - knots[-2]]])
    pieces = []
    for place in range(len(knots) - 1):
        before, start, end, after = padded[place : place + 4]
        count = max(2, int(np.hypot(*(end - start)) / STEP_M) + 1)
        share = np.linspace(0, 1, count, endpoint=False)[:, None]
        pieces.append(
            0.5
            * (
                2 * start
                + (end - before) * share
                + (2 * before - 5 * start + 4 * end - after) * share**2
                + (3 * start - before - 3 * end + after) * share**3
            )
        )
    return np.concatenate([*pieces, knots[-1:]])


def _inside(way: Floats, area: Polygon, first: Arm, middle: Floats, second: Arm | None) -> Floats:
    """The way itself when it stays inside and does not cross itself, otherwise straight lines through the middle."""
    line = LineString(way)
    outside_m = line.difference(area.buffer(0.5)).length
    if outside_m < 1.0 and line.is_simple:
        return way
    knots = [first.gate, middle] + ([second.gate] if second else [])
    return np.array(knots)


def _branch(arm: Arm, spine: Floats, half: int, area: Polygon, rng: np.random.Generator) -> LineString:
    """A road from the gate to a point of the spine that is near the middle, on the gate's side of it."""
    along = np.abs(np.arange(len(spine)) - half) * STEP_M
    wanted_m = rng.uniform(40, 230)
    near = np.flatnonzero(
        (along <= max(wanted_m, STEP_M)) & (np.arange(len(spine)) > 0) & (np.arange(len(spine)) < len(spine) - 1)
    )
    near = near if len(near) else np.array([half])
    foot = spine[near[np.argmin(np.hypot(*(spine[near] - arm.gate).T))]]
    entry = arm.gate + arm.inward * 70.0
    step = foot - entry
    bow = entry + 0.5 * step + np.array([-step[1], step[0]]) * rng.normal(0, 0.08)
    way = LineString(_smooth(np.array([arm.gate, entry, bow, foot])))
    if way.difference(area.buffer(0.5)).length < 1.0 and way.is_simple:
        return way
    return LineString([arm.gate, foot])


def arms_of(
    area: Polygon, borders: list[int], gates: dict[int, Floats], rank: Integers, mosaic: Mosaic, water: Water
) -> list[Arm]:
    """The roads that come into a territory, one for each linked border."""
    arms = []
    for border in borders:
        if border not in gates:
            continue
        gate = gates[border]
        line = mosaic.lines[border]
        place = int(np.argmin(np.hypot(*(line - gate).T)))
        reach = max(2, len(line) // 4)  # the border's run, not its every bend
        tangent = line[min(place + reach, len(line) - 1)] - line[max(place - reach, 0)]
        normal = np.array([-tangent[1], tangent[0]]) / np.hypot(*tangent)
        probe = gate + normal * (20.0 + water.half_width_m(border))
        if not shapely.contains_xy(area, *probe):
            normal = -normal
        arms.append(Arm(gate, normal, int(rank[border]), border))
    return sorted(arms, key=lambda arm: -arm.rank)
