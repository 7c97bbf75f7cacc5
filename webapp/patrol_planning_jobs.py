"""Patrols planned by the worker."""

from patrols.study import perform_study


def plan_patrols(study_id: int) -> None:
    """The job: make a plan that was asked for; how far it is can be read in its row."""
    from webapp.cli import working_engine

    with working_engine(pool_size=3) as engine:
        perform_study(engine, study_id)
