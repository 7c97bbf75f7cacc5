"""Draw the cells of an area that has none: along its streets, each with about the same households."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import LineString, MultiLineString, MultiPolygon, Polygon

from gis.cells.blocks import Floats, Numbers, block_graph, block_of, join_small, joined_graph, neighbours_of, sums
from gis.cells.cuts import IDLE_HOUSEHOLDS, NARROW_M, BlockLimits, block_cuts, street_cuts
from gis.cells.fit import fitted
from gis.cells.order import reading_order
from gis.cells.outline import clean_polygon
from gis.cells.plane import Plane, plane_for
from gis.cells.regions import divide
from gis.cells.seams import Area, faces_within, polygons_of
from gis.crs import area_m2
from gis.errors import BadCoordinates, BadGeometry, BadParameter

TARGET_HOUSEHOLDS: Final = 400
"""The middle of the 300 to 500 households of a cell in GB/T 34300-2017."""
TARGET_AREA_M2: Final = 1_000_000.0
MOST_CELLS: Final = 2_000
"""More than a county has; drawing more at once would take minutes and gigabytes."""

_LARGEST_BLOCK: Final = 0.25  # of a cell's households: blocks must be small change
_BLOCKS_A_CELL: Final = 8  # at least, so that empty ground can be shared out
_SMALLEST_BLOCK_M2: Final = 3000.0  # traffic islands, verges, offcuts
_SMALLEST_STRIP_M2: Final = 400.0  # pieces of a strip stay free to go to either side, or its border would hook


@dataclass(frozen=True)
class DrawnCell:
    """One drawn cell: its number in the village, its area in lon/lat, and what lies in it."""

    sequence: int
    area: Area
    households: float
    buildings: int
    area_m2: float


@dataclass(frozen=True)
class DrawnCells:
    """The cells of one area, in the order of their numbers, and how they were drawn.

    `drawn_by` says what was shared out evenly: households, or ground where nobody lives.
    `buildings_outside` were not counted, for they lie outside the area.
    """

    cells: tuple[DrawnCell, ...]
    target: float
    drawn_by: Literal["households", "area"]
    buildings_outside: int

    def share_within(self, low: float = 0.75, high: float = 1.25) -> float:
        """Return the share of cells that hold between `low` and `high` times the target."""
        held = [cell.households if self.drawn_by == "households" else cell.area_m2 for cell in self.cells]
        return sum(low * self.target <= amount <= high * self.target for amount in held) / len(held)


def draw_cells(
    village: Area,
    streets: Sequence[LineString | MultiLineString],
    buildings_xy: ArrayLike,
    households: ArrayLike,
    target_households: float = TARGET_HOUSEHOLDS,
    *,
    target_area_m2: float = TARGET_AREA_M2,
    seed: int = 0,
) -> DrawnCells:
    """Return seamless cells that cover `village` exactly, cut along `streets`, about equally peopled.

    All in lon/lat; `buildings_xy` has shape (n, 2) with the `households` of each, shape (n,). Each cell is one
    polygon (or several only where the village itself lies in several parts); cells share the
    vertices of their common borders; none overlap. Where no street divides a block that is too
    large, it is cut straight through between its buildings. Without any households cells of about
    `target_area_m2` are drawn. The same input and seed give the same cells. Raises BadGeometry,
    BadCoordinates or BadParameter.

    >>> village = shapely.box(9.50, 47.10, 9.51, 47.11)
    >>> street = shapely.LineString([(9.505, 47.10), (9.505, 47.11)])
    >>> drawn = draw_cells(village, [street], [(9.502, 47.105), (9.508, 47.105)], [400, 400])
    >>> [(cell.sequence, cell.households) for cell in drawn.cells]
    [(1, 400.0), (2, 400.0)]
    """
    area = clean_polygon(village)
    _check_above_0(target_households=target_households, target_area_m2=target_area_m2)
    places, people = _checked_buildings(buildings_xy, households)
    shapely.prepare(area)
    inside = shapely.intersects_xy(area, places)
    places, people, outside = places[inside], people[inside], int((~inside).sum())
    by_households = bool(people.sum() > 0.0)
    target = target_households if by_households else target_area_m2
    count = cell_count(float(people.sum()) if by_households else float(area_m2(area)), target)
    if count > MOST_CELLS:
        sentence = "That would make {cells:,} cells; the most is {most:,}: ask for larger cells."
        raise BadParameter(sentence, cells=count, most=MOST_CELLS)
    if count > 1:
        blocks, region = _divided(area, _checked_streets(streets), places, people, count, target, seed)
    else:
        blocks, region = list(area.geoms), np.zeros(len(area.geoms), dtype=np.intp)
    cells = _numbered(blocks, region, block_of(blocks, places), people)
    return DrawnCells(cells, target, "households" if by_households else "area", outside)


def cell_count(load: float, target: float) -> int:
    """Return how many cells bring the load of each nearest to the target, by ratio.

    >>> cell_count(550, 400), cell_count(590, 400), cell_count(100, 400)
    (1, 2, 1)
    """
    fewer = max(1, math.floor(load / target))
    return fewer if load / fewer * (load / (fewer + 1)) <= target * target else fewer + 1


def _divided(
    area: MultiPolygon,
    streets: list[LineString],
    places: Floats,
    people: Floats,
    count: int,
    target: float,
    seed: int,
) -> tuple[list[Polygon], Numbers]:
    """Return the blocks of `area` in lon/lat and the region, from 0, each belongs to."""
    plane = plane_for(area)
    blocks, own_cuts = _cut(area, plane, streets, plane.xy(places), people, count)
    ground = plane.to_metres(np.asarray(blocks, dtype=object))
    usual_m2 = float(shapely.area(ground).sum()) / count
    held = sums(block_of(blocks, places), people, len(blocks))
    graph = block_graph(ground, held if held.any() else shapely.area(ground), own_cuts)
    least_m2 = min(_SMALLEST_BLOCK_M2, usual_m2 / 50.0)
    is_strip = 2.0 * graph.area_m2 / shapely.length(ground) < NARROW_M
    is_small = graph.area_m2 < np.where(is_strip, min(_SMALLEST_STRIP_M2, least_m2), least_m2)
    if held.any():
        is_small &= held <= IDLE_HOUSEHOLDS
    group = join_small(graph, is_small, least_m2)
    joined = joined_graph(graph, group)
    near = neighbours_of(joined, ground, group)
    region = np.asarray(divide(joined, near, min(count, len(joined)), target, seed), dtype=np.intp)
    return blocks, region[group]


def _cut(
    area: MultiPolygon, plane: Plane, streets: list[LineString], places: Floats, people: Floats, count: int
) -> tuple[list[Polygon], list[LineString]]:
    """Return the blocks in lon/lat, small enough to be shared out, and our own cuts in metres.

    Streets divide first; what they leave too large, `block_cuts` divides.
    """
    outline = plane.to_metres(area)
    lines = [*plane.to_lonlat(np.asarray(street_cuts(outline, plane.to_metres(streets), places), dtype=object))]
    blocks = faces_within(area, lines)
    ground = plane.to_metres(np.asarray(blocks, dtype=object))
    holder = block_of(ground, places)
    limits = BlockLimits(
        people.sum() / count * _LARGEST_BLOCK,
        outline.area / count / _BLOCKS_A_CELL,
        math.sqrt(outline.area / count) / 2.0,
    )
    own_cuts: list[LineString] = []
    for number, block in enumerate(ground):
        held = holder == number
        own_cuts += block_cuts(block, places[held], people[held], limits)
    if own_cuts:
        blocks = faces_within(area, [*lines, *plane.to_lonlat(np.asarray(own_cuts, dtype=object))])
    return fitted(blocks, area), own_cuts


def _numbered(blocks: list[Polygon], region: Numbers, holder: Numbers, people: Floats) -> tuple[DrawnCell, ...]:
    """Return the regions as cells in the order of their numbers."""
    count = int(region.max()) + 1
    ground = np.asarray(blocks, dtype=object)
    areas = [_as_one(ground[region == number]) for number in range(count)]
    home = region[holder]
    held, buildings = sums(home, people, count), sums(home, np.ones(len(home)), count)
    sizes = area_m2(np.asarray(areas, dtype=object))
    return tuple(
        DrawnCell(sequence, areas[i], float(held[i]), int(buildings[i]), float(sizes[i]))
        for sequence, i in enumerate(reading_order(areas), start=1)
    )


def _as_one(blocks: NDArray[np.object_]) -> Area:
    """Return the blocks as one area, with every vertex kept so that it fits its neighbours."""
    parts = polygons_of(shapely.coverage_union_all(blocks))
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _check_above_0(**quantities: float) -> None:
    for name, quantity in quantities.items():
        if not (math.isfinite(quantity) and quantity > 0.0):
            raise BadParameter("{name} is {quantity}; it must be a number above 0.", name=name, quantity=quantity)


def _checked_buildings(buildings_xy: ArrayLike, households: ArrayLike) -> tuple[Floats, Floats]:
    places = np.asarray(buildings_xy, dtype=np.float64).reshape(-1, 2)
    people = np.asarray(households, dtype=np.float64).reshape(-1)
    if len(places) != len(people):
        sentence = "There are {buildings} buildings but households for {households}; give each building its own."
        raise BadParameter(sentence, buildings=len(places), households=len(people))
    if not np.isfinite(places).all():
        row = int((~np.isfinite(places).all(axis=1)).argmax()) + 1
        raise BadCoordinates("Building {row} has a coordinate that is not a number.", row=row)
    wrong = ~(np.isfinite(people) & (people >= 0.0))
    if wrong.any():
        row = int(wrong.argmax())
        sentence = "Building {row} has {households} households; it must be a number of 0 or more."
        raise BadParameter(sentence, row=row + 1, households=float(people[row]))
    return places, people


def _checked_streets(streets: Sequence[LineString | MultiLineString]) -> list[LineString]:
    lines = [line for line in shapely.get_parts(list(streets)).tolist() if not line.is_empty]
    for row, line in enumerate(lines, start=1):
        if not isinstance(line, LineString):
            raise BadGeometry("Street {row} is a {kind}; bring a LineString.", row=row, kind=line.geom_type)
        if not np.isfinite(shapely.get_coordinates(line)).all():
            raise BadGeometry("Street {row} has a vertex that is not a number.", row=row)
    return lines
