"""Walks along real streets as a telephone would report them, with the truth kept beside."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from gis.matching import MatchedTrack
from gis.routing.paths import Stretch, stretch_m, stretches_between
from gis.streets import StreetNetwork, snap

WALK_MPS = 1.3


@dataclass(frozen=True)
class Walk:
    """Fixes of a walk and the stretches really walked."""

    at_s: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    stretches: list[Stretch]


def walk_through(network: StreetNetwork, lonlats, *, every_s=10.0, noise_m=10.0, random=None) -> Walk:
    """Return a walk through places by the shortest ways; noise is normal, `noise_m` on each axis."""
    random = random or np.random.default_rng(1)
    places = [snap(network, place, 200.0) for place in lonlats]
    stretches = []
    for before, after in pairwise(places):
        stretches += stretches_between(network, before, after) or []
    points = [np.asarray(network.points_between(*part)) for part in stretches]
    xy = network.frame.xy(np.vstack(points))
    along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    at_s = np.arange(0.0, along_m[-1] / WALK_MPS + every_s, every_s)
    true = np.column_stack([np.interp(at_s * WALK_MPS, along_m, axis) for axis in xy.T])
    lonlat = network.frame.lonlat(true + random.normal(0.0, noise_m, true.shape))
    return Walk(at_s, lonlat[:, 0], lonlat[:, 1], stretches)


def random_walk(network: StreetNetwork, seed: int, *, legs=5, reach_m=700.0, **how) -> Walk:
    """Return a walk of some kilometres between random crossings of the largest piece of a network."""
    random = np.random.default_rng(seed)
    main = np.flatnonzero(network.component == 0)
    node = random.choice(main)
    nodes = [node]
    for _ in range(legs):
        near = main[np.hypot(*(network.node_xy[main] - network.node_xy[nodes[-1]]).T) < reach_m]
        nodes.append(random.choice(near))
    return walk_through(network, network.frame.lonlat(network.node_xy[nodes]), random=random, **how)


def spans(stretches) -> dict[int, shapely.MultiLineString]:
    """Return by edge the fractions that were walked."""
    found: dict[int, list] = {}
    for part in stretches:
        found.setdefault(part.edge, []).append(shapely.LineString([(part.start, 0), (part.stop, 0)]))
    return {edge: shapely.union_all(lines) for edge, lines in found.items()}


def compared(network: StreetNetwork, walk: Walk, track: MatchedTrack) -> tuple[float, float]:
    """Return the share of the true length that was found, and the share of the found length that is false."""
    true, found = spans(walk.stretches), spans(track.stretches)
    shared_m = sum(
        shapely.length(shapely.intersection(part, found[edge])) * network.edge_m[edge]
        for edge, part in true.items()
        if edge in found
    )
    true_m = sum(shapely.length(part) * network.edge_m[edge] for edge, part in true.items())
    found_m = sum(shapely.length(part) * network.edge_m[edge] for edge, part in found.items())
    return shared_m / true_m, 1.0 - shared_m / found_m if found_m else 0.0


def beside_m(network: StreetNetwork, walk: Walk, track: MatchedTrack, within_m: float) -> tuple[float, float]:
    """Return the same two shares on the ground: what lies within so many metres of the other counts as the same.

    A way drawn beside another (a pavement, the other lane) cannot be told from it by fixes that are metres off.
    """
    drawn = []
    for stretches in (walk.stretches, track.stretches):
        parts = [network.points_between(part.edge, part.start, part.stop) for part in stretches]
        lines = [shapely.LineString(network.frame.xy(part)) for part in parts if len(part) > 1]
        drawn.append(shapely.union_all(lines))
    true, found = drawn
    missed = shapely.length(shapely.difference(true, shapely.buffer(found, within_m)))
    false = shapely.length(shapely.difference(found, shapely.buffer(true, within_m)))
    return 1.0 - missed / true.length, false / found.length if found.length else 0.0


def length_m(network: StreetNetwork, walk: Walk) -> float:
    """Return the metres really walked."""
    return sum(stretch_m(network, part) for part in walk.stretches)
