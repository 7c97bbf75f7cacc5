"""Cells, villages, townships, county: numbered, and each the exact union of what is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.demo.chance import Floats
from data.demo.county import County
from data.demo.ground import CellDraft
from data.demo.layout import Integers

COUNTY_CODE = "990101"
FIRST_DEDICATED = 801


@dataclass
class Division:
    """A county, township or village with its place in the order of codes."""

    code: str
    area: BaseGeometry
    parent: int | None
    name: str = ""
    name_en: str = ""


@dataclass
class Cell:
    """A cell with its code; `division` is its village's row."""

    code: str
    area: BaseGeometry
    division: int
    territory: int
    kind: str
    label: str
    name: str = ""
    households: int = 0


@dataclass
class Borders:
    """Divisions from the county down, and all cells; rows of villages and townships by their number in the drawing."""

    divisions: list[Division] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    village_row: dict[int, int] = field(default_factory=dict)
    township_row: dict[int, int] = field(default_factory=dict)

    def row_of(self, code: str) -> int:
        """The row of the division with this code."""
        return next(place for place, division in enumerate(self.divisions) if division.code == code)


def number_borders(county: County) -> Borders:
    """Faces between border arcs become cells; unions of cells become everything above."""
    drafts = county.ground.cells
    areas = _areas(county, drafts)
    alive = [place for place, area in enumerate(areas) if area is not None]
    villages = {
        number: shapely.coverage_union_all([areas[place] for place in alive if drafts[place].territory == number])
        for number in range(county.layout.inside)
    }
    township = county.layout.township[: county.layout.inside]
    townships = {
        number: shapely.coverage_union_all([villages[place] for place in np.flatnonzero(township == number).tolist()])
        for number in range(county.profile.township_count)
    }
    borders = Borders([Division(COUNTY_CODE, _multi(shapely.coverage_union_all(list(townships.values()))), None)])
    _add_townships(borders, county, townships)
    _add_villages(borders, county, villages)
    _add_cells(borders, drafts, areas)
    return borders


def _areas(county: County, drafts: list[CellDraft]) -> list[BaseGeometry | None]:
    """The faces between border arcs, each given to its draft: a dedicated cell before the general one around it."""
    network = county.network
    faces = shapely.get_parts(shapely.polygonize(network.arcs[network.is_border]))
    inside = shapely.point_on_surface(faces)
    face, draft = shapely.STRtree([one.area for one in drafts]).query(inside, predicate="intersects")
    dedicated = np.array([one.kind == "dedicated" for one in drafts])
    order = np.lexsort((dedicated[draft], face))
    owner = np.full(len(faces), -1)
    owner[face[order]] = draft[order]
    found: list[BaseGeometry | None] = []
    for place in range(len(drafts)):
        mine = faces[owner == place]
        found.append(_multi(shapely.coverage_union_all(mine)) if len(mine) else None)
    return found


def _multi(area: Any) -> BaseGeometry:
    return shapely.MultiPolygon(shapely.get_parts(area).tolist())


def reading_order(points: Floats) -> Integers:
    """Numbers places from west to east in rows from north to south, as DB11 asks for unit grids."""
    rows = max(1, round(np.sqrt(len(points))))
    by_north = np.argsort(-points[:, 1], kind="stable")
    row = np.empty(len(points), np.int64)
    row[by_north] = np.arange(len(points)) * rows // len(points)
    order: Integers = np.lexsort((points[:, 0], row))
    return order


def _add_townships(borders: Borders, county: County, areas: Mapping[int, BaseGeometry]) -> None:
    profile = county.profile
    kinds = [("streets", 1), ("towns", 100), ("townships", 200)]
    number = 0
    for kind, first in kinds:
        members = np.arange(number, number + len(getattr(profile, kind)))
        number += len(members)
        if not len(members):
            continue
        for place, member in enumerate(members[reading_order(county.layout.centres[members])]):
            borders.township_row[int(member)] = len(borders.divisions)
            borders.divisions.append(Division(f"{COUNTY_CODE}{first + place:03d}", _multi(areas[int(member)]), 0))


def _add_villages(borders: Borders, county: County, areas: Mapping[int, BaseGeometry]) -> None:
    layout = county.layout
    for township, row in sorted(borders.township_row.items(), key=lambda item: item[1]):
        mine = np.flatnonzero(layout.township == township)
        urban = layout.cluster[mine] >= 0
        for members, first in ((mine[urban], 1), (mine[~urban], 200)):
            if not len(members):
                continue
            for place, member in enumerate(members[reading_order(layout.seeds[members])]):
                borders.village_row[int(member)] = len(borders.divisions)
                code = f"{borders.divisions[row].code}{first + place:03d}"
                borders.divisions.append(Division(code, _multi(areas[int(member)]), row))


def _add_cells(borders: Borders, drafts: list[CellDraft], areas: list[BaseGeometry | None]) -> None:
    for number, row in sorted(borders.village_row.items(), key=lambda item: item[1]):
        for kind, first in (("general", 1), ("dedicated", FIRST_DEDICATED)):
            mine = [
                place
                for place, draft in enumerate(drafts)
                if draft.territory == number and draft.kind == kind and areas[place] is not None
            ]
            if not mine:
                continue
            middles = np.array([shapely.get_coordinates(shapely.centroid(areas[place]))[0] for place in mine])
            for place, index in enumerate(reading_order(middles)):
                draft = drafts[mine[index]]
                code = f"{borders.divisions[row].code}{first + place:03d}"
                borders.cells.append(Cell(code, areas[mine[index]], row, number, kind, draft.label))


def cells_of_points(cells: list[Cell], points: NDArray[np.object_], areas: NDArray[np.object_]) -> Integers:
    """For each point the row of its cell (-1: none); on a border the cell with the lower code, as the database says."""
    order = np.argsort([cell.code for cell in cells], kind="stable")
    point, found = shapely.STRtree(areas[order]).query(points, predicate="intersects")
    by_code = np.lexsort((-found, point))
    answer = np.full(len(points), -1)
    answer[point[by_code]] = order[found[by_code]]
    return answer
