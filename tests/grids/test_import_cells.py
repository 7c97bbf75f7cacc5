"""Cells from files: inside their village, apart from each other, history kept; nothing half-stored."""

from datetime import UTC, date, datetime

import pytest
import shapely
from shapely import box
from sqlalchemy import func, select, text

from data.importing.reading import read_table
from gis.crs import parse_crs
from grids.importing.cells import import_cells
from grids.models import Cell, CellAssignment
from tests.importing_files import circle, write_geojson, write_layer

WGS84 = parse_crs("wgs84")
VILLAGE = "990101001001"
WEST, EAST = box(122.30, 33.80, 122.35, 33.90), box(122.35, 33.80, 122.40, 33.90)


def row(sequence: int, **more) -> dict:
    return {"网格编码": f"{VILLAGE}{sequence:03d}", "网格名称": f"第{sequence:02d}网格", **more}


@pytest.fixture
def bring(session, tmp_path, build):
    """Import rows and shapes as GeoJSON into the test village and return the report."""
    build.division(VILLAGE)

    def bring_(rows, shapes, **how):
        return import_cells(session, read_table(write_geojson(tmp_path / "c.geojson", rows, shapes)), WGS84, **how)

    return bring_


@pytest.fixture
def settle(session):
    """Let the database check now what it would check at the end of the transaction."""

    def settle_():
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.execute(text("SET CONSTRAINTS ALL DEFERRED"))

    return settle_


def reasons(report) -> dict[int, str]:
    return {refusal.row_number: str(refusal) for refusal in report.refusals}


def numbers(report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.refusals)


def test_cells_when_good_then_they_come_in_and_twice_changes_nothing(session, bring, settle):
    rows = [row(1, 户数=310, 网格类型="综合网格"), row(801, 网格类型="专属网格")]
    assert numbers(bring(rows, [WEST, EAST])) == (2, 0, 0, 0)
    settle()
    found = session.scalars(select(Cell).order_by(Cell.code)).all()
    assert [(cell.name, cell.kind, cell.households) for cell in found] == [
        ("第01网格", "general", 310),
        ("第801网格", "dedicated", None),
    ]
    assert numbers(bring(rows, [WEST, EAST])) == (0, 0, 2, 0)


def test_cells_when_overlapping_in_the_file_then_both_are_refused_and_named(session, bring, settle):
    third = box(122.39, 33.80, 122.40, 33.90)
    report = bring([row(1), row(2), row(3)], [WEST, box(122.34, 33.80, 122.39, 33.90), third])
    assert f"{VILLAGE}001 and {VILLAGE}002 overlap by" in reasons(report)[1]
    assert f"{VILLAGE}002 and {VILLAGE}001 overlap by" in reasons(report)[2]
    assert numbers(report) == (1, 0, 0, 2)
    settle()
    assert list(session.scalars(select(Cell.code))) == [f"{VILLAGE}003"]


def test_cell_when_overlapping_one_in_the_database_then_refused(bring, settle):
    bring([row(1)], [WEST])
    report = bring([row(2)], [box(122.34, 33.80, 122.40, 33.90)])
    assert f"{VILLAGE}002 and {VILLAGE}001 overlap" in reasons(report)[1]
    settle()


def test_cells_when_a_border_moves_between_two_then_both_change_together(session, bring, settle):
    bring([row(1), row(2)], [WEST, EAST])
    report = bring([row(1), row(2)], [box(122.30, 33.80, 122.36, 33.90), box(122.36, 33.80, 122.40, 33.90)])
    assert numbers(report) == (0, 2, 0, 0)
    settle()


def test_cell_when_its_neighbour_s_row_is_refused_then_it_must_not_take_the_neighbour_s_ground(bring, settle):
    bring([row(1), row(2)], [WEST, EAST])
    rows = [row(1), row(2, 户数="viele")]
    report = bring(rows, [box(122.30, 33.80, 122.36, 33.90), box(122.36, 33.80, 122.40, 33.90)])
    assert "is not a number" in reasons(report)[2]
    assert f"{VILLAGE}001 and {VILLAGE}002 overlap" in reasons(report)[1]
    settle()


def test_cells_when_digitised_apart_by_a_hair_then_taken(bring, settle):
    report = bring([row(1), row(2)], [box(122.30, 33.80, 122.350000001, 33.90), EAST])
    assert numbers(report) == (2, 0, 0, 0)
    settle()


def test_cell_when_it_sticks_out_of_its_village_then_refused_with_the_ground_outside(bring):
    report = bring([row(1)], [box(122.20, 33.80, 122.35, 33.90)])
    assert "lie outside its village" in reasons(report)[1]
    assert "66.7 %" in reasons(report)[1]


def test_cell_when_its_village_is_unknown_then_refused(bring):
    report = bring([{"网格编码": "990101001002001", "网格名称": "x"}], [WEST])
    assert "no village 990101001002. Import the divisions first." in reasons(report)[1]


def test_cell_when_the_outline_crosses_itself_then_refused_with_the_place(bring):
    report = bring([row(1)], [shapely.Polygon([(122.3, 33.8), (122.4, 33.9), (122.4, 33.8), (122.3, 33.9)])])
    assert "crosses itself at longitude 122.35, latitude 33.85" in reasons(report)[1]


def test_cell_when_it_has_a_million_vertices_then_refused(session, tmp_path):
    file = write_layer(tmp_path / "c.gpkg", [row(1)], [circle(122.35, 33.85, 0.02, 1_000_000)])
    report = import_cells(session, read_table(file), WGS84)
    assert "1,000,001 vertices; the most is 10,000" in reasons(report)[1]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"网格编码": "12345"}, "no cell code"),
        ({"网格编码": 990101001001001.5}, "no cell code"),
        ({"网格编码": None}, "cell is empty"),
        ({"网格类型": "rund"}, "“rund” is not one of: general, dedicated"),
        ({"户数": -1}, "outside the possible range"),
        ({"户数": 3.5}, "no whole number"),
    ],
)
def test_row_when_wrong_in_itself_then_refused_and_the_others_come_in(bring, values, says):
    report = bring([row(1, 网格类型=None, 户数=None) | values, row(2)], [WEST, EAST])
    assert says in reasons(report)[1]
    assert report.added == 1


def test_rows_when_a_tenth_is_bad_then_nine_tenths_come_in(session, bring, settle):
    strips = [box(122.30 + 0.002 * n, 33.80, 122.302 + 0.002 * n, 33.90) for n in range(50)]
    rows = [row(n + 1, 户数="?" if n % 10 == 3 else n) for n in range(50)]
    report = bring(rows, strips)
    assert numbers(report) == (45, 0, 0, 5)
    assert set(reasons(report)) == {4, 14, 24, 34, 44}
    settle()
    assert session.scalar(select(func.count()).select_from(Cell)) == 45


def test_cells_when_they_leave_ground_open_then_a_remark_says_how_much(bring):
    report = bring([row(1)], [WEST])
    assert any("lie in no cell" in str(note) for note in report.notes)
    assert not any("lie in no cell" in str(note) for note in bring([row(2)], [EAST]).notes)


def test_cell_when_changed_with_a_date_then_history_is_kept_and_its_worker_goes_on(session, bring, settle, build):
    bring([row(1)], [WEST])
    old = session.scalars(select(Cell)).one()
    build.assignment(old, build.worker("Li"), date(2026, 1, 1))
    since = date(2026, 3, 1)
    smaller = box(122.30, 33.80, 122.34, 33.90)
    assert numbers(bring([row(1)], [smaller], valid_from=since)) == (0, 1, 0, 0)
    settle()
    session.expire_all()
    new = session.scalars(select(Cell).where(Cell.valid_from == since)).one()
    assert (session.get(Cell, old.id).valid_to, new.name, new.valid_to) == (since, "第01网格", None)
    duties = session.scalars(select(CellAssignment).order_by(CellAssignment.starts_on)).all()
    assert [(duty.cell_id, duty.starts_on, duty.ends_on) for duty in duties] == [
        (old.id, date(2026, 1, 1), since),
        (new.id, since, None),
    ]
    assert numbers(bring([row(1)], [smaller], valid_from=since)) == (0, 0, 1, 0)


def test_row_when_it_leaves_cells_blank_then_what_is_known_stays(session, bring):
    bring([row(1, 户数=310)], [WEST])
    report = bring([{"网格编码": f"{VILLAGE}001", "户数": None}], [box(122.30, 33.80, 122.34, 33.90)])
    assert report.changed == 1
    session.expire_all()
    assert session.scalars(select(Cell)).one().households == 310
    assert datetime.now(UTC).date() > date(2026, 1, 1)


def test_database_when_it_is_asked_directly_then_it_would_have_refused_the_same(session, bring, build):
    bring([row(1)], [WEST])
    build.cell(f"{VILLAGE}009", box(122.34, 33.80, 122.36, 33.90))
    with pytest.raises(Exception, match="overlap by"):
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
