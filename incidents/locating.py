"""Incidents find their cells again after borders have changed."""

from sqlalchemy.orm import Session

from data.sql import sql


def locate_incidents_again(session: Session) -> int:
    """Bring the cell and division of open incidents, and of those without a cell, up to date; returns how many changed.

    Closed ones keep the cell they had: that is history.
    """
    return int(session.execute(sql("incidents", "locate_incidents_again")).rowcount)  # type: ignore[attr-defined]
