"""How long streets, routes and suggested patrols take on real ground, and how much the patrols cover.

    python -m tests.bench.bench_routing             # Liechtenstein and Porto, a minute or two
    python -m tests.bench.bench_routing porto       # one of them

Seconds are of the processor, not of the clock, so that other work on the machine does not count. Covered
priority is given as a multiple of two greedy walks (see tests/gis/greedy_walks.py).
"""

import statistics
import sys
import time
from collections.abc import Callable

import click
import numpy as np

from gis.routing import (
    PatrolRequest,
    max_iterations,
    nearest,
    route_through,
    streets_within,
    suggest_patrol,
    warm_up,
)
from gis.routing.beat import Base, build_beat
from gis.streets import StreetNetwork, build_network, snap
from tests.gis.greedy_walks import best_rate_walk, short_sighted_walk
from tests.gis.street_extracts import network_of, streets_of
from tests.gis.test_routing_quality import MINUTES, STATIONS, TEAMS, hot_spots


def measured(act: Callable[[], object], times: int = 1) -> str:
    """Return the median and the worst of so many runs, in milliseconds."""
    taken_ms = []
    for _ in range(times):
        begun = time.process_time()
        act()
        taken_ms.append(1000 * (time.process_time() - begun))
    return f"{statistics.median(taken_ms):8.1f} ms (worst of {times}: {max(taken_ms):.1f})"


def measure_streets(town: str) -> None:
    """Print what building, routes, units and reach take."""
    table, network = streets_of(town), network_of(town)
    columns = (table.paths, table.street_ids, table.classes, table.oneway)
    build = measured(lambda: build_network(*columns, names=table.names, usable=table.usable))
    click.echo(f"{town}: {network.node_count} nodes, {network.edge_count} edges, {network.edge_m.sum() / 1000:.0f} km")
    click.echo(f"  build                     {build}")
    random = np.random.default_rng(1)
    main = np.flatnonzero(network.component == 0)

    def places(count: int, within_m: float) -> np.ndarray:
        centre = network.node_xy[random.choice(main)]
        near = main[np.hypot(*(network.node_xy[main] - centre).T) < within_m]
        return network.frame.lonlat(network.node_xy[random.choice(near, count)])

    units, incident = places(48, 5000), places(1, 5000)[0]
    for act in (route_through, streets_within):  # the first call builds the indexes
        act(network, units[:2] if act is route_through else units[0], 900)
    click.echo(f"  route of 10 places        {measured(lambda: route_through(network, places(10, 1500), True), 40)}")
    click.echo(f"  route across everything   {measured(lambda: route_through(network, places(2, 1e6)), 40)}")
    click.echo(f"  nearest of 48 units       {measured(lambda: nearest(network, units, incident), 20)}")
    click.echo(f"  reached in 15 minutes     {measured(lambda: streets_within(network, places(1, 1e6)[0], 900), 20)}")


def measure_patrols(town: str, network: StreetNetwork) -> None:
    """Print what plans take and cover, for three beats."""
    for seed in (0, 1, 2):
        priority = hot_spots(network, STATIONS[town], seed)
        request = PatrolRequest(STATIONS[town], MINUTES, teams=TEAMS)
        worth = np.where(network.is_pavement, 0.0, priority * network.edge_m)
        at = snap(network, STATIONS[town])
        beat = build_beat(network, [Base(at, at, request.working_s)], [], worth)
        person, program = short_sighted_walk(beat, TEAMS), best_rate_walk(beat, TEAMS)
        for iterations in (0, 1500, 5000):
            begun = time.process_time()
            plan = suggest_patrol(network, request, priority, stop=max_iterations(iterations))
            taken_s = time.process_time() - begun
            times_s = [proposal.duration_s for proposal in plan.routes]
            over = plan.covered_priority / np.array([person, program])
            click.echo(
                f"  beat {seed}, {len(beat.segments)} segments, {iterations:5} iterations: {taken_s:4.1f} s, "
                f"{over[0]:.2f} × short-sighted, {over[1]:.2f} × best rate, longest {max(times_s) / 60:.1f} "
                f"of {request.minutes} min, shortest/longest {min(times_s) / max(times_s):.3f}"
            )


if __name__ == "__main__":
    begun = time.process_time()
    warm_up()
    click.echo(f"compiling or loading the inner loops: {time.process_time() - begun:.1f} s")
    for name in sys.argv[1:] or STATIONS:
        measure_streets(name)
        measure_patrols(name, network_of(name))
