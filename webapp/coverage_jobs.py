"""Coverage computed by the worker."""

from cameras.runs import new_run, perform_run


def run_coverage(area_code: str = "", asked_by: int | None = None, run_id: int | None = None) -> None:
    """The job: compute what the cameras of an area see; how far it is can be read in its row (see `cameras.runs`)."""
    from data.database import connect
    from webapp.cli import database_url

    engine = connect(database_url(), pool_size=2)
    try:
        perform_run(engine, run_id or new_run(engine, area_code, asked_by=asked_by))
    finally:
        engine.dispose()
