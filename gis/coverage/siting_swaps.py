"""A choice made better by swaps: one chosen candidate out, the one that then adds most in, until no swap helps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gis.coverage.footprints import Floats, Ints
from gis.coverage.siting_problem import Matrix, Problem

PASSES = 20
HELPS = 1.0 + 1e-9


def improved(problem: Problem, chosen: Ints, *, stop: Callable[[], bool] = lambda: False) -> Ints:
    """Return a choice of as many candidates that no swap of one for another makes better (20 rounds at most).

    `chosen` must be permitted, and what comes back is. Deterministic; `stop` is asked before every candidate.

    >>> from gis.coverage.siting_problem import greedy, problem_of
    >>> problem = problem_of([[1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1]], [4.0] * 4 + [3.0] * 2)
    >>> problem.value(greedy(problem, 2)), problem.value(improved(problem, greedy(problem, 2)))
    (19.0, 22.0)
    """
    state = _Choice(problem, chosen)
    for _ in range(PASSES):
        has_changed = False
        for place in range(len(chosen)):
            if stop():
                return state.chosen
            has_changed = state.swap(place) or has_changed
        if not has_changed:
            break
    return state.chosen


class _Choice:
    """A choice, how often it sees each group, and what every candidate would add to it."""

    def __init__(self, problem: Problem, chosen: Ints) -> None:
        self.problem, self.chosen = problem, chosen.copy()
        self.columns: Matrix = problem.sees.tocsc()
        self.pole = np.unique(problem.pole, return_inverse=True)[1].ravel()
        self.used = np.bincount(self.pole[chosen], minlength=int(self.pole.max(initial=-1)) + 1)
        self.counts = problem.counts(chosen)
        self.gain = self._gains()

    def _room(self, groups: Ints | slice) -> Floats:
        """Return how much of one more seeing still counts in these groups, 0 to 1."""
        return np.clip(self.problem.need[groups] - self.counts[groups], 0.0, 1.0)

    def _gains(self) -> Floats:
        return np.asarray(self.problem.sees @ (self.problem.weight * self._room(slice(None))), dtype=np.float64)

    def _seen(self, candidate: int) -> Ints:
        start = self.problem.sees.indptr
        return np.asarray(self.problem.sees.indices[start[candidate] : start[candidate + 1]])

    def swap(self, place: int) -> bool:
        """Put the best candidate at this place of the choice; return whether that was another one."""
        out = int(self.chosen[place])
        seen = self._seen(out)
        before = self._room(seen)
        self.counts[seen] -= 1.0
        opened = self.problem.weight[seen] * (self._room(seen) - before)
        hot = opened > 0.0
        trial = self.gain + self.columns[:, seen[hot]] @ opened[hot]
        lost = float(trial[out])
        self.used[self.pole[out]] -= 1
        is_free = self.used[self.pole] < self.problem.per_pole
        is_free[np.delete(self.chosen, place)] = False
        best = int(np.argmax(np.where(is_free, trial, -1.0)))
        is_better = bool(trial[best] > lost * HELPS)
        best = best if is_better else out
        self.used[self.pole[best]] += 1
        self.counts[self._seen(best)] += 1.0
        if is_better:
            self.chosen[place] = best
            self.gain = self._gains()
        return is_better
