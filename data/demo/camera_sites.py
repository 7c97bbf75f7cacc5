"""Where cameras stand: at crossings, gates, bridges, along streets, on façades; never inside a building."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.chance import Floats
from data.demo.ground import HALF_WIDTH_M
from data.demo.layout import Integers
from data.demo.ledger import Ledger
from data.demo.network import RANK
from data.demo.streets import KIND_OF

#: share of all cameras by kind of site
SHARES = {"crossing": 0.34, "gate": 0.14, "street": 0.3, "facade": 0.2, "bridge": 0.02}


@dataclass
class CameraSites:
    """One row for each camera; `near` names what it stands at, `leaf` is a public block or -1."""

    xy: Floats
    bearing_deg: Floats
    site: NDArray[np.str_]
    near: list[str]
    leaf: Integers

    def __len__(self) -> int:
        return len(self.site)

    def take(self, chosen: NDArray[np.int64]) -> "CameraSites":
        """The chosen rows, in this order."""
        near = [self.near[place] for place in chosen]
        return CameraSites(self.xy[chosen], self.bearing_deg[chosen], self.site[chosen], near, self.leaf[chosen])


def choose_sites(ledger: Ledger, count: int, rng: np.random.Generator) -> CameraSites:
    """`count` places for cameras, more of them in towns than in villages."""
    found = [
        _crossings(ledger, round(count * SHARES["crossing"] * 1.25), rng),
        _gates(ledger, round(count * SHARES["gate"] * 1.25), rng),
        _streets(ledger, round(count * SHARES["street"] * 1.3), rng, is_bridge=False),
        _streets(ledger, round(count * SHARES["bridge"] * 1.3) + 2, rng, is_bridge=True),
        _facades(ledger, round(count * SHARES["facade"] * 1.3), rng),
    ]
    every = CameraSites(
        np.concatenate([part.xy for part in found]),
        np.concatenate([part.bearing_deg for part in found]),
        np.concatenate([part.site for part in found]),
        [name for part in found for name in part.near],
        np.concatenate([part.leaf for part in found]),
    )
    outside = np.flatnonzero(~_indoors(ledger, every.xy))
    while len(outside) < count:  # a small county may run out of crossings: streets never do
        more = _streets(ledger, count, rng, is_bridge=False)
        every = more
        outside = np.flatnonzero(~_indoors(ledger, every.xy))
    return every.take(np.sort(rng.permutation(outside)[:count]))


def _indoors(ledger: Ledger, xy: Floats) -> NDArray[np.bool_]:
    tree = shapely.STRtree(ledger.buildings.areas)
    inside = np.zeros(len(xy), bool)
    inside[tree.query(shapely.points(xy), predicate="dwithin", distance=0.12)[0]] = True
    return inside


def _pick(weight: Floats, count: int, rng: np.random.Generator) -> Integers:
    """Rows drawn without putting back, by weight."""
    likely = np.flatnonzero(weight > 0)
    count = min(count, len(likely))
    picked: Integers = rng.choice(likely, count, replace=False, p=weight[likely] / weight[likely].sum())
    return picked


def _urbanity(ledger: Ledger, xy: Floats) -> Floats:
    """How much a place is worth watching: 1 in the middle of a town, little in the fields."""
    worth = np.full(len(xy), 0.05)
    for town in ledger.county.towns:
        away_m = np.hypot(*(xy - town.middle).T)
        worth = np.maximum(worth, np.exp(-0.5 * (away_m / (0.75 * town.radius_m)) ** 2))
    built = shapely.STRtree(ledger.county.ground.built)
    worth[built.query(shapely.points(xy), predicate="intersects")[0]] += 0.12
    return worth


def _arms(ledger: Ledger) -> tuple[Integers, Integers, Floats, Floats]:
    """For both ends of each street arc: the arc, the node, the direction away from the node, the half width."""
    network = ledger.county.network
    arcs = network.streets
    half = np.array([HALF_WIDTH_M[KIND_OF[int(rank)]] for rank in network.rank[arcs]])
    ends = []
    for end, inner in ((0, 1), (-1, -2)):
        tip = shapely.get_coordinates(shapely.get_point(network.arcs[arcs], end))
        step = shapely.get_coordinates(shapely.get_point(network.arcs[arcs], inner)) - tip
        ends.append(step / np.maximum(np.hypot(*step.T), 1e-9)[:, None])
    node = np.concatenate([network.ends[arcs, 0], network.ends[arcs, 1]])
    return np.tile(arcs, 2), node, np.concatenate(ends), np.tile(half, 2)


def _crossings(ledger: Ledger, count: int, rng: np.random.Generator) -> CameraSites:
    """On a corner of a crossing, looking along one of its streets."""
    network = ledger.county.network
    arc, node, along, half = _arms(ledger)
    rank = network.rank[arc]
    broad = rank >= RANK["residential"]
    degree = np.bincount(node[broad], minlength=len(network.nodes))
    weight = np.where(
        broad & (degree[node] >= 3), _urbanity(ledger, network.nodes[node]) * rank.astype(float) ** 1.6, 0.0
    )
    chosen = _pick(weight, count, rng)
    side = np.where(rng.random(len(chosen)) < 0.5, 1.0, -1.0)
    across = np.stack([-along[chosen, 1], along[chosen, 0]], axis=1) * side[:, None]
    xy = network.nodes[node[chosen]] + across * (half[chosen] + rng.uniform(0.3, 1.6, len(chosen)))[:, None]
    xy += along[chosen] * (half[chosen] + rng.uniform(0.5, 2.5, len(chosen)))[:, None]
    near = [f"{_street(ledger, int(one))}路口" for one in arc[chosen]]
    return CameraSites(
        xy, _bearing(along[chosen], rng, 6.0), np.full(len(chosen), "crossing"), near, np.full(len(chosen), -1)
    )


def _streets(ledger: Ledger, count: int, rng: np.random.Generator, *, is_bridge: bool) -> CameraSites:
    """On a pole 3 to 6 m off a street's middle (more on broad streets), looking along it."""
    network = ledger.county.network
    arcs = network.streets
    bridge = np.array([ledger.county.ground.lines[line].label == "bridge" for line in network.line[arcs]])
    middle = shapely.get_coordinates(shapely.line_interpolate_point(network.arcs[arcs], 0.5, normalized=True))
    length_m = shapely.length(network.arcs[arcs])
    rank = network.rank[arcs].astype(float)
    weight = length_m * _urbanity(ledger, middle) * np.where(rank >= 3, rank, 0.15)
    weight = np.where(bridge == is_bridge, weight, 0.0)
    if not weight.any():
        weight = length_m
    chosen = rng.choice(len(arcs), count, p=weight / weight.sum())
    share = rng.uniform(0.15, 0.85, count)
    lines = network.arcs[arcs[chosen]]
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, share + 0.03, normalized=True))
    along = (ahead - here) / np.maximum(np.hypot(*(ahead - here).T), 1e-9)[:, None]
    along *= np.where(rng.random(count) < 0.5, 1.0, -1.0)[:, None]
    half = np.array([HALF_WIDTH_M[KIND_OF[int(network.rank[arc])]] for arc in arcs[chosen]])
    off_m = np.maximum(half + 0.3, rng.uniform(3.0, 6.0, count))
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.where(rng.random(count) < 0.5, 1.0, -1.0)[:, None]
    site = "bridge" if is_bridge else "street"
    near = [_street(ledger, int(arc)) for arc in arcs[chosen]]
    return CameraSites(
        here + across * off_m[:, None], _bearing(along, rng, 8.0), np.full(count, site), near, np.full(count, -1)
    )


def _gates(ledger: Ledger, count: int, rng: np.random.Generator) -> CameraSites:
    """At the gates of public places, looking out to the street or along it."""
    sites = [site for site in ledger.sites if site.leaf >= 0]
    weight = np.array(
        [3.0 if site.kind in {"school", "hospital", "marketplace", "bus_station"} else 1.2 for site in sites]
    )
    chosen = rng.choice(len(sites), count, p=weight / weight.sum())
    rings = np.array([ledger.county.ground.leaves[sites[place].leaf].area.exterior for place in chosen], dtype=object)
    gate = rng.choice(np.linspace(0.05, 0.95, 7), count)
    here = shapely.get_coordinates(shapely.line_interpolate_point(rings, gate, normalized=True))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(rings, gate + 0.01, normalized=True))
    along = (ahead - here) / np.maximum(np.hypot(*(ahead - here).T), 1e-9)[:, None]
    ccw = np.where(shapely.is_ccw(rings), 1.0, -1.0)[:, None]
    inward = np.stack([-along[:, 1], along[:, 0]], axis=1) * ccw
    turned = np.radians(rng.uniform(-75, 75, count))[:, None]
    looking = -inward * np.cos(turned) + along * np.sin(turned)
    near = [sites[place].name for place in chosen]
    leaf = np.array([sites[place].leaf for place in chosen])
    return CameraSites(
        here + inward * rng.uniform(4.6, 5.8, count)[:, None],
        _bearing(looking, rng, 4.0),
        np.full(count, "gate"),
        near,
        leaf,
    )


def _facades(ledger: Ledger, count: int, rng: np.random.Generator) -> CameraSites:
    """On the wall of a shop or a block of flats that faces a street, looking along the street."""
    buildings, network = ledger.buildings, ledger.county.network
    arcs = network.streets[network.rank[network.streets] >= RANK["service"]]
    weight = np.isin(buildings.kind, ["retail", "apartments", "industrial", "public"]).astype(float)
    weight += 0.04 * (buildings.kind == "house")
    chosen = _pick(weight, count * 2, rng)
    tree = shapely.STRtree(network.arcs[arcs])
    found, arc = tree.query_nearest(buildings.areas[chosen], max_distance=22.0, all_matches=False)
    walls, arc = buildings.areas[chosen[found]], arcs[arc]
    both = shapely.get_coordinates(shapely.shortest_line(walls, network.arcs[arc])).reshape(-1, 2, 2)
    out = (both[:, 1] - both[:, 0]) / np.maximum(np.hypot(*(both[:, 1] - both[:, 0]).T), 1e-9)[:, None]
    along = np.stack([-out[:, 1], out[:, 0]], axis=1) * np.where(rng.random(len(out)) < 0.5, 1.0, -1.0)[:, None]
    turned = np.radians(rng.uniform(8, 60, len(out)))[:, None]
    looking = along * np.cos(turned) + out * np.sin(turned)
    keep = np.arange(len(out))[:count]
    near = [_street(ledger, int(one)) for one in arc[keep]]
    xy = both[keep, 0] + 0.35 * out[keep]
    return CameraSites(
        xy, _bearing(looking[keep], rng, 3.0), np.full(len(keep), "facade"), near, np.full(len(keep), -1)
    )


def _street(ledger: Ledger, arc: int) -> str:
    return ledger.streets.line_names[int(ledger.county.network.line[arc])] or "无名道路"


def _bearing(vector: Floats, rng: np.random.Generator, spread_deg: float) -> Floats:
    """Clockwise from north; the plane's north is true north to a fraction of a degree."""
    bearing = np.degrees(np.arctan2(vector[:, 0], vector[:, 1])) + rng.normal(0, spread_deg, len(vector))
    rounded: Floats = np.asarray(np.round(np.mod(bearing, 360.0), 1) % 360.0, dtype=float)
    return rounded
