"""All that happens by itself, in two tables: jobs by name, and what follows which event."""

from collections.abc import Callable

from webapp.coverage_jobs import run_coverage
from webapp.importing_jobs import run_import

#: Job name → what does it. A job is asked for with `data.jobs.enqueue(session, name, …)`.
JOBS: dict[str, Callable[..., None]] = {"run_coverage": run_coverage, "run_import": run_import}

#: Event kind → names of the jobs it asks for (each is given the event's id).
FOLLOW_UPS: dict[str, tuple[str, ...]] = {}
