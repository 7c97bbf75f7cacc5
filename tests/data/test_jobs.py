"""Jobs on the real queue: saved with the change, done once, taken up again when their worker is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from data import jobs
from data.database import connect, migrate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def job_url(make_database):
    url = make_database("jobs")
    migrate(url)
    return url


@pytest.fixture
def job_engine(job_url):
    engine = connect(job_url, pool_size=2)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
        connection.execute(text("DROP TABLE IF EXISTS done"))
        connection.execute(text("CREATE TABLE done (what text, at timestamptz DEFAULT now())"))
    yield engine
    engine.dispose()


def _note(job_url, what):
    engine = connect(job_url, pool_size=1)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO done (what) VALUES (:what)"), {"what": what})
    engine.dispose()


def _apart(act, *arguments, **named):
    """Call `act` in a thread of its own: a browser test in the same process leaves its event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act, *arguments, **named).result()


def _done(engine):
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT what FROM done ORDER BY at")))


def test_job_when_its_change_is_kept_is_done_with_its_arguments(job_url, job_engine):
    with Session(job_engine) as session:
        job_id = jobs.enqueue(session, "note", what="walked")
        assert jobs.job_status(session, job_id) == "todo"
        session.commit()
    _apart(jobs.work, job_url, {"note": lambda what: _note(job_url, what)}, until_empty=True)
    assert _done(job_engine) == ["walked"]
    with Session(job_engine) as session:
        assert jobs.job_status(session, job_id) == "succeeded"


def test_job_when_its_change_is_undone_does_not_exist(job_url, job_engine):
    with Session(job_engine) as session:
        job_id = jobs.enqueue(session, "note", what="never")
        session.rollback()
        assert jobs.job_status(session, job_id) is None
    _apart(jobs.work, job_url, {"note": lambda what: _note(job_url, what)}, until_empty=True)
    assert _done(job_engine) == []


_SLOW_WORKER = textwrap.dedent(
    """
    import sys, time
    sys.path.insert(0, {root!r})
    from data import jobs
    from data.database import connect
    from sqlalchemy import text
    def slow(what):
        engine = connect({url!r}, pool_size=1)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO done (what) VALUES ('started')"))
        engine.dispose()
        time.sleep(600)
    jobs.work({url!r}, {{"slow": slow}})
    """
)


def test_job_when_its_worker_is_killed_is_taken_up_again(job_url, job_engine):
    with Session(job_engine) as session:
        job_id = jobs.enqueue(session, "slow", what="again")
        session.commit()
    worker = subprocess.Popen([sys.executable, "-c", _SLOW_WORKER.format(root=str(ROOT), url=job_url)])
    deadline = time.monotonic() + 60
    while _done(job_engine) != ["started"] and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    with Session(job_engine) as session:
        assert jobs.job_status(session, job_id) == "doing"
        # the dead worker's last sign of life moves into the past, instead of this test waiting for it
        session.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '10 minutes'")
        )
        session.commit()
    assert _apart(jobs.take_up_stalled, job_url) == [job_id]
    _apart(jobs.work, job_url, {"slow": lambda what: _note(job_url, what)}, until_empty=True)
    assert _done(job_engine) == ["started", "again"]
