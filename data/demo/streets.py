"""Street rows: drawn lines as far as they were kept, with names that run on across crossings."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from data.demo.borders import Borders
from data.demo.chance import stream
from data.demo.county import County
from data.demo.cutting import lines_of
from data.demo.layout import Integers
from data.demo.names import StreetNamer, numeral, stem
from data.demo.network import RANK

KIND_OF = {rank: kind for kind, rank in RANK.items()}


@dataclass
class Streets:
    """Rows of the street table."""

    refs: list[str]
    names: list[str | None]
    kinds: list[str]
    levels: list[int]
    oneway: list[int]
    paths: NDArray[np.object_]
    #: the name of each drawn line, also of those that are no street
    line_names: list[str | None]


def list_streets(county: County, borders: Borders) -> Streets:
    """One row for each drawn line (or for each piece of it that is left)."""
    network = county.network
    chosen = network.streets
    line = network.line[chosen]
    order = np.argsort(line, kind="stable")
    chosen, line = chosen[order], line[order]
    starts = np.flatnonzero(np.concatenate([[True], line[1:] != line[:-1]]))
    names = _line_names(county, borders)
    rng = stream(county.seed, "oneway")
    rows = Streets([], [], [], [], [], np.empty(0, object), names)
    paths = []
    for start, arcs in zip(starts, np.split(chosen, starts[1:]), strict=True):
        number = int(line[start])
        drawn = county.ground.lines[number]
        kind = KIND_OF[int(network.rank[arcs[0]])]
        is_oneway = drawn.label == "street" and kind == "residential" and rng.random() < 0.03
        for place, path in enumerate(lines_of(shapely.multilinestrings(network.arcs[arcs]))):
            rows.refs.append(f"{number}-{place}")
            rows.names.append(names[number])
            rows.kinds.append(kind)
            rows.levels.append(1 if drawn.label == "bridge" else 0)
            rows.oneway.append(1 if is_oneway else 0)
            paths.append(path)
    rows.paths = np.array(paths, dtype=object)
    return rows


def _line_names(county: County, borders: Borders) -> list[str | None]:
    lines = county.ground.lines
    group = _same_street(county)
    namers = [StreetNamer(stream(county.seed, "streets", cluster)) for cluster in range(len(county.towns))]
    given: dict[int, str | None] = {}
    counters: dict[tuple[int, str], int] = {}
    names: list[str | None] = []
    tree = shapely.STRtree([town.area.buffer(30) for town in county.towns])
    for number, line in enumerate(lines):
        if line.kind is None or line.kind in {"track", "footway"}:
            names.append(None)
            continue
        if line.link >= 0 and line.label != "arterial":
            names.append(_road_name(county, borders, line.link))
            continue
        key = int(group[number])
        if key not in given:
            inside = tree.query(line.path, predicate="intersects")
            if len(inside):
                east, north = np.abs(np.subtract(line.path.coords[-1], line.path.coords[0]))
                given[key] = (
                    "滨河路"
                    if line.label == "riverside"
                    else namers[int(inside[0])].name(line.kind, is_eastward=bool(east > north))
                )
            else:
                given[key] = _lane_name(borders, line.territory, line.kind, counters)
        names.append(given[key])
    return names


def _road_name(county: County, borders: Borders, link: int) -> str:
    """Roads between townships carry the township's name, roads between villages the first sign of both."""
    sides = county.mosaic.sides[link]
    if county.link_rank[link] >= 3:
        row = borders.township_row[int(county.layout.township[sides].min())]
        return stem(borders.divisions[row].name) + "公路"
    first, second = (borders.divisions[borders.village_row[int(side)]].name for side in sorted(sides))
    return f"{first[0]}{second[0]}路"


def _lane_name(borders: Borders, territory: int, kind: str, counters: dict[tuple[int, str], int]) -> str | None:
    if territory < 0:
        return None
    key = (territory, kind)
    counters[key] = counters.get(key, 0) + 1
    if counters[key] > 60:
        return None
    ending = "巷" if kind == "service" else "路"
    return f"{stem(borders.divisions[borders.village_row[territory]].name)}{numeral(counters[key])}{ending}"


def _same_street(county: County) -> Integers:
    """Lines of one class that go on straight across a crossing are one street."""
    lines = county.ground.lines
    streets = [number for number, line in enumerate(lines) if line.kind and line.label in {"street", "arterial"}]
    tips, heads, owner = [], [], []
    for number in streets:
        coords = np.asarray(lines[number].path.coords)
        for tip, inner in ((coords[0], coords[1]), (coords[-1], coords[-2])):
            tips.append(tip)
            heads.append((tip - inner) / max(float(np.hypot(*(tip - inner))), 1e-9))
            owner.append(number)
    size = len(lines)
    pairs = cKDTree(np.array(tips)).query_pairs(3.0, output_type="ndarray")
    heading = np.array(heads)
    owners = np.array(owner)
    straight = -(heading[pairs[:, 0]] * heading[pairs[:, 1]]).sum(axis=1) > 0.93
    ranks = np.array([RANK.get(lines[number].kind or "", 0) for number in owner])
    alike = np.abs(ranks[pairs[:, 0]] - ranks[pairs[:, 1]]) <= 1
    chosen = owners[pairs[straight & alike]]
    joined = coo_matrix((np.ones(len(chosen)), (chosen[:, 0], chosen[:, 1])), shape=(size, size))
    label: Integers = connected_components(joined, directed=False)[1]
    return label
