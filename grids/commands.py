"""Writes: who answers for a cell. They never commit."""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.errors import NotFound, Refused
from data.events import record
from grids.events import AssignmentEnded, WorkerAssigned
from grids.models import Cell, CellAssignment, Worker
from grids.rules import assignment_problem


def assign_worker(
    session: Session, cell: Cell, worker_id: int, duty: str, starts_on: date, *, actor_id: int | None
) -> CellAssignment:
    """Give a worker a duty in a cell from a day on; who had it before has it until that day.

    Raises NotFound for an unknown worker, Refused when the worker is not there then or has the duty already.
    """
    worker = session.get(Worker, worker_id)
    if worker is None:
        raise NotFound("There is no such worker.")
    if problem := assignment_problem(duty, starts_on, worker.joined_on, worker.left_on):
        raise Refused(problem, joined_on=worker.joined_on, left_on=worker.left_on)
    _make_room(session, cell, worker_id, duty, starts_on)
    assignment = CellAssignment(
        cell_id=cell.id, worker_id=worker_id, duty=duty, starts_on=starts_on, assigned_by=actor_id
    )
    session.add(assignment)
    session.flush()
    event = WorkerAssigned(cell.code, worker_id, duty, starts_on.isoformat())
    record(session, event, subject=f"cell:{cell.code}", location_code=cell.code, actor_id=actor_id)
    return assignment


def _make_room(session: Session, cell: Cell, worker_id: int, duty: str, starts_on: date) -> None:
    """End on that day what stands in the way: the duty's present holder, and another duty of the same person here."""
    here = select(CellAssignment).where(
        CellAssignment.cell_id == cell.id,
        (CellAssignment.duty == duty) | (CellAssignment.worker_id == worker_id),
        (CellAssignment.ends_on.is_(None)) | (CellAssignment.ends_on > starts_on),
    )
    for standing in session.scalars(here.with_for_update()):
        if standing.worker_id == worker_id and standing.duty == duty and standing.starts_on <= starts_on:
            raise Refused("The worker has this duty in the cell already.")
        if standing.starts_on > starts_on:
            raise Refused("Somebody gets this duty on {day}. End that assignment first.", day=standing.starts_on)
        standing.ends_on = starts_on
    session.flush()


def end_assignment(session: Session, cell: Cell, assignment_id: int, ends_on: date, *, actor_id: int | None) -> None:
    """End a duty on a day (excluded); the history keeps it."""
    assignment = session.get(CellAssignment, assignment_id)
    if assignment is None or assignment.cell_id != cell.id:
        raise NotFound("There is no such assignment in this cell.")
    last = max(ends_on, assignment.starts_on)
    session.execute(update(CellAssignment).where(CellAssignment.id == assignment_id).values(ends_on=last))
    event = AssignmentEnded(cell.code, assignment.worker_id, assignment.duty, last.isoformat())
    record(session, event, subject=f"cell:{cell.code}", location_code=cell.code, actor_id=actor_id)
