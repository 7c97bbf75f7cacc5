"""Coverage runs as jobs: asked for, watched while they run, stopped; the run itself is `cameras.coverage`.

How far a run is must be seen before its transaction ends, so it is told over a connection of its own.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from cameras.coverage import Parameters, update_coverage
from cameras.events import CoverageStopAsked
from cameras.models import CoverageRun
from cameras.rules import sentence
from data.database import session_scope
from data.errors import GridbeatError, NotFound, Refused
from data.events import record
from data.jobs import enqueue, is_waiting
from gis.errors import GisError
from grids.models import Division
from grids.queries import under

log = logging.getLogger(__name__)

JOB = "run_coverage"
OPEN = ("waiting", "running")


class RunStopped(Refused):
    """Somebody stopped the run; the former results stand."""


class Reporter:
    """Writes how far a run is where all can see it, and notices when it is to stop."""

    def __init__(self, engine: Engine, run_id: int) -> None:
        self.engine, self.run_id = engine, run_id

    def __call__(self, step: str, share: float) -> None:
        """Tell the step and the share done (0 to 1); raises RunStopped when a stop was asked for."""
        if share >= 1.0:
            return  # the run's own transaction says so, together with the results
        with self.engine.begin() as connection:
            stop_asked_at = connection.scalar(_PROGRESS, {"id": self.run_id, "step": step, "share": share})
        if stop_asked_at is not None:
            raise RunStopped(sentence("The computation was stopped. The former results stand."))


_PROGRESS = text(
    "UPDATE coverage_runs SET step = :step, share = :share, progressed_at = now()"
    " WHERE id = :id RETURNING stop_asked_at"
)


def ask_for_run(
    session: Session, area_code: str = "", *, asked_by: int | None = None, parameters: dict[str, Any] | None = None
) -> CoverageRun:
    """The run that will compute an area's coverage, with its job; one that waits or runs already is not doubled."""
    standing = session.scalar(
        select(CoverageRun).where(CoverageRun.area_code == area_code, CoverageRun.status.in_(OPEN))
    )
    if standing is not None and is_waiting(session, JOB):
        return standing
    _give_up_forsaken(session)
    run = CoverageRun(area_code=area_code, asked_by=asked_by, status="waiting", parameters=parameters or {})
    session.add(run)
    session.flush()
    enqueue(session, JOB, lock="coverage", area_code=area_code, asked_by=asked_by, run_id=run.id)
    return run


def new_run(engine: Engine, area_code: str = "", *, asked_by: int | None = None) -> int:
    """The id of a run that nobody has asked for beforehand; it is kept at once, so that it can be watched."""
    with session_scope(engine) as session:
        run = CoverageRun(area_code=area_code, asked_by=asked_by, status="waiting")
        session.add(run)
        session.flush()
        return run.id


def _give_up_forsaken(session: Session) -> None:
    """Runs that nobody will end, because no job is left that would: they are called failed."""
    if not is_waiting(session, JOB):
        session.execute(
            update(CoverageRun)
            .where(CoverageRun.status.in_(OPEN))
            .values(
                status="failed", finished_at=datetime.now(UTC), sentence=sentence("The computation was interrupted.")
            )
        )


def runs_within(session: Session, scope: tuple[str, ...]) -> tuple[str, ...]:
    """The areas whose runs `scope` may see and stop: who has every county also has the runs of everything."""
    today = Division.validity.contains(func.current_date())
    elsewhere = select(Division.id).where(Division.level == "county", today, ~under(Division.code, scope)).limit(1)
    return ("",) if scope and session.scalar(elsewhere) is None else scope


def find_open_run(session: Session, scope: tuple[str, ...] = ("",)) -> CoverageRun | None:
    """The run of an area that is under way or will be next."""
    return session.scalar(
        select(CoverageRun)
        .where(CoverageRun.status.in_(OPEN), under(CoverageRun.area_code, scope))
        .order_by(CoverageRun.status, CoverageRun.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def get_run(session: Session, run_id: int, scope: tuple[str, ...]) -> CoverageRun:
    """The run as it stands now; NotFound for none, or one whose area is not wholly in `scope`."""
    asked = select(CoverageRun).where(CoverageRun.id == run_id, under(CoverageRun.area_code, scope))
    run = session.scalar(asked.execution_options(populate_existing=True))
    if run is None:
        raise NotFound("There is no such computation.")
    return run


def stop_run(session: Session, run_id: int, *, actor_id: int | None, scope: tuple[str, ...] = ("",)) -> CoverageRun:
    """Ask a run to stop at its next step. Raises NotFound as `get_run` does, Refused when it has ended."""
    run = get_run(session, run_id, scope)
    if run.status not in OPEN:
        raise Refused("The computation has ended already.")
    if run.stop_asked_at is None:
        run.stop_asked_at, run.stop_asked_by = datetime.now(UTC), actor_id
        subject, where = f"coverage:{run.id}", run.area_code or None
        record(session, CoverageStopAsked(run.id), subject=subject, location_code=where, actor_id=actor_id)
        session.flush()
    return run


def perform_run(engine: Engine, run_id: int) -> str:
    """Do a run that was asked for; returns its status: done, stopped or failed (then its row says why).

    Whatever ends it early leaves the former results as they were. An error we did not foresee is raised again.
    """
    with session_scope(engine) as session:
        run = session.get(CoverageRun, run_id)
        if run is None:
            raise NotFound("There is no such computation.")
        run.status, run.finished_at, run.started_at = "running", None, datetime.now(UTC)  # type: ignore[assignment]
        area_code, asked_by, asked = run.area_code, run.asked_by, Parameters(**run.parameters)
    try:
        with session_scope(engine) as session:
            update_coverage(
                session,
                area_code,
                asked_by=asked_by,
                parameters=asked,
                progress=Reporter(engine, run_id),
                run_id=run_id,
            )
    except RunStopped as stopped:
        return _end(engine, run_id, "stopped", stopped)
    except (GridbeatError, GisError) as error:
        return _end(engine, run_id, "failed", error)
    except Exception:
        _end(engine, run_id, "failed", Refused("Something went wrong on our side. It has been written to the log."))
        raise
    return "done"


def _end(engine: Engine, run_id: int, status: str, error: GridbeatError | GisError) -> str:
    log.info("coverage run %s ended as %s: %s", run_id, status, error)
    facts = {name: str(value) for name, value in error.facts.items()}
    with session_scope(engine) as session:
        session.execute(
            update(CoverageRun)
            .where(CoverageRun.id == run_id)
            .values(status=status, finished_at=datetime.now(UTC), sentence=error.sentence, facts=facts)
        )
    return status
