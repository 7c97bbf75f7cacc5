"""How a camera has been: since when it is in its state, and which share of the last days it was online. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class StatusChange:
    """From `at` on the state was `after`; before it was `before` (None: the camera did not exist here)."""

    at: datetime
    before: str | None
    after: str


@dataclass(frozen=True)
class Health:
    """The present state, since when it is known to hold, and the share of `known` time spent online."""

    status: str
    since: datetime | None
    online_share: float | None
    known: timedelta


def health(status: str, changes: Sequence[StatusChange], now: datetime) -> Health:
    """The health of a camera whose state is `status`, from its changes, oldest first.

    Nothing is said about a camera whose state has never been seen to change: an import does not tell since when.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> fault = StatusChange(now - timedelta(days=3), "online", "fault")
    >>> round(health("fault", [fault], now).online_share, 3)
    0.9
    """
    if not changes:
        return Health(status, None, None, timedelta())
    begins = now - WINDOW
    if changes[0].before is None:
        begins = max(begins, changes[0].at)
    spans = _spans(changes, begins, now)
    known = sum((end - start for start, end, _ in spans), timedelta())
    online = sum((end - start for start, end, state in spans if state == "online"), timedelta())
    share = online / known if known else None
    return Health(status, changes[-1].at, share, known)


def _spans(changes: Sequence[StatusChange], begins: datetime, now: datetime) -> list[tuple[datetime, datetime, str]]:
    """(from, to, state) between `begins` and `now`, without empty ones."""
    found: list[tuple[datetime, datetime, str]] = []
    at, state = begins, changes[0].before
    for change in changes:
        if state is not None and change.at > at:
            found.append((at, change.at, state))
        at, state = max(begins, change.at), change.after
    if state is not None and now > at:
        found.append((at, now, state))
    return found
