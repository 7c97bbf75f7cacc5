"""Incidents of the last year in gaps, beside unseen streets, and in cells: what says which gap matters.

Of incidents coverage knows only where they happened (the view `recent_incident_places`).
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from data.sql import sql


def weigh(session: Session, cell_ids: Sequence[int] | None = None) -> None:
    """Count incidents anew everywhere; or in these cells and in gaps and stretches that were found just now."""
    session.flush()
    asked = {"anew": cell_ids is None, "cells": list(cell_ids or ())}
    session.execute(sql("cameras", "weigh_cells"), asked)
    for question in ("weigh_gaps", "weigh_street_gaps"):
        session.execute(sql("cameras", question), {"anew": cell_ids is None})
