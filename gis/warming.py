"""Compile every inner loop before the first person waits for one."""

import numpy as np
import shapely

from gis import routing
from gis.coverage import Cameras, build_scene, see


def warm_up() -> None:
    """Call each compiled function once: half a minute on a new machine, under a second from the copies on disk."""
    houses = np.array([shapely.box(10, -50, 20, 50)])
    see(build_scene(houses, [6.0]), Cameras.of(0, 0, bearing_deg=90, range_m=30))
    routing.warm_up()


if __name__ == "__main__":
    warm_up()
