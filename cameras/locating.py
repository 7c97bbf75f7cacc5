"""Cameras find their cells again after borders have changed."""

from sqlalchemy.orm import Session

from data.sql import sql


def locate_cameras_again(session: Session) -> int:
    """Bring the cell and division of every camera up to date; returns how many had another one."""
    return int(session.execute(sql("cameras", "locate_cameras_again")).rowcount)  # type: ignore[attr-defined]
