"""How good patrol plans are, how soon, how even and how unpredictable; and what travel times cost.

    python -m tests.bench.bench_patrols                    # the beats, 10 s of processor time for each way of planning
    python -m tests.bench.bench_patrols --large            # also 12 teams, 20 s
    python -m tests.bench.bench_patrols porto-6x10 days    # parts by name: beats, days, replan, travel
    python -m tests.bench.bench_patrols --seconds 20

A beat is all streets within some distance of a station; a metre of street is worth from 0.1 to 1 by ten clusters of
incidents (see `Beat.priority`). Every way of planning is given the same seconds of the *processor*, so that other work
on the machine does not count; shares are of the bound (`gis.routing.bound`) and worked out on the real way of each
team. OR-Tools is asked when it is installed in the environment that runs this; Gridbeat does not need it.
"""

import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context

import click
import numpy as np

from gis.routing import (
    PatrolPlan,
    PatrolRequest,
    PlanRequest,
    Team,
    max_iterations,
    nearest,
    plan_patrols,
    recency_factor,
    streets_within,
    travel_matrix,
    warm_up,
)
from gis.routing.bound import upper_bound
from gis.routing.rescoring import Ledger
from gis.routing.shifts import Shift, shifts_of
from gis.routing.task_table import tasks_of
from gis.routing.vehicles import routed
from gis.streets import StreetNetwork, build_network, only_edges
from tests.bench.peers_ortools import ortools_arcs
from tests.gis.greedy_walks import short_sighted_walk
from tests.gis.street_extracts import network_of


@dataclass
class ProcessorSeconds:
    """Stops after so many seconds of this process's work, counted from the first question."""

    most: float
    begun: float | None = None

    def used_share(self, iterations: int) -> float:  # noqa: ARG002 - asked as every criterion is
        """Return the used share of the time."""
        self.begun = time.process_time() if self.begun is None else self.begun
        return (time.process_time() - self.begun) / self.most

    def next_batch(self, iterations: int) -> int:  # noqa: ARG002 - asked as every criterion is
        """Return how many iterations to do before asking again."""
        return 50


@dataclass(frozen=True)
class Beat:
    """A fixed question."""

    town: str
    teams: int
    km: float
    radius_m: float
    seed: int = 0

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return f"{self.town}-{self.teams}x{self.km:g}"

    def network(self) -> StreetNetwork:
        """Return the streets within the radius."""
        whole, (east, north) = _whole(self.town), _station_xy(self.town)
        middles = whole.node_xy[whole.edge_nodes].mean(axis=1)
        return only_edges(whole, np.hypot(middles[:, 0] - east, middles[:, 1] - north) < self.radius_m)

    def request(self, network: StreetNetwork) -> PatrolRequest:
        """Return the question: teams of one station, on foot, nothing kept free."""
        lon, lat = network.frame.lonlat([_station_xy(self.town)])[0]
        return PatrolRequest((lon, lat), self.km * 1000 / 80, teams=self.teams, slack_share=0)

    def priority(self, network: StreetNetwork) -> np.ndarray:
        """Return the worth of a metre of each edge: ten bells of 250 m around places near the station, and 0.1."""
        random = np.random.default_rng(self.seed)
        middles = network.node_xy[network.edge_nodes].mean(axis=1)
        spots = np.array([_station_xy(self.town)]) + random.normal(0, self.radius_m / 2, (10, 2))
        heat = sum(np.exp(-((middles - spot) ** 2).sum(axis=1) / 2 / 250**2) for spot in spots)
        return 0.1 + 0.9 * np.minimum(heat, 1.0)


BEATS = [
    Beat("porto", 4, 9, 1500),
    Beat("porto", 6, 10, 1500),
    Beat("porto", 12, 12, 2000),
    Beat("liechtenstein", 4, 9, 3000),
    Beat("liechtenstein", 6, 10, 4000),
    Beat("county", 6, 10, 3000),
]
_STATIONS = {"porto": (-8.61, 41.155), "liechtenstein": (9.52, 47.141)}
_counties: dict[str, StreetNetwork] = {}


def _whole(town: str) -> StreetNetwork:
    if town != "county":
        return network_of(town)
    if town not in _counties:
        _counties[town] = _county_network()
    return _counties[town]


def _station_xy(town: str) -> np.ndarray:
    network = _whole(town)
    if town in _STATIONS:
        return network.frame.xy([_STATIONS[town]])[0]
    # the county's busiest place: the node with most nodes within 1 km
    from scipy.spatial import cKDTree

    tree = cKDTree(network.node_xy)
    some = network.node_xy[network.component == 0][::20]
    return some[int(np.argmax([len(near) for near in tree.query_ball_point(some, 1000)]))]


def _county_network() -> StreetNetwork:
    """Return the streets of the demo county, profile small, seed 1."""
    from data.demo.borders import number_borders
    from data.demo.county import draw_county
    from data.demo.frame import Plane
    from data.demo.ground_rows import name_divisions
    from data.demo.profiles import PROFILES
    from data.demo.streets import list_streets

    county = draw_county(PROFILES["small"], 1, lambda _: None)
    borders = number_borders(county)
    name_divisions(county, borders)
    streets = list_streets(county, borders)
    paths = Plane().on_earth(streets.paths)
    names = np.array([name or "" for name in streets.names])
    return build_network(paths, np.arange(len(paths)), streets.kinds, streets.oneway, names=names)


def covered(network: StreetNetwork, shift: Shift, codes: list[list[int]], worth: np.ndarray) -> float:
    """Return what codes cover on the real way of each team."""
    ledger = Ledger(network, worth)
    return sum(ledger.walk(walk.stretches)[0] for walk in shift.walks(codes).values())


def measure(beat: Beat, seconds: float) -> None:
    """Print a beat's figures."""
    network = beat.network()
    request, priority = beat.request(network), beat.priority(network)
    worth = np.where(network.is_pavement, 0.0, priority * network.edge_m)
    bound = upper_bound(network, request.for_teams(), priority, most_s=300)
    shift = shifts_of(network, request.for_teams(), [], worth, 100.0)[0][0]
    segments = len(shift.problem.beat.segments)
    click.echo(
        f"{beat.name}: {network.edge_count} edges, {segments} segments, bound in {bound.seconds:.0f} s by the clock"
    )

    def tell(name: str, found: float, more: str = "") -> None:
        click.echo(f"  {name:24} {found / bound.priority:6.1%} of the bound {more}")

    tell("greedy walk", short_sighted_walk(shift.problem.beat, beat.teams))
    first, first_s = timed(lambda: plan_patrols(network, request.for_teams(), priority, stop=max_iterations(0)))
    tell("first answer", first.covered_priority, f"after {first_s:.2f} s")
    tasks = tasks_of(network, shift.problem)
    arcs, arcs_s = timed(lambda: routed(tasks, [], 1, ProcessorSeconds(seconds)))
    tell("PyVRP arcs alone", covered(network, shift, arcs.codes, worth), f"{arcs_s:.1f} s")
    if find_spec("ortools"):
        # its library and HiGHS cannot live in one process
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            codes = apart.submit(ortools_arcs, tasks, seconds).result()
        tell("OR-Tools arcs", covered(network, shift, codes, worth), f"{seconds:.1f} s")
    else:
        click.echo("  OR-Tools is not installed in this environment; it is left out.")
    plan, plan_s = timed(
        lambda: plan_patrols(network, request.for_teams(), priority, seed=1, stop=ProcessorSeconds(seconds))
    )
    longest = max(route.duration_s for route in plan.routes) / 60
    more = f"{plan_s:.1f} s, balance {plan.balance:.3f}, longest {longest:.2f} of {request.minutes:.2f} min"
    tell("ours", plan.covered_priority, more)
    click.echo(f"  first answer of the plan   {first.covered_priority / plan.covered_priority:.1%}")


def timed(act: Callable[[], object]) -> tuple:
    """Return what an act gives, and its seconds of the processor."""
    begun = time.process_time()
    return act(), time.process_time() - begun


def measure_days(beat: Beat, iterations: int = 3000, days: int = 8) -> None:
    """Print how a week and a day of plans repeat each other, with new seeds alone and with the recency discount."""
    network = beat.network()
    request, priority = beat.request(network).for_teams(), beat.priority(network)
    worth = np.where(network.is_pavement, 0.0, priority * network.edge_m)
    for name, discount in (("seeds alone", 0.0), ("discount 0.5, 3 days", 0.5)):
        walked_on = np.full(network.edge_count, -np.inf)
        plans, overlaps, before, scores = [], [], None, []
        for day in range(days):
            factor = recency_factor(day - walked_on, discount=discount)
            plan = plan_patrols(network, request, priority * factor, seed=day, stop=max_iterations(iterations))
            edges = walked_edges(network, plan)
            walked_on[edges] = day
            scores.append(worth[edges].sum())
            if before is not None:
                both, any_of = network.edge_m[edges & before].sum(), network.edge_m[edges | before].sum()
                overlaps.append(both / any_of)
            before = edges
            plans.append(edges)
        ever = np.any(plans, axis=0)
        click.echo(
            f"  {name:22} day-to-day overlap {statistics.mean(overlaps):.2f}, score {statistics.mean(scores):,.0f}, "
            f"of all priority in {days} days {worth[ever].sum() / worth.sum():.1%}"
        )


def walked_edges(network: StreetNetwork, plan: PatrolPlan) -> np.ndarray:
    """Return which edges a plan walks."""
    found = np.zeros(network.edge_count, bool)
    found[[part.edge for route in plan.routes for part in route.route.stretches]] = True
    return found


def measure_replanning(beat: Beat, times: int = 10) -> None:
    """Print how long it takes to plan the rest after one team was called away at 40 % of the shift."""
    network = beat.network()
    request, priority = beat.request(network), beat.priority(network)
    plan = plan_patrols(network, request.for_teams(), priority, stop=max_iterations(1500))
    taken_s = []
    for lost in range(times):
        lost_team = lost % len(plan.routes)
        left_minutes = 0.6 * request.minutes
        teams, done = [], []
        for route in plan.routes:
            parts, left_s = [], 0.4 * route.duration_s
            for part in route.route.stretches:
                left_s -= abs(part.stop - part.start) * network.edge_s[part.edge, int(part.stop < part.start)]
                if left_s < 0:
                    break
                parts.append(part)
            done += parts
            if route.team != lost_team:
                here = network.point_at(parts[-1].edge, parts[-1].stop)
                teams.append(Team(here, left_minutes, home=request.station))
        walked = np.zeros(network.edge_count, bool)
        walked[[part.edge for part in done]] = True
        asked = PlanRequest(tuple(teams), slack_share=0)
        begun = time.process_time()
        plan_patrols(network, asked, np.where(walked, 0.0, priority), seed=lost, stop=ProcessorSeconds(2.0))
        taken_s.append(time.process_time() - begun)
    click.echo(f"  re-plan after an incident: median {statistics.median(taken_s):.2f} s, worst {max(taken_s):.2f} s")


def measure_travel(town: str) -> None:
    """Print what matrices, isochrones and the nearest units cost on the whole town."""
    network, random = network_of(town), np.random.default_rng(1)
    main = np.flatnonzero(network.component == 0)

    def places(count: int, within_m: float) -> np.ndarray:
        centre = network.node_xy[random.choice(main)]
        near = main[np.hypot(*(network.node_xy[main] - centre).T) < within_m]
        return network.frame.lonlat(network.node_xy[random.choice(near, count)])

    travel_matrix(network, places(2, 500), places(2, 500))
    _, taken_s = timed(lambda: travel_matrix(network, places(500, 2500), places(500, 2500), most_s=7200))
    click.echo(f"{town}: 500 × 500 matrix on foot {taken_s:.2f} s")
    cases = {"isochrone of 15 min": lambda: streets_within(network, places(1, 1e6)[0], 900)}
    cases["nearest of 48 units"] = lambda: nearest(network, places(48, 5000), places(1, 5000)[0])
    for name, act in cases.items():
        act()
        taken = sorted(timed(act)[1] for _ in range(40))
        click.echo(f"  {name}: median {1000 * taken[20]:.0f} ms, p95 {1000 * taken[37]:.0f} ms")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--seconds", default=10.0)
@click.option("--large", is_flag=True, help="Also the beats that take minutes.")
def main(names: tuple[str, ...], seconds: float, large: bool) -> None:
    """Measure all beats, or those named; days, travel choose the other parts."""
    warm_up()
    chosen = [beat for beat in BEATS if beat.name in names or (not names and (large or beat.teams <= 8))]
    for beat in chosen:
        measure(beat, 2 * seconds if beat.teams > 8 else seconds)
    if not names or "days" in names:
        measure_days(BEATS[0])
    if not names or "replan" in names:
        measure_replanning(BEATS[1])
    for town in _STATIONS if not names or "travel" in names else ():
        measure_travel(town)


if __name__ == "__main__":
    sys.exit(main())
