"""Imports as wholes: good rows or nothing, dry runs, strict runs, what is kept of them; and the command line."""

import csv
from datetime import date

import pytest
import shapely
from click.testing import CliRunner, Result
from shapely import box
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cameras.models import Camera
from data.database import connect, migrate
from data.errors import Refused, Unavailable
from data.importing.models import ImportRefusal, ImportRun
from gis.crs import from_wgs84, parse_crs
from tests.build import VILLAGE
from tests.importing_files import circle, write_csv, write_geojson, write_layer
from webapp.cli import main
from webapp.importing_jobs import ask_for_import, carry_out, run_import

WEST, EAST = box(122.30, 33.80, 122.35, 33.90), box(122.35, 33.80, 122.40, 33.90)
TABLES = ("divisions", "cells", "cameras", "incidents", "streets", "buildings", "places", "land_covers")


def camera_rows(count: int, bad: int = 0) -> list[dict]:
    return [
        {"code": f"C{n}", "name": "x", "lon": 122.32 + n * 1e-5, "lat": "?" if n < bad else 33.85} for n in range(count)
    ]


def cell_row(sequence: int) -> dict:
    return {"code": f"{VILLAGE}{sequence:03d}", "name": f"第{sequence:02d}网格"}


def stored(session) -> dict[str, int]:
    return {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES}


@pytest.fixture
def imported(session):
    """Ask for an import and carry it out; returns the run and the outcome."""

    def imported_(kind, path, crs="wgs84", **asked):
        run = ask_for_import(session, kind, path, crs=crs, **asked)
        outcome = carry_out(session, run.id, path)
        session.expire_all()
        return session.get(ImportRun, run.id), outcome

    return imported_


def test_run_when_done_then_it_keeps_numbers_refusals_and_remarks(session, imported, tmp_path):
    path = write_csv(tmp_path / "c.csv", [row | {"密码": "1"} for row in camera_rows(20, bad=2)])
    run, outcome = imported("cameras", path)
    assert outcome.error is None
    assert (run.status, run.added, run.refused, run.is_dry_run) == ("done", 18, 2, False)
    assert run.counts["cameras"]["added"] == 18
    assert run.notes[0]["facts"] == {"columns": "密码"}
    assert len(run.file_sha256) == 64
    refusals = session.scalars(select(ImportRefusal).where(ImportRefusal.run_id == run.id)).all()
    assert [(one.row_number, one.column_name, one.value) for one in refusals] == [(2, "lat", "?"), (3, "lat", "?")]
    assert refusals[0].sentence.format(**refusals[0].facts) == "“?” is not a number."
    assert session.scalar(text("SELECT payload->>'refused' FROM events WHERE kind = 'import_finished'")) == "2"


def test_dry_run_when_done_then_the_same_report_and_nothing_stored(session, imported, tmp_path):
    before = stored(session)
    run, _ = imported("cameras", write_csv(tmp_path / "c.csv", camera_rows(20, bad=2)), is_dry_run=True)
    assert (run.status, run.added, run.refused) == ("done", 18, 2)
    assert stored(session) == before


def test_strict_run_when_a_tenth_is_bad_then_nothing_is_stored_and_every_bad_row_named(session, imported, tmp_path):
    before = stored(session)
    path = write_csv(tmp_path / "c.csv", camera_rows(20, bad=2))
    run, outcome = imported("cameras", path, options={"strict": True})
    assert stored(session) == before
    assert (run.status, run.added, run.refused) == ("failed", 0, 2)
    assert str(outcome.error).startswith("2 rows were refused, so nothing was imported.")
    assert imported("cameras", write_csv(path, camera_rows(20)), options={"strict": True})[0].added == 20


def test_rows_when_a_tenth_is_bad_and_not_strict_then_the_good_ones_are_stored(session, imported, tmp_path):
    run, _ = imported("cameras", write_csv(tmp_path / "c.csv", camera_rows(100, bad=10)))
    assert (run.added, run.refused, session.scalar(select(func.count()).select_from(Camera))) == (90, 10, 90)


class TestBadInput:
    """What people really bring: one clear sentence each, and nothing half-stored."""

    @pytest.fixture
    def refused(self, session, imported, build):
        """Import what is bad; assert that nothing is stored, and return the sentences."""
        build.division(VILLAGE)

        def refused_(kind, path, crs="wgs84", **asked) -> str:
            before = stored(session)
            run, outcome = imported(kind, path, crs, **asked)
            assert stored(session) == before
            assert (run.added, run.changed) == (0, 0)
            if outcome.error is not None:
                assert run.status == "failed"
                assert run.sentence.format(**run.sentence_facts) == str(outcome.error)
                return str(outcome.error)
            return " / ".join(str(one) for one in outcome.report.refusals)

        return refused_

    @pytest.mark.parametrize("name", ["c.csv", "c.xlsx", "c.geojson", "c.gpkg", "c.zip"])
    def test_broken_file(self, refused, tmp_path, name):
        (tmp_path / name).write_bytes(b"\x00\x01 broken \xff\xfe")
        assert refused("cameras", tmp_path / name).endswith((".", "utf-8", "--encoding."))

    def test_broken_extract(self, refused, tmp_path):
        (tmp_path / "a.osm.pbf").write_bytes(b"broken")
        assert "damaged or no OpenStreetMap file" in refused("osm", tmp_path / "a.osm.pbf", None)

    def test_wrong_crs_by_the_coordinates(self, refused, tmp_path):
        rows = [{"code": "C1", "lon": 500000.0, "lat": 3700000.0}]
        assert "look like metres, but wgs84 is in degrees" in refused("cameras", write_csv(tmp_path / "c.csv", rows))
        rows = [{"code": "C1", "lon": 122.3, "lat": 33.8}]
        assert "look like degrees" in refused("cameras", write_csv(tmp_path / "c.csv", rows), "EPSG:4549")

    def test_wrong_crs_by_the_file(self, refused, tmp_path):
        flat = shapely.transform(WEST, lambda xy: from_wgs84(xy, parse_crs("EPSG:4549")))
        path = write_layer(tmp_path / "c.gpkg", [cell_row(1)], [flat], epsg=4549)
        assert "EPSG:4549), but wgs84 was declared" in refused("cells", path)

    def test_unknown_crs(self, refused, tmp_path):
        path = write_csv(tmp_path / "c.csv", camera_rows(2))
        assert "not a coordinate system we can read" in refused("cameras", path, "mars2000")
        assert "Declare the coordinate system" in refused("cameras", path, None)

    def test_duplicate_codes(self, refused, tmp_path):
        rows = [camera_rows(1)[0], camera_rows(1)[0]]
        assert "comes in several rows (2, 3)" in refused("cameras", write_csv(tmp_path / "c.csv", rows))

    def test_overlapping_cells(self, refused, tmp_path):
        shapes = [WEST, box(122.34, 33.80, 122.40, 33.90)]
        path = write_geojson(tmp_path / "c.geojson", [cell_row(1), cell_row(2)], shapes)
        assert f"{VILLAGE}001 and {VILLAGE}002 overlap by" in refused("cells", path)

    def test_self_crossing_polygon(self, refused, tmp_path):
        bow = shapely.Polygon([(122.3, 33.8), (122.4, 33.9), (122.4, 33.8), (122.3, 33.9)])
        path = write_geojson(tmp_path / "c.geojson", [cell_row(1)], [bow])
        assert "crosses itself at longitude 122.35" in refused("cells", path)

    def test_polygon_of_a_million_vertices(self, refused, tmp_path):
        path = write_layer(tmp_path / "c.gpkg", [cell_row(1)], [circle(122.35, 33.85, 0.02, 1_000_000)])
        assert "1,000,001 vertices; the most is 10,000" in refused("cells", path)

    def test_village_that_leaves_its_cells_behind(self, session, refused, build, tmp_path):
        """A village that shrinks from a day on would leave a cell outside."""
        build.cell(f"{VILLAGE}001", WEST)
        row = {"code": VILLAGE, "name": "smaller"}
        path = write_geojson(tmp_path / "d.geojson", [row], [box(122.30, 33.80, 122.31, 33.81)])
        says = refused("divisions", path, options={"valid_from": "2026-03-01"})
        assert f"Cells would no longer lie in {VILLAGE}: {VILLAGE}001." in says
        assert session.scalar(text("SELECT count(*) FROM divisions WHERE valid_to IS NOT NULL")) == 0


def test_file_when_not_there_then_no_run_is_made(session, tmp_path):
    with pytest.raises(Refused, match=r"no file gone\.csv"):
        ask_for_import(session, "cameras", tmp_path / "gone.csv", crs="wgs84")
    assert session.scalar(select(func.count()).select_from(ImportRun)) == 0


def test_cells_when_they_come_after_the_cameras_then_the_cameras_find_them(session, imported, build, tmp_path):
    build.division(VILLAGE)
    imported("cameras", write_csv(tmp_path / "c.csv", camera_rows(3)))
    assert set(session.scalars(select(Camera.location_code))) == {VILLAGE}
    imported("cells", write_geojson(tmp_path / "cells.geojson", [cell_row(1), cell_row(2)], [WEST, EAST]))
    assert set(session.scalars(select(Camera.location_code))) == {f"{VILLAGE}001"}


@pytest.fixture(scope="module")
def own_url(make_database):
    url = make_database("import_cli")
    migrate(url)
    return url


class TestCommandLine:
    """`gridbeat import` and `gridbeat cells draw`, on a database of their own."""

    @pytest.fixture(autouse=True)
    def _on_it(self, own_url, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", own_url)

    @pytest.fixture
    def database(self, own_url):
        engine = connect(own_url, pool_size=1)
        with Session(engine) as session:
            yield session
        engine.dispose()

    @staticmethod
    def gridbeat(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    def test_exit_code_when_all_some_or_none_came_in(self, database, tmp_path):
        path, report = tmp_path / "c.csv", tmp_path / "refused.csv"
        assert self.gridbeat("import", "cameras", write_csv(path, camera_rows(5)), "--crs", "wgs84").exit_code == 0
        write_csv(path, camera_rows(5, bad=2))
        some = self.gridbeat("import", "cameras", path, "--crs", "wgs84", "--report", report)
        assert some.exit_code == 1
        assert "2 rows were refused" in some.output
        with report.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        assert [(line["row"], line["column"], line["reason"]) for line in lines] == [
            ("2", "lat", "“?” is not a number."),
            ("3", "lat", "“?” is not a number."),
        ]
        assert self.gridbeat("import", "cameras", path, "--crs", "wgs84", "--strict").exit_code == 2
        write_csv(path, camera_rows(2, bad=2))
        assert self.gridbeat("import", "cameras", path, "--crs", "wgs84").exit_code == 2
        missing = self.gridbeat("import", "cameras", tmp_path / "gone.csv", "--crs", "wgs84")
        assert (missing.exit_code, "no file gone.csv" in missing.output) == (2, True)
        assert "Traceback" not in missing.output
        statuses = database.scalars(select(ImportRun.status).order_by(ImportRun.id)).all()
        assert statuses == ["done", "done", "failed", "done"]

    def test_crs_when_not_declared_then_asked_for(self, tmp_path):
        undeclared = self.gridbeat("import", "cameras", write_csv(tmp_path / "c.csv", camera_rows(1)))
        assert (undeclared.exit_code, "--crs" in undeclared.output) == (2, True)

    def test_columns_when_named_then_read_from_there(self, database, tmp_path):
        path = write_csv(tmp_path / "c.csv", [{"K": "mapped-1", "A": 122.3, "B": 33.9}])
        given = ("--map", "code=K", "--map", "lon=A", "--map", "lat=B")
        assert self.gridbeat("import", "cameras", path, "--crs", "wgs84", *given).exit_code == 0
        assert database.scalars(select(Camera.name).where(Camera.code == "mapped-1")).one() == "mapped-1"

    def test_job_when_asked_for_then_it_carries_the_run_out(self, database, tmp_path):
        path = write_csv(tmp_path / "job.csv", [{"code": "by-job", "lon": 122.3, "lat": 33.9}])
        first, second = (ask_for_import(database, "cameras", path, crs="wgs84") for _ in range(2))
        database.commit()
        run_import(first.id, str(path))
        assert path.exists(), "another run waits for the same file"
        run_import(second.id, str(path))
        assert not path.exists(), "an uploaded file does not stay"
        database.expire_all()
        runs = [database.get(ImportRun, run.id) for run in (first, second)]
        assert [(run.status, run.added, run.unchanged) for run in runs] == [("done", 1, 0), ("done", 0, 1)]

    def test_database_when_it_goes_away_in_the_middle_then_one_sentence_and_nothing_stored(
        self, database, own_url, tmp_path
    ):
        path = write_csv(tmp_path / "c.csv", [{"code": "lost", "lon": 122.3, "lat": 33.9}])
        run = ask_for_import(database, "cameras", path, crs="wgs84")
        database.commit()
        victim = database.scalar(text("SELECT pg_backend_pid()"))

        def cut(step: str) -> None:
            if step == "cameras":
                other = connect(own_url, pool_size=1)
                with other.begin() as connection:
                    connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": victim})
                other.dispose()

        with pytest.raises(Unavailable, match="connection to the database was lost; nothing was imported"):
            carry_out(database, run.id, path, tell=cut)
        database.rollback()
        assert database.scalar(select(func.count()).select_from(Camera).where(Camera.code == "lost")) == 0

    @pytest.mark.extracts
    def test_town_when_two_commands_are_run_then_it_has_cells_and_a_camera_by_gcj02_lands_in_one(
        self, database, extract, tmp_path
    ):
        osm = self.gridbeat("import", "osm", extract("monaco"))
        assert osm.exit_code == 0, osm.output
        assert "made from OpenStreetMap's borders" in osm.output.replace("\n", " ")
        drawn = self.gridbeat("cells", "draw")
        assert drawn.exit_code == 0, drawn.output
        cells = database.scalar(text("SELECT count(*) FROM cells"))
        assert cells > 20
        assert f"{cells} cells in 6 villages" in drawn.output
        assert "have cells" in self.gridbeat("cells", "draw", "--division", "990201").output
        place = (7.4206, 43.7311)  # the prince's palace square
        x, y = from_wgs84([place], parse_crs("gcj02"))[0].tolist()
        path = write_csv(tmp_path / "c.csv", [{"编码": "palace", "经度": x, "纬度": y}], encoding="gbk")
        assert self.gridbeat("import", "cameras", path, "--crs", "gcj02").exit_code == 0
        found = database.execute(
            text("SELECT st_distance(place::geography, st_makepoint(:x, :y)::geography), location_code FROM cameras"
                 " WHERE code = 'palace'"), {"x": place[0], "y": place[1]}
        ).one()  # fmt: skip
        assert found[0] < 0.5
        assert len(found[1]) == 15
        tried = self.gridbeat("cells", "draw", "--division", "990201", "--replace", "--households", 2000, "--dry-run")
        assert "dry run" in tried.output
        assert database.scalar(text("SELECT count(*) FROM cells WHERE valid_to IS NULL")) == cells
        assert database.scalar(text("SELECT max(valid_from) FROM cells")) == date(2000, 1, 1)
