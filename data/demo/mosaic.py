"""The mosaic of villages and communities: who borders on whom, and along which line.

Every border is one line shared by both sides, so that villages nest in townships, and townships in the
county, without a gap by construction.
"""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Voronoi

from data.demo.chance import Floats, stream
from data.demo.layout import Integers, Layout


@dataclass
class Mosaic:
    """Borders as rows: the two territories, the two corners, the line between; `river` is 0 none, 1 stream, 2 river.

    `rings` are the borders around each territory in order, with True where the border runs against the ring.
    """

    seeds: Floats
    corners: Floats
    sides: Integers
    ends: Integers
    river: Integers
    rings: list[list[tuple[int, bool]]]
    lines: list[Floats] = field(default_factory=list)

    def areas(self) -> NDArray[np.object_]:
        """The territories as polygons, put together from their border lines."""
        return np.array([shapely.Polygon(self._ring(ring)) for ring in self.rings], dtype=object)

    def _ring(self, ring: list[tuple[int, bool]]) -> Floats:
        pieces = [self.lines[border][::-1] if against else self.lines[border] for border, against in ring]
        return np.concatenate([piece[:-1] for piece in pieces])

    def length_m(self) -> Floats:
        """The straight length of each border."""
        straight: Floats = np.hypot(*(self.corners[self.ends[:, 0]] - self.corners[self.ends[:, 1]]).T)
        return straight


def lay_mosaic(layout: Layout, seed: int) -> Mosaic:
    """The territories around the layout's seeds, rivers chosen among the borders, borders drawn by nature."""
    voronoi = Voronoi(layout.seeds)
    mosaic = _merged(voronoi, layout)
    _choose_rivers(mosaic, layout, seed)
    _draw_borders(mosaic, layout, seed)
    return mosaic


def _merged(voronoi: Voronoi, layout: Layout) -> Mosaic:
    """The Voronoi diagram, its short borders shrunk to one corner: four arterials meet in a crossing, as in towns."""
    ridges = np.array(voronoi.ridge_vertices)
    finite = (ridges >= 0).all(axis=1) & (voronoi.ridge_points < layout.inside).any(axis=1)
    ridges, sides = ridges[finite], voronoi.ridge_points[finite]
    length_m = np.hypot(*(voronoi.vertices[ridges[:, 0]] - voronoi.vertices[ridges[:, 1]]).T)
    apart_m = np.hypot(*(layout.seeds[sides[:, 0]] - layout.seeds[sides[:, 1]]).T)
    short = ridges[length_m < 0.22 * apart_m]
    count = len(voronoi.vertices)
    joined = coo_matrix((np.ones(len(short)), (short[:, 0], short[:, 1])), shape=(count, count))
    label = connected_components(joined, directed=False)[1]
    weights = np.bincount(label).astype(float)
    corners = np.stack([np.bincount(label, voronoi.vertices[:, axis]) / weights for axis in (0, 1)], axis=1)
    ends: Integers = label[ridges].astype(np.int64)
    keep = ends[:, 0] != ends[:, 1]
    sides, ends = sides[keep], ends[keep]
    rings = _rings(voronoi, label, ends, sides, layout.inside)
    return Mosaic(layout.seeds, corners, sides.astype(np.int64), ends, np.zeros(len(ends), np.int64), rings)


def _rings(
    voronoi: Voronoi, label: Integers, ends: Integers, sides: Integers, inside: int
) -> list[list[tuple[int, bool]]]:
    by_corners: dict[tuple[int, int], list[tuple[int, bool]]] = {}
    for border, (first, second) in enumerate(ends):
        by_corners.setdefault((first, second), []).append((border, False))
        by_corners.setdefault((second, first), []).append((border, True))
    rings = []
    for territory in range(inside):
        loop = label[voronoi.regions[voronoi.point_region[territory]]]
        loop = loop[loop != np.roll(loop, 1)]
        pairs = zip(loop, np.roll(loop, -1), strict=True)
        rings.append([next(found for found in by_corners[pair] if territory in sides[found[0]]) for pair in pairs])
    return rings


def _choose_rivers(mosaic: Mosaic, layout: Layout, seed: int) -> None:
    """One river through the county past the city, and streams that run into it; both along borders."""
    rng = stream(seed, "river")
    weight = mosaic.length_m() * rng.uniform(0.75, 1.5, len(mosaic.ends))
    urban = (layout.cluster[mosaic.sides] >= 0).sum(axis=1)
    weight *= np.array([1.0, 0.7, 3.0])[urban]  # past a town, seldom through it
    used = np.unique(mosaic.ends)
    xy = mosaic.corners
    turn = rng.uniform(-0.35, 0.35)
    along = xy @ [np.cos(turn), np.sin(turn)]
    north = used[np.argsort(along[used])]
    source = north[: max(3, len(north) // 40)][np.argmax(xy[north[: max(3, len(north) // 40)], 1])]
    mouth = north[-max(3, len(north) // 40) :][np.argmin(xy[north[-max(3, len(north) // 40) :], 1])]
    city = used[np.argmin(np.hypot(*(xy[used] - layout.cluster_xy[0] - [0.0, 900.0]).T))]
    river = _path(mosaic, weight, source, city) + _path(mosaic, weight, city, mouth)
    mosaic.river[river] = 2
    for _ in range(1 + mosaic.seeds.shape[0] // 60):
        wet = np.unique(mosaic.ends[mosaic.river > 0])
        dry = np.setdiff1d(used, wet)
        away = np.hypot(*(xy[dry][:, None] - xy[wet][None]).transpose(2, 0, 1)).min(axis=1)
        spring = dry[np.argmax(away * rng.uniform(0.75, 1.0, len(dry)))]
        reach = dijkstra(_graph(mosaic, weight), directed=False, indices=[spring])[0]
        stream_path = _path(mosaic, weight, spring, wet[np.argmin(reach[wet])])
        mosaic.river[stream_path] = np.maximum(mosaic.river[stream_path], 1)
    _smooth(mosaic)


def _graph(mosaic: Mosaic, weight: Floats) -> coo_matrix:
    size = len(mosaic.corners)
    return coo_matrix((weight, (mosaic.ends[:, 0], mosaic.ends[:, 1])), shape=(size, size)).tocsr()


def _path(mosaic: Mosaic, weight: Floats, start: int, goal: int) -> list[int]:
    """The borders on the lightest way between two corners."""
    before = dijkstra(_graph(mosaic, weight), directed=False, indices=start, return_predecessors=True)[1]
    lightest: dict[tuple[int, int], int] = {}
    for border in np.argsort(-weight):
        first, second = mosaic.ends[border]
        lightest[(first, second)] = lightest[(second, first)] = int(border)
    path = []
    while goal != start and before[goal] >= 0:
        path.append(lightest[(goal, before[goal])])
        goal = before[goal]
    return path


def _smooth(mosaic: Mosaic) -> None:
    """Corners on a river move towards the middle of their two river neighbours: rivers do not turn at 120°."""
    for _ in range(3):
        wet = mosaic.ends[mosaic.river > 0]
        degree = np.bincount(wet.ravel(), minlength=len(mosaic.corners))
        total = np.zeros_like(mosaic.corners)
        np.add.at(total, wet[:, 0], mosaic.corners[wet[:, 1]])
        np.add.at(total, wet[:, 1], mosaic.corners[wet[:, 0]])
        moved = degree == 2
        mosaic.corners[moved] = 0.62 * mosaic.corners[moved] + 0.38 * total[moved] / 2.0


def _draw_borders(mosaic: Mosaic, layout: Layout, seed: int) -> None:
    """Give every border its line; where that makes a territory cross itself, its borders are drawn again, calmer."""
    rng = stream(seed, "borders")
    urban = (layout.cluster[mosaic.sides] >= 0).all(axis=1)
    roughness = np.where(mosaic.river > 0, 0.15, np.where(urban, 0.03, 0.11))
    mosaic.lines = [np.empty((0, 2))] * len(mosaic.ends)
    to_draw = list(range(len(mosaic.ends)))
    while to_draw:
        for border in to_draw:
            first, second = mosaic.corners[mosaic.ends[border]]
            line = _broken(first, second, roughness[border], rng)
            mosaic.lines[border] = _rounded(line) if mosaic.river[border] else line
        wrong = np.flatnonzero(~shapely.is_valid(mosaic.areas()))
        to_draw = sorted({border for territory in wrong for border, _ in mosaic.rings[territory]})
        roughness[to_draw] *= 0.6


def _broken(start: Floats, end: Floats, roughness: float, rng: np.random.Generator) -> Floats:
    """A line between two points, its middle moved sideways again and again (midpoint displacement)."""
    line = np.stack([start, end])
    levels = int(np.clip(np.ceil(np.log2(np.hypot(*(end - start)) / 70.0)), 2, 5))
    for level in range(levels):
        step = np.diff(line, axis=0)
        side = np.stack([-step[:, 1], step[:, 0]], axis=1)
        amount = np.clip(rng.normal(0, roughness, len(step)), -2 * roughness, 2 * roughness) * 0.86**level
        middle = line[:-1] + 0.5 * step + side * amount[:, None]
        mixed = np.empty((2 * len(line) - 1, 2))
        mixed[0::2], mixed[1::2] = line, middle
        line = mixed
    return line


def _rounded(line: Floats) -> Floats:
    """The line with its corners cut (Chaikin), ends kept."""
    for _ in range(2):
        quarter, three = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.concatenate([line[:1], np.stack([quarter, three], axis=1).reshape(-1, 2)[1:-1], line[-1:]])
    return line
