"""How much better could any choice be: a proven bound in a second or two, and which candidates no better choice has.

Lagrangian relaxation: for prices u with 0 <= u <= weight the value of every permitted choice x is at most

    L(u) = Σ need(i)·(weight(i) - u(i)) + max over permitted x of Σ_j x(j)·Σ_{i seen by j} u(i)

and the maximum is found by sorting, because "at most k, at most m a pole" is a matroid. The prices are moved by
Polyak's subgradient steps until L(u) is near its least value, which is that of the linear programme. Forcing a
candidate in costs one exchange in the matroid: where L(u) less that cost is no better than a choice at hand, no better
choice contains the candidate, and it is settled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.coverage.footprints import Floats, Ints
from gis.coverage.siting_problem import Problem
from gis.coverage.siting_swaps import improved

STEPS = 1500
PATIENCE = 25
POLISHED_AFTER = (50, 100, 200, 400, 800)  # steps; prices near their best suggest other choices than greedy ones do
CLOSE = 1e-9
FEW_OPEN = 100  # from here on the exact search is quicker than more steps


@dataclass(frozen=True)
class Bound:
    """No choice is worth more than `bound`. `chosen` is the best choice met on the way, worth `value`.

    Every choice worth more than `value` is made of candidates that are `is_open`.
    """

    bound: float
    value: float
    chosen: Ints
    is_open: NDArray[np.bool_]


class _Best(NamedTuple):
    """The best permitted choice for given gains, and what forcing each candidate in would cost."""

    chosen: Ints
    total: float


def bound_of(
    problem: Problem,
    k: int,
    start: Ints,
    *,
    steps: int = STEPS,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[float, float], None] = lambda _value, _bound: None,
) -> Bound:
    """Return the bound on the value of k candidates, beginning with the choice `start`, after at most `steps` steps.

    `stop` is asked at every step; `progress` hears value and bound every 50 steps. Deterministic unless stopped.

    >>> from gis.coverage.siting_problem import problem_of
    >>> bound = bound_of(problem_of([[1, 1, 0], [0, 1, 1], [0, 0, 1]], [5.0, 3.0, 4.0]), 1, np.array([0]))
    >>> round(bound.bound, 6), bound.value, bound.is_open.tolist()
    (8.0, 8.0, [False, False, False])
    """
    state = _Descent(problem, k, start)
    for step in range(steps):
        if step > 0 and (stop() or state.is_done):  # one step is always made: without it there is no bound
            break
        state.step()
        if step % 50 == 0:
            progress(state.value, state.bound)
        if step in POLISHED_AFTER:
            state.polish(stop)
    return Bound(max(state.bound, state.value), state.value, state.chosen, state.is_open)


class _Descent:
    """Prices on their way down, with the best bound and the best choice so far."""

    def __init__(self, problem: Problem, k: int, start: Ints) -> None:
        self.problem, self.k = problem, min(k, len(problem))
        self.chosen, self.value = start, problem.value(start)
        self.is_open = np.ones(len(problem), dtype=bool)
        self.rows, self.sees, self.pole = np.arange(len(problem)), problem.sees, problem.pole
        self.bound = np.inf
        self.prices, self.suggested = self._first_prices(), start
        self.best_prices, self.direction = self.prices, np.zeros_like(self.prices)
        self.scale, self.waited = 1.0, 0

    @property
    def is_done(self) -> bool:
        is_close = self.bound <= self.value * (1.0 + CLOSE) or self.scale < 1e-4
        return bool(is_close or np.count_nonzero(self.is_open) <= FEW_OPEN + self.k)

    def _first_prices(self) -> Floats:
        """Return full prices where the start sees too little, less where it sees more than needed."""
        counts = self.problem.counts(self.chosen)
        return np.asarray(self.problem.weight * np.minimum(1.0, self.problem.need / np.maximum(counts, 1.0)))

    def step(self) -> None:
        """Evaluate the prices, keep what is better, settle candidates, and move on."""
        problem = self.problem
        self._drop_settled()
        gain = self.sees @ self.prices
        best = best_choice(gain, self.pole, problem.per_pole, self.k)
        slack = problem.weight - self.prices
        total = float(problem.need @ slack) + best.total
        chosen = self.suggested = self.rows[best.chosen]
        counts = problem.counts(chosen)
        self._keep_choice(chosen, counts)
        self._keep_bound(total)
        loss = cost_of_forcing_in(gain, self.pole, problem.per_pole, best.chosen, self.k)
        self.is_open[self.rows[total - loss <= self.value]] = False
        self._move(total, counts - np.where(slack > 0.0, problem.need, np.minimum(counts, problem.need)))

    def polish(self, stop: Callable[[], bool]) -> None:
        """Make the choice that the prices suggest better by swaps, and keep it when it is the best so far."""
        chosen = improved(self.problem, self.suggested, stop=stop)
        self._keep_choice(chosen, self.problem.counts(chosen))

    def _drop_settled(self) -> None:
        """Go on with the open candidates only, once a third has been settled."""
        if 3 * np.count_nonzero(self.is_open) < 2 * len(self.rows):
            self.rows = np.flatnonzero(self.is_open)
            self.sees, self.pole = self.problem.sees[self.rows], self.problem.pole[self.rows]

    def _keep_choice(self, chosen: Ints, counts: Floats) -> None:
        value = float(self.problem.weight @ np.minimum(counts, self.problem.need))
        if value > self.value:
            self.value, self.chosen = value, chosen

    def _keep_bound(self, total: float) -> None:
        if total < self.bound * (1.0 - 1e-7):
            self.waited = 0
            self.best_prices = self.prices
        else:
            self.waited += 1
        self.bound = min(self.bound, total)
        if self.waited >= PATIENCE:
            self.scale, self.waited = self.scale / 2.0, 0
            self.prices, self.direction = self.best_prices, np.zeros_like(self.prices)

    def _move(self, total: float, gradient: Floats) -> None:
        self.direction = gradient + 0.5 * self.direction
        size = float(self.direction @ self.direction)
        if size > 0.0:
            step = self.scale * max(total - self.value, 0.0) / size
            self.prices = np.clip(self.prices - step * self.direction, 0.0, self.problem.weight)


def best_choice(gain: Floats, pole: Ints, per_pole: int, k: int) -> _Best:
    """Return the up to k candidates with the largest gains (those above 0), at most `per_pole` at one pole.

    Taking them in order of gain is best, because such limits form a matroid.

    >>> best_choice(np.array([3.0, 2.0, 1.0]), np.array([0, 0, 1]), 1, 2).chosen.tolist()
    [0, 2]
    """
    order = np.argsort(-gain, kind="stable")
    order = order[: int((gain > 0.0).sum())]
    place = _place_at_pole(pole[order])
    chosen = order[place < per_pole][:k]
    return _Best(chosen, float(gain[chosen].sum()))


def _place_at_pole(pole: Ints) -> Ints:
    """Return how many earlier entries have the same pole."""
    order = np.argsort(pole, kind="stable")
    ranked = pole[order]
    place = np.empty(len(pole), dtype=np.intp)
    place[order] = np.arange(len(pole)) - np.searchsorted(ranked, ranked)
    return place


def cost_of_forcing_in(gain: Floats, pole: Ints, per_pole: int, chosen: Ints, k: int) -> Floats:
    """Return by how much the best total falls when each candidate must be part of it (0 for those that are).

    A candidate at a full pole takes the place of the least one there, else that of the least of all, or a free place.

    >>> cost_of_forcing_in(np.array([3.0, 2.0, 1.0]), np.array([0, 0, 1]), 1, np.array([0, 2]), 2).tolist()
    [0.0, 1.0, 0.0]
    """
    out = float(gain[chosen].min()) if len(chosen) >= k else 0.0
    poles = int(pole.max()) + 1 if len(pole) else 0
    count = np.bincount(pole[chosen], minlength=poles)
    least = np.full(poles, np.inf)
    np.minimum.at(least, pole[chosen], gain[chosen])
    leaves = np.where(count[pole] >= per_pole, least[pole], out)
    cost = np.maximum(leaves - gain, 0.0)
    cost[chosen] = 0.0
    return np.asarray(cost, dtype=np.float64)
