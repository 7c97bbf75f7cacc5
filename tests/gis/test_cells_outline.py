"""An outline is taken as it is or refused in one sentence that says what is wrong and where."""

import doctest
import importlib

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon

from gis.cells import clean_polygon
from gis.errors import BadGeometry

MODULES = ("blocks", "cuts", "draw", "fit", "order", "outline", "plane", "regions", "seams")


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_when_run_then_say_the_truth(name):
    assert doctest.testmod(importlib.import_module(f"gis.cells.{name}")).failed == 0


def ring_of(vertices: int) -> Polygon:
    around = np.linspace(0, 2 * np.pi, vertices - 1, endpoint=False)
    return Polygon(np.column_stack([118 + 0.1 * np.cos(around), 34 + 0.1 * np.sin(around)]))


SQUARE = [(118, 34), (119, 34), (119, 35), (118, 35)]
BROKEN = {
    "crosses itself at longitude 118.5, latitude 34.5": Polygon([(118, 34), (119, 35), (119, 34), (118, 35)]),
    "touches itself at longitude 118.5, latitude 34": Polygon(
        [(118, 34), (118.5, 34), (118.4, 34.2), (118.6, 34.2), (118.5, 34), (119, 34), (119, 35), (118, 35)]
    ),
    "A hole at longitude 120.1, latitude 34.1 lies outside": Polygon(
        SQUARE, [[(120.1, 34.1), (120.2, 34.1), (120.2, 34.2)]]
    ),
    "One hole lies inside another": Polygon(
        SQUARE,
        [
            [(118.1, 34.1), (118.9, 34.1), (118.9, 34.9), (118.1, 34.9)],
            [(118.3, 34.3), (118.7, 34.3), (118.7, 34.7), (118.3, 34.7)],
        ],
    ),
    "One part lies inside another": MultiPolygon([Polygon(SQUARE), shapely.box(118.2, 34.2, 118.4, 34.4)]),
    "Holes cut the area in two": Polygon(SQUARE, [[(118, 34.5), (118.5, 34.2), (119, 34.5), (118.5, 34.8)]]),
    "has too few different points": Polygon([(118, 34), (119, 34), (118, 34), (118, 34)]),
}
REFUSED = {
    "The outline is empty": Polygon(),
    "A LineString is no area": LineString([(0, 0), (1, 1)]),
    "A Point is no area": Point(0, 0),
    "has a vertex that is not a number": Polygon([(118, 34), (119, 34), (np.nan, 35)]),
    "declare the coordinate system": shapely.box(500_000, 3_820_000, 501_000, 3_821_000),
}


class TestCleanPolygon:
    @pytest.mark.parametrize("says", [*BROKEN, *REFUSED])
    def test_outline_when_it_is_no_area_then_one_sentence(self, says):
        with pytest.raises(BadGeometry) as error:
            clean_polygon({**BROKEN, **REFUSED}[says])
        assert says in str(error.value)
        assert str(error.value).endswith(".")
        assert "{" not in str(error.value)

    @pytest.mark.parametrize("says", BROKEN)
    def test_outline_when_broken_then_the_place_is_kept_apart_as_facts(self, says):
        with pytest.raises(BadGeometry) as error:
            clean_polygon(BROKEN[says])
        assert 118 <= error.value.facts["lon"] <= 121
        assert 34 <= error.value.facts["lat"] <= 35

    def test_outline_when_there_is_none_then_refused(self):
        with pytest.raises(BadGeometry, match="empty"):
            clean_polygon(None)

    def test_outline_when_a_million_vertices_then_refused_with_both_numbers(self):
        with pytest.raises(BadGeometry) as error:
            clean_polygon(ring_of(1_000_000))
        assert str(error.value) == "The outline has 1,000,000 vertices; the most is 10,000: simplify it."

    def test_outline_when_exactly_the_most_vertices_then_taken(self):
        assert shapely.get_num_coordinates(clean_polygon(ring_of(10_000))) == 10_000
        with pytest.raises(BadGeometry, match="10,001 vertices"):
            clean_polygon(ring_of(10_001))
        with pytest.raises(BadGeometry, match="the most is 99"):
            clean_polygon(ring_of(100), max_vertices=99)

    def test_outline_when_taken_then_flat_turned_and_otherwise_untouched(self):
        clockwise = Polygon([(118, 34, 7), (118, 35, 7), (119, 35, 7), (119, 34, 7)])
        taken = clean_polygon(MultiPolygon([clockwise, Polygon(), shapely.box(120, 34, 121, 35)]))
        assert [len(part.exterior.coords) for part in taken.geoms] == [5, 5]
        assert all(part.exterior.is_ccw for part in taken.geoms)
        assert not taken.has_z
        assert taken.geoms[0].equals(Polygon(SQUARE))

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=9))
    def test_ring_when_drawn_at_random_then_taken_as_it_is_or_refused(self, corners):
        ring = Polygon([(118 + x / 10, 34 + y / 10) for x, y in corners])
        try:
            taken = clean_polygon(ring)
        except BadGeometry:
            assert not ring.is_valid
        else:
            assert taken.is_valid
            assert taken.equals(ring)
