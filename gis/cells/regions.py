"""Blocks into regions that hang together, are compact, and hold about the same load.

Regions are grown from seeds spread over the load (k-means), then block after block at their borders is
moved where that lowers one sum: unequal loads, long borders, and ground far from its region's middle.
Worse moves are allowed at first and ever more rarely (simulated annealing, Kirkpatrick et al. 1983),
never one that tears a region apart. Everything random comes from the given seed.
"""

import math
import random
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from gis.cells.blocks import BlockGraph, Floats

BAND: Final = 0.25
"""A region may hold this share more or less than wanted: 300 to 500 households where 400 are."""
_BALANCE: Final = 3.0
_BALANCE_FAR: Final = 60.0  # a tenth off hardly matters, a quarter off does: shape comes first in between
_OUTSIDE: Final = 20.0  # for each whole target beyond the band; a household is worth a small detour then
_BORDER: Final = 0.4
_NEAR_HOUSEHOLDS: Final = 1.0
_NEAR_GROUND: Final = 1.0
_GROUND_LOAD: Final = 0.1  # of the load while growing, so that empty ground is shared out too

_ATTEMPTS: Final = 4
_TURNS_PER_BLOCK: Final = 600
_MOST_TURNS: Final = 250_000
_AIMS: Final = 12
_HOTTEST: Final = 0.1


def divide(graph: BlockGraph, neighbours: list[list[int]], count: int, wanted: float, seed: int) -> list[int]:
    """Return the region, 0 to `count` - 1, of each block; no region is empty and each hangs together.

    `neighbours` must link all blocks. Regions are to hold `wanted` each, or as near as `count` allows.
    The same input and seed give the same regions.
    """
    best: tuple[float, list[int]] | None = None
    for attempt in range(_ATTEMPTS):
        draw = random.Random(f"{seed}/{attempt}")  # noqa: S311 - nothing here is secret
        regions = _Regions(graph, neighbours, _grown(graph, neighbours, count, draw), count, wanted)
        regions.anneal(draw)
        cost = regions.total_cost()
        if best is None or cost < best[0]:
            best = (cost, regions.region)
    return best[1] if best else []


def _grown(graph: BlockGraph, neighbours: list[list[int]], count: int, draw: random.Random) -> list[int]:
    """Return regions grown from seeds: the lightest takes the free neighbour nearest its seed."""
    loads = graph.households + _GROUND_LOAD * graph.area_m2 * (graph.households.sum() / graph.area_m2.sum())
    seeds = _seeds(graph.middle, loads, count, draw)
    away = np.hypot(*(graph.middle[:, None, :] - graph.middle[seeds][None]).transpose(2, 0, 1)).tolist()
    region = [-1] * len(graph)
    weight = [0.0] * count
    border: list[set[int]] = [{seed} for seed in seeds]
    for seed, where in zip(seeds, range(count), strict=True):
        region[seed] = where
    fresh = list(zip(seeds, range(count), strict=True))
    while fresh:
        for block, where in fresh:
            region[block] = where
            weight[where] += float(loads[block])
            border[where].update(neighbours[block])
        for where in range(count):
            border[where] = {block for block in border[where] if region[block] < 0}
        open_to = [where for where in range(count) if border[where]]
        fresh = []
        if open_to:
            where = min(open_to, key=lambda each: (weight[each], each))
            fresh = [(min(border[where], key=lambda block: (away[block][where], block)), where)]
    return region


def _seeds(middle: Floats, loads: Floats, count: int, draw: random.Random) -> list[int]:
    """Return `count` different blocks spread over the load: halved and halved again, each half's middle block."""
    seeds: list[int] = []
    waiting = [(np.arange(len(middle)), count)]
    while waiting:
        blocks, wanted = waiting.pop()
        if wanted == 1:
            typical = [_halfway(middle[blocks, axis], loads[blocks]) for axis in (0, 1)]
            seeds.append(int(blocks[np.argmin(((middle[blocks] - typical) ** 2).sum(axis=1))]))
            continue
        away = middle[blocks] - np.average(middle[blocks], axis=0, weights=loads[blocks])
        spread = np.cov(away.T, aweights=loads[blocks])
        longest = np.linalg.eigh(spread)[1][:, -1]
        turn = draw.uniform(-0.5, 0.5)
        way = longest @ np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        order = blocks[np.argsort(away @ way, kind="stable")]
        half = wanted // 2
        share = np.cumsum(loads[order]) / loads[order].sum()
        cut = int(np.clip(np.searchsorted(share, half / wanted) + 1, half, len(blocks) - (wanted - half)))
        waiting += [(order[:cut], half), (order[cut:], wanted - half)]
    return seeds


def _halfway(position: Floats, loads: Floats) -> float:
    order = np.argsort(position, kind="stable")
    return float(position[order][int(np.searchsorted(np.cumsum(loads[order]), loads.sum() / 2.0))])


@dataclass
class _Regions:
    """Which region each block is in; loads and members are kept up to date move by move."""

    graph: BlockGraph
    neighbours: list[list[int]]
    region: list[int]
    count: int
    wanted: float
    even: float = field(init=False)
    load: list[float] = field(init=False)
    size: list[int] = field(init=False)
    away: list[list[float]] = field(init=False)
    per_metre: float = field(init=False)

    def __post_init__(self) -> None:
        self.even = float(self.graph.households.sum()) / self.count
        self.load = np.bincount(self.region, self.graph.households, self.count).tolist()
        self.size = np.bincount(self.region, minlength=self.count).tolist()
        self.households = self.graph.households.tolist()
        self.aim()

    def aim(self) -> None:
        """Measure again how far each block is from the middle of each region."""
        graph, region = self.graph, np.asarray(self.region)
        people = graph.households / graph.households.sum()
        ground = graph.area_m2 / graph.area_m2.sum()
        weight = people + 0.001 * ground
        total = np.bincount(region, weight, self.count)
        middle = [np.bincount(region, weight * graph.middle[:, axis], self.count) / total for axis in (0, 1)]
        away = np.hypot(*(graph.middle[:, axis, None] - middle[axis][None] for axis in (0, 1)))
        nearest = away.min(axis=1)
        people_away_m = max(float((people * nearest).sum()), 1e-9)
        ground_away_m = max(float((ground * nearest).sum()), 1e-9)
        pull = _NEAR_HOUSEHOLDS * people / people_away_m + _NEAR_GROUND * ground / ground_away_m
        self.away = (self.count * pull[:, None] * away).tolist()
        self.per_metre = _BORDER / (4.0 * people_away_m)

    def off(self, load: float) -> float:
        """Return what it costs that a region holds `load`."""
        squared = (load / self.even - 1.0) ** 2
        outside = max(0.0, abs(load / self.wanted - 1.0) - BAND)
        return _BALANCE * squared + _BALANCE_FAR * squared * squared + _OUTSIDE * outside

    def total_cost(self) -> float:
        self.aim()
        unequal = sum(self.off(load) for load in self.load)
        edges = enumerate(self.graph.edge_cost)
        border = sum(e for a, each in edges for b, e in each.items() if self.region[a] != self.region[b])
        return unequal + self.per_metre * border + sum(self.away[b][r] for b, r in enumerate(self.region))

    def anneal(self, draw: random.Random) -> None:
        """Move blocks until no single move helps."""
        blocks = len(self.graph)
        turns = min(_TURNS_PER_BLOCK * blocks, _MOST_TURNS)
        for round_ in range(_AIMS):
            self.aim()
            heat = _HOTTEST * (1.0 - round_ / _AIMS) ** 2
            for _ in range(turns // _AIMS):
                block = int(draw.random() * blocks)
                near = self.neighbours[block]
                to = self.region[near[int(draw.random() * len(near))]] if near else self.region[block]
                if to != self.region[block] and self.gain(block, to) < -heat * math.log(1.0 - draw.random()):
                    self.move(block, to)
        self.aim()
        while sum(self.settle(block) for block in range(blocks)):
            pass

    def settle(self, block: int) -> bool:
        """Make the best move of one block that helps; whether there was one."""
        options = {self.region[other] for other in self.neighbours[block]} - {self.region[block]}
        for gain, to in sorted((self.gain(block, to), to) for to in options):
            if gain < -1e-9 and self.move(block, to):
                return True
        return False

    def gain(self, block: int, to: int) -> float:
        """Return by how much the sum would change if the block moved; below 0 is better."""
        home, load, off = self.region[block], self.households[block], self.off
        mine, its = self.load[home], self.load[to]
        unequal = off(mine - load) + off(its + load) - off(mine) - off(its)
        border = 0.0
        for other, edge in self.graph.edge_cost[block].items():
            where = self.region[other]
            if where == home:
                border += edge
            elif where == to:
                border -= edge
        away = self.away[block]
        return float(unequal + self.per_metre * border + away[to] - away[home])

    def move(self, block: int, to: int) -> bool:
        """Move the block unless that would tear its region apart; whether it was moved."""
        home = self.region[block]
        if self.size[home] == 1 or not self.hangs_together_without(block):
            return False
        self.region[block] = to
        self.load[home] -= self.households[block]
        self.load[to] += self.households[block]
        self.size[home] -= 1
        self.size[to] += 1
        return True

    def hangs_together_without(self, block: int) -> bool:
        home = self.region[block]
        sought = {other for other in self.neighbours[block] if self.region[other] == home}
        if not sought:
            return False
        waiting = [sought.pop()]
        seen = {block, waiting[0]}
        while waiting and sought:
            for other in self.neighbours[waiting.pop()]:
                if other not in seen and self.region[other] == home:
                    seen.add(other)
                    sought.discard(other)
                    waiting.append(other)
        return not sought
