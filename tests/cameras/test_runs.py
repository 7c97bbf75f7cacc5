"""Runs as jobs: seen while they run, stopped, failed; and edits beside them, on connections of their own."""

import threading

import pytest
from click.testing import CliRunner
from shapely import box
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from cameras import coverage, grounds
from cameras.commands import change_camera
from cameras.coverage import update_coverage
from cameras.models import CameraView, CellCoverage, CoverageGap, CoverageRun, CoverageRunCell
from cameras.runs import ask_for_run, find_open_run, new_run, perform_run, stop_run
from data.database import migrate
from data.errors import Refused
from tests.build import CELL, VILLAGE, Build
from tests.cameras.test_refresh import assert_equal, state
from webapp.cli import main

EAST = f"{VILLAGE}777"


@pytest.fixture(scope="module")
def own_engine(make_database):
    url = make_database("runs")
    migrate(url)
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def own(own_engine):
    """A database of its own whose transactions are kept, with two neighbouring cells and two cameras between them."""
    with Session(own_engine) as session, session.begin():
        build = Build(session)
        build.cell(CELL, box(122.3, 33.8, 122.303, 33.803))
        build.cell(EAST, box(122.303, 33.8, 122.306, 33.803))
        build.street("122.3003 33.8015, 122.3057 33.8015")
        build.building(box(122.3022, 33.8018, 122.3026, 33.8020))
        build.camera("A", 122.3028, 33.8014, hfov_deg=360, range_m=70)
        build.camera("B", 122.3033, 33.8016, hfov_deg=360, range_m=70)
    yield own_engine
    with own_engine.begin() as connection:
        connection.execute(text("ALTER TABLE events DISABLE TRIGGER events_are_kept"))
        for table in ("coverage_runs", "coverage_changes", "cameras", "streets", "buildings", "cells", "divisions"):
            connection.execute(text(f"TRUNCATE {table} CASCADE"))
        connection.execute(text("TRUNCATE events, procrastinate_jobs CASCADE"))
        connection.execute(text("ALTER TABLE events ENABLE TRIGGER events_are_kept"))


def turn(engine, code, **changes):
    """Change a camera in a transaction of its own."""
    with Session(engine) as session, session.begin():
        row = session.execute(text("SELECT id, version FROM cameras WHERE code = :code"), {"code": code}).one()
        change_camera(session, row.id, version=row.version, scope=("",), actor_id=None, **changes)


def assert_fresh(engine):
    """What is stored is what a run of everything finds."""
    with Session(engine) as session:
        found = state(session)
        update_coverage(session)
        assert_equal(found, state(session))
        session.rollback()


def test_run_when_performed_is_done_with_its_figures_kept_as_a_version(own):
    run_id = new_run(own)
    assert perform_run(own, run_id) == "done"
    with Session(own) as session:
        run = session.get(CoverageRun, run_id)
        assert (run.status, run.share, run.step) == ("done", 1.0, "done")
        assert set(run.seconds) == {"reading", "buildings", "views", "ground", "gaps", "writing"} - (
            {"buildings", "views"} - set(run.seconds)
        )
        assert run.engine_version.startswith("gridbeat ")
        assert run.quality["buildings_without_height"] == 1
        kept = session.scalars(select(CoverageRunCell).where(CoverageRunCell.run_id == run_id)).all()
        assert {row.cell_id: row.watched_area_m2 for row in kept} == {
            row.cell_id: row.watched_area_m2 for row in session.scalars(select(CellCoverage))
        }


def test_command_when_it_computes_counts_the_incidents_that_nobody_sees(own, monkeypatch):
    with Session(own) as session, session.begin():
        for lon in (122.3028, 122.3050, 122.3051):
            Build(session).incident(lon, 33.8015)
    monkeypatch.setenv("DATABASE_URL", own.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(main, ["coverage", "update"])
    assert done.exit_code == 0, done.output
    assert "2 cameras among 1 buildings" in done.stderr
    with Session(own) as session:
        cells = session.scalars(select(CellCoverage).order_by(CellCoverage.cell_id)).all()
        assert [(cell.incident_weight, cell.watched_incident_weight) for cell in cells] == [(1, 1), (2, 0)]
        assert session.scalar(select(func.sum(CoverageGap.incident_weight))) == 2


def test_progress_when_a_run_is_under_way_is_seen_by_others(own, monkeypatch):
    seen = []

    def look(*args, **kwargs):
        with Session(own) as other:
            run = find_open_run(other)
            seen.append((run.status, run.step, run.share))
        return cover(*args, **kwargs)

    cover = coverage.cover
    monkeypatch.setattr(coverage, "cover", look)
    perform_run(own, new_run(own))
    assert [(status, step) for status, step, _ in seen] == [("running", "gaps")]
    assert 0.5 < seen[0][2] < 0.6


@pytest.mark.parametrize(("room", "name", "step"), [(coverage, "cover", "gaps"), (grounds, "build_ground", "ground")])
def test_run_when_stopped_ends_inside_the_step_and_leaves_the_former_results(own, monkeypatch, room, name, step):
    perform_run(own, new_run(own))
    with Session(own) as session, session.begin():
        former = state(session)
        session.execute(text("DELETE FROM cell_grounds"))
    turn(own, "A", status="offline")
    turn(own, "A", status="online")
    run_id = new_run(own)

    def stop(*args, **kwargs):
        with Session(own) as other, other.begin():
            stop_run(other, run_id, actor_id=None)
        return act(*args, **kwargs)

    act = getattr(room, name)
    monkeypatch.setattr(room, name, stop)
    assert perform_run(own, run_id) == "stopped"
    with Session(own) as session:
        run = session.get(CoverageRun, run_id)
        assert run.finished_at is not None
        assert run.step == step
        assert run_id not in set(session.scalars(select(CameraView.run_id)))
        assert_equal(state(session), former)
        with pytest.raises(Refused, match="ended already"):
            stop_run(session, run_id, actor_id=None)


def test_run_when_it_cannot_be_done_says_why(own):
    run_id = new_run(own, "123456")
    assert perform_run(own, run_id) == "failed"
    with Session(own) as session:
        run = session.get(CoverageRun, run_id)
        assert run.sentence.format(**run.facts) == "There are no cells under 123456. Draw or import cells first."


def test_run_when_asked_for_twice_is_one_with_one_job(own):
    with Session(own) as session, session.begin():
        first, second = ask_for_run(session), ask_for_run(session)
        assert first.id == second.id
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1


def test_run_when_its_job_is_lost_makes_room_for_another(own):
    lost = new_run(own)
    with Session(own) as session, session.begin():
        assert ask_for_run(session).id != lost
        assert session.get(CoverageRun, lost).status == "failed"


def test_edit_when_a_run_is_computing_is_not_lost(own, monkeypatch):
    perform_run(own, new_run(own))

    def edit(*args, **kwargs):
        turn(own, "A", bearing_deg=180.0, hfov_deg=90.0)
        turn(own, "B", status="offline")
        return cover(*args, **kwargs)

    cover = coverage.cover
    monkeypatch.setattr(coverage, "cover", edit)
    assert perform_run(own, new_run(own)) == "done"
    monkeypatch.undo()
    with Session(own) as session:
        assert len(session.scalars(select(CameraView.camera_id)).all()) == 1
    assert_fresh(own)


def test_edits_when_two_touch_the_same_cells_at_once_both_count(own):
    perform_run(own, new_run(own))
    with Session(own) as first, first.begin():
        row = first.execute(text("SELECT id, version FROM cameras WHERE code = 'A'")).one()
        change_camera(first, row.id, version=row.version, scope=("",), actor_id=None, range_m=30.0)
        second = threading.Thread(target=turn, args=(own, "B"), kwargs={"range_m": 40.0})
        second.start()
        second.join(0.7)
        assert second.is_alive()  # it waits for the first
    second.join(20)
    assert not second.is_alive()
    assert_fresh(own)


def test_run_when_another_is_under_way_is_refused(own):
    with Session(own) as first, Session(own) as second:
        update_coverage(first)
        with pytest.raises(Refused, match="computed already"):
            update_coverage(second)
        first.rollback()
