"""Siting computed by the worker."""

from cameras.siting import perform_study


def run_siting(study_id: int) -> None:
    """The job: answer a siting study; how far it is can be read in its row."""
    from data.database import connect, session_scope
    from webapp.cli import database_url
    from webapp.coverage_jobs import recent_incidents

    engine = connect(database_url(), pool_size=3)
    try:
        with session_scope(engine) as session:
            incidents = recent_incidents(session)
        perform_study(engine, study_id, incidents)
    finally:
        engine.dispose()
