"""Coverage computed by the worker."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from cameras.runs import new_run, perform_run
from cameras.tiers import update_tiers


def run_coverage(area_code: str = "", asked_by: int | None = None, run_id: int | None = None) -> None:
    """The job: compute what the cameras of an area see; how far it is can be read in its row (see `cameras.runs`)."""
    from webapp.cli import working_engine

    with working_engine() as engine:
        perform_run(engine, run_id or new_run(engine, area_code, asked_by=asked_by))


def recent_incidents(session: Session) -> list[tuple[float, float]]:
    """Where last year's incidents happened (lon, lat), without the void ones."""
    rows = session.execute(text("SELECT st_x(place) AS lon, st_y(place) AS lat FROM recent_incident_places"))
    return [(row.lon, row.lat) for row in rows]


def run_coverage_tiers(run_id: int) -> None:
    """The job: compute what is seen at which quality in the area of a run, once that has ended."""
    from webapp.cli import working_session

    with working_session() as session:
        update_tiers(session, run_id)
