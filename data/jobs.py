"""Slow work as jobs, saved in the transaction of the change that asks for them.

The queue is procrastinate's, in the same database: a change that is undone leaves no job, and a
job whose worker was killed is taken up again by the next one (`take_up_stalled`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from procrastinate import App

QUEUE = "default"
#: A worker that has not been heard of for so long is taken for dead, and its jobs are taken up again.
STALLED_AFTER_S = 30

_DEFER = text(
    "SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :name, 0, :lock, NULL, CAST(:arguments AS jsonb), NULL)"
    "::procrastinate_job_to_defer_v1]))[1]"
)

log = logging.getLogger(__name__)


def enqueue(session: Session, name: str, *, lock: str | None = None, **arguments: Any) -> int:
    """Ask for job `name`, to be done after the session's transaction is kept; returns the job's id.

    Two jobs with the same `lock` never run at the same time.
    """
    return int(
        session.scalar(_DEFER, {"queue": QUEUE, "name": name, "lock": lock, "arguments": json.dumps(arguments)}) or 0
    )


def job_status(session: Session, job_id: int) -> str | None:
    """`todo`, `doing`, `succeeded`, `failed`, … or None for a job nobody knows."""
    return session.scalar(text("SELECT status::text FROM procrastinate_jobs WHERE id = :id"), {"id": job_id})


def is_waiting(session: Session, name: str) -> bool:
    """Whether a job of that name is waiting or being done."""
    question = "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE task_name = :name AND status IN ('todo', 'doing'))"
    return bool(session.scalar(text(question), {"name": name}))


def build_worker(
    url: str, jobs: Mapping[str, Callable[..., None]], by_clock: Mapping[str, str] = MappingProxyType({})
) -> App:
    """The queue's application with one task for each entry of `jobs`; those in `by_clock` (name → cron line, UTC)
    also come by themselves."""
    from procrastinate import App, PsycopgConnector, RetryStrategy

    app = App(
        connector=PsycopgConnector(
            conninfo=url.replace("postgresql+psycopg2://", "postgresql://"),
            kwargs={"options": "-c timezone=UTC"},
            min_size=1,
            max_size=4,
        )
    )
    for name, act in jobs.items():
        app.task(name=name, queue=QUEUE, retry=RetryStrategy(max_attempts=3, exponential_wait=5))(act)
    for name, cron in by_clock.items():
        app.periodic(cron=cron)(_on_the_clock(app, name, jobs[name]))

    @app.periodic(cron="* * * * *")
    @app.task(name="take_up_stalled", queue=QUEUE, queueing_lock="take_up_stalled")
    async def _every_minute(timestamp: int) -> None:  # noqa: ARG001 - the queue passes it
        await _take_up_stalled(app)

    return app


def _on_the_clock(app: App, name: str, act: Callable[..., None]) -> Any:
    """The task that does `act` at its times, once however many workers there are."""

    @app.task(name=f"{name}_by_clock", queue=QUEUE, queueing_lock=name)
    def _act(timestamp: int) -> None:  # noqa: ARG001 - the queue passes it
        act()

    return _act


async def _take_up_stalled(app: App) -> list[int]:
    taken_up = []
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        log.warning("job %s (%s) lost its worker and is taken up again", job.id, job.task_name)
        await app.job_manager.retry_job(job)
        taken_up.append(int(job.id or 0))
    return taken_up


def take_up_stalled(url: str) -> list[int]:
    """Put the jobs of dead workers back into the queue; returns their ids. A living worker does this every minute."""

    async def act() -> list[int]:
        app = build_worker(url, {})
        async with app.open_async():
            return await _take_up_stalled(app)

    return asyncio.run(act())


def work(
    url: str,
    jobs: Mapping[str, Callable[..., None]],
    by_clock: Mapping[str, str] = MappingProxyType({}),
    *,
    until_empty: bool = False,
) -> None:
    """Do jobs until told to stop, or until none is left when `until_empty`."""
    app = build_worker(url, jobs, by_clock)
    with_signals = not until_empty
    app.run_worker(
        queues=[QUEUE],
        concurrency=1,
        wait=not until_empty,
        install_signal_handlers=with_signals,
        delete_jobs="never",
    )
