"""When a search has looked long enough. The same search goes on for a number of rounds, a time, or any rule of yours.

The criteria follow those of PyVRP (Wouda, Lan & Kool 2024): small objects that are asked after every batch of work.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gis.errors import BadParameter


class StoppingCriterion(Protocol):
    """Says how much of its time a search has used: 0 at the beginning, 1 or more when it must stop."""

    def used_share(self, iterations: int) -> float:
        """Return the used share after so many iterations."""
        ...  # a protocol has no body

    def next_batch(self, iterations: int) -> int:
        """Return how many iterations to do before asking again."""
        ...  # a protocol has no body


@dataclass(frozen=True)
class MaxIterations:
    """Stops after a number of iterations: the same answer on every machine."""

    most: int
    batch: int = 100

    def used_share(self, iterations: int) -> float:
        """Return the used share after so many iterations."""
        return iterations / self.most if self.most else 1.0

    def next_batch(self, iterations: int) -> int:
        """Return how many iterations to do before asking again."""
        return max(0, min(self.batch, self.most - iterations))


@dataclass
class MaxSeconds:
    """Stops after a time, counted from the first question: a better answer on a faster machine."""

    most: float
    batch: int = 20
    _begun: float | None = field(default=None, repr=False)

    def used_share(self, iterations: int) -> float:  # noqa: ARG002 - asked as every criterion is
        """Return the used share of the time."""
        if self._begun is None:
            self._begun = time.monotonic()
        return (time.monotonic() - self._begun) / self.most

    def next_batch(self, iterations: int) -> int:  # noqa: ARG002 - asked as every criterion is
        """Return how many iterations to do before asking again."""
        return self.batch


def max_iterations(most: int) -> MaxIterations:
    """Return the criterion that stops after `most` iterations; 0 keeps the first answer. Raises BadParameter.

    >>> stop = max_iterations(250)
    >>> stop.used_share(200), stop.next_batch(200)
    (0.8, 50)
    """
    if most < 0:
        raise BadParameter("The number of iterations is {most}; it must not be below 0.", most=most)
    return MaxIterations(most)


def max_seconds(most: float) -> MaxSeconds:
    """Return the criterion that stops after `most` seconds from its first use. Raises BadParameter.

    >>> max_seconds(60).used_share(0) < 0.1
    True
    """
    if not most > 0:
        raise BadParameter("The time for planning is {most} s; it must be above 0.", most=most)
    return MaxSeconds(most)


@dataclass(frozen=True)
class _StopWhen:
    criterion: StoppingCriterion
    is_stopped: Callable[[], bool]

    def used_share(self, iterations: int) -> float:
        return 1.0 if self.is_stopped() else self.criterion.used_share(iterations)

    def next_batch(self, iterations: int) -> int:
        return self.criterion.next_batch(iterations)


def stop_when(criterion: StoppingCriterion, is_stopped: Callable[[], bool]) -> StoppingCriterion:
    """Return the criterion that also stops when `is_stopped` says so, as when a leader asks for it.

    >>> stop_when(max_iterations(250), lambda: True).used_share(0)
    1.0
    """
    return _StopWhen(criterion, is_stopped)


@dataclass(frozen=True)
class Part:
    """A part of a search's time as a criterion of its own: from one used share to another, iterations counted anew."""

    whole: StoppingCriterion
    done: int
    begin: float
    end: float

    def used_share(self, iterations: int) -> float:
        """Return the used share of this part after so many iterations of it; inf when the whole is used up."""
        used = self.whole.used_share(self.done + iterations)
        return math.inf if used >= 1.0 else (used - self.begin) / max(self.end - self.begin, 1e-9)

    def next_batch(self, iterations: int) -> int:
        """Return how many iterations to do before asking again."""
        return self.whole.next_batch(self.done + iterations)
