"""A town's community: cells cut along streets, blocks inside the cells, each with its use."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from shapely.ops import unary_union

from data.demo.chance import Floats, Waves, stream
from data.demo.cutting import Manner, cut_line, lines_of, polygons, split, subdivide
from data.demo.ground import CellDraft, Ground, Leaf, Line, Territory, draw_fields, within_roads
from data.demo.highways import KINDS
from data.demo.layout import Layout

STREET_MANNER = Manner(off_middle=0.1, bend=0.012, skew_deg=2.5, meet_m=34.0)
#: the size of a block by what stands on it
BLOCK_M2 = {"old": 6_200.0, "mixed": 9_500.0, "compound": 21_000.0, "tower": 23_000.0, "industrial": 36_000.0}


@dataclass(frozen=True)
class Town:
    """A town's built-up area and how its uses lie in it."""

    area: Polygon
    middle: Floats
    radius_m: float
    texture: Waves
    factories: Waves

    def use_at(self, xy: Floats, chance: float) -> str:
        """What stands at a place: shops in the middle, housing around, factories on one edge."""
        outward = float(np.hypot(*(xy - self.middle)) / self.radius_m)
        texture = float(self.texture(xy)[0])
        if outward > 0.55 and float(self.factories(xy)[0]) > 0.45:
            return "industrial"
        if outward < 0.3:
            return "mixed" if texture > -0.45 else "old"
        if texture > 0.5:
            return "tower" if outward < 0.8 else "compound"
        if texture > -0.25:
            return "compound" if chance > 0.2 else "mixed"
        return "old" if chance > 0.12 else "compound"


def built_up(layout: Layout, spacing_m: float, seed: int) -> list[Town]:
    """The built-up area of every town, grown together from a patch around each of its communities."""
    towns = []
    for cluster, middle in enumerate(layout.cluster_xy):
        rng = stream(seed, "built-up", cluster)
        seeds = layout.seeds[layout.cluster == cluster]
        reach_m = spacing_m * rng.uniform(0.6, 0.78, len(seeds))
        patches = unary_union(list(shapely.buffer(shapely.points(seeds), reach_m, quad_segs=4)))
        area = patches.buffer(0.35 * spacing_m).buffer(-0.45 * spacing_m).buffer(0.1 * spacing_m)
        largest = max(polygons(area), key=lambda part: part.area)
        area = Polygon(shapely.get_exterior_ring(largest.simplify(6.0)))
        centre = seeds.mean(axis=0) if len(seeds) < 9 else middle
        radius_m = float(np.sqrt(area.area / np.pi))
        towns.append(Town(area, centre, radius_m, Waves(rng, 900.0), Waves(rng, 2.2 * radius_m)))
    return towns


def draw_community(territory: Territory, ground: Ground, town: Town, woods: Waves) -> None:
    """Add a community to the ground."""
    rng = territory.stream("community")
    roads = [line for line, _, _ in territory.roads.lines]
    for line, rank, link in territory.roads.lines:
        ground.lines.append(Line(line, KINDS[rank], True, link=link, territory=territory.number, label="arterial"))
    pieces = _cells(territory, ground, town, within_roads(territory.area, roads), rng)
    ground.cells.extend(CellDraft(piece, territory.number) for piece in pieces)
    land = shapely.difference(town.area, territory.wet)
    for piece in pieces:
        for part in polygons(shapely.intersection(piece, land), 300.0):
            _draw_blocks(territory, ground, town, part, rng)
    for edge in lines_of(
        shapely.intersection(town.area.exterior, shapely.difference(territory.area, territory.wet)), 20.0
    ):
        ground.lines.append(Line(edge, "residential", territory=territory.number, label="ring"))
    ground.built.extend(polygons(shapely.intersection(town.area, territory.area)))
    draw_fields(territory, ground, town.area, woods, tracks=0.4)


def _cells(
    territory: Territory, ground: Ground, town: Town, pieces: list[Polygon], rng: np.random.Generator
) -> list[Polygon]:
    """Cut until every cell has about the built-up ground one worker can answer for, then join what became too small."""
    wanted_m2 = territory.profile.urban_cell_m2
    cells, waiting = [], pieces
    while waiting:
        piece = waiting.pop()
        if _weight_m2(piece, town) < wanted_m2 * rng.uniform(1.15, 1.5):
            cells.append(piece)
            continue
        inside = shapely.intersection(piece, town.area)
        middle = shapely.get_coordinates(shapely.centroid(inside))[0]
        cut = cut_line(piece, rng, STREET_MANNER, territory.joints, middle)
        parts = split(piece, cut)
        if len(parts) < 2:
            cells.append(piece)
            continue
        waiting.extend(parts)
        for path in lines_of(shapely.intersection(cut, piece)):
            territory.joints.add(shapely.get_coordinates(path)[[0, -1]])
            _draw_cut(territory, ground, town, path, piece.area)
    return _joined(cells, town, 0.3 * wanted_m2)


def _draw_cut(territory: Territory, ground: Ground, town: Town, path: shapely.LineString, area_m2: float) -> None:
    """A cell's border: a street where the town is, a track outside, nothing in the water."""
    number = territory.number
    ground.lines.append(Line(path, None, True, territory=number))
    dry = shapely.difference(path, territory.wet)
    kind = "tertiary" if area_m2 > 380_000 else "residential"
    ground.lines.extend(
        Line(line, kind, territory=number, label="street")
        for line in lines_of(shapely.intersection(dry, town.area), 2.0)
    )
    ground.lines.extend(
        Line(line, "track", territory=number) for line in lines_of(shapely.difference(dry, town.area), 2.0)
    )


def _weight_m2(piece: Polygon, town: Town) -> float:
    inside = shapely.intersection(piece, town.area).area
    return float(inside + 0.06 * (piece.area - inside))


def _joined(cells: list[Polygon], town: Town, smallest_m2: float) -> list[Polygon]:
    """Too small cells given to the neighbour they share most border with."""
    while len(cells) > 1:
        weights = [_weight_m2(cell, town) for cell in cells]
        smallest = int(np.argmin(weights))
        if weights[smallest] >= smallest_m2:
            break
        piece = cells.pop(smallest)
        shared = [shapely.intersection(piece.boundary, cell.boundary).length for cell in cells]
        best = int(np.argmax(shared))
        if shared[best] <= 0:
            cells.append(piece)
            break
        cells[best] = polygons(unary_union([cells[best], piece]))[0]
    return cells


def _draw_blocks(territory: Territory, ground: Ground, town: Town, part: Polygon, rng: np.random.Generator) -> None:
    """Streets inside a cell, and blocks with their use; old quarters get small blocks and narrow lanes."""
    uses: dict[bytes, str] = {}

    def is_done(piece: Polygon) -> bool:
        use = town.use_at(shapely.get_coordinates(piece.centroid)[0], rng.random())
        uses[piece.wkb] = use
        return bool(piece.area < BLOCK_M2[use] * rng.uniform(0.95, 1.7))

    cutting = subdivide(part, is_done, rng, STREET_MANNER, territory.joints)
    for cut, area_m2 in cutting.cuts:
        kind = (
            "residential"
            if area_m2 > 24_000
            else "service"
            if area_m2 > 12_500
            else "footway"
            if rng.random() < 0.4
            else "service"
        )
        ground.lines.append(Line(cut, kind, territory=territory.number, label="street"))
    ground.leaves.extend(
        Leaf(piece, uses.get(piece.wkb, "mixed"), territory.number) for piece in cutting.pieces if piece.area > 250.0
    )
