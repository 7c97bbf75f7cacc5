"""Which blocks hold the county's public places: schools, hospitals, markets, stations, parks, offices."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.chance import Floats, stream
from data.demo.ground import CellDraft, Ground, Leaf, Line
from data.demo.layout import Layout

#: use, smallest and largest block (m²), how many for each ten communities, how often it is a cell of its own
TOWN_NEEDS = (
    ("hospital", 9_000, 40_000, 2.2, 1.0),
    ("school", 9_000, 45_000, 5.0, 0.4),
    ("market", 4_000, 26_000, 3.0, 0.3),
    ("bus_station", 4_000, 26_000, 1.6, 0.0),
    ("park", 5_000, 50_000, 4.0, 0.0),
    ("townhall", 3_000, 20_000, 2.0, 0.0),
    ("police", 2_000, 14_000, 2.0, 0.0),
    ("kindergarten", 2_500, 14_000, 7.0, 0.0),
)
#: what every village has: its office; some a primary school or a square
VILLAGE_NEEDS = (("village_office", 1.0), ("school", 0.3), ("kindergarten", 0.35), ("square", 0.55))


def choose_public_blocks(ground: Ground, layout: Layout, seed: int) -> None:
    """Give public uses to some blocks, and make some of them cells of their own (专属网格)."""
    by_territory = defaultdict(list)
    for leaf in ground.leaves:
        by_territory[leaf.territory].append(leaf)
    for cluster, middle in enumerate(layout.cluster_xy):
        members = np.flatnonzero(layout.cluster == cluster).tolist()
        leaves = [leaf for number in members for leaf in by_territory[number]]
        rng = stream(seed, "public", cluster)
        _town(ground, leaves, middle, len(members), rng)
        for number in members:
            _community_centre(by_territory[number], layout.seeds[number], rng)
    for number in np.flatnonzero((layout.cluster < 0) & (layout.township >= 0)).tolist():
        _village(by_territory[number], layout.seeds[number], stream(seed, "public", "village", number))


@dataclass(eq=False)
class _Block:
    """A block of a town that may be taken for something public."""

    leaf: Leaf
    xy: Floats
    area_m2: float
    is_compact: bool


def _town(ground: Ground, leaves: list[Leaf], middle: Floats, communities: int, rng: np.random.Generator) -> None:
    free = [_block(leaf) for leaf in leaves if leaf.use != "industrial"]
    for use, low, high, each_ten, cell_chance in TOWN_NEEDS:
        taken: list[Floats] = []
        for _ in range(max(1, round(communities * each_ten / 10.0))):
            fits = [block for block in free if low <= block.area_m2 <= high and block.is_compact]
            if not fits:
                break
            score = _scores(np.array([block.xy for block in fits]), taken, middle)
            chosen = fits[int(np.argmax(score * rng.uniform(0.6, 1.0, len(fits))))]
            chosen.leaf.use = use
            taken.append(chosen.xy)
            free.remove(chosen)
            if rng.random() < cell_chance:
                ground.cells.append(CellDraft(chosen.leaf.area, chosen.leaf.territory, "dedicated", use))
                ground.lines.append(Line(chosen.leaf.area.exterior, None, True, territory=chosen.leaf.territory))


def _community_centre(leaves: list[Leaf], middle: Floats, rng: np.random.Generator) -> None:
    """One block in every community, small and near its middle."""
    free = [block for block in map(_block, leaves) if block.leaf.use in {"old", "mixed", "compound", "tower"}]
    fits = [block for block in free if 1_200 <= block.area_m2 <= 12_000] or free
    if fits:
        away_m = np.array([np.hypot(*(block.xy - middle)) for block in fits])
        fits[int(np.argmin(away_m * rng.uniform(0.6, 1.0, len(fits))))].leaf.use = "community_centre"


def _block(leaf: Leaf) -> _Block:
    area_m2 = float(leaf.area.area)
    return _Block(leaf, shapely.get_coordinates(leaf.area.centroid)[0], area_m2, area_m2 > 0.045 * leaf.area.length**2)


def _scores(xy: Floats, taken: list[Floats], middle: Floats) -> Floats:
    """Far from others of the same use, and not too far out."""
    away_m = np.full(len(xy), 2_000.0)
    for other in taken:
        away_m = np.minimum(away_m, np.hypot(*(xy - other).T))
    scores: Floats = away_m / (900.0 + np.hypot(*(xy - middle).T))
    return scores


def _village(leaves: list[Leaf], middle: Floats, rng: np.random.Generator) -> None:
    if not leaves:
        return
    order = sorted(leaves, key=lambda leaf: leaf.area.centroid.distance(shapely.Point(middle)))
    near = order[: max(6, len(order) // 5)]
    for use, chance in VILLAGE_NEEDS:
        free = [leaf for leaf in near if leaf.use == "hamlet" and leaf.area.area > 1_500]
        if free and rng.random() < chance:
            free[0 if use == "village_office" else int(rng.integers(len(free)))].use = use
