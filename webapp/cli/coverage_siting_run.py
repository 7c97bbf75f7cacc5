"""Siting from files: read, put into metres, say what wants to be seen, choose. No database, no server."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely

from gis.coverage import build_scene, see
from gis.coverage.scene import Scene
from gis.coverage.siting import Sites, Siting, Terms, best_sites, prepare_siting
from gis.coverage.siting_demand import Demand, ground_wanted, streets_wanted
from gis.coverage.views import Views
from webapp.cli.coverage_run import Clock
from webapp.cli.coverage_siting_read import Files, Given, read

EVERY_M = 10.0
Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Answer:
    """What was asked and what came out, in the metres of the frame; `views` are those of the chosen cameras."""

    given: Given
    siting: Siting
    sites: Sites
    views: Views
    demand_from: str
    clock: Clock


def sited(asked: dict[str, Any], tell: Tell) -> Answer:
    """The best sites for the options of the command. Raises Refused or a GisError when nothing can be chosen."""
    clock = Clock(lambda step: tell(step, 0.0))
    terms = Terms(
        seen_by=asked["seen_by"], per_pole=asked["per_pole"], privacy=asked["privacy"], px_per_m=asked["px_per_m"]
    )
    names = {field.name for field in fields(Files)} & set(asked)
    with clock.step("reading"):
        given = read(Files(**{name: asked[name] for name in names}, has_heights=asked["heights"] == "on"))
    with clock.step("scene"):
        scene = build_scene(given.buildings, given.heights_m)
    with clock.step("demand"):
        demand, demand_from = _wanted(given, scene)
    with clock.step("matrix"):
        siting = prepare_siting(
            scene,
            given.candidates,
            demand,
            existing=given.existing,
            forbidden_m=given.forbidden,
            dwellings_m=given.dwellings,
            terms=terms,
        )
    with clock.step("choosing"):
        sites = best_sites(
            siting,
            asked["k"],
            time_limit_s=asked["time_limit"],
            gap=asked["gap"],
            progress=lambda now: tell(f"{now.step}, {now.value:,.0f} of at most {now.bound:,.0f}", now.share),
        )
    chosen = np.array([proposal.candidate for proposal in sites.proposals], dtype=np.intp)
    views = see(scene, given.candidates.cameras.take(chosen))
    return Answer(given, siting, sites, views, demand_from, clock)


def _wanted(given: Given, scene: Scene) -> tuple[Demand, str]:
    """What wants to be seen and where that was taken from."""
    if given.demand is not None:
        return given.demand, "file"
    if given.streets is not None:
        return streets_wanted(scene, given.streets, every_m=EVERY_M), "streets"
    cameras = given.candidates.cameras
    _, first = np.unique(given.candidates.pole, return_index=True)
    circles = shapely.buffer(shapely.points(cameras.x_m[first], cameras.y_m[first]), cameras.range_m[first])
    return ground_wanted(scene, np.atleast_1d(circles), every_m=EVERY_M), "open ground"
