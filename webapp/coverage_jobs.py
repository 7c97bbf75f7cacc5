"""Coverage computed by the worker."""

from cameras.coverage import update_coverage


def run_coverage(area_code: str, asked_by: int | None = None) -> None:
    """The job: compute what the cameras of an area see, in one transaction."""
    from webapp.cli import working_session

    with working_session() as session:
        update_coverage(session, area_code, asked_by=asked_by)
