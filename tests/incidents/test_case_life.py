"""Whatever people do in whatever order: a case never breaks its promises. Real commands on a real database."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from data.errors import Conflict, NotAllowed, NotFound, Refused
from data.events import Event
from incidents.access import sight_of
from incidents.commands import Details, PhotoFacts, act, add_photo, report
from incidents.models import IncidentAction
from incidents.queries import get_case
from incidents.rules import ACTIONS, ENDED, HANDLING_ACTIONS, PRIORITIES, QUIET_ACTIONS
from tests.build import COUNTY

START = datetime(2026, 3, 4, 8, tzinfo=UTC)
NOTES = st.sampled_from(["", "\u200b", "because", "🔥 حريق"])


#: Two with one duty each, and a dispatcher who is a worker too.
PEOPLE = ("worker", "dispatcher", "double")
SMOOTH = {
    "reported": ("file", "dispatcher"),
    "filed": ("dispatch", "dispatcher"),
    "dispatched": ("accept", "worker"),
    "handling": ("finish", "worker"),
    "handled": ("close", "dispatcher"),
    "parked": ("unpark", "double"),
}


class CaseLife(RuleBasedStateMachine):
    """One case and the self.people around it; every run is undone at its end."""

    session, people, worker_ids, report_of = None, {}, [], None
    reached: ClassVar[set[str]] = set()

    def __init__(self):
        super().__init__()
        self.savepoint = self.session.begin_nested()
        self.now = START
        self.photos = 0
        self.incident, _ = report(self.session, type(self).report_of(), self.people["worker"], now=START)
        self.version, self.ended = 1, None

    def teardown(self):
        self.savepoint.rollback()
        self.session.expire_all()

    @rule(
        who=st.sampled_from(PEOPLE),
        action=st.sampled_from(sorted(ACTIONS)),
        note=NOTES,
        worker=st.sampled_from([0, 1, 2]),
        priority=st.sampled_from([None, *PRIORITIES]),
        behind=st.sampled_from([0, 0, 0, 0, 1]),
    )
    def somebody_acts(self, who, action, note, worker, priority, behind):
        self.now += timedelta(minutes=7)
        before = (self.incident.status, self.incident.version, self.lines())
        details = Details(
            note=note, worker_id=self.worker_ids[worker] if action == "dispatch" else None, priority=priority
        )
        wanted = self.incident.version - behind
        try:
            act(self.session, self.incident.id, action, self.people[who], version=wanted, details=details, now=self.now)
        except (Conflict, NotAllowed, NotFound, Refused):
            self.session.refresh(self.incident)
            assert (self.incident.status, self.incident.version, self.lines()) == before

    @rule(who=st.sampled_from(PEOPLE), stage=st.sampled_from(["report", "handling"]))
    def somebody_sends_a_photo(self, who, stage):
        self.somebody_adds_a_photo(who, stage)

    def somebody_adds_a_photo(self, who, stage):
        try:
            facts = PhotoFacts(f"{self.photos:064x}", stage, 1, 1, 1)
            add_photo(self.session, self.incident.id, facts, self.people[who])
            self.photos += 1
        except (Conflict, NotAllowed, NotFound, Refused):
            return

    def lines(self):
        return self.session.scalar(
            select(func.count()).select_from(IncidentAction).where(IncidentAction.incident_id == self.incident.id)
        )

    def log(self):
        return self.session.scalars(
            select(IncidentAction).where(IncidentAction.incident_id == self.incident.id).order_by(IncidentAction.id)
        ).all()

    @invariant()
    def the_log_tells_the_whole_story(self):
        log = self.log()
        assert log[0].action == "report"
        assert [line.from_status for line in log[1:]] == [line.to_status for line in log[:-1]]
        assert log[-1].to_status == self.incident.status
        events = self.session.scalar(
            select(func.count()).where(Event.subject == str(self.incident.id), Event.kind != "incident_photo_added")
        )
        assert events == len(log)

    @invariant()
    def every_change_has_its_version(self):
        assert self.incident.version == sum(line.action not in QUIET_ACTIONS for line in self.log())

    @invariant()
    def what_has_ended_stays_ended(self):
        assert (self.incident.status in ENDED) == (self.incident.closed_at is not None)
        self.ended = self.ended or (self.incident.status if self.incident.status in ENDED else None)
        assert self.ended in {None, self.incident.status}

    @invariant()
    def a_case_with_a_handler_has_one(self):
        if self.incident.status in {"dispatched", "handling", "handled"}:
            assert self.incident.worker_id is not None

    @invariant()
    def who_verifies_has_not_handled(self):
        handlers = set()
        for line in self.log():
            if line.action in HANDLING_ACTIONS:
                handlers.add(line.actor_id)
            assert line.action not in {"close", "rework"} or line.actor_id not in handlers

    @rule(who=st.sampled_from(PEOPLE), choice=st.integers(0, 9), worker=st.sampled_from([0, 1]))
    def somebody_does_what_is_offered(self, who, choice, worker):
        actor = self.people[who]
        offered = get_case(self.session, self.incident.id, actor, sight_of(self.session, actor)).actions
        assert all(self.incident.status in ACTIONS[name].from_statuses for name in offered)
        if offered:
            self.take(offered[choice % len(offered)], who, worker)

    @rule(steps=st.integers(1, 5))
    def the_case_runs_smoothly(self, steps):
        for _ in range(steps):
            action, who = SMOOTH.get(self.incident.status, (None, None))
            if action == "accept" and self.incident.worker_id != self.worker_ids[0]:
                action, who = "dispatch", "dispatcher"
            if action:
                self.take(action, who, 0)

    def take(self, action, who, worker):
        self.somebody_adds_a_photo(who, "handling")
        if self.worker_ids[worker] == self.incident.worker_id:
            worker = 1 - worker  # who has the case already cannot get it again
        details = Details("because", self.worker_ids[worker] if action == "dispatch" else None, priority="urgent")
        self.now += timedelta(minutes=7)
        try:
            act(
                self.session, self.incident.id, action, self.people[who],
                version=self.incident.version, details=details, now=self.now,
            )  # fmt: skip
        except NotAllowed:
            assert action in {"accept", "finish"}, "only a step that belongs to another handler"
        self.reached.add(self.incident.status)


def test_case_when_people_do_anything_in_any_order_keeps_its_promises(
    session, build, worker, worker_id, dispatcher, person, report_of
):
    double = person("dispatcher", COUNTY, PEOPLE[2])
    double_id = build.worker("Double", user=build.user(PEOPLE[2])).id
    life = {
        "session": session,
        "people": dict(zip(PEOPLE, (worker, dispatcher, double), strict=True)),
        "worker_ids": [worker_id, double_id, None],
        "report_of": staticmethod(report_of),
    }
    run_state_machine_as_test(
        type("ThisCaseLife", (CaseLife,), life),
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert CaseLife.reached >= {"filed", "dispatched", "handling", "handled", "closed", "parked"}
