"""Decisions about cells and who answers for them. Pure."""

from datetime import date

DUTIES = ("lead", "substitute")


def assignment_problem(duty: str, starts_on: date, joined_on: date, left_on: date | None) -> str | None:
    """Why a worker cannot have this duty from that day, as a sentence, or None.

    >>> assignment_problem("lead", date(2026, 1, 1), date(2026, 2, 1), None)
    'The worker joins only on {joined_on}. Choose a later day.'
    """
    if duty not in DUTIES:
        return "A duty is lead or substitute."
    if starts_on < joined_on:
        return "The worker joins only on {joined_on}. Choose a later day."
    if left_on is not None and starts_on >= left_on:
        return "The worker leaves on {left_on}. Choose somebody else."
    return None
