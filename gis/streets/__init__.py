"""The street network: nodes, edges, connected pieces, and the place on a street nearest to a point."""

from gis.streets.building import build_network, by_length, only_edges
from gis.streets.modes import MODES
from gis.streets.network import StreetNetwork
from gis.streets.snapping import SnappedPlace, snap, snap_together

__all__ = [
    "MODES",
    "SnappedPlace",
    "StreetNetwork",
    "build_network",
    "by_length",
    "only_edges",
    "snap",
    "snap_together",
]
