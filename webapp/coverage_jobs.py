"""Coverage computed by the worker, and the incidents that happened where nobody looks."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cameras.coverage_lists import weigh
from cameras.runs import new_run, perform_run
from cameras.tiers import update_tiers
from incidents.models import Incident

#: Incidents older than this say little about where to look today.
INCIDENT_DAYS = 365


def run_coverage(area_code: str = "", asked_by: int | None = None, run_id: int | None = None) -> None:
    """The job: compute what the cameras of an area see; how far it is can be read in its row (see `cameras.runs`)."""
    from data.database import session_scope
    from webapp.cli import working_engine

    with working_engine() as engine:
        if perform_run(engine, run_id or new_run(engine, area_code, asked_by=asked_by)) == "done":
            with session_scope(engine) as session:
                weigh_by_incidents(session)


def weigh_by_incidents(session: Session) -> None:
    """Give gaps and cells the number of last year's incidents that happened there."""
    weigh(session, [(lon, lat, 1.0) for lon, lat in recent_incidents(session)])


def recent_incidents(session: Session) -> list[tuple[float, float]]:
    """Where last year's incidents happened (lon, lat), without the void ones."""
    since = datetime.now(UTC) - timedelta(days=INCIDENT_DAYS)
    query = select(func.st_x(Incident.place), func.st_y(Incident.place))
    rows = session.execute(query.where(Incident.received_at >= since, Incident.status != "void"))
    return [(row[0], row[1]) for row in rows]


def run_coverage_tiers(run_id: int) -> None:
    """The job: compute what is seen at which quality in the area of a run, once that has ended."""
    from webapp.cli import working_session

    with working_session() as session:
        update_tiers(session, run_id)
