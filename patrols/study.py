"""Planning studies: asked for, watched, stopped, locked, planned again, compared. Writes never commit."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, RowMapping, select, text
from sqlalchemy.orm import Session

from accounts.rules import lies_within
from data.database import session_scope
from data.errors import GridbeatError, NotFound, Refused
from data.events import record
from data.jobs import enqueue
from data.sql import sql
from data.tiles import patterns
from gis.errors import GisError
from gis.routing import Progress, StoppingCriterion, daily_seed, max_seconds, stop_when
from grids.models import Division
from patrols.events import StudyAsked
from patrols.rules import MOST_HOURS, sentence, study_problem
from patrols.study_models import PatrolStudy, PatrolStudyRoute
from patrols.study_solving import Asked, result_of, row_of, solve

JOB = "plan_patrols"
OPEN = ("waiting", "running")
Scope = tuple[str, ...]
_TELL_EVERY_S = 1.0


@dataclass(frozen=True)
class Day:
    """When a plan is for: its day, when teams set out, how long they have, and how they move."""

    on: date
    starts_at: datetime
    hours: float
    mode: str = "foot"


@dataclass(frozen=True)
class Hints:
    """Checkpoints by hand, streets nobody may walk, and what a plan is made from."""

    stops: Sequence[dict[str, Any]] = ()
    forbidden: Sequence[int] = ()
    parent_id: int | None = None


def stations_of(session: Session, team_ids: Sequence[int], scope: Scope) -> list[dict[str, Any]]:
    """The teams to plan for with their stations. Raises Refused for none, or one without a station."""
    lines = session.execute(sql("patrols", "list_teams"), {"scope": patterns(scope)}).mappings()
    known = {line["id"]: line for line in lines}
    chosen = [known[team_id] for team_id in team_ids if team_id in known]
    if not chosen:
        raise Refused("Choose at least one team.")
    for team in chosen:
        if team["lon"] is None:
            raise Refused("The team {name} has no station. Give it one, or leave the team out.", name=team["name"])
    return [{"team_id": one["id"], "name": one["name"], "lon": one["lon"], "lat": one["lat"]} for one in chosen]


def ask_for_study(
    session: Session,
    name: str,
    division: Division,
    day: Day,
    teams: Sequence[dict[str, Any]],
    asked: Asked,
    hints: Hints,
    *,
    key: bytes,
    actor_id: int | None,
) -> PatrolStudy:
    """The study that will be planned, with its job. Raises Refused for a question that cannot be asked.

    The seed is made from the secret `key`, the day and the area: kept with the plan, and not to be guessed.
    """
    problem = study_problem(day.hours, len(teams), asdict(asked), list(hints.stops))
    if problem:
        raise Refused(problem, most=MOST_HOURS)
    again = "" if hints.parent_id is None else f"/{hints.parent_id}"
    study = PatrolStudy(
        name=name.strip()[:120] or "–",
        division_id=division.id,
        plan_on=day.on,
        starts_at=day.starts_at,
        hours=day.hours,
        mode=day.mode,
        teams=list(teams),
        stops=list(hints.stops),
        forbidden=sorted(set(hints.forbidden)),
        parameters=asdict(asked),
        seed=daily_seed(key, day.on, f"{division.code}{again}"),
        parent_id=hints.parent_id,
        asked_by=actor_id,
    )
    session.add(study)
    session.flush()
    enqueue(session, JOB, study_id=study.id)
    event = StudyAsked(study.id, study.name, day.on.isoformat(), len(study.teams))
    record(session, event, subject=f"patrol_study:{study.id}", location_code=division.code, actor_id=actor_id)
    return study


def list_studies(session: Session, scope: Scope, *, limit: int = 100) -> list[RowMapping]:
    """Studies of the scope, those for the latest day first."""
    asked = {"scope": patterns(scope), "limit": limit}
    return list(session.execute(sql("patrols", "list_studies"), asked).mappings())


def get_study(session: Session, study_id: int, scope: Scope) -> PatrolStudy:
    """A study of the scope. Raises NotFound."""
    study = session.get(PatrolStudy, study_id)
    code = session.scalar(select(Division.code).where(Division.id == study.division_id)) if study else None
    if study is None or code is None or not lies_within(code, scope):
        raise NotFound("There is no such plan, or it lies outside your area.")
    return study


def list_routes(session: Session, study_id: int) -> list[PatrolStudyRoute]:
    """A study's routes by team."""
    asked = select(PatrolStudyRoute).where(PatrolStudyRoute.study_id == study_id).order_by(PatrolStudyRoute.team)
    return list(session.scalars(asked))


def drawn_routes(session: Session, study_id: int) -> list[dict[str, Any]]:
    """The routes' lines for a map: team and GeoJSON."""
    rows = session.execute(
        text(
            "SELECT team, st_asgeojson(path, 6)::json AS path FROM patrol_study_routes"
            " WHERE study_id = :id ORDER BY team"
        ),
        {"id": study_id},
    )
    return [{"team": row.team, "path": row.path} for row in rows]


def walked_streets(session: Session, study: PatrolStudy) -> list[RowMapping]:
    """The streets a plan walks and those it must not, the longest first: id, name, metres; at most 400."""
    asked = {"study_id": study.id, "forbidden": list(study.forbidden)}
    return list(session.execute(sql("patrols", "study_streets"), asked).mappings())


def stop_study(session: Session, study: PatrolStudy) -> None:
    """Ask a study to stop: the best so far is kept. Raises Refused when it has ended."""
    if study.status not in OPEN:
        raise Refused("The computation has ended already.")
    study.stop_asked_at = study.stop_asked_at or datetime.now(UTC)
    session.flush()


def decide(session: Session, study: PatrolStudy, locked: set[int]) -> None:
    """Keep which teams' routes are locked (by their number in the study)."""
    for route in list_routes(session, study.id):
        route.is_locked = route.team in locked
    session.flush()


def plan_again(
    session: Session, study: PatrolStudy, name: str, forbidden: Sequence[int], *, key: bytes, actor_id: int | None
) -> PatrolStudy:
    """A new study like this one: locked routes stay, forbidden streets are left out, the rest is planned anew."""
    division = session.get(Division, study.division_id)
    if division is None:
        raise NotFound("There is no such plan, or it lies outside your area.")
    if study.status in OPEN:
        raise Refused("This plan is still being made. Stop it first.")
    day = Day(study.plan_on, study.starts_at, study.hours, study.mode)
    hints = Hints(study.stops, forbidden, study.id)
    asked = Asked(**study.parameters)
    return ask_for_study(session, name, division, day, study.teams, asked, hints, key=key, actor_id=actor_id)


def perform_study(engine: Engine, study_id: int) -> str:
    """Make a plan that was asked for; returns its status. An error we did not foresee is raised again."""
    with session_scope(engine) as session:
        study = session.get(PatrolStudy, study_id)
        if study is None:
            raise NotFound("There is no such plan, or it lies outside your area.")
        study.status, study.started_at, study.step = "running", datetime.now(UTC), "reading"
    watch = _Watch(engine, study_id)
    try:
        with session_scope(engine) as session:
            _make(session, study_id, watch)
        return "done"
    except (GridbeatError, GisError) as error:
        _fail(engine, study_id, error.sentence, error.facts)
        return "failed"
    except Exception:
        _fail(engine, study_id, sentence("Something went wrong on our side. It has been written to the log."), {})
        raise


def _make(session: Session, study_id: int, watch: "_Watch") -> None:
    study = session.get(PatrolStudy, study_id)
    assert study is not None  # noqa: S101 - it was there when it began
    stop = stop_when(max_seconds(Asked(**study.parameters).seconds), watch.is_stopped)
    make_plan(session, study, stop=stop, on_progress=watch.tell)


def make_plan(
    session: Session,
    study: PatrolStudy,
    *,
    stop: StoppingCriterion,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Plan, with what is locked in the plan before, and keep the answer with the study's end in one transaction."""
    locked = [route for route in list_routes(session, study.parent_id or 0) if route.is_locked]
    answer = solve(session, study, locked, stop=stop, on_progress=on_progress)
    session.add_all(row_of(study, answer, route) for route in answer.plan.routes)
    study.status, study.step, study.share, study.best = "done", "done", 1.0, {}
    study.result, study.fingerprint = result_of(answer), answer.known.fingerprint
    study.finished_at = datetime.now(UTC)
    session.flush()


class _Watch:
    """Tells how far a study is where all can see it, with its lines, and looks once a second whether it is to stop."""

    def __init__(self, engine: Engine, study_id: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.engine, self.study_id, self._clock = engine, study_id, clock
        self._told_at, self._looked_at, self._is_stopped = 0.0, 0.0, False
        self._best = -1.0

    def tell(self, progress: Progress) -> None:
        """Write step and share, and the lines when they are better, at most once a second."""
        if self._clock() - self._told_at < _TELL_EVERY_S:
            return
        self._told_at = self._clock()
        facts: dict[str, Any] = {"id": self.study_id, "step": progress.phase, "share": min(progress.used_share, 1.0)}
        with self.engine.begin() as connection:
            connection.execute(_TELL, facts)
            if progress.covered_priority > self._best:
                self._best = progress.covered_priority
                lines = {str(team): [[round(x, 6), round(y, 6)] for x, y in path.coords]
                         for team, path in progress.paths().items()}  # fmt: skip
                best = {"covered_priority": progress.covered_priority, "lines": lines}
                connection.execute(_BEST, {"id": self.study_id, "best": _json(best)})

    def is_stopped(self) -> bool:
        """Whether somebody asked to stop."""
        if not self._is_stopped and self._clock() - self._looked_at > _TELL_EVERY_S:
            with self.engine.connect() as connection:
                self._is_stopped = connection.scalar(_STOP, {"id": self.study_id}) is not None
            self._looked_at = self._clock()
        return self._is_stopped


_TELL = text("UPDATE patrol_studies SET step = :step, share = :share WHERE id = :id")
_BEST = text("UPDATE patrol_studies SET best = CAST(:best AS jsonb) WHERE id = :id")
_STOP = text("SELECT stop_asked_at FROM patrol_studies WHERE id = :id")


def _json(value: Any) -> str:
    import json

    return json.dumps(value)


def _fail(engine: Engine, study_id: int, words: str, facts: dict[str, Any]) -> None:
    with session_scope(engine) as session:
        study = session.get(PatrolStudy, study_id)
        if study is not None:
            study.status, study.sentence, study.finished_at = "failed", words, datetime.now(UTC)
            study.facts = {name: str(value) for name, value in facts.items()}


def compared(session: Session, study: PatrolStudy) -> dict[str, Any]:
    """What a plan is compared by: its figures, and how much of its length was on published plans of the days before."""
    since = study.plan_on - timedelta(days=7)
    row = session.execute(
        sql("patrols", "study_overlap"), {"study_id": study.id, "since": since, "day": study.plan_on}
    ).one()
    share = None if not row.length_m or row.days == 0 else float(row.again_m / row.length_m)
    return {"study": study, "result": study.result, "overlap": share, "days": row.days}
