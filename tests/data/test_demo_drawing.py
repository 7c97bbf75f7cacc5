"""The synthetic county on the drawing board: the same every time, nested, connected, nothing on anything else."""

import hashlib

import numpy as np
import pytest
import shapely

from data.code_lists import incident_categories
from data.demo import PROFILES
from data.demo.borders import Borders, number_borders, reading_order
from data.demo.buildings import Buildings, raise_buildings
from data.demo.chance import stream
from data.demo.county import County, draw_county
from data.demo.cutting import Joints, Manner, subdivide
from data.demo.ground import HALF_WIDTH_M
from data.demo.ground_rows import name_divisions
from data.demo.incident_rhythms import AROUND, RHYTHMS
from data.demo.incident_texts import WHAT
from data.demo.names import Namer
from data.demo.network import RANK, pieces_of
from data.demo.streets import list_streets
from data.demo.walking import along, open_walks

SEED = 5


@pytest.fixture(scope="module")
def county() -> County:
    return draw_county(PROFILES["small"], SEED, lambda _: None)


@pytest.fixture(scope="module")
def buildings(county: County) -> Buildings:
    return raise_buildings(county, lambda _: None)


@pytest.fixture(scope="module")
def borders(county: County) -> Borders:
    found = number_borders(county)
    name_divisions(county, found)
    return found


def fingerprint(county: County) -> str:
    shapes = [
        *county.network.arcs,
        *(leaf.area for leaf in county.ground.leaves),
        *(area for area, _ in county.ground.covers),
    ]
    return hashlib.sha256(b"".join(shapely.to_wkb(shapes))).hexdigest()


def test_drawing_with_the_same_seed_is_the_same_and_with_another_is_not(county: County) -> None:
    again = draw_county(PROFILES["small"], SEED, lambda _: None)
    other = draw_county(PROFILES["small"], SEED + 1, lambda _: None)
    assert fingerprint(again) == fingerprint(county)
    assert fingerprint(other) != fingerprint(county)


def test_chance_depends_on_every_name_and_on_nothing_else() -> None:
    draws = {key: stream(*key).integers(2**60) for key in [(1, "a", 1), (1, "a", 2), (1, "b", 1), (2, "a", 1)]}
    assert len(set(draws.values())) == 4
    assert stream(1, "a", 1).integers(2**60) == draws[(1, "a", 1)]


def test_parents_are_exactly_the_union_of_their_children(borders: Borders) -> None:
    for row, parent in enumerate(borders.divisions):
        children = [one.area for one in borders.divisions if one.parent == row]
        children += [cell.area for cell in borders.cells if cell.division == row]
        assert children
        assert shapely.symmetric_difference(shapely.union_all(children), parent.area).area == 0.0


def test_codes_follow_their_parents_and_run_from_west_to_east(borders: Borders) -> None:
    codes = [division.code for division in borders.divisions]
    assert codes[0] == "990101"
    assert len(set(codes)) == len(codes)
    for division in borders.divisions[1:]:
        assert division.parent is not None
        assert division.code.startswith(codes[division.parent])
    assert {int(code[-3:]) < 100 for code in codes if len(code) == 9} == {True, False}
    for cell in borders.cells:
        assert cell.code.startswith(codes[cell.division])
        assert (int(cell.code[-3:]) >= 801) == (cell.kind == "dedicated")


def test_reading_order_goes_west_to_east_in_rows_from_the_north() -> None:
    points = np.array([[2.0, 0.0], [0.0, 9.0], [1.0, 0.5], [3.0, 9.5]])
    assert reading_order(points).tolist() == [1, 3, 2, 0]


def test_everything_walkable_hangs_together_but_for_a_few_small_islands(county: County) -> None:
    network = county.network
    walked = network.rank > 0
    label = pieces_of(network, walked)
    length_m = shapely.length(network.arcs) * walked
    total_m = np.sort(np.bincount(label[network.ends[:, 0]], length_m))[::-1]
    assert (total_m > 0).sum() <= 3
    assert total_m[0] > 0.97 * total_m.sum()


def test_streets_have_crossings_dead_ends_and_no_lattice(county: County) -> None:
    network = county.network
    walked = network.ends[network.rank > 0]
    degree = np.bincount(walked.ravel())
    share = [np.mean(degree[degree > 0] == ways) for ways in (1, 3, 4)]
    assert 0.03 < share[0] < 0.4  # dead ends
    assert share[1] > 0.3  # T junctions, as in grown towns
    assert share[2] > 0.02  # crossings
    step = np.array([np.subtract(arc.coords[-1], arc.coords[0]) for arc in network.arcs[network.rank > 0]])
    turned = np.degrees(np.arctan2(step[:, 1], step[:, 0])) % 90
    assert np.histogram(turned, bins=18, range=(0, 90))[0].max() < 0.25 * len(turned)


def test_rivers_are_crossed_only_by_bridges(county: County) -> None:
    network = county.network
    lines = county.ground.lines
    middles = shapely.line_interpolate_point(network.arcs, 0.5, normalized=True)
    wet = shapely.intersects(shapely.union_all(county.water.areas), middles) & (network.rank > 0)
    assert wet.any()
    assert {lines[line].label for line in network.line[wet]} == {"bridge"}


def test_buildings_stand_apart_from_each_other_and_off_the_streets(county: County, buildings: Buildings) -> None:
    tree = shapely.STRtree(buildings.areas)
    first, second = tree.query(buildings.areas, predicate="intersects")
    assert (first == second).all()
    for kind, rank in RANK.items():
        arcs = county.network.arcs[county.network.rank == rank]
        if len(arcs):
            assert not len(tree.query(arcs, predicate="dwithin", distance=0.9 * HALF_WIDTH_M[kind])[0]), kind
    assert shapely.is_valid(buildings.areas).all()


def test_buildings_are_denser_in_towns_and_turned_to_their_streets(county: County, buildings: Buildings) -> None:
    uses = np.array([leaf.use for leaf in county.ground.leaves])[buildings.leaf]
    towers = buildings.levels[(uses == "tower") & (buildings.kind == "apartments")]
    assert towers.min() >= 11
    assert buildings.levels[(uses == "hamlet")].max() <= 3
    assert {"levels", "measured"} == set(buildings.height_source.tolist())
    from_levels = buildings.height_source == "levels"
    assert np.allclose(buildings.height_m[from_levels], 3.0 * buildings.levels[from_levels])
    box = shapely.get_coordinates(shapely.oriented_envelope(buildings.areas)).reshape(-1, 5, 2)
    angle = np.degrees(np.arctan2(*(box[:, 1] - box[:, 0]).T[::-1])) % 90
    assert np.histogram(angle, bins=18, range=(0, 90))[0].min() > 0.01 * len(angle)
    assert (shapely.get_num_interior_rings(buildings.areas) > 0).sum() > 20  # courtyards


def test_a_town_cell_has_the_size_and_the_households_of_real_ones(
    county: County, borders: Borders, buildings: Buildings
) -> None:
    middles = shapely.STRtree(shapely.centroid(buildings.areas))
    town = county.towns[0].area
    inner = [cell for cell in borders.cells if cell.kind == "general" and town.contains(cell.area.buffer(-1))]
    assert len(inner) >= 3
    for cell in inner:
        assert 0.03e6 <= cell.area.area <= 0.3e6
    lived = [buildings.households[middles.query(cell.area, predicate="intersects")].sum() for cell in inner]
    assert 150 < np.median(lived) < 1200


def test_subdividing_keeps_the_ground_and_makes_pieces_small() -> None:
    area = shapely.Polygon([(0, 0), (400, 20), (380, 300), (30, 260)])
    cutting = subdivide(area, lambda part: part.area < 9_000, np.random.default_rng(1), Manner(), Joints())
    assert max(piece.area for piece in cutting.pieces) < 9_000
    assert sum(piece.area for piece in cutting.pieces) == pytest.approx(area.area)
    assert len(cutting.cuts) >= len(cutting.pieces) - 1


def test_street_names_are_chinese_and_run_on_over_crossings(county: County, borders: Borders) -> None:
    streets = list_streets(county, borders)
    named = [name for name in streets.names if name]
    assert len(named) > 0.4 * len(streets.names)
    assert all("\u4e00" <= sign <= "\u9fff" for name in named for sign in name)
    assert len(set(named)) < len(named)
    assert all(
        name is None for name, kind in zip(streets.names, streets.kinds, strict=True) if kind in {"track", "footway"}
    )
    assert set(streets.kinds) >= {"primary", "tertiary", "residential", "service", "footway", "track"}


def test_names_are_given_only_once() -> None:
    namer = Namer(3)
    given = [namer.division("village", is_clan=number % 2 == 0)[0] for number in range(430)]
    assert len(set(given)) == 430


def test_a_loop_comes_back_along_streets(county: County) -> None:
    walks = open_walks(county.network)
    found = walks.loop(county.towns[0].middle, 3_000.0, np.random.default_rng(2))
    assert found is not None
    walk, stops = found
    line = shapely.LineString(walk)
    assert np.hypot(*(walk[0] - walk[-1])) < 0.02
    assert len(stops) >= 3
    streets = shapely.union_all(county.network.arcs[county.network.rank > 0]).buffer(0.05)
    assert line.difference(streets).length < 0.5
    half_way = along(walk, np.array([line.length / 2]))[0]
    assert line.distance(shapely.Point(half_way)) < 1e-6


def test_every_category_that_happens_is_listed_and_has_words_and_a_place() -> None:
    listed = {row["code"] for row in incident_categories()}
    assert set(RHYTHMS) <= listed
    assert set(RHYTHMS) == set(WHAT)
    assert {rhythm.around for rhythm in RHYTHMS.values()} <= set(AROUND)
    for rhythm in RHYTHMS.values():
        assert (len(rhythm.months), len(rhythm.weekdays), len(rhythm.hours)) == (12, 7, 24)


def test_no_category_is_about_a_kind_of_person() -> None:
    forbidden = ("人员", "信访", "上访", "戒毒", "矫正", "精神", "流动人口", "宗教", "舆情")
    for row in incident_categories():
        assert not any(word in row["name_zh"] for word in forbidden)


def test_deadlines_are_those_of_the_priorities() -> None:
    wanted = {"urgent": 24 * 60, "important": 3 * 24 * 60, "general": 7 * 24 * 60, "long": 30 * 24 * 60}
    for row in incident_categories():
        assert row["close_within_min"] == wanted[row["priority"]], row["code"]
