"""Buildings: along the streets and turned to them, denser in towns, none on a street or on another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.chance import Floats, stream
from data.demo.county import County
from data.demo.ground import HALF_WIDTH_M
from data.demo.layout import Integers
from data.demo.network import RANK, Network
from data.demo.plots import Boxes, along_fronts, free_ground, in_rows, joined


@dataclass(frozen=True)
class Fabric:
    """How a use is built: fronts along the street, rows inside, storeys."""

    kind: str
    setback_m: float
    front: float
    width_m: float
    depth_m: float
    gap_m: float
    levels: tuple[int, int]
    #: slabs inside: width, depth, metres from row to row and from column to column, share built
    rows: tuple[float, float, float, float, float] | None = None
    row_levels: tuple[int, int] = (1, 1)
    row_kind: str = ""


FABRICS = {
    "hamlet": Fabric("house", 1.8, 0.9, 12.5, 9.5, 3.2, (1, 3)),
    "old": Fabric("house", 0.8, 0.95, 9.5, 9.0, 1.0, (1, 3)),
    "mixed": Fabric("retail", 1.2, 0.95, 14.0, 12.0, 1.2, (2, 6), (26, 11, 21, 31, 0.8), (4, 6), "apartments"),
    "compound": Fabric("retail", 2.0, 0.4, 15.0, 8.0, 0.8, (1, 2), (46, 12.5, 29, 54, 0.95), (4, 6), "apartments"),
    "tower": Fabric("retail", 2.5, 0.3, 18.0, 9.0, 1.2, (1, 3), (31, 16.5, 48, 47, 0.9), (11, 26), "apartments"),
    "industrial": Fabric(
        "industrial", 7.0, 0.75, 42.0, 23.0, 10.0, (1, 2), (58, 27, 40, 70, 0.75), (1, 2), "industrial"
    ),
    "school": Fabric("school", 6.0, 0.18, 26.0, 9.0, 8.0, (1, 3), (52, 13.5, 38, 66, 0.5), (3, 5), "school"),
    "hospital": Fabric("hospital", 5.0, 0.3, 22.0, 12.0, 6.0, (2, 4), (58, 17, 40, 70, 0.75), (5, 12), "hospital"),
    "market": Fabric("retail", 2.0, 0.9, 11.0, 9.0, 0.6, (1, 2), (54, 16, 27, 60, 0.95), (1, 1), "retail"),
    "bus_station": Fabric("retail", 3.0, 0.25, 16.0, 9.0, 3.0, (1, 2), (50, 22, 80, 90, 1.0), (2, 3), "transportation"),
    "park": Fabric("public", 8.0, 0.03, 9.0, 7.0, 12.0, (1, 1)),
    "square": Fabric("public", 4.0, 0.12, 9.0, 6.0, 6.0, (1, 1)),
    "townhall": Fabric("public", 5.0, 0.25, 20.0, 11.0, 5.0, (2, 4), (55, 15, 42, 70, 0.85), (4, 8), "government"),
    "police": Fabric("public", 3.0, 0.3, 16.0, 10.0, 4.0, (2, 4), (34, 13, 34, 46, 0.8), (3, 5), "government"),
    "kindergarten": Fabric("school", 4.0, 0.15, 14.0, 9.0, 5.0, (1, 2), (34, 13, 40, 48, 0.7), (2, 3), "kindergarten"),
    "community_centre": Fabric("retail", 1.5, 0.8, 14.0, 10.0, 1.5, (2, 4), (30, 12, 30, 40, 0.7), (3, 5), "public"),
    "village_office": Fabric("public", 2.5, 0.5, 15.0, 9.0, 3.0, (1, 3), (28, 10, 30, 40, 0.6), (2, 3), "public"),
}


@dataclass
class Buildings:
    """All buildings as columns; `leaf` is the block each stands on."""

    areas: NDArray[np.object_]
    kind: NDArray[np.str_]
    levels: Floats
    height_m: Floats
    height_source: NDArray[np.str_]
    households: Integers
    leaf: Integers

    def __len__(self) -> int:
        return len(self.leaf)


def raise_buildings(county: County, progress: Callable[[float], None]) -> Buildings:
    """Fill the county's blocks with buildings."""
    leaves = county.ground.leaves
    block = 1_500
    parts = []
    for start in range(0, len(leaves), block):
        chosen = leaves[start : start + block]
        rng = stream(county.seed, "buildings", start)
        part = _fill(np.array([leaf.area for leaf in chosen]), [leaf.use for leaf in chosen], county.network, rng)
        part.leaf = part.leaf + start
        parts.append(part)
        progress(min(1.0, (start + block) / len(leaves)))
    names = ("areas", "kind", "levels", "height_m", "height_source", "households", "leaf")
    return Buildings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _fill(areas: NDArray[np.object_], uses: list[str], network: Network, rng: np.random.Generator) -> Buildings:
    fabrics = [FABRICS[use] for use in uses]
    free = free_ground(areas, np.array([fabric.setback_m for fabric in fabrics]), network)
    rows = [
        _rows(free, place, fabric, rng)
        for place, fabric in enumerate(fabrics)
        if fabric.rows and not free[place].is_empty
    ]
    inner = joined(rows) if rows else None
    front = _fronts(free, fabrics, rng)
    sheds = _sheds(front, np.array(uses), rng)
    boxes = joined([part for part in (inner, front, sheds) if part is not None])
    rank = np.repeat([0, 1, 2], [0 if inner is None else len(inner), len(front), len(sheds)])
    keep = _standing(boxes, free, network)
    boxes, rank = boxes.take(keep), rank[keep]
    return _described(boxes, rank, fabrics, uses, rng)


def _rows(free: NDArray[np.object_], leaf: int, fabric: Fabric, rng: np.random.Generator) -> Boxes:
    assert fabric.rows is not None  # noqa: S101 - the caller asked
    width_m, depth_m, rows_m, columns_m, share = fabric.rows
    # behind a closed street front the rows begin further in
    width_m *= rng.uniform(0.8, 1.2)
    boxes = in_rows(
        free, leaf, width_m, depth_m, rows_m * rng.uniform(0.92, 1.12), columns_m + width_m - fabric.rows[0], rng
    )
    inside = shapely.contains_xy(
        shapely.buffer(free[leaf], -1.0),
        *boxes.at(np.full((len(boxes), 1), 0.5), np.full((len(boxes), 1), 0.5))[:, 0].T,
    )
    return boxes.take(inside & (rng.random(len(boxes)) < share))


def _fronts(free: NDArray[np.object_], fabrics: list[Fabric], rng: np.random.Generator) -> Boxes:
    spread = rng.lognormal(0, 0.1, len(fabrics))
    columns = [
        np.array([getattr(fabric, name) for fabric in fabrics]) for name in ("width_m", "depth_m", "gap_m", "front")
    ]
    return along_fronts(free, columns[0] * spread, columns[1], columns[2], columns[3], rng)


def _sheds(front: Boxes, uses: NDArray[np.str_], rng: np.random.Generator) -> Boxes:
    """Outbuildings behind village houses and in old quarters."""
    use = uses[front.leaf]
    chosen = front.take(
        ((use == "hamlet") & (rng.random(len(front)) < 0.62)) | ((use == "old") & (rng.random(len(front)) < 0.3))
    )
    count = len(chosen)
    width_m = rng.uniform(3.5, 6.5, count)
    across = rng.uniform(0, 1, count) * np.maximum(chosen.width_m - width_m, 0)
    corner = (
        chosen.corner
        + chosen.along * across[:, None]
        + chosen.inward * (chosen.depth_m + rng.uniform(1.2, 3.5, count))[:, None]
    )
    return Boxes(corner, chosen.along, width_m, rng.uniform(3.0, 5.0, count), chosen.leaf)


def _standing(boxes: Boxes, free: NDArray[np.object_], network: Network) -> NDArray[np.int64]:
    """Those that lie on free ground, off every street, and off those before them."""
    shapes = boxes.shapes()
    loose = shapely.buffer(free, 0.9, join_style="mitre")
    shapely.prepare(loose)
    inside = np.flatnonzero(shapely.covers(loose[boxes.leaf], shapes))
    inside = inside[~_on_street(shapes[inside], network)]
    shapes = shapes[inside]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later = first < second
    first, second = first[later], second[later]
    order = np.argsort(first, kind="stable")
    stands = np.ones(len(shapes), bool)
    for one, other in zip(first[order].tolist(), second[order].tolist(), strict=True):
        if stands[one]:
            stands[other] = False
    found: NDArray[np.int64] = inside[stands]
    return found


def _on_street(shapes: NDArray[np.object_], network: Network) -> NDArray[np.bool_]:
    half_m = {rank: HALF_WIDTH_M[kind] for kind, rank in RANK.items()}
    hit = np.zeros(len(shapes), bool)
    for rank, metres in half_m.items():
        arcs = network.arcs[network.rank == rank]
        if len(arcs):
            hit[shapely.STRtree(arcs).query(shapes, predicate="dwithin", distance=metres + 0.4)[0]] = True
    return hit


def _described(
    boxes: Boxes, rank: Integers, fabrics: list[Fabric], uses: list[str], rng: np.random.Generator
) -> Buildings:
    count = len(boxes)
    low = np.array([[f.levels[0], f.row_levels[0], 1] for f in fabrics])
    high = np.array([[f.levels[1], f.row_levels[1], 1] for f in fabrics])
    column = np.array([1, 0, 2])[rank]
    low, high = low[boxes.leaf, column], high[boxes.leaf, column]
    block_share = rng.random(len(fabrics))[boxes.leaf]  # a compound's slabs are all about as high
    share = np.where(rank == 0, 0.8 * block_share + 0.2 * rng.random(count), rng.beta(1.4, 2.0, count))
    levels = np.floor(low + share * (high - low + 0.999))
    kinds = np.array([[f.kind, f.row_kind or f.kind, "shed"] for f in fabrics])[boxes.leaf, column]
    source = np.where(rng.random(count) < 0.24, "measured", "levels")
    measured_m = np.round(levels * rng.uniform(2.9, 3.3, count) + rng.uniform(0.4, 1.8, count), 1)
    height_m = np.where(source == "measured", measured_m, 3.0 * levels)
    height_m = np.where(kinds == "industrial", np.round(6.0 * levels + rng.uniform(0, 3, count), 1), height_m)
    source = np.where(kinds == "industrial", "measured", source)
    households = _households(kinds, levels, boxes, np.array(uses)[boxes.leaf], rng)
    return Buildings(_outlines(boxes, kinds, rng), kinds, levels, height_m, source, households, boxes.leaf)


def _households(
    kinds: NDArray[np.str_], levels: Floats, boxes: Boxes, use: NDArray[np.str_], rng: np.random.Generator
) -> Integers:
    slabs = np.maximum(1, np.round(boxes.width_m / 23.0)) * 2 * levels
    towers = levels * 3
    shops = np.where(levels > 1, np.round((levels - 1) * rng.uniform(0.6, 1.6, len(levels))), 0)
    lived = np.where(kinds == "apartments", np.where(use == "tower", towers, slabs), 0)
    lived = np.where(kinds == "retail", shops, lived)
    one = np.where(use == "old", 1 + (rng.random(len(levels)) < 0.4), rng.random(len(levels)) < 0.93)
    return np.where(kinds == "house", one, lived).astype(np.int64)


#: outlines inside the unit box: (share across, share inside); the last has a courtyard
_L = ((0, 0), (1, 0), (1, 1), (0.58, 1), (0.58, 0.56), (0, 0.56))
_U = ((0, 0), (1, 0), (1, 1), (0.72, 1), (0.72, 0.5), (0.28, 0.5), (0.28, 1), (0, 1))
_T = ((0, 0), (1, 0), (1, 0.62), (0.7, 0.62), (0.7, 1), (0.3, 1), (0.3, 0.62), (0, 0.62))


def _outlines(boxes: Boxes, kinds: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.object_]:
    """Boxes, and shapes cut out of boxes: wings, bays, courtyards; always inside the box."""
    found = boxes.shapes()
    chance = rng.random(len(boxes))
    large = (boxes.width_m > 8) & (boxes.depth_m > 7) & ~np.isin(kinds, ["shed", "apartments"])
    courtyard = large & (boxes.width_m > 11) & (boxes.depth_m > 10) & (chance > 0.86)
    for shape, chosen in (
        (_L, large & (chance < 0.2)),
        (_U, large & (chance > 0.2) & (chance < 0.27)),
        (_T, large & (chance > 0.27) & (chance < 0.33)),
    ):
        part = boxes.take(chosen)
        share = np.array([*shape, shape[0]], dtype=float)
        mirrored = np.where(rng.random((len(part), 1)) < 0.5, share[None, :, 0], 1 - share[None, :, 0])
        found[chosen] = shapely.polygons(part.at(mirrored, np.broadcast_to(share[:, 1], mirrored.shape)))
    yard = boxes.take(courtyard)
    ring = np.array([[0.3, 0.3], [0.7, 0.3], [0.7, 0.72], [0.3, 0.72], [0.3, 0.3]])
    holes = yard.at(np.broadcast_to(ring[:, 0], (len(yard), 5)), np.broadcast_to(ring[:, 1], (len(yard), 5)))
    walls = shapely.get_exterior_ring(found[courtyard])
    found[courtyard] = shapely.polygons(walls, holes=np.asarray(shapely.linearrings(holes))[:, None])
    return found
