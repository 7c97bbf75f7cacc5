"""What has changed since the last look: cases, positions, map layers. One look serves every listener of a process.

Rows become visible when their transaction is kept, not when they get their number: each look goes back a little
further than the last, and what has been told is not told again.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from data.events import list_recent
from data.layers import layer_versions
from data.sql import sql
from webapp.maps.layers import TILES

#: No request's transaction lives longer; what an import keeps later is seen by the layers' versions.
_LOOK_BACK_S = 15
#: So many events are remembered as told; more do not happen within the look back.
_TOLD = 20_000

_LAYERS = frozenset(layer for kind in TILES.values() for layer in kind.changes)


@dataclass(frozen=True)
class Moved:
    """A member on patrol, seen anew; `division_code` says whose eyes it is for."""

    division_code: str
    told: dict[str, Any]


@dataclass(frozen=True)
class CaseStep:
    """A step of a case: where it lies and who has it now."""

    location_code: str | None
    worker_id: int | None
    team_id: int | None
    told: dict[str, Any]


@dataclass(frozen=True)
class Changes:
    """What one look found."""

    steps: Sequence[CaseStep] = ()
    moved: Sequence[Moved] = ()
    is_map_new: bool = False

    def __bool__(self) -> bool:
        return bool(self.steps or self.moved or self.is_map_new)


@dataclass
class Reader:
    """Reads what is new since its last look. The first look finds nothing: it only learns where now is."""

    _told: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _seen: dict[str, datetime] = field(default_factory=dict)
    _versions: dict[str, str] | None = None

    def look(self, session: Session) -> Changes:
        """What has changed since the last look of this reader."""
        is_first = self._versions is None
        changes = Changes(self._steps(session), self._moved(session), self._is_map_new(session))
        return Changes() if is_first else changes

    def _steps(self, session: Session) -> list[CaseStep]:
        found = list_recent(session, "incident_", _LOOK_BACK_S)
        fresh = [event for event in found if event.id not in self._told]
        self._told.update(dict.fromkeys(event.id for event in fresh))
        while len(self._told) > _TOLD:
            self._told.popitem(last=False)
        return [
            CaseStep(
                event.location_code, event.payload.get("worker_id"), event.payload.get("team_id"),
                {"id": event.subject, "number": event.payload.get("number"), "what": event.kind,
                 "priority": event.payload.get("priority"), "status": event.payload.get("to_status", "reported")},
            )
            for event in fresh
        ]  # fmt: skip

    def _moved(self, session: Session) -> list[Moved]:
        rows = session.execute(sql("patrols", "moved_lately"), {"look_back_s": _LOOK_BACK_S}).mappings()
        found, seen = [], {}
        for row in rows:
            seen[row["id"]] = row["fixed_at"]
            if self._seen.get(row["id"]) != row["fixed_at"]:
                told = {name: row[name] for name in ("id", "lon", "lat", "accuracy_m", "age_s")}
                found.append(Moved(row["division_code"], told))
        self._seen = seen
        return found

    def _is_map_new(self, session: Session) -> bool:
        before, self._versions = self._versions, layer_versions(session, _LAYERS)
        return self._versions != before
