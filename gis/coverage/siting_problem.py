"""Choosing at most k candidates that see the most: the bare problem, and the lazy greedy answer to it.

With c(i) = how many chosen candidates see group i, the value is Σ weight(i) · min(c(i), need(i)). It grows with every
candidate and by less the more there are (it is submodular), so greedy choice reaches at least 1 - 1/e of the best when
only their number is limited, and half of it with at most so many at one pole (Fisher, Nemhauser and Wolsey 1978).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gis.coverage.footprints import Floats, Ints

Matrix = Any


@dataclass(frozen=True)
class Problem:
    """What candidates (rows) see of groups of points (columns), and what may be chosen.

    `weight`: what one more seeing of a group is worth; `need`: how many seeings count. `pole`: where each candidate
    hangs; at most `per_pole` are chosen at one of them.
    """

    sees: Matrix
    weight: Floats
    need: Floats
    pole: Ints
    per_pole: int = 1

    def __len__(self) -> int:
        return int(self.sees.shape[0])

    def value(self, chosen: Ints) -> float:
        """Return what these candidates are worth together.

        >>> problem_of([[1, 1, 0], [0, 1, 1]], [5.0, 3.0, 1.0]).value(np.array([0, 1]))
        9.0
        """
        return float(self.weight @ np.minimum(self.counts(chosen), self.need))

    def counts(self, chosen: Ints) -> Floats:
        """Return how many of these candidates see each group.

        >>> problem_of([[1, 1, 0], [0, 1, 1]], [5.0, 3.0, 1.0]).counts(np.array([0, 1])).tolist()
        [1.0, 2.0, 1.0]
        """
        return np.asarray(self.sees[chosen].sum(axis=0), dtype=np.float64).ravel()


def problem_of(
    sees: Any,
    weight: Any,
    *,
    need: Any = None,
    pole: Any = None,
    per_pole: int = 1,
) -> Problem:
    """Return the problem of a matrix (candidates, points): every need 1 and a pole for each when left out.

    >>> len(problem_of([[1, 0], [1, 1]], [1.0, 2.0]))
    2
    """
    matrix = sparse.csr_matrix(sees, dtype=np.float64)
    count = matrix.shape[0]
    needs = np.ones(matrix.shape[1]) if need is None else np.asarray(need, dtype=np.float64)
    poles = np.arange(count) if pole is None else np.asarray(pole, dtype=np.intp)
    return Problem(matrix, np.asarray(weight, dtype=np.float64), needs, poles, per_pole)


def merged(problem: Problem, rows: NDArray[np.intp] | None = None) -> Problem:
    """Return the problem (of these rows only, when given) with points that the same candidates see made one group.

    Groups that nobody sees, that need nothing or weigh nothing are left out: they change no value. Two sums of fixed
    64-bit numbers per point tell covering sets apart; that two different sets agree in both has odds of 1 in 10^30.

    >>> small = merged(problem_of([[1, 1, 0, 1], [1, 1, 0, 0]], [1.0, 2.0, 4.0, 8.0]))
    >>> small.weight.tolist(), small.sees.toarray().tolist()
    ([3.0, 8.0], [[1.0, 1.0], [1.0, 0.0]])
    """
    part = problem if rows is None else replace(problem, sees=problem.sees[rows], pole=problem.pole[rows])
    counts_for = (part.need > 0.0) & (part.weight > 0.0)
    columns = part.sees[:, np.flatnonzero(counts_for)].tocsc()
    marks = _marks(columns)
    weight, need = part.weight[counts_for], part.need[counts_for]
    keep = np.flatnonzero(np.diff(columns.indptr) > 0)
    _, first, group = np.unique(
        np.column_stack([marks[keep], need[keep].astype(np.uint64)]), axis=0, return_index=True, return_inverse=True
    )
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))  # groups in the order of their first point
    order = np.sort(first)
    total = np.zeros(len(first))
    np.add.at(total, rank[group.ravel()], weight[keep])
    sees = columns[:, keep[order]].tocsr()
    sees.sort_indices()
    return replace(part, sees=sees, weight=total, need=need[keep[order]])


def _marks(columns: Matrix) -> NDArray[np.uint64]:
    """Return for every column the sums of two fixed random numbers of its rows, modulo 2^64, shape (n, 2)."""
    rng = np.random.default_rng(20_260_101)
    number = rng.integers(0, 2**64, size=(columns.shape[0], 2), dtype=np.uint64)
    before = np.zeros((columns.nnz + 1, 2), dtype=np.uint64)
    np.cumsum(number[columns.indices], axis=0, out=before[1:])  # wraps around, as it should
    return np.asarray(before[columns.indptr[1:]] - before[columns.indptr[:-1]], dtype=np.uint64)


def greedy(problem: Problem, k: int) -> Ints:
    """Return up to k candidates, each the one that adds most to those before it; ties go to the lower number.

    Lazy (Minoux 1978): what a candidate adds never grows, so one whose old figure is already too low is not asked
    again. Candidates that would add nothing are not chosen.

    >>> greedy(problem_of([[1, 1, 0], [0, 1, 1], [0, 0, 1]], [5.0, 3.0, 4.0]), 2).tolist()
    [0, 1]
    """
    start, index = problem.sees.indptr, problem.sees.indices
    left = problem.need.copy()
    gain = problem.sees @ (problem.weight * np.minimum(left, 1.0))
    heap = [(-gain[i], i) for i in np.flatnonzero(gain > 0.0).tolist()]
    heapq.heapify(heap)
    used: dict[int, int] = {}
    chosen: list[int] = []
    while heap and len(chosen) < k:
        _, i = heapq.heappop(heap)
        if used.get(int(problem.pole[i]), 0) >= problem.per_pole:
            continue
        seen = index[start[i] : start[i + 1]]
        adds = float(problem.weight[seen] @ np.minimum(left[seen], 1.0))
        if adds <= 0.0:
            continue
        if heap and (-adds, i) > heap[0]:
            heapq.heappush(heap, (-adds, i))
            continue
        chosen.append(i)
        used[int(problem.pole[i])] = used.get(int(problem.pole[i]), 0) + 1
        left[seen] = np.maximum(left[seen] - 1.0, 0.0)
    return np.array(chosen, dtype=np.intp)


def in_order_of_gain(problem: Problem, chosen: Ints) -> Ints:
    """Return these candidates ordered so that each adds most to those before it.

    >>> in_order_of_gain(problem_of([[1, 0], [0, 1]], [1.0, 2.0]), np.array([0, 1])).tolist()
    [1, 0]
    """
    few = replace(problem, sees=problem.sees[chosen], pole=np.arange(len(chosen)))
    order = greedy(few, len(chosen))
    rest = np.setdiff1d(np.arange(len(chosen)), order)
    return np.asarray(chosen[np.concatenate([order, rest])], dtype=np.intp)
