"""The best choice among all routes a search has seen: a small programme of whole numbers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gis.routing.plan_kernels import Tasks

_MOST_ROUTES = 250
_MOST_NODES = 60  # of the solver's tree: a limit that is the same on every machine


@dataclass
class RoutePool:
    """Routes seen, by the kind of team and the tasks they do; of routes that do the same, the last stays."""

    routes: dict[tuple[int, frozenset[int]], list[int]] = field(default_factory=dict)

    def add(self, codes: list[list[int]], kinds: NDArray[np.int32]) -> None:
        """Keep a plan's routes."""
        for row, kind in zip(codes, kinds.tolist(), strict=True):
            if row:
                key = (kind, frozenset(code >> 1 for code in row))
                self.routes.pop(key, None)
                self.routes[key] = row

    def latest(self) -> list[tuple[int, list[int]]]:
        """Return kind and codes of the routes seen last."""
        return [(kind, row) for (kind, _), row in list(self.routes.items())[-_MOST_ROUTES:]]


def chosen_routes(pool: RoutePool, tasks: "Tasks", is_stopped: Callable[[], bool]) -> list[list[int]]:
    """Return the routes, one for each team at most, that together do tasks of most worth; empty without a better one.

    Maximum coverage, solved by HiGHS within a number of nodes, or until `is_stopped` says so.
    """
    routes = pool.latest()
    if len(routes) <= len(tasks.kind):
        return []
    picked = _solved(routes, tasks, is_stopped)
    free = {int(kind): np.flatnonzero(tasks.kind == kind).tolist() for kind in np.unique(tasks.kind)}
    codes: list[list[int]] = [[] for _ in tasks.kind]
    done: set[int] = set()
    for row in picked:
        kind, route = routes[row]
        if free[kind]:
            codes[free[kind].pop(0)] = [code for code in route if code >> 1 not in done]
            done.update(code >> 1 for code in route)
    return codes if done else []


def _solved(routes: list[tuple[int, list[int]]], tasks: "Tasks", is_stopped: Callable[[], bool]) -> list[int]:
    """Return the numbers of the routes chosen; columns are the routes, then the tasks they do."""
    import highspy

    doing = [sorted({code >> 1 for code in codes}) for _, codes in routes]
    wanted = sorted({task for row in doing for task in row})
    column = {task: len(routes) + number for number, task in enumerate(wanted)}
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("mip_max_nodes", _MOST_NODES), ("mip_rel_gap", 1e-3)):
        solver.setOptionValue(name, value)
    ones = np.ones(len(column) + len(routes))
    solver.addVars(len(ones), np.zeros(len(ones)), ones)
    solver.changeColsCost(len(wanted), np.array(list(column.values()), np.int32), -_worths(tasks, wanted))
    whole = np.full(len(routes), highspy.HighsVarType.kInteger)
    solver.changeColsIntegrality(len(routes), np.arange(len(routes), dtype=np.int32), whole)
    by_task: dict[int, list[int]] = {task: [] for task in wanted}
    for number, row in enumerate(doing):
        for task in row:
            by_task[task].append(number)
    for task, rows in by_task.items():
        columns = np.array([column[task], *rows], np.int32)
        solver.addRow(-highspy.kHighsInf, 0.0, len(columns), columns, np.array([1.0] + [-1.0] * len(rows)))
    for kind in np.unique(tasks.kind):
        rows = [number for number, (of, _) in enumerate(routes) if of == kind]
        count = float((tasks.kind == kind).sum())
        solver.addRow(0.0, count, len(rows), np.array(rows, np.int32), np.ones(len(rows)))
    if is_stopped():
        return []
    _listen(solver, is_stopped)
    solver.run()
    values = np.array(solver.getSolution().col_value[: len(routes)])
    return np.flatnonzero(values > 0.5).tolist()


def _listen(solver: Any, is_stopped: Callable[[], bool]) -> None:
    """Have the solver ask whether to stop."""
    import highspy

    def hear(kind: Any, message: str, out: Any, answer: Any, _: Any) -> None:  # noqa: ARG001 - HiGHS passes them
        if is_stopped():
            answer.user_interrupt = True

    solver.setCallback(hear, None)
    solver.startCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)


def _worths(tasks: "Tasks", wanted: list[int]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = tasks.worth[wanted]
    return found
