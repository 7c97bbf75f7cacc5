"""Cameras from files: declared systems, catalogues, blanks, duplicates, and every way a row can be wrong."""

import doctest
from datetime import UTC, datetime

import pytest
from pyproj import Geod
from shapely import Point, box
from sqlalchemy import func, select, text

import cameras.import_fields
import cameras.importing
from cameras.importing import import_cameras
from cameras.locating import locate_cameras_again
from cameras.models import Camera
from cameras.register import camera_health
from data.errors import Refused
from data.importing.reading import read_table
from gis.crs import from_wgs84, parse_crs
from tests.importing_files import write_csv, write_layer, write_xlsx

EARTH = Geod(ellps="WGS84")
#: design/domain.md §2.10: the pair as AMap gives it, and where it is.
DONGHAI_GCJ, DONGHAI = (118.766489, 34.522859), (118.761026, 34.523976)


@pytest.fixture
def bring(session, tmp_path):
    """Import rows as CSV and return the report."""

    def bring_(rows, crs="wgs84", **how):
        table = read_table(write_csv(tmp_path / "c.csv", rows, encoding="utf-8-sig"))
        return import_cameras(session, table, parse_crs(crs), **how)

    return bring_


def row(code="C1", **more) -> dict:
    return {"编码": code, "名称": "东门", "经度": 122.32, "纬度": 33.85} | more


def reasons(report) -> dict[int, str]:
    return {refusal.row_number: str(refusal) for refusal in report.refusals}


def camera(session, code="C1") -> Camera:
    session.expire_all()
    return session.scalars(select(Camera).where(Camera.code == code)).one()


def place(session, code="C1") -> tuple[float, float]:
    return tuple(
        session.execute(text("SELECT st_x(place), st_y(place) FROM cameras WHERE code = :c"), {"c": code}).one()
    )


@pytest.mark.parametrize("module", [cameras.import_fields, cameras.importing], ids=lambda module: module.__name__)
def test_docstrings_when_run_then_say_the_truth(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_cameras_when_in_a_shifted_system_then_they_land_where_they_should_and_keep_the_raw_pair(session, bring, crs):
    x, y = from_wgs84([DONGHAI], parse_crs(crs))[0].tolist()
    assert bring([row(经度=x, 纬度=y)], crs).added == 1
    assert EARTH.inv(*place(session), *DONGHAI)[2] < 0.5
    found = camera(session)
    assert (found.source_crs, found.raw_x, found.raw_y) == (crs, pytest.approx(x), pytest.approx(y))


def test_cameras_when_in_gcj02_then_the_published_value_comes_out(session, bring):
    bring([row(经度=DONGHAI_GCJ[0], 纬度=DONGHAI_GCJ[1])], "gcj02")
    assert EARTH.inv(*place(session), *DONGHAI)[2] < 0.5
    assert EARTH.inv(*DONGHAI_GCJ, *DONGHAI)[2] == pytest.approx(516, abs=2)


def test_cameras_when_in_metres_then_they_land_where_they_should(session, bring):
    x, y = from_wgs84([DONGHAI], parse_crs("EPSG:4549"))[0].tolist()
    bring([{"编码": "C1", "名称": "x", "东坐标": x, "北坐标": y}], "EPSG:4549")
    assert EARTH.inv(*place(session), *DONGHAI)[2] < 0.01


def test_file_when_imported_twice_then_nothing_changes_and_no_map_layer_is_touched(session, bring):
    rows = [row("C1"), row("C2", 纬度=33.86)]
    assert bring(rows).added == 2
    before = session.scalar(text("SELECT count(*) FROM layer_changes"))
    again = bring(rows)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert session.scalar(text("SELECT count(*) FROM layer_changes")) == before


def test_every_format_when_imported_then_the_same_cameras(session, tmp_path):
    rows = [{"编码": "C1", "名称": "东门", "类型": "球机"}]
    shapes = [Point(122.32, 33.85)]
    files = [
        write_layer(tmp_path / "c.gpkg", rows, shapes),
        write_layer(tmp_path / "c.shp", rows, shapes, encoding="gbk"),
        write_layer(tmp_path / "c.geojson", rows, shapes),
        write_xlsx(tmp_path / "c.xlsx", [rows[0] | {"lng": 122.32, "lat": 33.85}]),
        write_csv(tmp_path / "c.csv", [rows[0] | {"WKT": "POINT (122.32 33.85)"}], encoding="gbk"),
    ]
    wgs84 = parse_crs("wgs84")
    outcomes = [import_cameras(session, read_table(file), wgs84) for file in files]
    assert [(one.added, one.unchanged, one.refusals) for one in outcomes] == [(1, 0, [])] + [(0, 1, [])] * 4


def test_camera_when_new_then_its_kind_gives_what_the_row_leaves_blank(session, bring):
    bring([row("C1", 类型="球机", 方位角=""), row("C2", 类型="枪机", 方位角="西北"), row("C3", 类型="", 方位角="92.5")])
    views = [(c.kind, c.hfov_deg, c.range_m, c.bearing_deg) for c in (camera(session, f"C{n}") for n in (1, 2, 3))]
    assert views == [("dome", 360, 80, 0), ("bullet", 60, 50, 315), ("bullet", 60, 50, 92.5)]


def test_camera_when_known_then_blank_cells_leave_what_the_register_says(session, bring):
    bring([row(安装高度=6, 备案号="B-1")])
    report = bring([{"编码": "C1", "经度": 122.33, "纬度": 33.85, "备案号": "", "保存天数": 30}])
    found = camera(session)
    assert report.changed == 1
    assert (found.name, found.mount_height_m, found.filing_no, found.retention_days) == ("东门", 6, "B-1", 30)


def test_catalogue_when_gb28181_then_read_without_mapping_and_without_its_secrets(session, bring):
    gb_code = "32072200001320000001"
    entry = {
        "DeviceID": gb_code,
        "Name": "牛山路口",
        "Manufacturer": "x",
        "Status": "OFF",
        "Longitude": 118.76,
        "Latitude": 34.52,
        "PTZType": 3,
        "DirectionType": 2,
        "IPAddress": "10.0.0.8",
        "Password": "admin123",
        "StreamUrl": "rtsp://10.0.0.8/1",
    }
    report = bring([entry])
    found = camera(session, gb_code)
    assert (found.gb_code, found.status, found.kind, found.bearing_deg) == (gb_code, "offline", "bullet", 270)
    assert "IPAddress, Password, StreamUrl" in str(report.notes[0])
    kept = session.execute(text("SELECT to_jsonb(c)::text FROM cameras c")).scalar_one()
    assert not any(secret in kept for secret in ("admin123", "10.0.0.8", "rtsp"))


def test_camera_when_known_by_its_gb_code_then_that_one_is_changed(session, bring):
    gb_code = "32072200001320000001"
    bring([row("C1", 国标编码=gb_code)])
    assert bring([{"国标编码": gb_code, "经度": 122.33, "纬度": 33.85}]).changed == 1
    assert place(session)[0] == pytest.approx(122.33)


def test_row_when_its_gb_code_belongs_to_another_camera_then_refused(bring):
    gb_code = "32072200001320000001"
    bring([row("C1", 国标编码=gb_code), row("C2", 国标编码="")])
    assert "belongs to the camera C1" in reasons(bring([row("C2", 国标编码=gb_code)]))[2]


def test_codes_when_duplicate_then_every_copy_is_refused(bring):
    report = bring([row("C1"), row("C2"), row("C1")])
    assert set(reasons(report)) == {2, 4}
    assert "comes in several rows (2, 4)" in reasons(report)[2]
    assert report.added == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"编码": ""}, "no code"),
        ({"编码": 3.2072200001320001e19}, "has lost its last digits|rounded by a spreadsheet"),
        ({"编码": "x" * 65}, "more than 64 characters"),
        ({"经度": ""}, "no place"),
        ({"经度": "NaN"}, "no place"),
        ({"经度": "east"}, "“east” is not a number"),
        ({"经度": 0, "纬度": 0}, "never filled in"),
        ({"经度": 222.5}, "longitude 222.5 lies outside"),
        ({"经度": 33.85, "纬度": 122.32}, "is longitude written in its place"),
        ({"经度": 500000, "纬度": 3700000}, "look like metres"),
        ({"状态": "asleep"}, "“asleep” is not one of: online, offline, fault, planned, removed"),
        ({"类型": "telescope"}, "“telescope” is not one of"),
        ({"方位角": 400}, "outside the possible range from 0 to 360"),
        ({"安装高度": -3}, "outside the possible range"),
        ({"国标编码": "123"}, "no GB/T 28181 camera code"),
        ({"安装日期": "soon"}, "no date or time"),
        ({"名称": "rtsp://admin:pw@10.0.0.1/1"}, "video stream"),
    ],
)
def test_row_when_wrong_then_refused_with_row_column_and_sentence_and_the_good_one_comes_in(
    session, bring, values, says
):
    blanks = dict.fromkeys(("状态", "类型", "方位角", "安装高度", "国标编码", "安装日期"), "")
    report = bring([row("C9", **blanks), row("C1", **blanks) | values])
    refusal = report.refusals[0]
    assert any(words in str(refusal) for words in says.split("|"))
    assert refusal.row_number == 3
    assert refusal.column
    assert report.added == 1
    assert session.scalar(select(func.count()).select_from(Camera)) == 1


def test_rows_when_a_tenth_is_bad_then_nine_tenths_come_in(session, bring):
    rows = [row(f"C{n}", 纬度=33.85 + n / 1e4 if n % 10 else "?") for n in range(100)]
    report = bring(rows)
    assert (report.added, len(report.refusals)) == (90, 10)
    assert session.scalar(select(func.count()).select_from(Camera)) == 90


def test_place_when_it_is_no_point_then_refused(session, tmp_path):
    file = write_layer(tmp_path / "c.gpkg", [{"code": "C1"}], [box(122, 33, 123, 34)])
    report = import_cameras(session, read_table(file), parse_crs("wgs84"))
    assert "A Polygon is no single place" in reasons(report)[1]


def test_file_when_all_places_lie_far_from_every_division_then_a_remark_warns(bring, build):
    build.division("990101")
    report = bring([row("C1", 经度=10.1, 纬度=50.2)])
    assert "All 1 places lie outside every division. Is wgs84 really" in str(report.notes[0])


def test_file_when_declared_wrongly_then_the_better_system_is_named(session, bring, build):
    build.division("320722", box(118.70, 34.50, 118.7630, 34.55))
    pairs = from_wgs84([(118.7610 + n * 1e-5, 34.52) for n in range(20)], parse_crs("gcj02")).tolist()
    rows = [row(f"C{n}", 经度=x, 纬度=y) for n, (x, y) in enumerate(pairs)]
    assert any("Read as gcj02, only 0 of 20" in str(note) for note in bring(rows, "wgs84").notes)
    assert bring(rows, "gcj02").notes == []


def test_row_when_outside_the_asker_s_area_then_refused(bring, build):
    build.division("990101001")
    report = bring([row("C1"), row("C2", 经度=122.6)], areas=("990101001",))
    assert report.added == 1
    assert "outside the area you answer for" in reasons(report)[3]


def test_file_when_it_has_no_code_or_no_place_then_the_sentence_says_what_to_write(bring):
    with pytest.raises(Refused, match=r"no column for a camera's code.*--map code="):
        bring([{"名称": "x", "经度": 1, "纬度": 2}])
    with pytest.raises(Refused, match=r"no column for lon, lat"):
        bring([{"编码": "x", "名称": "y"}])


def test_camera_when_cells_come_later_then_it_finds_its_cell(session, bring, build):
    bring([row()])
    assert camera(session).cell_id is None
    cell = build.cell()
    assert locate_cameras_again(session) == 1
    assert (camera(session).cell_id, camera(session).location_code) == (cell.id, cell.code)
    assert locate_cameras_again(session) == 0


def test_state_when_an_import_changes_it_is_told_so_that_health_is_true(session, bring):
    bring([row("C1"), row("C2", 名称="西门")])
    kept = text("SELECT payload FROM events WHERE kind = 'camera_changed' AND subject = 'camera:C1'")
    assert session.scalars(kept).all() == []
    bring([row("C1", 设备状态="故障"), row("C2", 名称="西门")])
    assert session.scalars(kept).all() == [{"code": "C1", "changes": {"status": ["online", "fault"]}}]
    found, changes = camera_health(session, "C1", "fault", datetime.now(UTC))
    assert (found.status, found.since, len(changes)) == ("fault", changes[0].at, 1)
    bring([row("C1", 名称="东门二")])
    assert len(session.scalars(kept).all()) == 1
