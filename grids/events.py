"""What happened to cells and to those who answer for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkerAssigned:
    """A worker got a duty in a cell."""

    cell: str
    worker_id: int
    duty: str
    starts_on: str


@dataclass(frozen=True)
class AssignmentEnded:
    """A worker's duty in a cell has an end."""

    cell: str
    worker_id: int
    duty: str
    ends_on: str
