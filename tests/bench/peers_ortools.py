"""A peer to measure against: OR-Tools' routing library on the same arcs. Asked only where it is installed."""

import time

import numpy as np

_TICK_MS = 100
_MOST_TASKS = 1200
_METRES_FOR_ONE = 3.0


def ortools_arcs(tasks, seconds: float) -> list[list[int]]:
    """Return the codes OR-Tools finds in so many seconds of the processor: one of two directions of each street."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    rate = tasks.worth / (tasks.cost_ms[::2] + 1.0)
    chosen = np.sort(np.argsort(-rate, kind="stable")[:_MOST_TASKS])
    codes = np.column_stack([2 * chosen, 2 * chosen + 1]).ravel()
    leave = np.concatenate([tasks.start[:1], tasks.end[codes]])
    enter = np.concatenate([tasks.home[:1], tasks.begin[codes]])
    taken = np.concatenate([[0], tasks.cost_ms[codes]])
    ways = (-(-(tasks.between_ms[np.ix_(leave, enter)] + taken) // _TICK_MS)).tolist()
    manager = pywrapcp.RoutingIndexManager(len(codes) + 1, len(tasks.start), 0)
    model = pywrapcp.RoutingModel(manager)
    way = model.RegisterTransitMatrix(ways)
    model.SetArcCostEvaluatorOfAllVehicles(way)
    model.AddDimension(way, 0, int((tasks.home_by_ms - tasks.out_ms).min()) // _TICK_MS, True, "time")
    best = np.quantile(rate[chosen], 0.95)
    for row, task in enumerate(chosen):
        prize = int(_METRES_FOR_ONE * tasks.worth[task] / best / _TICK_MS) + 1
        model.AddDisjunction([manager.NodeToIndex(1 + 2 * row), manager.NodeToIndex(2 + 2 * row)], prize)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.seconds = int(20 * seconds)
    until = time.process_time() + seconds
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: time.process_time() > until))
    found = model.SolveWithParameters(asked)
    return [_route(manager, model, found, vehicle, codes) for vehicle in range(len(tasks.start))] if found else []


def _route(manager, model, found, vehicle: int, codes) -> list[int]:
    at, route = model.Start(vehicle), []
    while not model.IsEnd(at):
        node = manager.IndexToNode(at)
        if node:
            route.append(int(codes[node - 1]))
        at = found.Value(model.NextVar(at))
    return route
