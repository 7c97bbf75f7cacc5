"""A dry run becomes the import by one click; the coordinate system is one of those we know."""

import io
import os

import pytest
from sqlalchemy import select

from data.importing.models import ImportRun
from tests.build import COUNTY
from webapp.housekeeping import TRIED_FILES_KEPT_S, remove_old_files
from webapp.importing_jobs import carry_out, is_tried


@pytest.fixture
def admin(build, signed_in):
    build.division(COUNTY)
    return signed_in("administrator")


def give(admin, **more):
    sent = {
        "kind": "cameras",
        "crs": "gcj02",
        "is_dry_run": "y",
        "file": (io.BytesIO(b"code,lon,lat\nC1,122.3,33.9\n"), "c.csv"),
    }
    return admin.post("/admin/imports/new", data=sent | more)


def runs(session):
    return list(session.scalars(select(ImportRun).order_by(ImportRun.id)))


def test_dry_run_when_done_becomes_the_import_by_one_click_and_once(admin, session, settings):
    page = give(admin).headers["Location"]
    tried = runs(session)[0]
    refused = admin.post(f"{page}/carry-out")
    assert (refused.status_code, "Only a dry run that has ended well" in refused.text) == (422, True)
    file = next(settings.upload_folder.iterdir())
    carry_out(session, tried.id, file)
    assert is_tried(session, tried.id), "its file is kept"
    assert "Import it now" in admin.get(page).text

    first, second = (admin.post(f"{page}/carry-out").headers["Location"] for _ in range(2))
    assert first == second
    run = runs(session)[1]
    assert (run.is_dry_run, run.crs, run.file_sha256, len(runs(session))) == (False, "gcj02", tried.file_sha256, 2)
    carry_out(session, run.id, file)
    assert (run.status, run.added) == ("done", 1)
    assert not is_tried(session, run.id)


def test_file_of_a_dry_run_when_hours_have_passed_is_gone_and_says_so(admin, session, settings):
    page = give(admin).headers["Location"]
    file = next(settings.upload_folder.iterdir())
    now_s = file.stat().st_mtime + TRIED_FILES_KEPT_S + 1
    assert remove_old_files(session, settings.upload_folder, now_s) == 0, "its run still waits for it"
    carry_out(session, runs(session)[0].id, file)
    assert remove_old_files(session, settings.upload_folder, now_s - 2) == 0
    assert remove_old_files(session, settings.upload_folder, now_s) == 1
    assert os.listdir(settings.upload_folder) == []
    assert "Import it now" not in admin.get(page).text
    assert "The file of this dry run is not kept any more." in admin.post(f"{page}/carry-out").text


@pytest.mark.parametrize(
    ("epsg", "kept"), [("4549", "EPSG:4549"), ("EPSG: 4549", "EPSG:4549"), ("", None), ("99999", None), ("²", None)]
)
def test_coordinate_system_when_another_one_is_named_by_its_number(admin, session, epsg, kept):
    give(admin, crs="epsg", epsg=epsg)
    assert [run.crs for run in runs(session)] == ([kept] if kept else [])


def test_coordinate_system_when_unknown_is_not_taken(admin, session):
    assert give(admin, crs="mars2000").status_code == 200
    assert runs(session) == []
