"""Several at once, on connections of their own: the same reports from 20 phones, and dispatchers who race."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from data.database import connect, migrate, session_scope
from data.errors import Conflict, Refused
from data.events import Event
from incidents.commands import Details, PhotoFacts, Report, act, add_photo, report
from incidents.models import Incident, IncidentAction, IncidentPhoto
from tests.build import CELL, COUNTY, TOWNSHIP, Build

CLIENTS, REPORTS = 20, 60


@pytest.fixture(scope="module")
def real_engine(make_database):
    """A database in which transactions are really kept."""
    url = make_database("at_once")
    migrate(url)
    engine = connect(url, pool_size=CLIENTS)
    with session_scope(engine) as session:
        build = Build(session)
        build.category()
        build.user("wang", "grid_worker", TOWNSHIP)
        build.user("deng", "dispatcher", COUNTY)
        build.user("deng2", "dispatcher", COUNTY)
        build.assignment(build.cell(CELL), build.worker("Wang", user=build.user("wang")))
    yield engine
    engine.dispose()


def actor(session: Session, name: str):
    return actor_of(session, Build(session).user(name))


def new_report() -> Report:
    return Report(id=uuid4(), scheme="cjt214", category_code="0102", x=122.32, y=33.85, description="at once")


def in_order_of(seed: int, payloads: list[Report]) -> list[Report]:
    """The same reports in another order for each phone."""
    return sorted(payloads, key=lambda payload: hash((seed, payload.id)))


def test_report_when_twenty_phones_send_the_same_stays_one_row_each(real_engine):
    payloads = [new_report() for _ in range(REPORTS)]

    def phone(seed: int) -> list[tuple[str, bool]]:
        answers = []
        for payload in in_order_of(seed, payloads):
            with session_scope(real_engine) as session:
                incident, is_new = report(session, payload, actor(session, "wang"))
                answers.append((f"{incident.id} {incident.number}", is_new))
        return answers

    with ThreadPoolExecutor(CLIENTS) as phones:
        answers = [answer for answers in phones.map(phone, range(CLIENTS)) for answer in answers]
    ids = [payload.id for payload in payloads]
    with Session(real_engine) as session:
        kept = session.scalars(select(Incident).where(Incident.id.in_(ids))).all()
        logged = session.scalar(
            select(func.count()).select_from(IncidentAction).where(IncidentAction.incident_id.in_(ids))
        )
    assert len(kept) == logged == REPORTS
    assert len(answers) == CLIENTS * REPORTS
    assert {text for text, _ in answers} == {f"{incident.id} {incident.number}" for incident in kept}
    assert sum(is_new for _, is_new in answers) == REPORTS


def test_report_when_the_answer_is_lost_after_the_commit_is_found_by_the_retry(real_engine):
    class Swallowed(Exception):
        """The answer never arrived."""

    payload = new_report()

    def send(*, is_swallowed: bool):
        with session_scope(real_engine) as session:
            incident, is_new = report(session, payload, actor(session, "wang"))
        if is_swallowed:
            raise Swallowed
        return incident, is_new

    with pytest.raises(Swallowed):
        send(is_swallowed=True)
    incident, is_new = send(is_swallowed=False)
    assert (incident.id, is_new) == (payload.id, False)


def test_report_when_an_attempt_is_undone_is_new_at_the_next(real_engine):
    payload = new_report()
    with Session(real_engine) as session:
        report(session, payload, actor(session, "wang"))
        session.rollback()
    with session_scope(real_engine) as session:
        assert report(session, payload, actor(session, "wang"))[1]


def test_report_when_two_contents_race_for_an_id_keeps_one_and_refuses_the_other(real_engine):
    first = new_report()
    contents = [replace(first, description=f"content {number}") for number in range(CLIENTS)]

    def phone(payload: Report) -> str:
        try:
            with session_scope(real_engine) as session:
                return report(session, payload, actor(session, "wang"))[0].description
        except Conflict:
            return "refused"

    with ThreadPoolExecutor(CLIENTS) as phones:
        answers = list(phones.map(phone, contents))
    with Session(real_engine) as session:
        kept = session.get_one(Incident, first.id)
    assert sorted(answers) == sorted([kept.description] + ["refused"] * (CLIENTS - 1))


def test_act_when_two_dispatchers_race_one_wins_and_the_other_hears_who_did_what(real_engine):
    for _ in range(10):
        with session_scope(real_engine) as session:
            incident, _ = report(session, new_report(), actor(session, "wang"))

        def dispatcher(choice: tuple[str, str], incident_id=incident.id) -> str:
            name, action = choice
            try:
                with session_scope(real_engine) as session:
                    act(session, incident_id, action, actor(session, name), version=1, details=Details(note="double"))
                return action
            except Conflict as conflict:
                return str(conflict)

        with ThreadPoolExecutor(2) as dispatchers:
            answers = list(dispatchers.map(dispatcher, [("deng", "file"), ("deng2", "void")]))
        with Session(real_engine) as session:
            kept = session.get_one(Incident, incident.id)
            steps = session.scalar(select(func.count()).where(IncidentAction.incident_id == incident.id))
            events = session.scalar(select(func.count()).where(Event.subject == str(incident.id)))
        if kept.status == "filed":
            assert answers == ["file", "Deng has filed this case in the meantime. Look at it again before you go on."]
        else:
            assert (kept.status, answers) == ("void", ["Deng2 has voided this case in the meantime.", "void"])
        assert (kept.version, steps, events) == (2, 2, 2)


def test_photo_when_many_arrive_at_once_stays_at_nine(real_engine):
    with session_scope(real_engine) as session:
        incident, _ = report(session, new_report(), actor(session, "wang"))

    def phone(number: int) -> bool:
        try:
            with session_scope(real_engine) as session:
                facts = PhotoFacts(f"{number % 14:064x}", "report", 1, 1, 1)
                return add_photo(session, incident.id, facts, actor(session, "wang"))[1]
        except Refused:
            return False

    with ThreadPoolExecutor(CLIENTS) as phones:
        added = sum(phones.map(phone, range(28)))
    with Session(real_engine) as session:
        kept = session.scalar(select(func.count()).where(IncidentPhoto.incident_id == incident.id))
    assert added == kept == 9
