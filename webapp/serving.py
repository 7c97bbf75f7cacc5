"""What gunicorn asks us: `--config python:webapp.serving`."""

from typing import Any

from webapp.api.live import WORKERS


def post_worker_init(worker: Any) -> None:
    """Let live streams know their worker: when it is asked to end they end at once, and nobody waits for them."""
    WORKERS.append(worker)
