"""Decisions while somebody is out: what the phone's clock is worth, and when one is at a checkpoint. Pure."""

from datetime import datetime

#: As near as this counts as being there; the accuracy of the phone is allowed for, up to as much again.
CHECK_IN_WITHIN_M = 50.0


def time_on_patrol(said: datetime, started_at: datetime, now: datetime) -> datetime:
    """The phone's time of an act, brought between the patrol's start and now: an act may be sent long after it.

    >>> from datetime import UTC, timedelta
    >>> start = datetime(2026, 11, 22, 18, tzinfo=UTC)
    >>> now = start + timedelta(hours=1)
    >>> [time_on_patrol(start + timedelta(minutes=m), start, now).minute for m in (-5, 20, 90)]
    [0, 20, 0]
    """
    return min(max(said, started_at), now)


def reach_m(accuracy_m: float | None) -> float:
    """How far from a checkpoint a phone of this accuracy (metres; None: unknown) may be to count as there, in metres.

    >>> [reach_m(accuracy) for accuracy in (None, 10.0, 500.0)]
    [50.0, 60.0, 100.0]
    """
    return CHECK_IN_WITHIN_M + min(accuracy_m or 0.0, CHECK_IN_WITHIN_M)
