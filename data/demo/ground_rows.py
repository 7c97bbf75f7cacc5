"""Divisions, cells, streets, buildings, places and land cover as rows."""

import numpy as np
import shapely

from data.demo.borders import COUNTY_CODE, Borders
from data.demo.county import County
from data.demo.frame import wkb
from data.demo.ledger import SOURCE, Ledger, Site
from data.demo.names import Namer, numeral, stem

COUNTY_NAME, COUNTY_NAME_EN = "示例县（虚构）", "Sample County (fictional)"
LABELS = {"hospital": "医院", "school": "学校", "market": "农贸市场"}
PLACE_KINDS = {"market": "marketplace", "village_office": "townhall"}
_LEVELS = (
    "实验小学",
    "第一中学",
    "中心小学",
    "第二中学",
    "第二小学",
    "第三中学",
    "第三小学",
    "职业中学",
    "第四小学",
    "第五小学",
)


def name_divisions(county: County, borders: Borders) -> None:
    """Give every division its name; the county says in its name that it is fictional."""
    namer = Namer(county.seed)
    for division in borders.divisions:
        if division.parent is None:
            division.name, division.name_en = COUNTY_NAME, COUNTY_NAME_EN
            continue
        number = int(division.code[-3:])
        if len(division.code) == 9:
            kind = "street" if number < 100 else "town" if number < 200 else "township"
            division.name, division.name_en = namer.division(kind)
        else:
            kind = "community" if number < 200 else "village"
            division.name, division.name_en = namer.division(kind, is_clan=kind == "village" and number % 5 != 0)


def write_divisions(ledger: Ledger) -> None:
    """The county, its townships and villages."""
    divisions = ledger.borders.divisions
    first = ledger.tables.next_id("divisions")
    ledger.division_ids = list(range(first, first + len(divisions)))
    areas = ledger.plane.on_earth([division.area for division in divisions])
    ledger.tables.write(
        "divisions",
        {
            "id": ledger.division_ids,
            "code": [division.code for division in divisions],
            "name": [division.name for division in divisions],
            "name_en": [division.name_en for division in divisions],
            "parent_id": [None if division.parent is None else first + division.parent for division in divisions],
            "source": [SOURCE] * len(divisions),
            "area": wkb(areas),
        },
    )
    ledger.tables.advance("divisions")


def write_cells(ledger: Ledger) -> None:
    """Cells with their names and households."""
    cells, borders = ledger.borders.cells, ledger.borders
    ledger.cell_areas = ledger.plane.on_earth([cell.area for cell in cells])
    first = ledger.tables.next_id("cells")
    ledger.cell_ids = np.arange(first, first + len(cells))
    households = _households(ledger)
    for cell, count in zip(cells, households.tolist(), strict=True):
        village = borders.divisions[cell.division].name
        ending = f"{LABELS[cell.label]}专属网格" if cell.kind == "dedicated" else f"第{int(cell.code[-3:])}网格"
        cell.name, cell.households = village + ending, count
    ledger.tables.write(
        "cells",
        {
            "id": ledger.cell_ids,
            "code": [cell.code for cell in cells],
            "kind": [cell.kind for cell in cells],
            "name": [cell.name for cell in cells],
            "village_id": [ledger.division_ids[cell.division] for cell in cells],
            "households": [cell.households for cell in cells],
            "source": [SOURCE] * len(cells),
            "area": wkb(ledger.cell_areas),
        },
    )
    ledger.tables.advance("cells")


def _households(ledger: Ledger) -> np.ndarray:
    """The households of the buildings whose middle lies in each cell."""
    middles = shapely.centroid(ledger.buildings.areas)
    areas = np.array([cell.area for cell in ledger.borders.cells], dtype=object)
    cell, building = shapely.STRtree(middles).query(areas, predicate="intersects")
    return np.bincount(cell, ledger.buildings.households[building], minlength=len(areas)).astype(np.int64)


def write_streets(ledger: Ledger) -> None:
    """Streets, bridges, lanes and tracks."""
    streets = ledger.streets
    ledger.tables.write(
        "streets",
        {
            "source": [SOURCE] * len(streets.refs),
            "source_ref": streets.refs,
            "name": streets.names,
            "kind": streets.kinds,
            "oneway": streets.oneway,
            "surface_level": streets.levels,
            "path": wkb(ledger.plane.on_earth(streets.paths)),
        },
    )


def write_buildings(ledger: Ledger) -> None:
    """Buildings with storeys, height and households."""
    buildings = ledger.buildings
    step = 50_000
    for start in range(0, len(buildings), step):
        part = slice(start, min(start + step, len(buildings)))
        areas = ledger.plane.on_earth(buildings.areas[part])
        count = len(areas)
        ledger.tables.write(
            "buildings",
            {
                "source": [SOURCE] * count,
                "source_ref": [str(number) for number in range(start + 1, start + count + 1)],
                "kind": buildings.kind[part],
                "height_m": buildings.height_m[part],
                "levels": buildings.levels[part],
                "height_source": buildings.height_source[part],
                "households": buildings.households[part],
                "area": wkb([shapely.MultiPolygon([area]) for area in areas]),
            },
        )


def name_sites(ledger: Ledger) -> None:
    """Names for the public blocks: 云溪实验小学, 赵楼村村委会 …"""
    counters: dict[tuple[int, str], int] = {}
    names: dict[str, int] = {}
    for number, leaf in enumerate(ledger.county.ground.leaves):
        if leaf.use in {"hamlet", "old", "mixed", "compound", "tower", "industrial"}:
            continue
        cluster = int(ledger.county.layout.cluster[leaf.territory])
        village = ledger.borders.divisions[ledger.borders.village_row[leaf.territory]]
        township = ledger.borders.divisions[
            ledger.borders.township_row[int(ledger.county.layout.township[leaf.territory])]
        ]
        place = counters.get((cluster, leaf.use), 0) if cluster >= 0 else 0
        counters[(cluster, leaf.use)] = place + 1
        name = _site_name(leaf.use, place, stem(township.name), stem(village.name), is_urban=cluster >= 0)
        again = names[name] = names.get(name, 0) + 1
        leaf.name = name if again == 1 else f"{name}（{numeral(again)}分部）"
        xy = shapely.get_coordinates(shapely.point_on_surface(leaf.area))[0]
        ledger.sites.append(Site(PLACE_KINDS.get(leaf.use, leaf.use), leaf.name, xy, number, leaf.territory))


def _site_name(use: str, place: int, township: str, village: str, *, is_urban: bool) -> str:
    if use == "school":
        return township + _LEVELS[place % len(_LEVELS)] if is_urban else f"{village}小学"
    local = {
        "kindergarten": "幼儿园",
        "community_centre": "社区服务中心",
        "village_office": "村村民委员会",
        "park": "公园",
        "square": "文化广场",
    }
    if use in local:
        return village + local[use]
    first = {
        "hospital": "人民医院",
        "market": "中心农贸市场",
        "bus_station": "客运站",
        "townhall": "便民服务中心",
        "police": "派出所",
    }
    later = {
        "hospital": "卫生院",
        "market": "农贸市场",
        "bus_station": "公交站",
        "townhall": "综治中心",
        "police": "警务站",
    }
    return (township if place == 0 else village) + (first if place == 0 else later)[use]


def write_places(ledger: Ledger) -> None:
    """Public places, and one label for each town and village."""
    sites = list(ledger.sites)
    for number, row in ledger.borders.village_row.items():
        division = ledger.borders.divisions[row]
        kind = "neighbourhood" if ledger.county.layout.cluster[number] >= 0 else "village"
        sites.append(Site(kind, stem(division.name), ledger.county.layout.seeds[number], -1, number))
    for row, middle in _town_middles(ledger):
        sites.append(Site("town", stem(ledger.borders.divisions[row].name), middle, -1, -1))
    ledger.tables.write(
        "places",
        {
            "source": [SOURCE] * len(sites),
            "source_ref": [str(number) for number in range(1, len(sites) + 1)],
            "kind": [site.kind for site in sites],
            "name": [site.name for site in sites],
            "place": wkb(ledger.lonlat_points(np.array([site.xy for site in sites]))),
        },
    )


def _town_middles(ledger: Ledger) -> list[tuple[int, np.ndarray]]:
    return [(row, ledger.county.layout.centres[number]) for number, row in ledger.borders.township_row.items()]


def write_land_covers(ledger: Ledger) -> None:
    """Fields, woods, waters, and the ground towns and villages are built on."""
    county = ledger.county
    shapes = list(county.ground.covers)
    shapes += [(area, "residential") for area in county.ground.built]
    shapes += [(leaf.area, "industrial") for leaf in county.ground.leaves if leaf.use == "industrial"]
    shapes += [(leaf.area, "grass") for leaf in county.ground.leaves if leaf.use in {"park", "square"}]
    river = shapely.intersection(shapely.union_all(county.water.areas), ledger.borders.divisions[0].area)
    shapes += [(part, "water") for part in shapely.get_parts(river)]
    areas = ledger.plane.on_earth([area for area, _ in shapes])
    ledger.tables.write(
        "land_covers",
        {
            "source": [SOURCE] * len(shapes),
            "source_ref": [f"{COUNTY_CODE}-{number}" for number in range(1, len(shapes) + 1)],
            "kind": [kind for _, kind in shapes],
            "area": wkb([area if area.geom_type == "MultiPolygon" else shapely.MultiPolygon([area]) for area in areas]),
        },
    )
