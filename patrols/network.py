"""The street network in memory, one for each mode, rebuilt when the streets have changed."""

from threading import Lock

import numpy as np
import shapely
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.layers import layer_versions
from data.sql import sql
from gis.streets import StreetNetwork, build_network

#: Ways on which nobody may walk or ride without asking; the column `kind` has no finer word for them.
_PRIVATE = ("private",)

_kept: dict[str, tuple[str, StreetNetwork]] = {}
_lock = Lock()


def street_network(session: Session, mode: str = "foot") -> StreetNetwork:
    """The network of today's streets for foot, bicycle, e_bike or car.

    Built once in each process and again after the streets have changed. Raises NotFound when there are none.
    """
    version = layer_versions(session, ["streets"])["streets"]
    with _lock:
        kept = _kept.get(mode)
        if kept is None or kept[0] != version:
            kept = (version, _build(session, mode))
            _kept[mode] = kept
        return kept[1]


def _build(session: Session, mode: str) -> StreetNetwork:
    rows = session.execute(sql("patrols", "network_streets")).all()
    if not rows:
        raise NotFound("There are no streets yet. Import them first (gridbeat import osm).")
    return build_network(
        shapely.from_wkb([bytes(row.path) for row in rows]),
        np.array([row.id for row in rows]),
        np.array([row.kind for row in rows]),
        np.array([row.oneway for row in rows]),
        mode,
        names=np.array([row.name for row in rows]),
        usable=np.array([row.kind not in _PRIVATE for row in rows]),
    )
