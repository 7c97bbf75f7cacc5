"""Incidents from files: categories, times, states, repeated imports, and every way a row can be wrong."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from data.errors import Refused
from data.importing.reading import read_table
from gis.crs import parse_crs
from incidents.importing import import_incidents
from incidents.locating import locate_incidents_again
from incidents.models import Incident, IncidentAction
from tests.importing_files import write_csv, write_xlsx

WGS84 = parse_crs("wgs84")


@pytest.fixture
def bring(session, tmp_path, build):
    """Import rows as CSV, with two categories in the list, and return the report."""
    build.category("0102", close_within_min=600)
    build.category("0401", name_zh="路面塌陷", name_en="Sinkhole", priority="urgent")

    def bring_(rows, **how):
        table = read_table(write_csv(tmp_path / "cases.csv", rows, encoding="gb18030"))
        return import_incidents(session, table, WGS84, **({"source": "cases"} | how))

    return bring_


def row(number="A1", **more) -> dict:
    given = {"案件编号": number, "小类代码": "0102", "经度": 122.32, "纬度": 33.85, "上报时间": "2026-01-05 08:00:00"}
    return given | {"状态": "", "结案时间": "", "问题描述": "路边有垃圾"} | more


def reasons(report) -> dict[int, str]:
    return {refusal.row_number: str(refusal) for refusal in report.refusals}


def case(session, number="A1") -> Incident:
    session.expire_all()
    return session.scalars(select(Incident).where(Incident.number == number)).one()


def test_case_when_new_then_it_has_its_category_s_priority_deadline_cell_and_log(session, bring, build):
    cell = build.cell()
    assert bring([row()]).added == 1
    found = case(session)
    assert (found.status, found.priority, found.channel, found.cell_id) == ("reported", "general", "import", cell.id)
    assert found.reported_at == found.received_at == datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
    assert found.due_at - found.received_at == timedelta(minutes=600)
    log = session.scalars(select(IncidentAction).where(IncidentAction.incident_id == found.id)).all()
    assert [(line.action, line.to_status) for line in log] == [("import", "reported")]


def test_file_when_imported_twice_then_nothing_changes(session, bring):
    rows = [row("A1"), row("A2", 结案时间="2026-01-06 09:30")]
    assert bring(rows).added == 2
    again = bring(rows)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert session.scalar(select(func.count()).select_from(IncidentAction)) == 2


def test_case_when_closed_since_then_it_is_changed_and_the_log_says_so(session, bring):
    bring([row()])
    report = bring([row(状态="结案", 结案时间="2026-01-06 09:30")])
    assert (report.added, report.changed) == (0, 1)
    found = case(session)
    assert (found.status, found.closed_at, found.version) == ("closed", datetime(2026, 1, 6, 1, 30, tzinfo=UTC), 2)
    last = session.scalars(select(IncidentAction).order_by(IncidentAction.id.desc())).first()
    assert (last.from_status, last.to_status) == ("reported", "closed")


def test_case_when_worked_on_here_then_a_file_leaves_it_alone(session, bring):
    bring([row()])
    found = case(session)
    found.status = "filed"
    session.add(IncidentAction(incident_id=found.id, action="file", from_status="reported", to_status="filed"))
    session.flush()
    report = bring([row(状态="结案", 结案时间="2026-01-06 09:30")])
    assert (report.changed, report.unchanged) == (0, 1)
    assert "1 cases have been worked on here" in str(report.notes[-1])
    assert case(session).status == "filed"


def test_case_when_handled_elsewhere_then_it_comes_in_as_filed_with_a_remark(session, bring):
    report = bring([row(状态="处置中")])
    assert case(session).status == "filed"
    assert any("come in as filed" in str(note) for note in report.notes)


def test_category_when_named_in_words_then_found(session, bring):
    rows = [row("A1", 小类代码="暴露垃圾"), row("A2", 小类代码="sinkhole")]
    assert bring(rows).added == 2
    assert case(session, "A2").priority == "urgent"


def test_category_when_in_two_lists_then_the_scheme_decides(bring, build):
    build.category("0102", "other")
    assert "in several lists (cjt214, other)" in reasons(bring([row()]))[2]
    assert bring([row()], scheme="other").added == 1


def test_id_when_given_then_it_is_the_case_s(session, bring):
    id_ = uuid4()
    bring([row() | {"uuid": str(id_)}])
    assert session.get(Incident, id_).number == "A1"


def test_case_when_without_number_then_it_gets_one_of_ours(session, bring):
    id_ = uuid4()
    bring([{name: value for name, value in row().items() if name != "案件编号"} | {"uuid": str(id_)}])
    assert session.get(Incident, id_).number


def test_description_when_it_holds_personal_numbers_then_they_do_not_come_in(session, bring):
    report = bring([row(问题描述="联系人 13812345678，身份证 320722199001011234")])
    assert case(session).description == "联系人 ***，身份证 ***"
    assert "identity number was replaced" in str(report.notes[-1])


def test_times_when_a_spreadsheet_has_them_as_dates_then_read_in_the_zone(session, bring, tmp_path):
    cells = row() | {"上报时间": datetime(2026, 1, 5, 8, 0)}  # noqa: DTZ001 - as a spreadsheet keeps it
    table = read_table(write_xlsx(tmp_path / "cases.xlsx", [cells]))
    assert import_incidents(session, table, WGS84, zone="Europe/Vaduz").added == 1
    assert case(session).reported_at == datetime(2026, 1, 5, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"案件编号": ""}, "neither an id nor a number"),
        ({"小类代码": "9999"}, "no category “9999”"),
        ({"小类代码": ""}, "no category “–”"),
        ({"状态": "asleep"}, "“asleep” is not one of: reported, filed"),
        ({"状态": "结案"}, "needs the time it was closed at"),
        ({"状态": "立案", "结案时间": "2026-01-06"}, "has a closing time, but its status is filed"),
        ({"结案时间": "2026-01-04 00:00"}, "closed before it was reported"),
        ({"上报时间": ""}, "cell is empty"),
        ({"上报时间": "someday"}, "no date or time"),
        ({"上报时间": "2199-01-01"}, "yet to come"),
        ({"经度": "NaN"}, "no place"),
        ({"经度": 500000, "纬度": 3700000}, "look like metres"),
        ({"问题描述": "x" * 2001}, "2001 characters; the most is 2000"),
    ],
)
def test_row_when_wrong_then_refused_with_one_sentence_and_the_good_one_comes_in(session, bring, values, says):
    report = bring([row("B1"), row() | values])
    assert says in reasons(report)[3]
    assert report.added == 1
    assert session.scalar(select(func.count()).select_from(Incident)) == 1


def test_numbers_when_duplicate_then_every_copy_is_refused(bring):
    report = bring([row("A1"), row("A2"), row("A1")])
    assert set(reasons(report)) == {2, 4}
    assert report.added == 1


def test_number_when_it_belongs_to_another_case_here_then_refused(bring, build):
    build.incident(number="A1")
    assert "belongs to another case here" in reasons(bring([row()]))[2]


def test_rows_when_a_tenth_is_bad_then_nine_tenths_come_in(session, bring):
    report = bring([row(f"A{n}", 小类代码="0102" if n % 10 else "9999") for n in range(100)])
    assert (report.added, len(report.refusals)) == (90, 10)
    assert session.scalar(select(func.count()).select_from(Incident)) == 90


def test_file_when_it_has_no_number_or_category_then_the_sentence_says_what_to_write(bring):
    with pytest.raises(Refused, match="no column for the case number"):
        bring([{"小类代码": "0102", "经度": 1, "纬度": 2, "上报时间": "2026-01-01"}])
    with pytest.raises(Refused, match="no column for the category"):
        bring([{"案件编号": "A", "经度": 1, "纬度": 2, "上报时间": "2026-01-01"}])


def test_case_when_cells_come_later_then_it_finds_its_cell(session, bring, build):
    bring([row()])
    assert session.execute(text("SELECT location_code FROM incidents")).scalar_one() is None
    cell = build.cell()
    assert locate_incidents_again(session) == 1
    assert case(session).cell_id == cell.id
    assert locate_incidents_again(session) == 0
