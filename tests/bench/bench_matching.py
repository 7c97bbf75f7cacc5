"""How much of a walk the matcher finds, against the nearest street to each fix, and how long it takes.

    python -m tests.bench.bench_matching            # Liechtenstein, under a minute

Recall: share of the walked length that is found. False: share of the found length nobody walked.
Seconds are of the processor.
"""

import time

import click
import numpy as np
import shapely

from gis.matching import MatchedStretch, MatchedTrack, match_track
from gis.streets import StreetNetwork
from tests.gis.simulated_walks import Walk, compared, random_walk
from tests.gis.street_extracts import network_of

CIRCLE_SIGMAS = 1.51


def nearest_street(network: StreetNetwork, walk: Walk) -> MatchedTrack:
    """The naive way: each fix on its nearest street; what lies between two fixes on one street is walked."""
    points = shapely.points(network.frame.xy(np.column_stack([walk.lon, walk.lat])))
    _, edges = network.tree.query_nearest(points, all_matches=False)
    shares = shapely.line_locate_point(network.edge_lines[edges], points, normalized=True)
    parts = [
        MatchedStretch(int(edges[row]), float(shares[row]), float(shares[row + 1]), walk.at_s[row], walk.at_s[row + 1])
        for row in range(len(edges) - 1)
        if edges[row] == edges[row + 1]
    ]
    return MatchedTrack(tuple(parts), (), (), {}, {}, 0.0, 0.0, 1.0)


def measure(network: StreetNetwork, circle_m: float, every_s: float, count: int = 30) -> None:
    """Print both matchers' figures for one noise and one interval."""
    how = {"noise_m": circle_m / CIRCLE_SIGMAS, "every_s": every_s}
    walks = [random_walk(network, seed, **how) for seed in range(count)]
    begun = time.process_time()
    tracks = [match_track(network, walk.at_s, walk.lon, walk.lat) for walk in walks]
    taken_s = time.process_time() - begun
    fixes = sum(len(walk.at_s) for walk in walks)
    ours = np.mean([compared(network, *pair) for pair in zip(walks, tracks, strict=True)], axis=0)
    naive = np.mean([compared(network, walk, nearest_street(network, walk)) for walk in walks], axis=0)
    click.echo(
        f"{circle_m:4.0f} m, {every_s:3.0f} s: recall {ours[0]:.3f}, false {ours[1]:.3f}; nearest street: recall"
        f" {naive[0]:.3f}, false {naive[1]:.3f}; ratio {ours[0] / naive[0]:.2f}; {fixes / taken_s:.0f} fixes/s,"
        f" {1e6 * taken_s / fixes:.0f} µs a fix"
    )


@click.command()
def main() -> None:
    """Measure in Liechtenstein."""
    network = network_of("liechtenstein")
    warm = random_walk(network, 0)
    match_track(network, warm.at_s, warm.lon, warm.lat)
    click.echo("liechtenstein, on foot: a circle holds 68 % of the fixes")
    for circle_m, every_s in ((5.0, 10.0), (10.0, 10.0), (15.0, 10.0), (8.0, 15.0), (15.0, 2.0)):
        measure(network, circle_m, every_s)


if __name__ == "__main__":
    main()
