"""From street lines to a network: where lines share a point there is a node."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.crs import metric_crs_for
from gis.errors import BadCoordinates, BadGeometry, BadParameter
from gis.streets.modes import Mode, mode_named
from gis.streets.network import Arcs, Floats, Integers, StreetNetwork

TOUCH_M = 0.5

_LINE_STRING = 1


@dataclass(frozen=True)
class _Vertices:
    """The points of all lines in a row: who owns each, and which place it is (`place` is equal at one place)."""

    lonlat: Floats
    xy: Floats
    line: NDArray[np.int64]
    place: NDArray[np.int64]

    def is_line_end(self) -> NDArray[np.bool_]:
        """Return which points are the first or last of their line."""
        changes = self.line[1:] != self.line[:-1]
        found: NDArray[np.bool_] = np.concatenate([[True], changes]) | np.concatenate([changes, [True]])
        return found

    def along_m(self) -> Floats:
        """Return the metres walked from the first point on, lines one after the other without the jumps between."""
        steps = np.hypot(*np.diff(self.xy, axis=0).T)
        steps[self.line[1:] != self.line[:-1]] = 0.0
        return np.concatenate([[0.0], np.cumsum(steps)])


def build_network(
    paths: Sequence[Any] | NDArray[Any],
    street_ids: ArrayLike,
    classes: ArrayLike,
    oneway: ArrayLike,
    mode: str = "foot",
    *,
    names: ArrayLike | None = None,
    usable: ArrayLike | None = None,
) -> StreetNetwork:
    """Return the network of the streets that `mode` may use.

    `paths` are LineStrings in lon/lat; `classes` are values of OpenStreetMap's highway tag; `oneway` is 1 along the
    line, -1 against it, 0 both ways (it binds vehicles, not walkers); `usable` is False for private or
    closed streets. Lines meet where they share a point, or where one ends within 0.5 m of another.
    A crossing without a common point is a bridge. Raises BadGeometry, BadCoordinates, BadParameter.

    >>> across = shapely.LineString([(9.50, 47.10), (9.51, 47.10), (9.52, 47.10)])
    >>> up = shapely.LineString([(9.51, 47.10), (9.51, 47.11)])
    >>> network = build_network([across, up], [7, 8], ["residential", "steps"], [0, 0])
    >>> network.node_count, network.edge_count, network.edge_m.round().tolist()
    (4, 3, [759.0, 759.0, 1112.0])
    >>> build_network([across, up], [7, 8], ["residential", "steps"], [0, 0], mode="bicycle").edge_count
    1
    """
    way = mode_named(mode)
    lines = _column(paths, "paths", None, dtype=object)
    columns = {
        "street_ids": _column(street_ids, "street_ids", len(lines)),
        "street_classes": _column(classes, "classes", len(lines)),
        "street_names": _column([""] * len(lines) if names is None else names, "names", len(lines)),
    }
    direction = _column(oneway, "oneway", len(lines))
    may_use = np.ones(len(lines), bool) if usable is None else _column(usable, "usable", len(lines)).astype(bool)
    chosen = np.flatnonzero(may_use & np.isin(columns["street_classes"].astype(str), list(way.speed_kmh)))
    if not len(chosen):
        raise BadGeometry("There is no street that can be used by {mode}; import streets first.", mode=mode)
    vertices = _joined(_read(lines, chosen))
    return _network(vertices, way, direction, columns)


def only_edges(network: StreetNetwork, is_open: NDArray[np.bool_]) -> StreetNetwork:
    """Return the network without the edges that are not open; edge k is then the k-th open one, nodes are the same.

    >>> lines = [shapely.LineString([(x, 47.10), (x + 0.01, 47.10)]) for x in (9.50, 9.51)]
    >>> network = build_network(lines, [7, 8], ["residential"] * 2, [0, 0])
    >>> only_edges(network, np.array([True, False])).street_ids.tolist()
    [7]
    """
    names = ("edge_nodes", "edge_m", "edge_s", "edge_line", "street_ids", "street_names", "street_classes")
    columns: dict[str, Any] = {name: getattr(network, name)[is_open] for name in (*names, "edge_start", "edge_stop")}
    nodes, count = columns["edge_nodes"], network.node_count
    columns["component"] = _components(nodes, count)
    columns["arcs"] = _arcs(nodes, columns["edge_m"], columns["edge_s"], count)
    return replace(network, **columns)


def by_length(network: StreetNetwork) -> StreetNetwork:
    """Return the network with 80 metres a minute on every street: for limits that are lengths, not times.

    >>> lines = [shapely.LineString([(9.50, 47.10), (9.51, 47.10)])]
    >>> network = by_length(build_network(lines, [7], ["track"], [0], mode="car"))
    >>> bool(np.allclose(network.edge_s[0] * 80 / 60, network.edge_m[0]))
    True
    """
    per_m = 60.0 / 80.0
    seconds = np.where(np.isfinite(network.edge_s), network.edge_m[:, None] * per_m, np.inf)
    return replace(network, edge_s=seconds, arcs=_arcs(network.edge_nodes, network.edge_m, seconds, network.node_count))


def _column(values: Any, name: str, length: int | None, dtype: Any = None) -> NDArray[Any]:
    """Return one column of the street table as an array, checked for its length."""
    column = np.asarray(values, dtype=dtype)
    if column.ndim != 1 or (length is not None and len(column) != length):
        sentence = "The column {name} must have one value for each of the {length} streets; it has shape {shape}."
        raise BadParameter(sentence, name=name, length=length, shape=column.shape)
    return column


def _read(paths: NDArray[Any], chosen: NDArray[np.int64]) -> _Vertices:
    """Return the points of the chosen lines, without points that repeat the one before."""
    wrong = chosen[shapely.get_type_id(paths[chosen]) != _LINE_STRING]
    if len(wrong):
        raise BadGeometry("Street {row} is not a line; split it into single lines.", row=int(wrong[0]) + 1)
    lonlat, owner = shapely.get_coordinates(paths[chosen], return_index=True)
    line = chosen[owner]
    with np.errstate(invalid="ignore"):
        good = (np.abs(lonlat[:, 0]) <= 180.0) & (np.abs(lonlat[:, 1]) <= 90.0)
    if not good.all():
        sentence = "Street {row} has a point that is no longitude and latitude."
        raise BadCoordinates(sentence, row=int(line[~good][0]) + 1)
    # OpenStreetMap keeps seven decimals (1 cm): points that agree that far are one point.
    east, north = np.round((lonlat + np.array([180.0, 90.0])) * 1e7).astype(np.uint64).T
    place = np.unique((east << np.uint64(32)) | north, return_inverse=True)[1]
    keep = np.concatenate([[True], (place[1:] != place[:-1]) | (line[1:] != line[:-1])])
    keep &= np.isin(line, line[keep][np.flatnonzero(line[keep][1:] == line[keep][:-1])])
    if not keep.any():
        raise BadGeometry("Every street is a single point; check the file.")
    lonlat, line, place = lonlat[keep], line[keep], place[keep].astype(np.int64)
    frame = metric_crs_for((*lonlat.min(axis=0), *lonlat.max(axis=0)))
    return _Vertices(lonlat, frame.xy(lonlat), line, place)


def _joined(vertices: _Vertices) -> _Vertices:
    """Return the points with lines joined whose ends lie within TOUCH_M of each other or of another line."""
    from scipy.spatial import cKDTree

    ends = np.flatnonzero(vertices.is_line_end())
    _, first = np.unique(vertices.place[ends], return_index=True)
    ends = ends[first]
    near = cKDTree(vertices.xy[ends]).query_pairs(TOUCH_M, output_type="ndarray")
    vertices = _merged(vertices, vertices.place[ends][near])
    return _touching(vertices)


def _merged(vertices: _Vertices, pairs: NDArray[np.int64]) -> _Vertices:
    """Return the points with the two places of each pair made one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return vertices
    size = int(vertices.place.max()) + 1
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    return replace(vertices, place=connected_components(graph, directed=False)[1].astype(np.int64)[vertices.place])


def _touching(vertices: _Vertices) -> _Vertices:
    """Return the points with loose ends tied to the line they touch, which gets a point there if it has none."""
    uses = np.bincount(vertices.place)
    loose = np.flatnonzero(vertices.is_line_end() & (uses[vertices.place] == 1))
    first = np.flatnonzero(np.concatenate([[True], vertices.line[1:] != vertices.line[:-1]]))
    line_ids = vertices.line[first]
    lines: Any = shapely.linestrings(vertices.xy, indices=np.cumsum(np.isin(np.arange(len(vertices.line)), first)) - 1)
    points: Any = shapely.points(vertices.xy[loose])
    which, hit = shapely.STRtree(lines).query(points, predicate="dwithin", distance=TOUCH_M)
    other = line_ids[hit] != vertices.line[loose[which]]
    which, hit = which[other], hit[other]
    along = vertices.along_m()
    hit_m = along[first[hit]] + shapely.line_locate_point(lines[hit], points[which])
    last = np.append(first[1:], len(along)) - 1
    after = np.clip(np.searchsorted(along, hit_m), first[hit] + 1, last[hit])
    before = after - 1
    nearest = np.where(hit_m - along[before] <= along[after] - hit_m, before, after)
    has_point = np.abs(along[nearest] - hit_m) <= TOUCH_M
    places = vertices.place[loose[which]]
    pairs = np.column_stack([places[has_point], vertices.place[nearest[has_point]]])
    new = np.flatnonzero(~has_point)
    new = new[np.lexsort((hit_m[new], after[new]))]
    source, at = loose[which[new]], after[new]
    grown = _Vertices(
        lonlat=np.insert(vertices.lonlat, at, vertices.lonlat[source], axis=0),
        xy=np.insert(vertices.xy, at, vertices.xy[source], axis=0),
        line=np.insert(vertices.line, at, line_ids[hit[new]]),
        place=np.insert(vertices.place, at, vertices.place[source]),
    )
    return _merged(grown, pairs)


def _network(
    vertices: _Vertices, way: Mode, direction: NDArray[Any], columns: dict[str, NDArray[Any]]
) -> StreetNetwork:
    """Return the network of the joined points: an edge runs from one node of a line to its next."""
    is_node = vertices.is_line_end() | (np.bincount(vertices.place)[vertices.place] > 1)
    along = vertices.along_m()
    stops = np.flatnonzero(is_node)
    start, stop = stops[:-1], stops[1:]
    length = along[stop] - along[start]
    # A line that turns back within the touching distance has become a loop of nothing.
    is_loop = vertices.place[start] == vertices.place[stop]
    keep = (vertices.line[start] == vertices.line[stop]) & ~(is_loop & (length <= 2 * TOUCH_M)) & (length > 0)
    start, stop, length = start[keep], stop[keep], length[keep]
    if not len(start):
        raise BadGeometry("Every street is shorter than {touch_m} m; check the file.", touch_m=TOUCH_M)
    places, flat = np.unique(vertices.place[np.column_stack([start, stop])].ravel(), return_inverse=True)
    nodes = flat.reshape(-1, 2).astype(np.int32)
    node_xy = np.empty((len(places), 2))
    node_xy[nodes[::-1].ravel()] = vertices.xy[np.column_stack([start, stop])[::-1].ravel()]
    line = vertices.line[start]
    seconds = _travel_s(length, columns["street_classes"][line].astype(str), direction[line].astype(int), way)
    return StreetNetwork(
        mode=way.name,
        frame=metric_crs_for((*vertices.lonlat.min(axis=0), *vertices.lonlat.max(axis=0))),
        node_xy=node_xy,
        component=_components(nodes, len(places)),
        edge_nodes=nodes,
        edge_m=length,
        edge_s=seconds,
        edge_line=line.astype(np.int32),
        edge_start=start.astype(np.int32),
        edge_stop=(stop + 1).astype(np.int32),
        points_lonlat=vertices.lonlat,
        points_xy=vertices.xy,
        points_m=along,
        arcs=_arcs(nodes, length, seconds, len(places)),
        **{name: column[line] for name, column in columns.items()},
    )


def _travel_s(length_m: Floats, classes: NDArray[np.str_], direction: NDArray[np.int64], way: Mode) -> Floats:
    """Return seconds forward and back for each edge, inf where a one-way street forbids it."""
    speed_kmh = np.zeros(len(length_m))
    for name, kmh in way.speed_kmh.items():
        speed_kmh[classes == name] = kmh
    seconds = np.repeat((length_m / speed_kmh * 3.6)[:, None], 2, axis=1)
    if way.is_bound_by_oneways:
        seconds[direction < 0, 0] = np.inf
        seconds[direction > 0, 1] = np.inf
    return seconds


def _components(nodes: Integers, count: int) -> Integers:
    """Return the connected piece of each node; 0 is the one with the most nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(nodes), np.int8), (nodes[:, 0], nodes[:, 1])), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    rank = np.argsort(np.argsort(-np.bincount(labels), kind="stable"), kind="stable")
    found: Integers = rank[labels].astype(np.int32)
    return found


def _arcs(nodes: Integers, length_m: Floats, seconds: Floats, count: int) -> Arcs:
    """Return the directed graph; of parallel edges the quicker one stands (summing them is the classic fault)."""
    tails = np.concatenate([nodes[:, 0], nodes[:, 1]])
    heads = np.concatenate([nodes[:, 1], nodes[:, 0]])
    travel_s = np.concatenate([seconds[:, 0], seconds[:, 1]])
    edge = np.tile(np.arange(len(nodes), dtype=np.int32), 2)
    open_arcs = np.flatnonzero(np.isfinite(travel_s) & (tails != heads))
    order = open_arcs[np.lexsort((travel_s[open_arcs], heads[open_arcs], tails[open_arcs]))]
    again = (tails[order][1:] == tails[order][:-1]) & (heads[order][1:] == heads[order][:-1])
    order = order[np.concatenate([[True], ~again])] if len(order) else order
    per_node = np.bincount(tails[order], minlength=count)
    return Arcs(
        indptr=np.concatenate([[0], np.cumsum(per_node)]).astype(np.int32),
        heads=heads[order].astype(np.int32),
        travel_s=travel_s[order],
        length_m=length_m[edge[order]],
        edge=edge[order],
        is_forward=order < len(nodes),
    )
