"""Siting computed by the worker."""

from cameras.siting import perform_study


def run_siting(study_id: int) -> None:
    """The job: answer a siting study; how far it is can be read in its row."""
    from data.database import session_scope
    from webapp.cli import working_engine
    from webapp.coverage_jobs import recent_incidents

    with working_engine(pool_size=3) as engine:
        with session_scope(engine) as session:
            incidents = recent_incidents(session)
        perform_study(engine, study_id, incidents)
