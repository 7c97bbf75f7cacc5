"""The best choice with proof: a small mixed-integer programme of the candidates still open, solved by HiGHS.

    maximise Σ weight(i)·y(i)   with   y(i) <= Σ_{j sees i} x(j),  y(i) <= need(i),
                                       Σ x <= k,  Σ_{j at pole} x <= per_pole,  x 0 or 1

(Church and ReVelle 1974, maximal covering; y needs no integrality.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gis.coverage.footprints import Floats, Ints
from gis.coverage.siting_problem import Problem

SEED = 1


@dataclass(frozen=True)
class Solved:
    """The best choice found, what it is worth, and the proven bound on what any choice is worth."""

    chosen: Ints
    value: float
    bound: float


def solve(
    problem: Problem,
    k: int,
    start: Ints,
    *,
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[float, float], None] = lambda _value, _bound: None,
) -> Solved:
    """Return the best up to k candidates, searched from the choice `start` until the gap or the time limit is reached.

    `gap`: enough when (bound - value) / value is no more. `stop` is asked and `progress` (value, bound) told often.
    One thread and a fixed seed: the same question has the same answer unless time ran out or it was stopped.

    >>> from gis.coverage.siting_problem import problem_of
    >>> found = solve(problem_of([[1, 1, 0], [0, 1, 1], [1, 0, 1]], [5.0, 3.0, 4.0]), 1, np.array([1]))
    >>> found.chosen.tolist(), found.value, round(found.bound, 6)
    ([2], 9.0, 9.0)
    """
    at_most = float(problem.weight @ problem.need)
    if not len(problem) or k < 1 or time_limit_s <= 0.0:
        return Solved(start, problem.value(start), at_most)
    solver = _solver(time_limit_s, gap)
    scale = max(at_most, 1e-12)
    solver.passModel(_model(problem, k, scale))
    solver.setSolution(_started(problem, start))
    _listen(solver, scale, stop, progress)
    solver.run()
    solution = np.asarray(solver.getSolution().col_value)
    chosen, value = start, problem.value(start)
    if len(solution):
        found = np.flatnonzero(solution[: len(problem)] > 0.5)
        if is_permitted(problem, k, found) and problem.value(found) > value:
            chosen, value = found, problem.value(found)
    proven = solver.getInfo().mip_dual_bound * scale
    bound = min(proven, at_most) if np.isfinite(proven) else at_most
    return Solved(chosen, value, max(bound, value))


def is_permitted(problem: Problem, k: int, chosen: Ints) -> bool:
    """Return whether these candidates are no more than k and no pole holds too many.

    >>> is_permitted(Problem(np.zeros((3, 1)), np.ones(1), np.ones(1), np.array([0, 0, 1])), 2, np.array([0, 1]))
    False
    """
    at_pole = np.unique(problem.pole[chosen], return_counts=True)[1]
    return len(chosen) <= k and bool((at_pole <= problem.per_pole).all())


def _solver(time_limit_s: float, gap: float) -> Any:
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": SEED,
        "time_limit": float(time_limit_s),
        "mip_rel_gap": float(gap),
        "mip_abs_gap": 0.0,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def _model(problem: Problem, k: int, scale: float) -> Any:
    """Return the programme: columns x then y, rows "seen only by the chosen", "at most k", "at most so many a pole"."""
    count, groups = problem.sees.shape
    _, pole = np.unique(problem.pole, return_inverse=True)
    full = np.flatnonzero(np.bincount(pole) > problem.per_pole)
    at_pole = sparse.csr_matrix((np.ones(count), (pole.ravel(), np.arange(count))))[full]
    rows = sparse.bmat(
        [
            [-problem.sees.T, sparse.identity(groups)],
            [sparse.csr_matrix(np.ones((1, count))), None],
            [at_pole, None],
        ],
        format="csr",
    )
    upper = np.concatenate([np.zeros(groups), [float(k)], np.full(len(full), float(problem.per_pole))])
    return _programme(rows, upper, problem, scale)


def _programme(rows: Any, upper: Floats, problem: Problem, scale: float) -> Any:
    count, groups = problem.sees.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count + groups, rows.shape[0]
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = np.concatenate([np.zeros(count), problem.weight / scale])
    model.col_lower_ = np.zeros(count + groups)
    model.col_upper_ = np.concatenate([np.ones(count), problem.need])
    model.row_lower_ = np.full(rows.shape[0], -highspy.kHighsInf)
    model.row_upper_ = upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr
    model.a_matrix_.index_ = rows.indices
    model.a_matrix_.value_ = rows.data
    whole, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    model.integrality_ = [whole] * count + [real] * groups
    return model


def _started(problem: Problem, start: Ints) -> Any:
    solution = highspy.HighsSolution()
    is_chosen: NDArray[np.float64] = np.zeros(len(problem))
    is_chosen[start] = 1.0
    seen = np.minimum(problem.counts(start), problem.need)
    solution.col_value = np.concatenate([is_chosen, seen]).tolist()
    return solution


def _listen(solver: Any, scale: float, stop: Callable[[], bool], progress: Callable[[float, float], None]) -> None:
    """Have the solver ask `stop` and tell `progress` at most five times a second."""
    told = [time.monotonic()]

    def hear(kind: Any, message: str, out: Any, answer: Any, _: Any) -> None:  # noqa: ARG001 - HiGHS passes them
        if stop():
            answer.user_interrupt = True
        if kind == highspy.cb.HighsCallbackType.kCallbackMipInterrupt and time.monotonic() - told[0] > 0.2:
            told[0] = time.monotonic()
            progress(out.mip_primal_bound * scale, out.mip_dual_bound * scale)

    solver.setCallback(hear, None)
    solver.startCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)
    solver.startCallback(highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt)
    solver.startCallback(highspy.cb.HighsCallbackType.kCallbackIpmInterrupt)
