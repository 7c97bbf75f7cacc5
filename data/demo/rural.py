"""A village: its cells along the through road, hamlets of lanes and houses, fields around."""

import numpy as np
import shapely
from shapely import LineString, Polygon

from data.demo.chance import Floats, Waves
from data.demo.cutting import Joints, Manner, cut_line, lines_of, long_side, polygons, split, subdivide
from data.demo.ground import CellDraft, Ground, Leaf, Line, Territory, blob, draw_fields, within_roads
from data.demo.highways import KINDS

LOT_M2 = 455.0
LANE_MANNER = Manner(off_middle=0.13, bend=0.045, skew_deg=7.0, meet_m=17.0)
CELL_MANNER = Manner(off_middle=0.06, bend=0.03, skew_deg=6.0, meet_m=0.0)


def draw_village(territory: Territory, ground: Ground, woods: Waves) -> None:
    """Add a village to the ground."""
    rng = territory.stream("village")
    _draw_cells(territory, ground, rng)
    for line, rank, link in territory.roads.lines:
        ground.lines.append(Line(line, KINDS[rank], link=link, territory=territory.number))
    hamlets = _hamlets(territory, rng)
    for hamlet in hamlets:
        _draw_hamlet(territory, ground, hamlet, rng)
    built = shapely.union_all(hamlets)
    ground.built.extend(hamlets)
    draw_fields(territory, ground, built, woods)


def _draw_cells(territory: Territory, ground: Ground, rng: np.random.Generator) -> None:
    """Cells on both sides of the through road; more by farm tracks across the larger ones."""
    wanted = max(1, int(np.floor(territory.profile.rural_cells_a_village + rng.uniform(0, 1))))
    pieces = [territory.area]
    spine = territory.roads.spine
    if wanted > 1 and spine is not None:
        pieces = split(territory.area, spine)
        ground.lines.append(Line(spine, None, is_border=True, territory=territory.number))
        territory.cell_borders.append(spine)
    while len(pieces) < wanted:
        pieces.sort(key=lambda piece: piece.area)
        largest = pieces.pop()
        cut = cut_line(largest, rng, CELL_MANNER, Joints())
        parts = split(largest, cut)
        pieces.extend(parts)
        for path in lines_of(shapely.intersection(cut, largest)):
            ground.lines.append(Line(path, None, is_border=True, territory=territory.number))
            territory.cell_borders.append(path)
            for dry in lines_of(shapely.difference(path, territory.wet), 20.0):
                ground.lines.append(Line(dry, "track", territory=territory.number))
        if len(parts) < 2:
            break
    ground.cells.extend(CellDraft(piece, territory.number) for piece in pieces)


def _hamlets(territory: Territory, rng: np.random.Generator) -> list[Polygon]:
    """The main hamlet around the middle, others along the roads; none in the water, none touching another."""
    low, high = territory.profile.hamlets_a_village
    count = int(rng.integers(low, high + 1))
    houses = territory.profile.houses_a_village * rng.lognormal(0, 0.22)
    shares = np.sort(rng.dirichlet(np.full(count, 2.2)))[::-1]
    shares = 0.75 * shares + 0.25 * np.eye(count)[0]
    ground = shapely.difference(shapely.buffer(territory.area, -28.0), territory.wet)
    taken: list[Polygon] = []
    for place, share in enumerate(shares):
        radius_m = float(np.sqrt(houses * share * LOT_M2 / np.pi))
        for _ in range(12):
            middle, along = _site(territory, place == 0, rng)
            shape = shapely.intersection(blob(middle, radius_m, rng, along, rng.uniform(1.1, 1.9)), ground)
            if taken:
                shape = shapely.difference(shape, shapely.buffer(shapely.union_all(taken), 70.0))
            parts = polygons(shape, 9_000.0)
            if parts and max(part.area for part in parts) > 0.55 * np.pi * radius_m**2:
                taken.append(max(parts, key=lambda part: part.area))
                break
    return taken


def _site(territory: Territory, is_main: bool, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A place on a road and the road's direction there."""
    lines = [line for line, _, _ in territory.roads.lines]
    if is_main or not lines:
        coords = (
            shapely.get_coordinates(lines[0]) if lines else territory.roads.hub + np.array([[0.0, 0.0], [1.0, 0.2]])
        )
        along = coords[-1] - coords[-2]
        return territory.roads.hub, along
    line = lines[int(rng.integers(len(lines)))]
    share = rng.uniform(0.08, 0.92)
    here = shapely.get_coordinates(line.interpolate(share, normalized=True))[0]
    ahead = shapely.get_coordinates(line.interpolate(min(1.0, share + 0.04), normalized=True))[0]
    return here + rng.normal(0, 22.0, 2), ahead - here + 1e-6


def _draw_hamlet(territory: Territory, ground: Ground, hamlet: Polygon, rng: np.random.Generator) -> None:
    """Lanes and blocks of one hamlet; lanes meet the roads that run through it."""
    lines = [line for line, _, _ in territory.roads.lines] + territory.cell_borders
    wanted_m2 = rng.uniform(4_200, 6_600)
    for piece in within_roads(hamlet, lines):
        cutting = subdivide(piece, lambda part: _is_block(part, wanted_m2, rng), rng, LANE_MANNER, territory.joints)
        for cut, area_m2 in cutting.cuts:
            kind = (
                "residential" if area_m2 > 16_000 else "service" if area_m2 > 9_500 or rng.random() < 0.5 else "footway"
            )
            ground.lines.append(Line(cut, kind, territory=territory.number))
        ground.leaves.extend(Leaf(part, "hamlet", territory.number) for part in cutting.pieces)
    edge = shapely.segmentize(hamlet.exterior, 60.0)
    for start in range(0, len(edge.coords) - 1, 2):
        path = LineString(edge.coords[start : start + 3])
        ground.lines.append(Line(path, "service", is_kept=bool(rng.random() < 0.3), territory=territory.number))


def _is_block(part: Polygon, wanted_m2: float, rng: np.random.Generator) -> bool:
    if part.area < 0.75 * wanted_m2:
        return True
    if part.area > 2.1 * wanted_m2:
        return False
    _, _, _, width_m = long_side(part)
    return width_m < 46.0 and rng.random() < 0.75
