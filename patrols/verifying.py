"""A patrol verified: its positions cleaned, matched to streets, held against its plan, and kept. Done as a job."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data.sql import sql
from gis.matching import MatchedTrack, edges_along, match_track, shares_beside
from gis.streets import StreetNetwork
from gis.tracks import clean_fixes
from patrols.models import PatrolSession, PatrolVerification, RoutePlan, Shift
from patrols.network import street_network
from patrols.positions import KEPT_FOR
from patrols.walked import keep_walked, part_ids, walked_parts
from patrols.walked_rules import COUNTED_SHARE, Fixes, Gap, Stop, deviations, gaps_of, judged, visits

#: Nobody who moves like this is faster, metres a second.
MOST_MPS = {"foot": 4.0, "bicycle": 9.0, "e_bike": 13.0, "car": 30.0}
_PATH = text("SELECT st_asbinary(path) FROM route_plans WHERE id = :plan_id")
#: What the device or the clock says about a position stands, however well it fits.
_STANDS = ("invalid", "null_island", "future", "mocked")


@dataclass(frozen=True)
class _Walk:
    """A patrol with all that is known of it."""

    patrol: PatrolSession
    shift: Shift | None
    plan: RoutePlan | None
    path: Any
    before: PatrolVerification | None
    fixes: Fixes
    lonlat: NDArray[np.float64]
    is_mocked: NDArray[np.bool_]
    has_coarse: bool

    @property
    def is_voluntary(self) -> bool:
        """Rounds without a shift, and shifts anybody may walk, count apart from those that somebody was sent on."""
        return self.shift is None or self.shift.is_open_to_volunteers

    @property
    def is_accepted(self) -> bool:
        """Whether a leader has decided that these positions are to be believed."""
        return self.before is not None and self.before.decision == "accepted"

    def span_s(self, now: datetime) -> tuple[float, float]:
        """Begin and end, or now while it goes on."""
        ended_at = self.patrol.ended_at or now
        return self.patrol.started_at.timestamp(), ended_at.timestamp()


def verify_patrol(session: Session, session_id: UUID, now: datetime) -> PatrolVerification | None:
    """Verify a patrol, or verify it again: the same positions give the same rows. None when nothing is left to verify.

    Credit is given for sound patrols, and for doubtful ones once a leader has accepted them. The patrol's row is
    locked, so that two workers do not verify it at once.
    """
    patrol = session.scalar(select(PatrolSession).where(PatrolSession.id == session_id).with_for_update())
    if patrol is None or patrol.started_at < now - KEPT_FOR:
        return None
    network = street_network(session, _mode(session, patrol))
    walk = _read(session, patrol, network)
    good = walk.fixes.marks == "ok"
    track = match_track(network, walk.fixes.at_s[good], *walk.lonlat[good].T)
    verdict, reasons = judged(walk.fixes, walk.is_mocked, track.matched_share)
    planned = edges_along(network, walk.path) if walk.path is not None else {}
    parts = walked_parts(track.stretches, track.edge_shares)
    edges = sorted({part.edge for part in parts} | set(planned))
    ids = part_ids(session, network, edges)
    is_believed = verdict == "sound" or walk.is_accepted
    credited = [part for part in parts if is_believed and part.edge in ids]
    keep_walked(session, session_id, credited, ids, is_voluntary=walk.is_voluntary, merge=walk.has_coarse)
    figures = _figures(session, walk, network, track, now)
    figures["counted_parts"] = sum(part.share >= COUNTED_SHARE for part in parts)
    figures |= _against_plan(network, track, planned, ids)
    _note_marks(session, walk)
    return _keep(session, walk, verdict, reasons, figures, now)


def list_unverified(session: Session, now: datetime) -> list[UUID]:
    """Patrols that have ended, have positions, and were never verified; the last that ended first."""
    return list(session.scalars(sql("patrols", "list_unverified"), {"since": now - KEPT_FOR}))


def _mode(session: Session, patrol: PatrolSession) -> str:
    found = select(RoutePlan.mode).join(Shift, Shift.route_plan_id == RoutePlan.id).where(Shift.id == patrol.shift_id)
    return session.scalar(found) or "foot"


def _read(session: Session, patrol: PatrolSession, network: StreetNetwork) -> _Walk:
    shift = session.get(Shift, patrol.shift_id) if patrol.shift_id else None
    plan = session.get(RoutePlan, shift.route_plan_id) if shift and shift.route_plan_id else None
    path = session.scalar(_PATH, {"plan_id": plan.id}) if plan else None
    before = session.get(PatrolVerification, patrol.id)
    rows = session.execute(sql("patrols", "fixes_to_verify"), {"session_id": patrol.id}).all()
    exact = [row for row in rows if not row.is_coarse]
    lonlat = np.array([(row.lon, row.lat) for row in exact], np.float64).reshape(-1, 2)
    fixes = Fixes(
        at_s=np.array([row.at_s for row in exact], np.float64),
        xy=network.frame.xy(lonlat) if len(lonlat) else lonlat,
        marks=np.array([row.mark for row in exact], "<U12"),
        battery_pct=np.array([_known(row.battery_pct) for row in exact], np.float64),
    )
    is_mocked = np.array([row.is_mocked for row in exact], np.bool_)
    walk = _Walk(
        patrol,
        shift,
        plan,
        path and shapely.from_wkb(bytes(path)),
        before,
        fixes,
        lonlat,
        is_mocked,
        len(exact) < len(rows),
    )
    accuracy_m = np.array([_known(row.accuracy_m) for row in exact], np.float64)
    return replace(walk, fixes=replace(fixes, marks=_marks(walk, accuracy_m)))


def _known(value: float | None) -> float:
    return np.nan if value is None else value


def _marks(walk: _Walk, accuracy_m: NDArray[np.float64]) -> NDArray[np.str_]:
    """Every position judged again, now that the whole walk is known; what a leader accepted as real is ok."""
    marks = walk.fixes.marks.copy()
    marks[(marks == "mocked") | (walk.is_mocked & (marks == "ok"))] = "ok" if walk.is_accepted else "mocked"
    open_rows = np.flatnonzero(~np.isin(marks, _STANDS))
    most_mps = MOST_MPS.get(walk.plan.mode if walk.plan else "foot", 4.0)
    at_s, (lon, lat) = walk.fixes.at_s[open_rows], walk.lonlat[open_rows].T
    marks[open_rows] = clean_fixes(at_s, lon, lat, accuracy_m[open_rows], most_mps=most_mps)
    return marks


def _figures(
    session: Session, walk: _Walk, network: StreetNetwork, track: MatchedTrack, now: datetime
) -> dict[str, Any]:
    begun_s, ended_s = walk.span_s(now)
    names, counts = np.unique(walk.fixes.marks, return_counts=True)
    pauses = session.execute(sql("patrols", "pauses_to_verify"), {"session_id": walk.patrol.id, "until_s": ended_s})
    gaps = gaps_of(walk.fixes, begun_s, ended_s, [(row.from_s, row.to_s) for row in pauses])
    return {
        "fixes": len(walk.fixes.at_s),
        "marks": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "minutes": round((ended_s - begun_s) / 60),
        "walked_m": round(track.walked_m),
        "covered_m": round(track.covered_m),
        "matched_share": round(track.matched_share, 3),
        "gaps": [_gap(walk, gap) for gap in gaps],
        "deviations": _off_route(walk, network),
        "checkpoints": _checkpoints(session, walk, network, gaps, ended_s),
    }


def _gap(walk: _Walk, gap: Gap) -> dict[str, Any]:
    """A gap with the straight line from the last position before it to the first after it, for the map."""
    at_s, good = walk.fixes.at_s, walk.fixes.marks == "ok"
    before, after = np.flatnonzero(good & (at_s <= gap.from_s)), np.flatnonzero(good & (at_s >= gap.to_s))
    ends = (before[-1], after[0]) if len(before) and len(after) else ()
    line = [np.round(walk.lonlat[row], 5).tolist() for row in ends]
    return {"from": _iso(gap.from_s), "to": _iso(gap.to_s), "reason": gap.reason, "line": line}


def _off_route(walk: _Walk, network: StreetNetwork) -> list[dict[str, Any]]:
    if walk.path is None:
        return []
    good = walk.fixes.marks == "ok"
    line = shapely.transform(walk.path, network.frame.xy)
    away_m = shapely.distance(shapely.points(walk.fixes.xy[good]), line)
    found = deviations(walk.fixes.at_s[good], np.asarray(away_m, np.float64).reshape(-1))
    return [{"from": _iso(since), "to": _iso(until), "most_m": round(most_m)} for since, until, most_m in found]


def _checkpoints(
    session: Session, walk: _Walk, network: StreetNetwork, gaps: list[Gap], ended_s: float
) -> list[dict[str, Any]]:
    if walk.plan is None:
        return []
    stops = _stops(session, walk, network)
    is_over = walk.patrol.ended_at is not None
    found = visits([stop for stop, _ in stops], walk.fixes, gaps, ended_s, is_over=is_over)
    return [
        {
            "seq": visit.seq,
            "name": name,
            "state": visit.state,
            "reason": visit.reason,
            "planned_at": _iso(stop.planned_s),
            "reached_at": None if visit.reached_s is None else _iso(visit.reached_s),
            "stayed_s": round(visit.stayed_s),
            "in_order": visit.in_order,
        }
        for (stop, name), visit in zip(stops, found, strict=True)
    ]


def _stops(session: Session, walk: _Walk, network: StreetNetwork) -> list[tuple[Stop, str]]:
    """The plan's checkpoints with the second each should be reached: walking evenly, staying where one should."""
    rows = session.execute(sql("patrols", "checkpoints_to_verify"), _of(walk)).all()
    dwell_s = sum(row.dwell_min * 60.0 for row in rows)
    moving_s = max(0.0, (walk.plan.walk_s if walk.plan else 0) - dwell_s)
    begun_at = max(walk.shift.starts_at, walk.patrol.started_at) if walk.shift else walk.patrol.started_at
    line = shapely.transform(walk.path, network.frame.xy)
    found, stayed_s = [], 0.0
    for row in rows:
        x, y = np.asarray(network.frame.xy(np.array([[row.lon, row.lat]])))[0].tolist()
        share = float(shapely.line_locate_point(line, shapely.Point(x, y), normalized=True))
        planned_s = begun_at.timestamp() + share * moving_s + stayed_s
        found.append((Stop(row.seq, (x, y), planned_s, row.dwell_min * 60.0, row.checked_in_s), row.name or ""))
        stayed_s += row.dwell_min * 60.0
    return found


def _of(walk: _Walk) -> dict[str, Any]:
    return {"plan_id": walk.plan and walk.plan.id, "session_id": walk.patrol.id}


def _against_plan(
    network: StreetNetwork, track: MatchedTrack, planned: dict[int, float], ids: dict[int, int]
) -> dict[str, Any]:
    """How much of the planned streets was walked, there or on the pavement beside; which parts were not."""
    if not planned:
        return {"planned_m": 0, "planned_covered_m": 0, "missed_parts": []}
    beside = shares_beside(network, planned, track.stretches)
    lengths = {edge: share * float(network.edge_m[edge]) for edge, share in planned.items()}
    is_walked = {
        edge: max(track.edge_shares.get(edge, 0.0), beside[edge]) >= COUNTED_SHARE * share
        for edge, share in planned.items()
    }
    return {
        "planned_m": round(sum(lengths.values())),
        "planned_covered_m": round(sum(metres for edge, metres in lengths.items() if is_walked[edge])),
        "missed_parts": [ids[edge] for edge in planned if not is_walked[edge] and edge in ids],
    }


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(round(at_s), UTC).isoformat()


def _note_marks(session: Session, walk: _Walk) -> None:
    """Write the marks that are others now."""
    asked = {
        "session_id": walk.patrol.id,
        "fixed_at": [datetime.fromtimestamp(at_s, UTC) for at_s in walk.fixes.at_s.tolist()],
        "mark": np.where(np.isin(walk.fixes.marks, ("duplicate", "out_of_order")), "ok", walk.fixes.marks).tolist(),
    }
    session.execute(sql("patrols", "note_marks"), asked)


def _keep(
    session: Session, walk: _Walk, verdict: str, reasons: list[dict[str, Any]], figures: dict[str, Any], now: datetime
) -> PatrolVerification:
    """The row of this verification; appeal and decision stay. Coarse positions do not take back what was known."""
    if walk.has_coarse and walk.before is not None:
        figures = walk.before.figures | {"late_fixes": figures["fixes"]}
        verdict, reasons = walk.before.verdict, walk.before.reasons
    row = {
        "verified_at": now,
        "is_voluntary": walk.is_voluntary,
        "verdict": verdict,
        "reasons": reasons,
        "figures": figures,
    }
    statement = insert(PatrolVerification).values(session_id=walk.patrol.id, **row)
    session.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=row))
    session.expire_all()
    return session.get_one(PatrolVerification, walk.patrol.id)
