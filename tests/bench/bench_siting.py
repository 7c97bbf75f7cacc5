"""How long siting takes on real ground, beside the textbook programme solved by scipy in the same run.

    python -m tests.bench.bench_siting                # 16,000 candidates: spread, one town, dense town, open ground
    python -m tests.bench.bench_siting --only spread  # only cases with that word in their name
    python -m tests.bench.bench_siting --no-textbook  # without scipy's run (up to a minute a case)

Prints a table and, last, one line of JSON. Every case checks that the matrix agrees with view polygons (shapely), that
the greedy choice is the plain one's, and that the proven optimum is scipy's where that finishes. The textbook
programme (maximal covering: one variable and one row per demand point, as spopt builds it) gets the same time limit.
"cpu" is processor time of all threads: it tells more than the clock where other work shares the machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import click
import numpy as np
import shapely
from scipy import optimize, sparse

from gis.coverage import Scene, build_scene, see
from gis.coverage.siting import Siting, best_sites, prepare_siting
from gis.coverage.siting_candidates import Candidates, candidates_at
from gis.coverage.siting_demand import INCIDENT, Demand, ground_wanted, points_wanted, streets_wanted
from gis.coverage.siting_problem import Problem, greedy, merged
from gis.coverage.siting_sight import sight
from tests.bench.bench_coverage import best_of
from tests.gis.coverage_extract import beside_streets, load

POLES, BEARINGS, K = 1_000, 16, 50
LIMIT_S = 60.0


def question(name: str, *, within_m: float, on_ground: bool) -> tuple[Scene, Candidates, Demand]:
    """A thousand poles beside streets within that distance of the middle, 16 bearings each; what wants to be seen."""
    town = load(name)
    scene = build_scene(town.buildings)
    places = beside_streets(town, 60_000, 1)
    middle = np.median(places, axis=0)
    poles = places[np.hypot(*(places - middle).T) < within_m][:POLES]
    near = shapely.box(*(poles.min(axis=0) - 100), *(poles.max(axis=0) + 100))
    rng = np.random.default_rng(2)
    incidents = points_wanted(poles[rng.integers(0, len(poles), 2000)] + rng.normal(0, 40, (2000, 2)), INCIDENT)
    if on_ground:
        demand = ground_wanted(scene, shapely.buffer(shapely.points(poles), 80.0), every_m=5.0)
    else:
        demand = streets_wanted(scene, shapely.intersection(town.streets, near), every_m=10.0).joined(incidents)
    return scene, candidates_at(poles, bearings=BEARINGS, height_m=4.0), demand


def plain_greedy(problem: Problem, k: int) -> float:
    """Greedy choice that asks every candidate in every round; its value."""
    left, free = problem.need.copy(), np.ones(len(problem), dtype=bool)
    value = 0.0
    for _ in range(k):
        gain = np.where(free, problem.sees @ (problem.weight * np.minimum(left, 1.0)), -1.0)
        best = int(gain.argmax())
        value += float(gain[best])
        left = np.maximum(left - problem.sees[best].toarray().ravel(), 0.0)
        free &= problem.pole != problem.pole[best]
    return value


def textbook(siting: Siting, k: int) -> dict[str, Any]:
    """Maximal covering as in the books: nothing merged, nothing settled beforehand, scipy's own HiGHS."""
    problem = siting.problem
    count, points = problem.sees.shape
    at_pole = sparse.csr_matrix((np.ones(count), (problem.pole, np.arange(count))))
    rows = sparse.bmat(
        [
            [-problem.sees.T, sparse.identity(points)],
            [sparse.csr_matrix(np.ones((1, count))), None],
            [at_pole, None],
        ],
        format="csr",
    )
    upper = np.concatenate([np.zeros(points), [k], np.full(at_pole.shape[0], float(problem.per_pole))])
    cost = np.concatenate([np.zeros(count), -problem.weight])
    whole = np.concatenate([np.ones(count), np.zeros(points)])
    took, found = best_of(
        1,
        lambda: optimize.milp(
            cost,
            integrality=whole,
            bounds=optimize.Bounds(0, np.concatenate([np.ones(count), problem.need])),
            constraints=optimize.LinearConstraint(rows, -np.inf, upper),
            options={"time_limit": LIMIT_S},
        ),
    )
    value = None if found.x is None else problem.value(np.flatnonzero(found.x[:count] > 0.5))
    bound = None if found.mip_dual_bound is None else -found.mip_dual_bound
    return {"clock_s": took.clock_s, "cpu_s": took.cpu_s, "value": value, "bound": bound, "done": found.status == 0}


def case(name: str, extract: str, *, within_m: float, on_ground: bool, with_textbook: bool) -> dict[str, Any]:
    """One question: the matrix, the greedy choice, the proof; each beside another way to get it."""
    scene, candidates, demand = question(extract, within_m=within_m, on_ground=on_ground)
    matrix, sees = best_of(3, lambda: sight(scene, candidates.cameras, demand.xy_m))
    polygons, other = best_of(1, lambda: by_polygons(scene, candidates, demand))
    prepared, siting = best_of(2, lambda: prepare_siting(scene, candidates, demand))
    merging, problem = best_of(3, lambda: merged(siting.problem))
    lazy, chosen = best_of(5, lambda: greedy(problem, K))
    plain, plain_value = best_of(1, lambda: plain_greedy(problem, K))
    proof, sites = best_of(2, lambda: best_sites(siting, K, time_limit_s=LIMIT_S))
    result = {
        "case": f"{name}: best {K} of {len(candidates)} candidates, {len(demand)} points",
        "seen": int(sees.nnz),
        "groups": int(problem.sees.shape[1]),
        "matrix_s": matrix.clock_s,
        "matrix_cpu_s": matrix.cpu_s,
        "polygons_s": polygons.clock_s,
        "matrix_quicker_than_polygons": polygons.cpu_s / matrix.cpu_s,
        "disagree_share": abs(int(other) - int(sees.nnz)) / sees.nnz,  # the polygons' chords lose what lies at the arc
        "prepare_s": prepared.clock_s,
        "merge_s": merging.clock_s,
        "greedy_s": lazy.clock_s,
        "plain_greedy_s": plain.clock_s,
        "greedy_is_plain": bool(np.isclose(plain_value, problem.value(chosen))),
        "proof_s": proof.clock_s,
        "proof_cpu_s": proof.cpu_s,
        "value": sites.value,
        "gap": sites.gap,
        "greedy_share_of_best": sites.greedy_value / sites.value,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if with_textbook:
        book = textbook(siting, K)
        result |= {f"textbook_{key}": value for key, value in book.items()}
        result["quicker_than_textbook"] = book["cpu_s"] / proof.cpu_s
        result["agrees_with_textbook"] = not book["done"] or bool(np.isclose(book["value"], sites.value, rtol=2e-4))
        result["textbook_is_no_better"] = book["value"] is None or book["value"] <= sites.bound * (1 + 1e-9)
    return result


def by_polygons(scene: Scene, candidates: Candidates, demand: Demand) -> int:
    """How many points all view polygons cover, the way one would ask shapely."""
    views = see(scene, candidates.cameras, arc_step_deg=0.5).polygons
    return len(shapely.STRtree(shapely.points(demand.xy_m)).query(views, predicate="intersects")[0])


CASES: dict[str, tuple[str, float, bool]] = {
    "spread over Liechtenstein": ("liechtenstein", 1e9, False),
    "one town, Vaduz and round": ("liechtenstein", 3_000.0, False),
    "dense old town, Porto": ("porto", 1_000.0, False),
    "open ground, Vaduz and round": ("liechtenstein", 3_000.0, True),
    "open ground, middle of Vaduz": ("liechtenstein", 1_200.0, True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only cases with this word in their name")
    parser.add_argument("--no-textbook", action="store_true", help="without scipy's run")
    asked = parser.parse_args()
    began = time.perf_counter()
    sight(build_scene([shapely.box(5, 5, 6, 6)]), candidates_at([[0, 0]]).cameras, np.array([[0.0, 9.0]]))
    results = [{"case": "first call (compiled, or loaded from its cache)", "seconds": time.perf_counter() - began}]
    for name, (extract, within_m, on_ground) in CASES.items():
        if asked.only in name:
            is_full = not asked.no_textbook
            results.append(case(name, extract, within_m=within_m, on_ground=on_ground, with_textbook=is_full))
            click.echo(_lines(results[-1]))
    click.echo(json.dumps(results))


def _lines(result: dict[str, Any]) -> str:
    shown = [
        f"  {name:30} {value:12.4g}" if isinstance(value, float) else f"  {name:30} {value!s:>12}"
        for name, value in result.items()
        if name != "case"
    ]
    return "\n".join([result["case"], *shown])


if __name__ == "__main__":
    main()
