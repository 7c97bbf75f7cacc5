"""Compile every inner loop before the first person waits for one."""

import numpy as np
import shapely

from gis import routing
from gis.coverage import Cameras, build_scene, see
from gis.matching import match_track
from gis.streets import build_network


def warm_up() -> None:
    """Call each compiled function once: half a minute on a new machine, under a second from the copies on disk."""
    houses = np.array([shapely.box(10, -50, 20, 50)])
    see(build_scene(houses, [6.0]), Cameras.of(0, 0, bearing_deg=90, range_m=30))
    routing.warm_up()
    streets = [[(9.50, 47.10), (9.51, 47.10)], [(9.51, 47.10), (9.51, 47.11)]]
    network = build_network([shapely.LineString(street) for street in streets], [1, 2], ["residential"] * 2, [0, 0])
    match_track(network, [0, 60, 120, 180], [9.508, 9.509, 9.51, 9.51], [47.1, 47.1, 47.1002, 47.1009])


if __name__ == "__main__":
    warm_up()
