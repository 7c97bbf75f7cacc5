"""Where buildings may stand: the free ground of each block, its street fronts, and rows inside it."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.demo.chance import Floats
from data.demo.cutting import long_side, polygons
from data.demo.ground import HALF_WIDTH_M
from data.demo.layout import Integers
from data.demo.network import RANK, Network


@dataclass
class Boxes:
    """Turned boxes: the front's left corner, the unit vector along it (the house lies to its left), both sizes."""

    corner: Floats
    along: Floats
    width_m: Floats
    depth_m: Floats
    leaf: Integers

    def __len__(self) -> int:
        return len(self.leaf)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Boxes":
        """The chosen boxes."""
        return Boxes(
            self.corner[chosen], self.along[chosen], self.width_m[chosen], self.depth_m[chosen], self.leaf[chosen]
        )

    @property
    def inward(self) -> Floats:
        """The unit vector from the front into the plot."""
        return np.stack([-self.along[:, 1], self.along[:, 0]], axis=1)

    def at(self, across: Floats, inside: Floats) -> Floats:
        """Points of each box: shares of its width and depth (n, k) as coordinates (n, k, 2)."""
        east = self.along[:, None, :] * (across * self.width_m[:, None])[:, :, None]
        return self.corner[:, None, :] + east + self.inward[:, None, :] * (inside * self.depth_m[:, None])[:, :, None]

    def shapes(self) -> NDArray[np.object_]:
        """The boxes as polygons."""
        unit = np.array([[0.0, 1.0, 1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0, 1.0, 0.0]])
        rings = self.at(*(np.broadcast_to(share, (len(self), 5)) for share in unit))
        return np.asarray(shapely.polygons(rings))


def joined(parts: list[Boxes]) -> Boxes:
    """Several lots of boxes as one, in this order."""
    return Boxes(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("corner", "along", "width_m", "depth_m", "leaf")
        )
    )


def free_ground(leaves: NDArray[np.object_], setback_m: Floats, network: Network) -> NDArray[np.object_]:
    """What of each block lies behind the streets' edges and the setback; empty where nothing is left."""
    inner = shapely.buffer(leaves, -(HALF_WIDTH_M["residential"] + setback_m), join_style="mitre", mitre_limit=2.0)
    broad = np.flatnonzero(network.rank >= RANK["tertiary"])
    kinds = {rank: HALF_WIDTH_M[kind] for kind, rank in RANK.items()}
    half_m = np.array([kinds[rank] for rank in network.rank[broad]])
    tree = shapely.STRtree(network.arcs[broad])
    leaf, arc = tree.query(inner, predicate="dwithin", distance=HALF_WIDTH_M["primary"])
    order = np.argsort(leaf, kind="stable")
    leaf, arc = leaf[order], arc[order]
    strips = shapely.buffer(network.arcs[broad][arc], half_m[arc] + setback_m[leaf], quad_segs=2, cap_style="flat")
    starts = np.flatnonzero(np.concatenate([[True], leaf[1:] != leaf[:-1]])) if len(leaf) else np.empty(0, int)
    for place, group in zip(leaf[starts], np.split(strips, starts[1:]), strict=False):
        inner[place] = shapely.difference(inner[place], shapely.union_all(group))
    return np.array([_largest(shape) for shape in inner], dtype=object)


def _largest(shape: BaseGeometry) -> BaseGeometry:
    parts = polygons(shape, 60.0)
    if not parts:
        return shapely.Polygon()
    return max(parts, key=lambda part: part.area)


def fronts(free: NDArray[np.object_], simplify_m: float = 1.3) -> tuple[Floats, Floats, Integers]:
    """The straight street fronts of each block, counter-clockwise: start, vector, block."""
    rings = shapely.get_exterior_ring(shapely.simplify(free, simplify_m))
    rings = np.where(shapely.is_ccw(rings), rings, shapely.reverse(rings))
    xy, leaf = shapely.get_coordinates(rings, return_index=True)
    same = leaf[1:] == leaf[:-1]
    return xy[:-1][same], (xy[1:] - xy[:-1])[same], leaf[:-1][same]


def along_fronts(
    free: NDArray[np.object_], width_m: Floats, depth_m: Floats, gap_m: Floats, chance: Floats, rng: np.random.Generator
) -> Boxes:
    """Houses side by side along every front; widths vary from house to house, set back a little by chance."""
    start, vector, leaf = fronts(free)
    length_m = np.hypot(*vector.T)
    pitch_m = (width_m + gap_m)[leaf]
    count = np.floor((length_m - 1.0) / pitch_m + 0.25).astype(np.int64)
    count[length_m < 0.75 * pitch_m] = 0
    front = np.repeat(np.arange(len(leaf)), count)
    place = np.arange(len(front)) - np.repeat(np.cumsum(count) - count, count)
    pitch_real = np.minimum(length_m / np.maximum(count, 1), 1.35 * pitch_m)
    unit = vector / np.maximum(length_m, 1e-9)[:, None]
    margin_m = 0.5 * (length_m - pitch_real * count)
    where = leaf[front]
    wide = (pitch_real[front] - gap_m[where]) * rng.uniform(0.8, 1.0, len(front))
    left = (
        margin_m[front]
        + place * pitch_real[front]
        + rng.uniform(0, 1, len(front)) * (pitch_real[front] - gap_m[where] - wide)
    )
    back = np.stack([-unit[:, 1], unit[:, 0]], axis=1)[front] * (rng.gamma(1.2, 0.45, len(front)) + 0.05)[:, None]
    corner = start[front] + unit[front] * (left + 0.5 * gap_m[where])[:, None] + back
    deep = depth_m[where] * rng.uniform(0.82, 1.15, len(front))
    boxes = Boxes(corner, unit[front], wide, deep, where)
    return boxes.take((rng.random(len(front)) < chance[where]) & (wide > 3.5))


def in_rows(
    free: NDArray[np.object_],
    leaf: int,
    width_m: float,
    depth_m: float,
    rows_m: float,
    columns_m: float,
    rng: np.random.Generator,
) -> Boxes:
    """Slabs in parallel rows that face south as nearly as the block lets them."""
    _, along, _, _ = long_side(free[leaf])
    if abs(along[1]) > abs(along[0]):
        along = np.array([along[1], -along[0]])
    along = along if along[0] > 0 else -along
    inward = np.array([-along[1], along[0]])
    xy = shapely.get_coordinates(free[leaf])
    east, north = xy @ along, xy @ inward
    columns = np.arange(east.min() + rng.uniform(0, 4), east.max(), columns_m)
    rows = np.arange(north.min() + rng.uniform(0, 3), north.max(), rows_m)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    corner = grid[:, :1] * along + grid[:, 1:] * inward
    count = len(corner)
    return Boxes(
        corner, np.tile(along, (count, 1)), np.full(count, width_m), np.full(count, depth_m), np.full(count, leaf)
    )
