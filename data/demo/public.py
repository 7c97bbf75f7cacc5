"""Which blocks hold the county's public places: schools, hospitals, markets, stations, parks, offices."""

from collections import defaultdict

import numpy as np
import shapely

from data.demo.chance import stream
from data.demo.ground import CellDraft, Ground, Leaf, Line
from data.demo.layout import Layout

#: use, smallest and largest block (m²), how many for each ten communities, whether it is a cell of its own
TOWN_NEEDS = (
    ("hospital", 9_000, 40_000, 2.2, True),
    ("school", 9_000, 45_000, 5.0, True),
    ("market", 4_000, 26_000, 3.0, True),
    ("bus_station", 4_000, 26_000, 1.6, False),
    ("park", 5_000, 50_000, 4.0, False),
    ("townhall", 3_000, 20_000, 2.0, False),
    ("police", 2_000, 14_000, 2.0, False),
    ("kindergarten", 2_500, 14_000, 7.0, False),
    ("community_centre", 1_200, 12_000, 10.0, False),
)
#: what every village has: its office; some a primary school or a square
VILLAGE_NEEDS = (("village_office", 1.0), ("school", 0.3), ("kindergarten", 0.35), ("square", 0.55))


def choose_public_blocks(ground: Ground, layout: Layout, seed: int) -> None:
    """Give public uses to some blocks, and make some of them cells of their own (专属网格)."""
    by_territory = defaultdict(list)
    for leaf in ground.leaves:
        by_territory[leaf.territory].append(leaf)
    for cluster, middle in enumerate(layout.cluster_xy):
        members = np.flatnonzero(layout.cluster == cluster)
        leaves = [leaf for number in members for leaf in by_territory[number]]
        _town(ground, leaves, middle, len(members), stream(seed, "public", cluster))
    for number in np.flatnonzero((layout.cluster < 0) & (layout.township >= 0)):
        _village(by_territory[number], layout.seeds[number], stream(seed, "public", "village", number))


def _town(ground: Ground, leaves: list[Leaf], middle: np.ndarray, communities: int, rng: np.random.Generator) -> None:
    free = [leaf for leaf in leaves if leaf.use != "industrial"]
    for use, low, high, each_ten, is_cell in TOWN_NEEDS:
        wanted = max(1, round(communities * each_ten / 10.0))
        for _ in range(wanted):
            fits = [leaf for leaf in free if low <= leaf.area.area <= high and _is_compact(leaf)]
            if not fits:
                break
            spread = np.array([_score(leaf, leaves, use, middle) for leaf in fits]) * rng.uniform(0.6, 1.0, len(fits))
            chosen = fits[int(np.argmax(spread))]
            chosen.use = use
            free.remove(chosen)
            if is_cell:
                ground.cells.append(CellDraft(chosen.area, chosen.territory, "dedicated", use))
                ground.lines.append(Line(chosen.area.exterior, None, True, territory=chosen.territory))


def _is_compact(leaf: Leaf) -> bool:
    return bool(leaf.area.area > 0.045 * leaf.area.length**2)


def _score(leaf: Leaf, leaves: list[Leaf], use: str, middle: np.ndarray) -> float:
    """Far from others of the same use, and not too far out."""
    here = shapely.get_coordinates(leaf.area.centroid)[0]
    others = [shapely.get_coordinates(other.area.centroid)[0] for other in leaves if other.use == use]
    away_m = min((float(np.hypot(*(here - other))) for other in others), default=2_000.0)
    return min(away_m, 2_000.0) / (900.0 + float(np.hypot(*(here - middle))))


def _village(leaves: list[Leaf], middle: np.ndarray, rng: np.random.Generator) -> None:
    if not leaves:
        return
    order = sorted(leaves, key=lambda leaf: leaf.area.centroid.distance(shapely.Point(middle)))
    near = order[: max(6, len(order) // 5)]
    for use, chance in VILLAGE_NEEDS:
        free = [leaf for leaf in near if leaf.use == "hamlet" and leaf.area.area > 1_500]
        if free and rng.random() < chance:
            free[0 if use == "village_office" else int(rng.integers(len(free)))].use = use
