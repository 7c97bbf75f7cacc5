"""Divisions from files: order, parents, history, and every way a row can be wrong."""

import doctest
from datetime import date
from pathlib import Path

import pytest
import shapely
from shapely import affinity, box
from sqlalchemy import select, text

import grids.importing.divisions
from data.errors import Refused
from data.importing.reading import read_table
from gis.crs import from_wgs84, parse_crs
from grids.importing.divisions import import_divisions
from grids.models import Cell, Division
from tests.importing_files import circle, write_csv, write_geojson, write_layer

WGS84 = parse_crs("wgs84")
COUNTY, TOWN, VILLAGE = box(122.3, 33.8, 122.7, 34.2), box(122.3, 33.8, 122.5, 34.0), box(122.3, 33.8, 122.4, 33.9)
ROWS = [
    {"编码": "990101001001", "名称": "东村"},
    {"编码": "990101", "名称": "海州县（虚构）"},
    {"编码": "990101001", "名称": "港镇"},
]
SHAPES = [VILLAGE, COUNTY, TOWN]


@pytest.fixture
def bring(session, tmp_path):
    """Import rows and shapes as GeoJSON and return the report."""

    def bring_(rows, shapes, **how):
        table = read_table(write_geojson(tmp_path / "d.geojson", rows, shapes))
        return import_divisions(session, table, how.pop("crs", WGS84), **how)

    return bring_


def numbers(report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.refusals)


def reasons(report) -> dict[int, str]:
    return {refusal.row_number: str(refusal) for refusal in report.refusals}


def test_docstrings_when_run_then_say_the_truth():
    assert doctest.testmod(grids.importing.divisions) == (0, 1)


def test_rows_when_in_any_order_then_parents_are_found(session, bring):
    assert numbers(bring(ROWS, SHAPES)) == (3, 0, 0, 0)
    village = session.scalars(select(Division).where(Division.code == "990101001001")).one()
    assert (village.level, village.parent_code, village.name) == ("village", "990101001", "东村")
    assert session.get(Division, village.parent_id).name == "港镇"


def test_file_when_imported_twice_then_nothing_changes_and_no_map_layer_is_touched(session, bring):
    bring(ROWS, SHAPES)
    before = session.scalar(text("SELECT count(*) FROM layer_changes"))
    assert numbers(bring(ROWS, SHAPES)) == (0, 0, 3, 0)
    assert session.scalar(text("SELECT count(*) FROM layer_changes")) == before


@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".geojson", ".csv"])
def test_every_format_when_imported_then_the_same_divisions(session, tmp_path, ending):
    file = tmp_path / f"d{ending}"
    if ending == ".csv":
        rows = [row | {"边界": shape.wkt} for row, shape in zip(ROWS, SHAPES, strict=True)]
        write_csv(file, rows, encoding="gbk")
    elif ending == ".geojson":
        write_geojson(file, ROWS, SHAPES)
    else:
        write_layer(file, ROWS, SHAPES)
    assert numbers(import_divisions(session, read_table(file), WGS84)) == (3, 0, 0, 0)
    assert session.scalar(text("SELECT count(*) FROM divisions WHERE code LIKE '990101%'")) == 3


def test_codes_when_filled_up_to_twelve_digits_then_taken_for_their_level(session, bring):
    rows = [{"adcode": 990101000000, "name": "County"}, {"adcode": 990101001000, "name": "Town"}]
    assert numbers(bring(rows, [COUNTY, TOWN])) == (2, 0, 0, 0)
    assert set(session.scalars(select(Division.code))) >= {"990101", "990101001"}


def test_division_when_its_border_moves_then_the_version_changes_in_place(session, bring):
    bring(ROWS, SHAPES)
    moved = box(122.3, 33.8, 122.41, 33.9)
    assert numbers(bring(ROWS[:1], [moved])) == (0, 1, 0, 0)
    assert session.scalar(text("SELECT count(*) FROM divisions WHERE code = '990101001001'")) == 1


def test_division_when_changed_with_a_date_then_a_new_version_begins_and_keeps_its_children(session, bring, build):
    bring(ROWS, SHAPES)
    cell = build.cell("990101001001001", box(122.3, 33.8, 122.35, 33.85))
    since = date(2026, 3, 1)
    rows = [ROWS[0] | {"名称": "新东村"}, ROWS[1], ROWS[2] | {"名称": "新港镇"}]
    assert numbers(bring(rows, SHAPES, valid_from=since)) == (0, 2, 1, 0)
    versions = session.scalars(
        select(Division).where(Division.code == "990101001001").order_by(Division.valid_from)
    ).all()
    assert [(one.name, one.valid_from, one.valid_to) for one in versions] == [
        ("东村", date(2000, 1, 1), since),
        ("新东村", since, None),
    ]
    session.refresh(cell)
    assert cell.village_id == versions[1].id
    assert session.get(Division, versions[1].parent_id).name == "新港镇"
    assert numbers(bring(rows, SHAPES, valid_from=since)) == (0, 0, 3, 0)


def test_division_when_dated_before_its_version_then_refused(bring):
    bring(ROWS, SHAPES)
    bring([ROWS[1] | {"名称": "新"}], [COUNTY], valid_from=date(2026, 1, 1))
    report = bring([ROWS[1] | {"名称": "旧"}], [COUNTY], valid_from=date(2010, 1, 1))
    assert "begins on 2026-01-01, after 2010-01-01" in reasons(report)[1]


def test_row_when_its_parent_is_nowhere_then_refused_with_its_children(bring):
    report = bring([ROWS[0], ROWS[2]], [VILLAGE, TOWN])
    assert report.added == 0
    assert "990101, is neither in the file nor in the database" in reasons(report)[2]
    assert "990101001, is neither" in reasons(report)[1]


def test_row_when_far_from_its_parent_then_refused(bring):
    report = bring(ROWS, [affinity.translate(VILLAGE, 3, 3), COUNTY, TOWN])
    assert "wholly outside 990101001" in reasons(report)[1]


def test_codes_when_duplicate_then_every_copy_is_refused_and_names_the_others(bring):
    report = bring([*ROWS, ROWS[2]], [*SHAPES, TOWN])
    assert reasons(report)[3] == "“990101001” comes in several rows (3, 4); keep the right one."
    assert set(reasons(report)) == {1, 3, 4}
    assert report.added == 1


@pytest.mark.parametrize(
    ("row", "shape", "says"),
    [
        ({"编码": "9901", "名称": "x"}, COUNTY, "no division code"),
        ({"编码": "99010a", "名称": "x"}, COUNTY, "no division code"),
        ({"编码": "", "名称": "x"}, COUNTY, "cell is empty"),
        ({"编码": "990109", "名称": " "}, COUNTY, "cell is empty"),
        ({"编码": "990109", "名称": "x"}, None, "empty"),
        ({"编码": "990109", "名称": "x"}, shapely.Point(122, 34), "no area"),
        ({"编码": "990109", "名称": "x"}, shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "crosses itself"),
        ({"编码": "990109", "名称": "x"}, shapely.Polygon([(0, 0), (1, float("nan")), (1, 0)]), "not a number"),
        ({"编码": "990109", "名称": "x", "生效日期": "bald"}, COUNTY, "no date"),
        (
            {"编码": "990109", "名称": "x", "生效日期": "2026-02-01", "失效日期": "2026-01-01"},
            COUNTY,
            "before it begins",
        ),
    ],
)
def test_row_when_wrong_in_itself_then_refused_with_one_sentence_and_the_good_ones_come_in(bring, row, shape, says):
    report = bring([row, ROWS[1] | {"生效日期": None, "失效日期": None}], [shape, COUNTY])
    assert says in reasons(report)[1]
    assert report.added == 1


def test_polygon_when_it_has_a_million_vertices_then_refused(session, tmp_path):
    file = write_layer(tmp_path / "d.gpkg", ROWS[1:2], [circle(122.5, 34, 0.1, 1_000_000)])
    report = import_divisions(session, read_table(file), WGS84)
    assert "1,000,001 vertices; the most is 100,000" in reasons(report)[1]


def test_shapes_when_declared_gcj02_then_they_land_where_they_should(session, bring):
    shifted = shapely.transform(box(118.7, 34.4, 118.9, 34.6), lambda xy: from_wgs84(xy, parse_crs("gcj02")))
    bring([ROWS[1]], [shifted], crs=parse_crs("gcj02"))
    area = session.scalar(text("SELECT st_asbinary(area) FROM divisions WHERE code = '990101'"))
    assert shapely.from_wkb(bytes(area)).hausdorff_distance(box(118.7, 34.4, 118.9, 34.6)) < 1e-6


def test_file_when_it_names_another_system_than_declared_then_refused_as_a_whole(session, tmp_path):
    flat = shapely.transform(COUNTY, lambda xy: from_wgs84(xy, parse_crs("EPSG:4549")))
    file = write_layer(tmp_path / "d.gpkg", ROWS[1:2], [flat], epsg=4549)
    with pytest.raises(Refused, match=r"EPSG:4549.*but wgs84 was declared"):
        import_divisions(session, read_table(file), WGS84)
    assert import_divisions(session, read_table(file), parse_crs("EPSG:4549")).added == 1


def test_file_when_it_says_wgs84_as_files_in_gcj02_do_then_taken_with_a_remark(session, tmp_path):
    file = write_layer(tmp_path / "d.gpkg", ROWS[1:2], [COUNTY])
    report = import_divisions(session, read_table(file), parse_crs("gcj02"))
    assert report.added == 1
    assert "as files in gcj02 always do" in str(report.notes[0])


def test_file_when_cgcs2000_is_declared_and_wgs84_named_then_the_same(session, tmp_path):
    file = write_layer(tmp_path / "d.gpkg", ROWS[1:2], [COUNTY])
    assert import_divisions(session, read_table(file), parse_crs("cgcs2000")).notes == []


def test_metres_when_declared_as_degrees_then_the_row_says_so(bring):
    report = bring([ROWS[1]], [box(500_000, 3_700_000, 510_000, 3_710_000)])
    assert "look like metres, but wgs84 is in degrees" in reasons(report)[1]


def test_row_when_outside_the_asker_s_area_then_refused(bring):
    report = bring([ROWS[1], {"编码": "990102", "名称": "x"}], [COUNTY, COUNTY], areas=("990101",))
    assert report.added == 1
    assert "outside the area you answer for" in reasons(report)[2]


def test_file_when_the_column_of_the_code_is_called_otherwise_then_it_can_be_named(session, tmp_path):
    rows = [{"K1": "990101", "K2": "County"}]
    table = read_table(write_geojson(Path(tmp_path) / "d.geojson", rows, [COUNTY]))
    with pytest.raises(Refused, match="--map code="):
        import_divisions(session, table, WGS84)
    assert import_divisions(session, table, WGS84, given={"code": "K1", "name": "K2"}).added == 1
    assert session.scalar(select(Cell).limit(1)) is None


def test_village_when_it_would_shrink_away_from_its_cells_is_refused_and_names_them(session, bring):
    bring(ROWS, SHAPES)
    village = session.scalars(select(Division).where(Division.code == "990101001001")).one()
    session.execute(
        text(
            "INSERT INTO cells (code, village_id, name, kind, area, valid_from, source)"
            " VALUES ('990101001001001', :id, 'Cell', 'general',"
            " st_multi(st_makeenvelope(122.3, 33.8, 122.4, 33.9, 4326)), '2026-01-01', 'test')"
        ),
        {"id": village.id},
    )
    smaller, larger = box(122.3, 33.8, 122.35, 33.85), box(122.3, 33.8, 122.41, 33.9)
    report = bring(ROWS[:1], [smaller])
    assert "990101001001001" in reasons(report)[1]
    assert numbers(report) == (0, 0, 0, 1)
    assert numbers(bring(ROWS[:1], [smaller], valid_from=date(2026, 6, 1))) == (0, 0, 0, 1)
    assert numbers(bring(ROWS[:1], [larger])) == (0, 1, 0, 0)
    session.execute(text("UPDATE cells SET valid_to = '2026-06-01'"))
    assert numbers(bring(ROWS[:1], [smaller], valid_from=date(2026, 6, 1))) == (0, 1, 0, 0)
