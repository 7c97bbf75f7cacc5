"""The parts of streets a patrol walked: kept by patrol, and counted by part and day. Kept as patrols come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from data.sql import sql
from data.tiles import patterns
from gis.matching import MatchedStretch
from gis.streets import StreetNetwork
from patrols.walked_rules import COUNTED_SHARE

#: Below this share a part was crossed, not walked: it is not kept.
_KEPT_SHARE = 0.1

# Two patrols that walked the same street are counted one after the other, or each would miss the other's passes.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('street_part_days'))")

_TAKE_BACK = text("DELETE FROM walked_parts WHERE session_id = :session_id RETURNING part_id, walked_on")


@dataclass(frozen=True)
class WalkedPart:
    """An edge that was walked: share of its length, how often from end to end, and when last (seconds since 1970)."""

    edge: int
    share: float
    passes: int
    last_s: float


def walked_parts(stretches: Sequence[MatchedStretch], shares: dict[int, float]) -> list[WalkedPart]:
    """What was walked of each edge; passes are whole lengths gone, at least one when the part counts.

    >>> gone = [MatchedStretch(3, 0.0, 1.0, 0.0, 60.0), MatchedStretch(3, 1.0, 0.1, 60.0, 120.0)]
    >>> walked_parts(gone, {3: 1.0})
    [WalkedPart(edge=3, share=1.0, passes=2, last_s=120.0)]
    """
    gone: dict[int, float] = {}
    last: dict[int, float] = {}
    for part in stretches:
        gone[part.edge] = gone.get(part.edge, 0.0) + abs(part.stop - part.start)
        last[part.edge] = max(last.get(part.edge, 0.0), part.ended_s)
    return [
        WalkedPart(edge, share, max(1, round(gone[edge])) if share >= COUNTED_SHARE else 0, last[edge])
        for edge, share in sorted(shares.items())
        if share >= _KEPT_SHARE
    ]


def part_bounds(network: StreetNetwork) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each edge begins and ends along its street, in whole metres: its name in the database.

    Stays the same as long as nobody redraws the street or joins another to it.
    """
    begins_m = network.points_m[network.edge_start]
    ends_m = network.points_m[network.edge_stop - 1]
    first_m = np.full(int(network.edge_line.max()) + 1, np.inf)
    np.minimum.at(first_m, network.edge_line, begins_m)
    origin = first_m[network.edge_line]
    return np.round(begins_m - origin).astype(np.int64), np.round(ends_m - origin).astype(np.int64)


def part_ids(session: Session, network: StreetNetwork, edges: Sequence[int]) -> dict[int, int]:
    """The ids of these edges' parts; parts nobody walked or planned before are made."""
    if not len(edges):
        return {}
    chosen = np.asarray(edges, dtype=np.int64)
    from_m, to_m = part_bounds(network)
    asked = {
        "street_id": network.street_ids[chosen].tolist(),
        "from_m": from_m[chosen].tolist(),
        "to_m": to_m[chosen].tolist(),
        "length_m": network.edge_m[chosen].tolist(),
        "path": shapely.to_wkb(network.edge_lines_lonlat[chosen], hex=True).tolist(),
    }
    session.execute(sql("patrols", "make_street_parts"), asked)
    rows = session.execute(sql("patrols", "find_street_parts"), {**asked, "edge": chosen.tolist()})
    return {row.edge: row.id for row in rows}


def keep_walked(
    session: Session,
    session_id: UUID,
    parts: Sequence[WalkedPart],
    ids: dict[int, int],
    *,
    is_voluntary: bool,
    merge: bool,
) -> None:
    """Make these the parts the patrol walked, instead of what was kept before, and count its days again.

    With `merge` what was kept before stays where it is more: its positions are coarse by now and cannot be matched.
    """
    session.execute(_ONE_AT_A_TIME)
    changed = [] if merge else list(session.execute(_TAKE_BACK, {"session_id": session_id}))
    asked = {
        "session_id": session_id,
        "is_voluntary": is_voluntary,
        "part_id": [ids[part.edge] for part in parts],
        "passes": [part.passes for part in parts],
        "share": [min(part.share, 1.0) for part in parts],
        "last_at": [datetime.fromtimestamp(part.last_s, UTC) for part in parts],
        "least_share": COUNTED_SHARE,
    }
    changed += list(session.execute(sql("patrols", "keep_walked_parts"), asked))
    days = {"part_id": [row.part_id for row in changed], "walked_on": [row.walked_on for row in changed]}
    session.execute(sql("patrols", "count_part_days"), days)
    session.execute(sql("patrols", "note_last_walked"), days)


def list_cells_walked(session: Session, scope: tuple[str, ...], *, days: int, today: date) -> list[RowMapping]:
    """By cell of an area: when last walked, passes and voluntary passes of the last `days` days, metres of them."""
    asked: dict[str, Any] = {"scope": patterns(scope), "days": days, "today": today}
    return list(session.execute(sql("patrols", "list_cells_walked"), asked).mappings())


def list_streets_walked(session: Session, cell_code: str, *, days: int, today: date) -> list[RowMapping]:
    """By street of a cell: its name, when last walked, passes of the last `days` days; long unwalked ones first."""
    asked = {"cell_code": cell_code, "days": days, "today": today}
    return list(session.execute(sql("patrols", "list_streets_walked"), asked).mappings())
