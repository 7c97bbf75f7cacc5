"""All that happens by itself, in three tables: jobs by name, their times, and what follows which event."""

from collections.abc import Callable

from webapp.coverage_jobs import run_coverage, run_coverage_tiers
from webapp.housekeeping import escalate_late_cases, fold_layer_changes, forget_tried_files
from webapp.importing_jobs import run_import
from webapp.patrol_jobs import end_forgotten_patrols, keep_positions_private, verify_patrol
from webapp.patrol_planning_jobs import plan_patrols
from webapp.siting_jobs import run_siting

#: Job name → what does it. A job is asked for with `data.jobs.enqueue(session, name, …)`.
JOBS: dict[str, Callable[..., None]] = {
    "end_forgotten_patrols": end_forgotten_patrols,
    "escalate_late_cases": escalate_late_cases,
    "fold_layer_changes": fold_layer_changes,
    "forget_tried_files": forget_tried_files,
    "keep_positions_private": keep_positions_private,
    "plan_patrols": plan_patrols,
    "run_coverage": run_coverage,
    "run_coverage_tiers": run_coverage_tiers,
    "run_import": run_import,
    "run_siting": run_siting,
    "verify_patrol": verify_patrol,
}

#: Jobs that come by themselves: name → cron line (UTC).
BY_CLOCK = {
    "end_forgotten_patrols": "*/10 * * * *",
    "escalate_late_cases": "*/2 * * * *",
    "fold_layer_changes": "17 19 * * *",
    "forget_tried_files": "41 * * * *",
    "keep_positions_private": "7 * * * *",
}

#: Event kind → names of the jobs it asks for (each is given the event's id).
FOLLOW_UPS: dict[str, tuple[str, ...]] = {}
