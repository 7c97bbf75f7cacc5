"""Decisions about incidents: which action leads from which status to which, whose it is, deadlines, texts.

The life of a case (采集 → 立案 → 派遣 → 处置 → 反馈 → 核查 → 结案) is the table `ACTIONS`; nothing else
moves a case. Who verifies is never who handled: supervision and command are kept apart.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

STATUSES = ("reported", "filed", "dispatched", "handling", "handled", "closed", "void", "parked")
ENDED = frozenset({"closed", "void"})
OPEN = tuple(status for status in STATUSES if status not in ENDED)
PRIORITIES = ("urgent", "important", "general", "long")

MAX_PHOTOS = 9
MAX_TEXT = 2000
MAX_PLACE_TEXT = 200


def sentence(text: str) -> str:
    """The text itself; the name marks it as something people read, so that it gets its Chinese."""
    return text


@dataclass(frozen=True)
class Party:
    """What a person is to one case.

    `may_dispatch` and `may_handle` are the permissions where the case lies; `is_handler`: the case is assigned to
    this worker or to this member's team; `has_handled`: accepted or finished it at some time.
    """

    may_dispatch: bool = False
    may_handle: bool = False
    is_reporter: bool = False
    is_handler: bool = False
    has_handled: bool = False


@dataclass(frozen=True)
class CaseFacts:
    """What the table has to know of a case.

    `is_self_handled`: its finder took it on, so nobody else has seen the place; `handling_photos`: those since the
    last rework.
    """

    status: str
    handling_photos: int = 0
    is_self_handled: bool = False
    level: str = "village"


@dataclass(frozen=True)
class Given:
    """What came along with the action."""

    note: str = ""
    has_assignee: bool = False
    priority: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Why not, and of which kind: not theirs, too late, or something is missing."""

    kind: Literal["not_allowed", "conflict", "refused"]
    sentence: str


@dataclass(frozen=True)
class Action:
    """One line of the table. `to_status` None: the case stays where it is, and only a log line is written."""

    name: str
    from_statuses: frozenset[str]
    to_status: str | None
    whose: Literal["dispatcher", "handler", "verifier", "finder"]
    too_late: str
    was_faster: str
    needs_note: bool = False
    needs_assignee: bool = False
    needs_priority: bool = False
    needs_evidence: bool = False
    keeps_assignee: bool = True


def _action(
    name: str, from_statuses: str, to_status: str | None, whose: str, too_late: str, was_faster: str, **needs: bool
) -> Action:
    return Action(name, frozenset(from_statuses.split()), to_status, whose, too_late, was_faster, **needs)  # type: ignore[arg-type] # four literals, written below


#: Everything that can be done with a case once it has been reported.
ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        _action("file", "reported", "filed", "dispatcher",
            sentence("Only a newly reported case can be filed."),
            sentence("{who} has filed this case in the meantime. Look at it again before you go on.")),
        _action("void", "reported filed dispatched parked", "void", "dispatcher",
            sentence("This case can no longer be voided: somebody is handling it, or it has ended."),
            sentence("{who} has voided this case in the meantime."), needs_note=True),
        _action("dispatch", "reported filed dispatched handling", "dispatched", "dispatcher",
            sentence("This case cannot be dispatched now: it waits for verification, is parked, or has ended."),
            sentence("{who} has dispatched this case in the meantime. Look at it again before you go on."),
            needs_assignee=True),
        _action("remind", "dispatched handling", None, "dispatcher",
            sentence("There is nobody to remind: the case is not with a handler."),
            sentence("{who} has sent a reminder in the meantime.")),
        _action("supervise", "dispatched handling", None, "dispatcher",
            sentence("There is nobody to press: the case is not with a handler."),
            sentence("{who} has pressed the handler in the meantime."), needs_note=True),
        _action("escalate", "reported filed dispatched handling handled parked", None, "dispatcher",
            sentence("A case that has ended cannot be passed up."),
            sentence("{who} has passed the case up in the meantime."), needs_note=True),
        _action("delegate", "reported filed dispatched handling handled parked", None, "dispatcher",
            sentence("A case that has ended cannot be passed down."),
            sentence("{who} has passed the case down in the meantime."), needs_note=True),
        _action("prioritise", "reported filed dispatched handling handled parked", None, "dispatcher",
            sentence("The priority of a case that has ended cannot be changed."),
            sentence("{who} has changed the priority in the meantime."), needs_priority=True),
        _action("accept", "dispatched", "handling", "handler",
            sentence("Only a case that has just been dispatched can be accepted."),
            sentence("{who} has accepted this case in the meantime.")),
        _action("return", "dispatched handling", "filed", "handler",
            sentence("This case can no longer be returned: it is not with a handler."),
            sentence("{who} has returned this case in the meantime."), needs_note=True, keeps_assignee=False),
        _action("self_handle", "reported filed", "handling", "finder",
            sentence("This case cannot be taken on any more: somebody has been sent, or it has ended."),
            sentence("{who} has taken this case on in the meantime.")),
        _action("finish", "handling", "handled", "handler",
            sentence("Only a case that is being handled can be finished. Accept it first."),
            sentence("{who} has finished this case in the meantime."), needs_evidence=True),
        _action("close", "handled", "closed", "verifier",
            sentence("Only a case that waits for verification can be closed."),
            sentence("{who} has verified and closed this case in the meantime.")),
        _action("rework", "handled", "dispatched", "verifier",
            sentence("Only a case that waits for verification can be sent back for rework."),
            sentence("{who} has sent this case back for rework in the meantime."), needs_note=True),
        _action("park", "reported filed dispatched handling", "parked", "dispatcher",
            sentence("This case cannot be parked now: it waits for verification, or has ended."),
            sentence("{who} has parked this case in the meantime."), needs_note=True),
        _action("unpark", "parked", "filed", "dispatcher",
            sentence("Only a parked case can be taken up again."),
            sentence("{who} has taken this case up again in the meantime."), keeps_assignee=False),
    )
}  # fmt: skip

#: These leave a line in the log and disturb nobody who is looking at the case.
QUIET_ACTIONS = ("remind", "supervise", "escalate", "delegate")

#: Who answers for a case, from below.
LEVELS = ("village", "township", "county")

#: Doing one of these makes a person a handler of the case for good.
HANDLING_ACTIONS = ("self_handle", "accept", "finish")

_NOT_THEIRS = {
    "dispatcher": sentence("Only a dispatcher of this area may do this."),
    "handler": sentence("Only the worker or the team the case was given to may do this."),
    "verifier": sentence("Only a dispatcher who has not handled the case may verify it."),
    "finder": sentence("Only the grid worker who reported the case may take it on at once."),
}


def is_theirs(action: Action, party: Party) -> bool:
    """Whether the action belongs to such a person.

    >>> handler = Party(may_dispatch=True, is_handler=True)
    >>> is_theirs(ACTIONS["finish"], handler), is_theirs(ACTIONS["close"], handler)
    (True, False)
    """
    if action.whose == "dispatcher":
        return party.may_dispatch
    if action.whose == "handler":
        return party.is_handler
    if action.whose == "verifier":
        return party.may_dispatch and not (party.is_handler or party.has_handled)
    return party.may_handle and party.is_reporter


def refusal(action: Action, case: CaseFacts, party: Party, given: Given) -> Refusal | None:
    """Why this person cannot do this with this case now, or None: first whose it is, then when, then what is missing.

    >>> refusal(ACTIONS["close"], CaseFacts("filed"), Party(may_dispatch=True), Given()).kind
    'conflict'
    """
    if not is_theirs(action, party):
        return Refusal("not_allowed", _NOT_THEIRS[action.whose])
    if case.status not in action.from_statuses:
        return Refusal("conflict", action.too_late)
    if action.name in {"escalate", "delegate"} and level_after(case.level, action.name) is None:
        return Refusal("conflict", _AT_THE_END[action.name])
    missing = _missing(action, case, given)
    return Refusal("refused", missing) if missing else None


_AT_THE_END = {
    "escalate": sentence("The county answers for this case already; it cannot be passed up further."),
    "delegate": sentence("The village answers for this case already; it cannot be passed down further."),
}


def level_after(level: str, action: str) -> str | None:
    """Who answers for a case passed up (`escalate`) or down (`delegate`); None where there is no such level.

    >>> level_after("village", "escalate"), level_after("county", "escalate"), level_after("county", "delegate")
    ('township', None, 'township')
    """
    place = LEVELS.index(level) + {"escalate": 1, "delegate": -1}[action]
    return LEVELS[place] if 0 <= place < len(LEVELS) else None


def _missing(action: Action, case: CaseFacts, given: Given) -> str | None:
    if action.needs_note and is_blank(given.note):
        return sentence("Write the reason.")
    if action.needs_assignee and not given.has_assignee:
        return sentence("Choose a worker or a team first.")
    if action.needs_priority and given.priority not in PRIORITIES:
        return sentence("Choose one of the priorities.")
    if action.needs_evidence and not case.handling_photos:
        if case.is_self_handled:
            return sentence("You found and settled this yourself, so a photo has to show the result. Add one.")
        if is_blank(given.note):
            return sentence("Say what was done: write a note or add a photo.")
    return None


def possible_actions(case: CaseFacts, party: Party) -> tuple[str, ...]:
    """The actions this person can take now, in the table's order, whatever still has to be filled in.

    >>> possible_actions(CaseFacts("handled"), Party(may_dispatch=True))
    ('escalate', 'prioritise', 'close', 'rework')
    """
    return tuple(
        action.name
        for action in ACTIONS.values()
        if is_theirs(action, party)
        and case.status in action.from_statuses
        and (action.name not in _AT_THE_END or level_after(case.level, action.name))
    )


def photo_refusal(stage: str, status: str, party: Party) -> Refusal | None:
    """Why this person cannot add a photo of this stage now, or None.

    The reporter's photos are taken at any time, because a phone may be without a network for long.
    """
    if stage == "report" and (party.is_reporter or (party.may_dispatch and status not in ENDED)):
        return None
    if stage == "handling" and (party.is_handler or party.has_handled):
        if status == "handling" or (status == "handled" and party.has_handled):
            return None
        return Refusal("conflict", sentence("Photos of the result are taken while the case is being handled."))
    if stage not in {"report", "handling"}:
        return Refusal("refused", sentence("A photo belongs either to the report or to the handling."))
    return Refusal("not_allowed", sentence("Only who reported or handles the case may add photos to it."))


# --- deadlines -------------------------------------------------------------------------------------

#: The share of a deadline after which it is yellow.
YELLOW_FROM = 0.75

Colour = Literal["green", "yellow", "red"]


def deadline_colour(due: datetime | None, yellow_at: datetime | None, now: datetime) -> Colour:
    """Green, yellow from three quarters of the time on, red when it is up; green without a deadline.

    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> red, yellow = start + timedelta(hours=4), start + timedelta(hours=3)
    >>> [deadline_colour(red, yellow, start + timedelta(hours=hours)) for hours in (2, 3, 4)]
    ['green', 'yellow', 'red']
    """
    if due is None:
        return "green"
    if now >= due:
        return "red"
    return "yellow" if yellow_at is not None and now >= yellow_at else "green"


def reported_time(claimed: datetime | None, received_at: datetime) -> datetime:
    """The phone's time as it says; the server's where the phone says none or one no calendar of ours can show.

    >>> reported_time(datetime(9999, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)).year
    2026
    """
    if claimed is None or claimed.tzinfo is None or not 1970 <= claimed.year < 2200:
        return received_at
    return claimed.astimezone(UTC)


# --- texts -----------------------------------------------------------------------------------------

#: Numbers that name a person: a mainland mobile number, a resident identity number. Python and JavaScript read both.
PERSONAL_NUMBERS = (
    r"(?<![0-9])(?:86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])",
    r"(?<![0-9])[1-9][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12][0-9]|3[01])"
    r"[ -]?[0-9]{3}[0-9Xx](?![0-9A-Za-z])",
)
_PERSONAL = tuple(re.compile(pattern) for pattern in PERSONAL_NUMBERS)


def has_personal_numbers(text: str) -> bool:
    """Whether a text seems to hold an identity card or mobile number; a report is about a place, not a person.

    >>> has_personal_numbers("call 138 1234 5678"), has_personal_numbers("cell 990101001001001")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", text)
    return any(pattern.search(plain) for pattern in _PERSONAL)


def clean_text(text: str) -> str:
    """The text without control characters (lines stay), in one normal form, without blanks at its ends.

    >>> clean_text("  burst\\x00 pipe\\r\\nnorth side ")
    'burst pipe\\nnorth side'
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"}).strip()


def is_blank(text: str) -> bool:
    """Whether nothing in the text can be seen: blanks, zero-width signs and the like say nothing.

    >>> is_blank(" \\u200b\\u2060"), is_blank("ok")
    (True, False)
    """
    return not any(unicodedata.category(sign)[0] in "LNPS" for sign in text)


def payload_sha256(payload: Mapping[str, object]) -> str:
    """The hash of what a client sent, whatever the order of its fields.

    >>> payload_sha256({"a": 1, "b": "é"}) == payload_sha256({"b": "é", "a": 1})
    True
    """
    plain = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
