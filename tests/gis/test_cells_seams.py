"""Overlaps, gaps, cutting, joining and numbering of cells."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, box

from gis.cells import code_in_order, gaps, merge_cells, overlaps, reading_order, split_cell
from gis.crs import area_m2
from gis.errors import BadGeometry, BadParameter

boxes = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 4), st.integers(1, 4)).map(
    lambda b: box(9.5 + b[0] / 100, 47 + b[1] / 100, 9.5 + (b[0] + b[2]) / 100, 47 + (b[1] + b[3]) / 100)
)
COLUMNS = [box(x, 0, x + 1, 3) for x in range(3)]


class TestOverlaps:
    @given(st.lists(boxes, max_size=12))
    def test_pairs_when_found_then_those_of_comparing_each_with_each(self, areas):
        expected = [
            (i, j, float(area_m2(areas[i].intersection(areas[j]))))
            for i in range(len(areas))
            for j in range(i + 1, len(areas))
            if area_m2(areas[i].intersection(areas[j])) > 1.0
        ]
        found = overlaps(areas, 1.0)
        assert [pair[:2] for pair in found] == [pair[:2] for pair in expected]
        assert [pair[2] for pair in found] == pytest.approx([pair[2] for pair in expected], rel=1e-6)

    def test_pair_when_it_shares_less_than_the_tolerance_then_not_named(self):
        one, other = box(9.5, 47, 9.6, 47.1), box(9.6 - 1e-9, 47, 9.7, 47.1)
        shared = overlaps([one, other], 0.0)[0][2]
        assert shared == pytest.approx(1e-9 * 76_000 * 11_119, rel=0.01)
        assert overlaps([one, other], shared * 1.01) == []

    def test_areas_when_fewer_than_two_then_no_overlap(self):
        assert overlaps([]) == []
        assert overlaps([box(0, 0, 1, 1)]) == []


class TestGaps:
    @given(st.lists(boxes, max_size=12))
    def test_gaps_when_added_to_the_areas_then_nothing_is_open(self, areas):
        within = box(9.5, 47, 9.62, 47.12)
        found = gaps(areas, within, 1.0)
        sizes = [float(area_m2(gap)) for gap in found]
        assert sizes == sorted(sizes, reverse=True)
        assert float(area_m2(within.difference(shapely.union_all([*areas, *found])))) < 1.0
        assert all(shapely.union_all(areas).intersection(gap).area < 1e-14 for gap in found)

    def test_gap_when_small_then_not_named(self):
        areas = [box(0, 0, 0.5, 1), box(0.5 + 1e-7, 0, 1, 1)]
        assert len(gaps(areas, box(0, 0, 1, 1), 1.0)) == 1
        assert gaps(areas, box(0, 0, 1, 1), 10_000.0) == []


class TestSplitAndMerge:
    @given(boxes, st.floats(0.05, 0.95), st.floats(0.05, 0.95))
    def test_cell_when_split_then_its_parts_make_it_again(self, cell, low, high):
        west, south, east, north = cell.bounds
        line = LineString([(west + low * (east - west), south - 0.01), (west + high * (east - west), north + 0.01)])
        parts = split_cell(cell, line)
        assert len(parts) == 2
        assert parts[0].centroid.x < parts[1].centroid.x
        assert overlaps(parts, 0.0) == []
        again = merge_cells(parts)
        assert float(area_m2(again.symmetric_difference(cell))) < 1e-4

    @pytest.mark.parametrize(
        "line", [[(0.5, -1), (0.5, 0.5)], [(5, 5), (6, 6)], [(0.2, 0.2), (0.8, 0.8)], [(0, 0), (1, 0)]]
    )
    def test_cell_when_the_line_does_not_cut_it_through_then_refused(self, line):
        with pytest.raises(BadGeometry, match="does not cut the cell in two"):
            split_cell(box(0, 0, 1, 1), LineString(line))

    def test_cell_when_in_two_parts_and_one_is_cut_then_three(self):
        cell = MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])
        assert len(split_cell(cell, LineString([(0.5, -1), (0.5, 2)]))) == 3
        with pytest.raises(BadGeometry):
            split_cell(cell, LineString([(1.5, -1), (1.5, 2)]))

    def test_cells_when_not_neighbours_then_not_joined(self):
        for apart in ([COLUMNS[0], COLUMNS[2]], [box(0, 0, 1, 1), box(1, 1, 2, 2)]):
            with pytest.raises(BadGeometry, match="only neighbours can be joined"):
                merge_cells(apart)
        with pytest.raises(BadParameter):
            merge_cells([])


class TestOrder:
    def test_cells_when_in_rows_then_north_row_first_each_from_the_west(self):
        rows, jitter = 4, np.random.default_rng(1)
        cells = [box(x, -y, x + 1, 1 - y) for y in range(rows) for x in range(5)]
        wobbly = [shapely.transform(cell, lambda xy: xy + jitter.uniform(-0.2, 0.2, 2)) for cell in cells]
        assert reading_order(wobbly) == list(range(20))

    @given(st.lists(boxes, min_size=1, max_size=12, unique_by=lambda b: b.centroid.wkt), st.randoms())
    def test_cells_when_shuffled_then_numbered_the_same(self, cells, random):
        middles = {cell.centroid.wkt for cell in cells}
        shuffled = random.sample(cells, len(cells))
        before = dict(zip([c.wkt for c in cells], code_in_order(cells), strict=True))
        after = dict(zip([c.wkt for c in shuffled], code_in_order(shuffled), strict=True))
        assert before == after
        assert sorted(before.values()) == [f"{n:03d}" for n in range(1, len(middles) + 1)]

    def test_codes_when_the_village_has_one_then_fifteen_digits(self):
        assert code_in_order(COLUMNS, "990101001001") == [f"99010100100100{n}" for n in (1, 2, 3)]

    def test_codes_when_a_thousand_cells_then_refused(self):
        many = [box(x, 0, x + 1, 1) for x in range(1000)]
        assert code_in_order(many[:999])[-1] == "999"
        with pytest.raises(BadParameter, match="1000 cells are too many"):
            code_in_order(many)

    def test_order_when_no_cells_then_empty(self):
        assert reading_order([]) == []
        assert code_in_order([]) == []
