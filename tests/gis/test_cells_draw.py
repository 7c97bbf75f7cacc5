"""Drawing cells: whatever the village, they are seamless, whole, disjoint, and the same every time."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

from gis.cells import draw_cells, overlaps
from gis.crs import area_m2, metric_crs_for
from gis.errors import BadCoordinates, BadGeometry, BadParameter
from tests.gis.cells_seamless import seam_m2

SQUARE_MM = 1e-6


def village_at(lon: float, lat: float, seed: int) -> tuple:
    """A village of a few square kilometres: ragged, with holes, random streets and houses in clumps."""
    draw = np.random.default_rng(seed)
    angles = np.sort(draw.uniform(0, 2 * np.pi, draw.integers(3, 30)))
    reach = draw.uniform(0.3, 1.2, len(angles)) * 1500
    ragged = Polygon(np.column_stack([np.cos(angles) * reach, np.sin(angles) * reach])).buffer(0)
    ground = max(shapely.get_parts(ragged).tolist(), key=lambda part: part.area)
    for _ in range(draw.integers(0, 3)):
        hole = Point(draw.uniform(-700, 700, 2)).buffer(draw.uniform(30, 200), quad_segs=2)
        ground = ground.difference(hole)
    streets = [
        LineString(np.cumsum(np.vstack([draw.uniform(-1500, 1500, 2), draw.normal(0, 250, (turns, 2))]), axis=0))
        for turns in draw.integers(1, 12, draw.integers(0, 20))
    ]
    houses = draw.normal(0, 600, (draw.integers(0, 400), 2))
    frame = metric_crs_for((lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1))
    lonlat = frame.to_lonlat(np.array([ground, *streets], dtype=object))
    return lonlat[0], list(lonlat[1:]), frame.lonlat(houses), draw.integers(0, 8, len(houses))


def grid_village() -> tuple:
    """Two by two kilometres, a street every 200 m, one household every 50 m."""
    frame = metric_crs_for((118.7, 34.5, 118.8, 34.6))
    lines = [LineString([(x, -1000), (x, 1000)]) for x in range(-800, 1000, 200)]
    lines += [LineString([(-1000, y), (1000, y)]) for y in range(-800, 1000, 200)]
    houses = np.array([(x, y) for x in range(-975, 1000, 50) for y in range(-975, 1000, 50)], dtype=float)
    area = frame.to_lonlat(box(-1000, -1000, 1000, 1000))
    return area, list(frame.to_lonlat(np.array(lines, dtype=object))), frame.lonlat(houses), np.ones(len(houses))


class TestAnyVillage:
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.floats(-170, 170), st.floats(-60, 60), st.integers(0, 2**32 - 1), st.sampled_from([60, 150, 400]))
    def test_cells_when_drawn_then_seamless_whole_and_disjoint(self, lon, lat, seed, target):
        village, streets, houses, households = village_at(lon, lat, seed)
        drawn = draw_cells(village, streets, houses, households, target, target_area_m2=400_000)
        areas = [cell.area for cell in drawn.cells]
        assert all(area.is_valid and not area.is_empty for area in areas)
        if isinstance(village, Polygon):
            assert all(isinstance(area, Polygon) for area in areas)
        assert seam_m2(village, areas) < SQUARE_MM
        assert overlaps(areas, SQUARE_MM) == []
        assert float(area_m2(shapely.union_all(areas).symmetric_difference(village))) < 10 * SQUARE_MM
        assert [cell.sequence for cell in drawn.cells] == list(range(1, len(areas) + 1))
        inside = shapely.intersects_xy(village, houses)
        assert sum(cell.households for cell in drawn.cells) == households[inside].sum()
        assert sum(cell.buildings for cell in drawn.cells) == inside.sum()
        assert drawn.buildings_outside == (~inside).sum()
        assert sum(cell.area_m2 for cell in drawn.cells) == pytest.approx(float(area_m2(village)), rel=1e-6)

    @settings(max_examples=2, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_cells_when_drawn_again_then_the_same_to_the_last_bit(self, seed):
        ground = village_at(118.7, 34.5, seed)
        first, second = (draw_cells(*ground, 150, seed=seed) for _ in range(2))
        assert first == second

    @settings(max_examples=2, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.randoms())
    def test_cells_when_streets_and_buildings_come_in_another_order_then_as_good(self, seed, random):
        village, streets, houses, households = village_at(118.7, 34.5, seed)
        order = np.array(random.sample(range(len(houses)), len(houses)), dtype=int)
        one = draw_cells(village, streets, houses, households, 150)
        other = draw_cells(village, random.sample(streets, len(streets)), houses[order], households[order], 150)
        assert len(one.cells) == len(other.cells)
        assert seam_m2(village, [cell.area for cell in other.cells]) < SQUARE_MM


class TestAlongStreets:
    def test_cells_when_blocks_are_even_then_even_cells_bounded_by_streets(self):
        village, streets, houses, households = grid_village()
        drawn = draw_cells(village, streets, houses, households, 400)
        assert len(drawn.cells) == 4
        assert drawn.share_within(0.9, 1.1) == 1.0
        borders = shapely.union_all([cell.area.boundary for cell in drawn.cells])
        inner = borders.difference(village.boundary.buffer(20e-5))
        assert inner.difference(shapely.buffer(shapely.union_all(streets), 1e-6)).length < inner.length * 0.01

    def test_cells_when_drawn_then_compact(self):
        drawn = draw_cells(*grid_village(), 400)
        for cell in drawn.cells:
            square = 4 * (cell.area_m2**0.5)
            frame = metric_crs_for(cell.area.bounds)
            assert frame.to_metres(cell.area).length < 1.35 * square

    def test_village_when_it_has_no_streets_then_cut_between_the_buildings(self):
        village, _, houses, households = grid_village()
        drawn = draw_cells(village, [], houses, households, 400)
        assert len(drawn.cells) == 4
        assert drawn.share_within(0.75, 1.25) == 1.0
        borders = shapely.union_all([cell.area.boundary for cell in drawn.cells])
        frame = metric_crs_for(village.bounds)
        clear_m = shapely.distance(shapely.points(frame.xy(houses)), frame.to_metres(borders))
        assert clear_m.min() > 9.0

    def test_street_when_it_stops_short_of_the_outline_then_carried_on_to_it(self):
        village = box(118.70, 34.50, 118.72, 34.51)
        street = LineString([(118.71, 34.5002), (118.71, 34.5098)])
        houses = [(118.705, 34.505), (118.715, 34.505)]
        west, east = (cell.area for cell in draw_cells(village, [street], houses, [400, 400]).cells)
        assert west.bounds[2] == pytest.approx(118.71, abs=1e-6)
        assert east.bounds[0] == pytest.approx(118.71, abs=1e-6)

    def test_street_when_a_house_stands_in_the_way_then_not_carried_through_it(self):
        village = box(118.70, 34.50, 118.72, 34.51)
        street = LineString([(118.71, 34.5), (118.71, 34.5097)])
        house = (118.71, 34.50985)
        houses = [(118.705, 34.505), (118.715, 34.505), house]
        drawn = draw_cells(village, [street], houses, [400, 400, 1])
        borders = shapely.union_all([cell.area.boundary for cell in drawn.cells])
        frame = metric_crs_for(village.bounds)
        inner = frame.to_metres(borders.difference(village.boundary))
        assert shapely.distance(shapely.points(frame.xy([house]))[0], inner) > 9.0

    def test_street_when_it_runs_along_the_outline_then_no_sliver_beside_it(self):
        village, streets, houses, households = grid_village()
        beside = village.boundary.parallel_offset(5e-5, "left")
        drawn = draw_cells(village, [*streets, beside], houses, households, 400)
        frame = metric_crs_for(village.bounds)
        for cell in drawn.cells:
            ground = frame.to_metres(cell.area)
            assert ground.buffer(-20).buffer(20.5).area > 0.97 * ground.area

    def test_streets_when_in_many_parts_then_read_like_single_ones(self):
        village, streets, houses, households = grid_village()
        one = draw_cells(village, streets, houses, households, 400)
        assert draw_cells(village, [MultiLineString(streets)], houses, households, 400) == one


class TestParts:
    def test_village_when_its_exclave_is_small_then_it_belongs_to_a_cell_nearby(self):
        village, streets, houses, households = grid_village()
        exclave = shapely.transform(village, lambda xy: (xy - (118.75, 34.55)) * 0.05 + (118.80, 34.55))
        drawn = draw_cells(MultiPolygon([village, exclave]), streets, houses, households, 400)
        assert len(drawn.cells) == 4
        several = [cell for cell in drawn.cells if isinstance(cell.area, MultiPolygon)]
        assert len(several) == 1
        assert several[0].area.centroid.x > village.centroid.x
        assert seam_m2(MultiPolygon([village, exclave]), [cell.area for cell in drawn.cells]) < SQUARE_MM

    def test_village_when_its_parts_are_peopled_then_each_has_cells_of_its_own(self):
        village, streets, houses, _ = grid_village()
        away = (0.05, 0.0)
        twin = shapely.transform(village, lambda xy: xy + away)
        streets += [shapely.transform(street, lambda xy: xy + away) for street in streets]
        drawn = draw_cells(
            MultiPolygon([village, twin]), streets, np.vstack([houses, houses + away]), np.ones(2 * len(houses)), 400
        )
        assert len(drawn.cells) == 8
        assert all(isinstance(cell.area, Polygon) for cell in drawn.cells)
        assert drawn.share_within(0.85, 1.15) == 1.0

    def test_village_when_it_hangs_together_by_a_neck_then_no_cell_is_in_two_parts(self):
        frame = metric_crs_for((118.7, 34.5, 118.8, 34.6))
        neck = shapely.union_all([box(-1000, 0, -2, 1000), box(2, 0, 1000, 1000), box(-2, 500, 2, 503)])
        houses = frame.lonlat([(-500, 500), (-400, 200), (500, 500), (400, 200), (300, 800)])
        drawn = draw_cells(frame.to_lonlat(neck), [], houses, [100, 100, 150, 150, 100], 300)
        assert len(drawn.cells) == 2
        assert all(isinstance(cell.area, Polygon) for cell in drawn.cells)
        assert drawn.share_within() == 1.0


class TestHowMany:
    @pytest.mark.parametrize(
        ("households", "cells"), [(1, 1), (400, 1), (550, 1), (590, 2), (800, 2), (1000, 3), (4000, 10)]
    )
    def test_cells_when_counted_then_nearest_to_the_target_by_ratio(self, households, cells):
        village, streets, houses, _ = grid_village()
        each = np.full(len(houses), households / len(houses))
        assert len(draw_cells(village, streets, houses, each, 400).cells) == cells

    def test_village_when_nobody_lives_there_then_cells_of_equal_ground(self):
        village, streets, houses, households = grid_village()
        for places, people in ((houses, households * 0), ([], [])):
            drawn = draw_cells(village, streets, places, people, target_area_m2=1_000_000)
            assert drawn.drawn_by == "area"
            assert len(drawn.cells) == 4
            assert drawn.share_within(0.9, 1.1) == 1.0
            assert all(cell.households == 0 for cell in drawn.cells)

    def test_village_when_it_needs_one_cell_then_it_is_the_cell(self):
        village, streets, _, _ = grid_village()
        (cell,) = draw_cells(village, streets, [(118.75, 34.55), (0, 0)], [12, 5]).cells
        assert cell.area.equals(village)
        assert (cell.sequence, cell.households, cell.buildings) == (1, 12, 1)

    def test_households_when_all_in_one_building_then_it_is_not_cut(self):
        village, streets, _, _ = grid_village()
        drawn = draw_cells(village, streets, [(118.7512, 34.5511)], [1200], 400)
        assert sorted(cell.households for cell in drawn.cells)[-1] == 1200
        assert seam_m2(village, [cell.area for cell in drawn.cells]) < SQUARE_MM


class TestRefused:
    @pytest.mark.parametrize("target", [0, -1, float("nan"), float("inf")])
    def test_target_when_not_above_0_then_refused(self, target):
        village, streets, houses, households = grid_village()
        with pytest.raises(BadParameter, match="must be a number above 0"):
            draw_cells(village, streets, houses, households, target)
        with pytest.raises(BadParameter, match="must be a number above 0"):
            draw_cells(village, streets, houses, households, target_area_m2=target)

    def test_cells_when_far_too_many_then_refused_at_once(self):
        village, streets, houses, households = grid_village()
        with pytest.raises(BadParameter, match="16,000 cells; the most is 2,000"):
            draw_cells(village, streets, houses, households, 0.1)

    def test_buildings_when_wrong_then_named_by_their_row(self):
        village = grid_village()[0]
        with pytest.raises(BadParameter, match="2 buildings but households for 1"):
            draw_cells(village, [], [(118.7, 34.5), (118.7, 34.5)], [1])
        with pytest.raises(BadParameter, match=r"Building 2 has -1\.0 households"):
            draw_cells(village, [], [(118.7, 34.5), (118.7, 34.5)], [1, -1])
        with pytest.raises(BadCoordinates, match="Building 1 has a coordinate"):
            draw_cells(village, [], [(np.nan, 34.5)], [1])

    def test_ground_when_broken_then_refused(self):
        village = grid_village()[0]
        with pytest.raises(BadGeometry, match="crosses itself"):
            draw_cells(Polygon([(118, 34), (119, 35), (119, 34), (118, 35)]), [], [], [])
        with pytest.raises(BadGeometry, match="Street 2 is a Point"):
            draw_cells(village, [LineString([(118, 34), (119, 35)]), Point(1, 1)], [], [])
        with pytest.raises(BadGeometry, match="Street 1 has a vertex that is not a number"):
            draw_cells(village, [LineString([(118, 34), (np.nan, 35)])], [], [])
