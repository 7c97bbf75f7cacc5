"""Which edges of a network a drawn line runs along, and how much of some edges lies beside what was walked."""

from collections.abc import Iterable

import numpy as np
import shapely

from gis.matching.ways import MatchedStretch
from gis.streets import StreetNetwork

#: A route drawn on these streets lies on them; one drawn on an older map some metres beside.
ON_M = 4.0
#: A pavement drawn apart from its street lies within this of it.
BESIDE_M = 12.0


def edges_along(network: StreetNetwork, path: shapely.Geometry, within_m: float = ON_M) -> dict[int, float]:
    """Return the edges a line in lon/lat runs along, with the share of each edge's length.

    An edge counts from half of its length on; one that is only crossed does not.

    >>> from gis.streets import build_network
    >>> streets = [[(9.50, 47.10), (9.51, 47.10)], [(9.51, 47.10), (9.51, 47.11)]]
    >>> network = build_network([shapely.LineString(line) for line in streets], [7, 8], ["residential"] * 2, [0, 0])
    >>> {edge: round(share, 2) for edge, share in edges_along(network, shapely.LineString(streets[0])).items()}
    {0: 1.0}
    """
    line = shapely.transform(path, network.frame.xy)
    around = shapely.buffer(line, within_m, cap_style="flat")
    shapely.prepare(around)
    edges = network.tree.query(around, predicate="intersects")
    inside_m = shapely.length(shapely.intersection(network.edge_lines[edges], around))
    shares = np.minimum(inside_m / network.edge_m[edges], 1.0)
    is_along = (shares >= 0.5) & (inside_m > 2.2 * within_m)
    return dict(zip(edges[is_along].tolist(), shares[is_along].tolist(), strict=True))


def shares_beside(
    network: StreetNetwork, edges: Iterable[int], walked: Iterable[MatchedStretch], within_m: float = BESIDE_M
) -> dict[int, float]:
    """Return the share of each edge's length that lies within so many metres of what was walked.

    Who walks on the pavement has walked the street. Same network and edges as `edges_along`.

    >>> from gis.streets import build_network
    >>> streets = [[(9.50, 47.10), (9.51, 47.10)], [(9.50, 47.10005), (9.51, 47.10005)]]
    >>> network = build_network([shapely.LineString(line) for line in streets], [7, 8], ["residential"] * 2, [0, 0])
    >>> round(shares_beside(network, [1], [MatchedStretch(0, 0.0, 0.5, 0.0, 60.0)])[1], 1)
    0.5
    """
    asked = np.fromiter(edges, np.int64)
    parts = [network.points_between(part.edge, part.start, part.stop) for part in walked]
    lines = [shapely.LineString(network.frame.xy(points)) for points in parts if len(points) > 1]
    if not lines or not len(asked):
        return dict.fromkeys(asked.tolist(), 0.0)
    around = shapely.union_all(shapely.buffer(np.array(lines), within_m, cap_style="flat", quad_segs=4))
    shapely.prepare(around)
    inside_m = shapely.length(shapely.intersection(network.edge_lines[asked], around))
    return dict(zip(asked.tolist(), np.minimum(inside_m / network.edge_m[asked], 1.0).tolist(), strict=True))
