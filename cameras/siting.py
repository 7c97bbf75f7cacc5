"""Siting studies: asked for, watched, stopped, decided upon, kept as planned cameras. Writes never commit."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, or_, select, text
from sqlalchemy.orm import Session

from accounts.rules import lies_within
from cameras.commands import add_camera
from cameras.events import SitingAsked, SitingDecided
from cameras.keeping import as_multipolygons
from cameras.models import Camera
from cameras.rules import sentence, settings_problem
from cameras.runs import OPEN
from cameras.siting_models import SitingCell, SitingProposal, SitingStudy
from cameras.siting_solving import Answer, Asked, Hints, Where, solve
from data.database import session_scope
from data.errors import GridbeatError, NotFound, Refused
from data.events import record
from data.jobs import enqueue
from data.sql import sql
from data.tiles import patterns
from gis.errors import GisError

JOB = "run_siting"
Scope = tuple[str, ...]
MOST_K, MOST_POLES = 200, 20_000
DECISIONS = ("open", "locked", "excluded")

#: Parameter → least and most.
_LIMITS = {
    "k": (1, MOST_K),
    "every_m": (5, 500),
    "bearings": (1, 16),
    "weight_street": (0, 1000),
    "weight_incident": (0, 1000),
    "weight_place": (0, 1000),
    "weight_open_ground": (0, 10),
    "time_limit_s": (1, 300),
}


def problem_of(asked: Asked) -> str | None:
    """What is wrong with a question, as a sentence; None when all is well.

    >>> problem_of(Asked(k=0))
    'Ask for 1 to 200 cameras.'
    """
    if not 1 <= asked.k <= MOST_K:
        return sentence("Ask for 1 to 200 cameras.")
    for name, (least, most) in _LIMITS.items():
        if not least <= getattr(asked, name) <= most:
            return sentence(
                "One of the numbers is too small or too large. Check distances, bearings, weights and time."
            )
    if asked.weight_street + asked.weight_incident + asked.weight_place + asked.weight_open_ground <= 0:
        return sentence("At least one weight has to be above 0.")
    if asked.privacy not in ("warn", "exclude"):
        return sentence("Choose what to do about views into dwellings' ground.")
    camera = {"mount_height_m": asked.height_m, "hfov_deg": asked.hfov_deg, "range_m": asked.range_m}
    return settings_problem(camera | {"pixels_h": asked.pixels_h})


def ask_for_study(
    session: Session, name: str, where: Where, asked: Asked, hints: Hints, *, scope: Scope, actor_id: int | None,
    parent_id: int | None = None,
) -> SitingStudy:  # fmt: skip
    """The study that will answer, with its job. Raises Refused for a question that cannot be asked."""
    if problem := problem_of(asked):
        raise Refused(problem)
    if not any(where.area_code.startswith(prefix) for prefix in scope):
        raise NotFound("There is nothing at this address, or it lies outside your area.")
    if len(hints.poles) > MOST_POLES:
        raise Refused("A list of poles may have at most {most} lines.", most=MOST_POLES)
    west, south, east, north = where.box or (None, None, None, None)
    study = SitingStudy(
        name=name.strip()[:120] or "–", area_code=where.area_code, west=west, south=south, east=east, north=north,
        parameters=asdict(asked), poles=[list(pole) for pole in hints.poles], fixed=[list(one) for one in hints.fixed],
        barred=[list(one) for one in hints.barred], parent_id=parent_id, asked_by=actor_id, status="waiting",
    )  # fmt: skip
    session.add(study)
    session.flush()
    enqueue(session, JOB, lock="siting", study_id=study.id)
    _record(session, SitingAsked(study.id, asked.k), study, actor_id)
    return study


def get_study(session: Session, study_id: int, scope: Scope) -> SitingStudy:
    """The study; NotFound when there is none or its area is not in `scope`."""
    study = session.get(SitingStudy, study_id, populate_existing=True)
    if study is None or not lies_within(study.area_code, scope):
        raise NotFound("There is no such study, or it lies outside your area.")
    return study


def list_studies(session: Session, scope: Scope, *, limit: int = 50) -> list[SitingStudy]:
    """The newest studies of an area."""
    inside = or_(False, *(SitingStudy.area_code.like(pattern) for pattern in patterns(scope)))
    return list(session.scalars(select(SitingStudy).where(inside).order_by(SitingStudy.id.desc()).limit(limit)))


def list_proposals(session: Session, study_id: int) -> list[RowMapping]:
    """A study's proposals, best first, with place, cell and view (GeoJSON)."""
    return list(session.execute(sql("cameras", "siting_proposals"), {"study_id": study_id}).mappings())


def list_gains(session: Session, study_ids: Sequence[int]) -> list[RowMapping]:
    """What cells gain by these studies, a line a cell and study; cells without any change are left out."""
    return list(session.execute(sql("cameras", "siting_gains"), {"ids": list(study_ids)}).mappings())


def stop_study(session: Session, study_id: int, scope: Scope) -> SitingStudy:
    """Ask a study to stop: what was found so far is kept. Raises Refused when it has ended."""
    study = get_study(session, study_id, scope)
    if study.status not in OPEN:
        raise Refused("The computation has ended already.")
    study.stop_asked_at = study.stop_asked_at or datetime.now(UTC)
    session.flush()
    return study


def decide(session: Session, study: SitingStudy, decisions: dict[int, str], *, actor_id: int | None) -> None:
    """Keep what people say of proposals (id → one of DECISIONS). Raises Refused for anything else."""
    known = {row.id: row for row in session.scalars(select(SitingProposal).where(SitingProposal.study_id == study.id))}
    if not decisions.keys() <= known.keys() or not set(decisions.values()) <= set(DECISIONS):
        raise Refused("This proposal does not belong to the study. Load the page again.")
    for proposal_id, decision in decisions.items():
        known[proposal_id].decision = decision
    session.flush()
    _record(session, SitingDecided(study.id, "decided", len(decisions)), study, actor_id)


def solve_again(session: Session, study: SitingStudy, name: str, *, scope: Scope, actor_id: int | None) -> SitingStudy:
    """A new study like this one in which locked proposals stay and excluded places are out."""
    lines = list_proposals(session, study.id)
    fixed = [(row["lon"], row["lat"], row["bearing_deg"]) for row in lines if row["decision"] == "locked"]
    barred = [(row["lon"], row["lat"]) for row in lines if row["decision"] == "excluded"]
    hints = Hints(study.poles, fixed, [*study.barred, *barred])
    asked = Asked(**study.parameters)
    return ask_for_study(
        session, name, where_of(study), asked, hints, scope=scope, actor_id=actor_id, parent_id=study.id
    )


def where_of(study: SitingStudy) -> Where:
    """Where the study looks."""
    box = (study.west, study.south, study.east, study.north)
    return Where(study.area_code, None if None in box else box)  # type: ignore[arg-type] # all or none, says the table


def keep_as_planned(
    session: Session, study: SitingStudy, proposal_ids: Sequence[int], *, scope: Scope, actor_id: int | None
) -> list[Camera]:
    """Proposals as planned cameras in the register; one that is there already is left out."""
    asked, kept = Asked(**study.parameters), []
    for row in list_proposals(session, study.id):
        if row["id"] not in proposal_ids or row["camera_id"] is not None:
            continue
        camera = add_camera(
            session, f"PLAN-{study.id}-{row['rank']}", lon=row["lon"], lat=row["lat"], scope=scope, actor_id=actor_id,
            name=f"{study.name} #{row['rank']}", status="planned", kind="bullet", bearing_deg=float(row["bearing_deg"]),
            hfov_deg=asked.hfov_deg, range_m=asked.range_m, mount_height_m=asked.height_m, pixels_h=asked.pixels_h,
        )  # fmt: skip
        session.execute(
            text("UPDATE siting_proposals SET camera_id = :camera WHERE id = :id"),
            {"camera": camera.id, "id": row["id"]},
        )
        kept.append(camera)
    if not kept:
        raise Refused("Choose at least one proposal that is not in the register yet.")
    _record(session, SitingDecided(study.id, "planned", len(kept)), study, actor_id)
    return kept


def perform_study(engine: Engine, study_id: int, incidents: Sequence[tuple[float, float]]) -> str:
    """Do a study that was asked for; returns its status. An error we did not foresee is raised again."""
    with session_scope(engine) as session:
        study = session.get(SitingStudy, study_id)
        if study is None:
            raise NotFound("There is no such study, or it lies outside your area.")
        study.status, study.started_at = "running", datetime.now(UTC)
        where, asked = where_of(study), Asked(**study.parameters)
        hints = Hints(study.poles, study.fixed, study.barred)
    watch = _Watch(engine, study_id)
    try:
        with session_scope(engine) as session:
            answer = solve(session, where, asked, hints, incidents, tell=watch.tell, stop=watch.is_stopped)
            status = "stopped" if watch.is_stopped() and not answer.proposals else "done"
            _keep(session, study_id, answer, status)
        return status
    except (GridbeatError, GisError) as error:
        _fail(engine, study_id, error.sentence, error.facts)
        return "failed"
    except Exception:
        _fail(engine, study_id, sentence("Something went wrong on our side. It has been written to the log."), {})
        raise


class _Watch:
    """Tells how far a study is where all can see it, and looks once a second whether it is to stop."""

    def __init__(self, engine: Engine, study_id: int) -> None:
        self.engine, self.study_id, self._looked_at, self._is_stopped = engine, study_id, 0.0, False

    def tell(self, step: str, share: float) -> None:
        """Write step and share."""
        with self.engine.begin() as connection:
            connection.execute(_TELL, {"id": self.study_id, "step": step, "share": min(share, 1.0)})

    def is_stopped(self) -> bool:
        """Whether somebody asked to stop."""
        if not self._is_stopped and time.monotonic() - self._looked_at > 1.0:
            with self.engine.connect() as connection:
                self._is_stopped = connection.scalar(_STOP, {"id": self.study_id}) is not None
            self._looked_at = time.monotonic()
        return self._is_stopped


_TELL = text("UPDATE siting_studies SET step = :step, share = :share WHERE id = :id")
_STOP = text("SELECT stop_asked_at FROM siting_studies WHERE id = :id")


def _keep(session: Session, study_id: int, answer: Answer, status: str) -> None:
    """Keep the answer in one transaction with the study's end."""
    study = session.get(SitingStudy, study_id)
    assert study is not None  # noqa: S101 - it was there when it began
    views = as_multipolygons(answer.views)
    for at, proposal in enumerate(answer.proposals):
        lon, lat = answer.places[at].tolist()
        session.add(SitingProposal(
            study_id=study_id, rank=at + 1, place=f"SRID=4326;POINT({lon!r} {lat!r})",
            bearing_deg=round(float(answer.bearings[at]), 2) % 360.0, weight=proposal.weight, share=proposal.share,
            lost_without=proposal.lost_without, adds=proposal.adds, reasons=[list(one) for one in proposal.reasons],
            entered_m2=float(sum(seen for _, seen in proposal.enters)), dwellings=len(proposal.enters),
            is_fixed=at < answer.fixed_count, decision="locked" if at < answer.fixed_count else "open",
            view=_hex(views[at]),
        ))  # fmt: skip
    session.add_all(SitingCell(study_id=study_id, **asdict(gain)) for gain in answer.gains)
    study.status, study.step, study.share, study.result = status, "done", 1.0, answer.result
    study.finished_at = datetime.now(UTC)
    session.flush()


def _hex(shape: bytes | None) -> str | None:
    return None if shape is None else shape.hex()


def _fail(engine: Engine, study_id: int, words: str, facts: dict[str, Any]) -> None:
    with session_scope(engine) as session:
        study = session.get(SitingStudy, study_id)
        if study is not None:
            study.status, study.sentence, study.finished_at = "failed", words, datetime.now(UTC)
            study.facts = {name: str(value) for name, value in facts.items()}


def _record(session: Session, event: Any, study: SitingStudy, actor_id: int | None) -> None:
    record(session, event, subject=f"siting:{study.id}", location_code=study.area_code or None, actor_id=actor_id)
