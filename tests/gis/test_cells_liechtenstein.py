"""Cells drawn on real ground: the eleven municipalities of Liechtenstein, their streets and buildings."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon

from gis.cells import DrawnCells, code_in_order, draw_cells, overlaps
from gis.crs import area_m2, metric_crs_for
from tests.gis.cells_seamless import seam_m2

pytestmark = pytest.mark.extracts

ROADS = {"primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "pedestrian", "road"}
CUTTING = ROADS | {"track", "cycleway"}
UNINHABITED = {"garage", "garages", "shed", "stable", "barn", "roof", "hut", "farm_auxiliary"}
UNINHABITED |= {"industrial", "commercial", "school", "church", "office", "retail"}


@dataclass
class Country:
    areas: dict[str, MultiPolygon]
    streets: list[shapely.LineString]
    footprints: np.ndarray
    places: np.ndarray
    households: np.ndarray


def households_in(kind: str, ground_m2: float) -> int:
    """A rough guess, for the map says nothing: flats by their ground, a house for one."""
    if kind in UNINHABITED or not 50 <= ground_m2 <= 1500:
        return 0
    return round(ground_m2 * 3 / 130) if kind == "apartments" else max(1, round(ground_m2 / 200))


def read_country(path: Path) -> Country:
    import osmium

    areas: dict[str, MultiPolygon] = {}
    footprints, households, streets = [], [], []
    write = osmium.geom.WKBFactory()
    for thing in osmium.FileProcessor(str(path)).with_locations().with_areas():
        if thing.is_way() and thing.tags.get("highway") in CUTTING and thing.tags.get("tunnel") != "yes":
            streets.append(shapely.from_wkb(write.create_linestring(thing)))
        elif thing.is_area() and thing.tags.get("admin_level") in ("2", "8") and thing.tags.get("name"):
            areas[thing.tags["name"]] = shapely.from_wkb(write.create_multipolygon(thing))
        elif thing.is_area() and "building" in thing.tags:
            footprint = shapely.from_wkb(write.create_multipolygon(thing))
            footprints.append(footprint)
            households.append(households_in(thing.tags["building"], float(area_m2(footprint))))
    ground = np.array(footprints, dtype=object)
    places = shapely.get_coordinates(shapely.centroid(ground))
    return Country(areas, streets, ground, places, np.array(households))


@pytest.fixture(scope="module")
def country(extract) -> Country:
    return read_country(extract("liechtenstein"))


@pytest.fixture(scope="module")
def drawn(country) -> dict[str, DrawnCells]:
    """Three municipalities of the plain and the mountains, each drawn by itself; the whole country is drawn below."""
    towns = {name: country.areas[name] for name in ("Vaduz", "Triesenberg", "Ruggell")}
    cells = {
        name: draw_cells(area, country.streets, country.places, country.households) for name, area in towns.items()
    }
    return {name: each for name, each in cells.items() if len(each.cells) > 1}


class TestMunicipalities:
    def test_cells_when_drawn_then_seamless_and_disjoint(self, country, drawn):
        assert len(drawn) >= 3
        for name, cells in drawn.items():
            areas = [cell.area for cell in cells.cells]
            assert seam_m2(country.areas[name], areas) < 1e-6, name
            assert overlaps(areas, 1e-6) == [], name
            whole = shapely.union_all(areas)
            assert float(area_m2(whole.symmetric_difference(country.areas[name]))) < 1e-6, name

    def test_cells_when_drawn_then_in_one_part_unless_the_municipality_is_in_several(self, country, drawn):
        for name, cells in drawn.items():
            spare = len(country.areas[name].geoms) - 1
            parts = sum(len(shapely.get_parts(cell.area)) - 1 for cell in cells.cells)
            assert parts <= spare, name

    def test_cells_when_drawn_then_hold_three_to_five_hundred_households(self, drawn):
        for name, cells in drawn.items():
            assert cells.share_within(0.75, 1.25) == 1.0, (name, [cell.households for cell in cells.cells])

    def test_borders_when_drawn_then_spare_the_buildings(self, country, drawn):
        tree = shapely.STRtree(country.footprints)
        crossed = 0
        for name, cells in drawn.items():
            outline = country.areas[name].boundary.buffer(2e-6)
            borders = shapely.union_all([cell.area.boundary for cell in cells.cells]).difference(outline)
            crossed += len(tree.query(borders, predicate="crosses"))
        # some streets run under a house, and a cut of ours knows only where the middles of houses are
        assert crossed < 0.002 * len(country.footprints)

    def test_borders_when_buildings_stand_near_then_along_streets(self, country, drawn):
        frame = metric_crs_for(country.areas["Liechtenstein"].bounds)
        houses = shapely.STRtree(shapely.points(frame.xy(country.places)))
        streets = shapely.STRtree(frame.to_metres(np.array(country.streets, dtype=object)))
        for name, cells in drawn.items():
            outline = frame.to_metres(country.areas[name]).boundary
            borders = frame.to_metres(shapely.union_all([cell.area.boundary for cell in cells.cells]))
            steps = shapely.segmentize(borders.difference(outline.buffer(16)), 5.0)
            spots = shapely.points(np.unique(shapely.get_coordinates(steps), axis=0))
            spots = spots[np.unique(houses.query(spots, predicate="dwithin", distance=60)[0])]
            along = np.unique(streets.query(spots, predicate="dwithin", distance=2.5)[0])
            assert len(along) > 0.75 * len(spots), name

    def test_cells_when_trimmed_of_their_thin_ends_then_hardly_smaller(self, country, drawn):
        frame = metric_crs_for(country.areas["Liechtenstein"].bounds)
        for name, cells in drawn.items():
            for cell in cells.cells:
                ground = frame.to_metres(cell.area)
                spikes = ground.difference(ground.buffer(-6).buffer(6.1))
                assert spikes.area < 0.02 * ground.area, (name, cell.sequence)

    def test_codes_when_given_then_as_the_cells_are_numbered(self, drawn):
        for cells in drawn.values():
            codes = code_in_order([cell.area for cell in cells.cells], "990101001001")
            assert codes == [f"990101001001{cell.sequence:03d}" for cell in cells.cells]


class TestWholeCountry:
    def test_country_when_drawn_at_once_then_seamless_balanced_and_quick(self, country):
        began_s = time.process_time()
        cells = draw_cells(country.areas["Liechtenstein"], country.streets, country.places, country.households)
        assert time.process_time() - began_s < 30
        areas = [cell.area for cell in cells.cells]
        assert len(areas) > 25
        assert seam_m2(country.areas["Liechtenstein"], areas) < 1e-6
        assert overlaps(areas, 1e-6) == []
        assert cells.share_within(0.75, 1.25) > 0.9
        assert cells.share_within(0.5, 1.5) == 1.0
