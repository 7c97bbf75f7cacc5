"""What a failing camera takes with it: of each new gap, the part that only those cameras saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from cameras.neighbourhood import find_base
from cameras.previewing import Gap


@dataclass(frozen=True)
class LostPart:
    """A new or grown gap, with the part of it that is new (`area` in lon/lat, and how large it is)."""

    gap: Gap
    cell_name: str
    area: Any
    area_m2: float


def lost_parts(session: Session, gaps: Sequence[Gap], camera_ids: Sequence[int]) -> list[LostPart]:
    """Of each gap the part that lies in the view of these cameras, the largest first."""
    base = find_base(session)
    seen = session.scalar(
        text("SELECT st_asbinary(st_union(view)) FROM camera_views WHERE camera_id = ANY (:ids)"),
        {"ids": list(camera_ids)},
    )
    if base is None or seen is None:
        return []
    view = shapely.from_wkb(bytes(seen))
    names = cell_names(session, [gap.cell_code for gap in gaps])
    found = []
    for gap in gaps:
        part = shapely.intersection(gap.area, view)
        area_m2 = float(shapely.area(base.frame.to_metres(part)))
        found.append(LostPart(gap, names.get(gap.cell_code, gap.cell_code), part, area_m2))
    return sorted(found, key=lambda one: -one.area_m2)


def cell_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """The names of today's cells with these codes."""
    statement = text("SELECT code, name FROM cells WHERE code = ANY (:codes) AND validity @> CURRENT_DATE")
    return {row.code: row.name for row in session.execute(statement, {"codes": list(codes)})}
