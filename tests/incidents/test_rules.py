"""The table of actions against a table written by hand, every status × action × person; deadlines and texts."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules import (
    ACTIONS,
    STATUSES,
    CaseFacts,
    Given,
    Party,
    clean_text,
    deadline_colour,
    has_personal_numbers,
    is_blank,
    level_after,
    payload_sha256,
    possible_actions,
    refusal,
    reported_time,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)

#: What the paper says, by hand: status → action → next status. What is not here is impossible.
BY_HAND = {
    "reported": {
        "escalate": None, "delegate": None,
        "file": "filed", "void": "void", "dispatch": "dispatched", "prioritise": None,
        "self_handle": "handling", "park": "parked",
    },
    "filed": {
        "escalate": None, "delegate": None,
        "void": "void", "dispatch": "dispatched", "prioritise": None, "self_handle": "handling", "park": "parked",
    },
    "dispatched": {
        "supervise": None, "escalate": None, "delegate": None,
        "void": "void", "dispatch": "dispatched", "remind": None, "prioritise": None,
        "accept": "handling", "return": "filed", "park": "parked",
    },
    "handling": {
        "supervise": None, "escalate": None, "delegate": None,
        "dispatch": "dispatched", "remind": None, "prioritise": None, "return": "filed",
        "finish": "handled", "park": "parked",
    },
    "handled": {"escalate": None, "delegate": None,
        "prioritise": None, "close": "closed", "rework": "dispatched"},
    "parked": {"escalate": None, "delegate": None,
        "void": "void", "prioritise": None, "unpark": "filed"},
    "closed": {},
    "void": {},
}  # fmt: skip

#: Person → the actions that are theirs, by hand.
THEIRS = {
    "stranger": set(),
    "dispatcher": {
        "supervise", "escalate", "delegate", "file", "void", "dispatch", "remind", "prioritise", "park", "unpark",
        "close", "rework",
    },
    "dispatcher who has handled": {
        "supervise", "escalate", "delegate", "file", "void", "dispatch", "remind", "prioritise", "park", "unpark",
    },
    "dispatcher who is the handler": {
        "supervise", "escalate", "delegate",
        "file", "void", "dispatch", "remind", "prioritise", "park", "unpark", "accept", "return", "finish",
    },
    "handler": {"accept", "return", "finish"},
    "worker who reported": {"self_handle"},
    "worker of the cell": set(),
    "volunteer who reported": set(),
}  # fmt: skip
PARTIES = {
    "stranger": Party(),
    "dispatcher": Party(may_dispatch=True),
    "dispatcher who has handled": Party(may_dispatch=True, has_handled=True),
    "dispatcher who is the handler": Party(may_dispatch=True, is_handler=True),
    "handler": Party(is_handler=True, has_handled=True),
    "worker who reported": Party(may_handle=True, is_reporter=True),
    "worker of the cell": Party(may_handle=True),
    "volunteer who reported": Party(is_reporter=True),
}
FULL = Given(note="because", has_assignee=True, priority="urgent")


@pytest.mark.parametrize(("status", "action", "person"), list(product(STATUSES, ACTIONS, PARTIES)))
def test_action_when_everything_is_given_follows_the_table_written_by_hand(status, action, person):
    refused = refusal(ACTIONS[action], CaseFacts(status, handling_photos=1, level="township"), PARTIES[person], FULL)
    if action not in THEIRS[person]:
        assert refused is not None
        assert refused.kind == "not_allowed"
    elif action not in BY_HAND[status]:
        assert refused is not None
        assert refused.kind == "conflict"
    else:
        assert refused is None
        assert ACTIONS[action].to_status == BY_HAND[status][action]


@pytest.mark.parametrize(("status", "person"), list(product(STATUSES, PARTIES)))
def test_possible_actions_are_exactly_those_not_refused(status, person):
    case = CaseFacts(status, handling_photos=1, level="township")
    accepted = {name for name in ACTIONS if refusal(ACTIONS[name], case, PARTIES[person], FULL) is None}
    assert set(possible_actions(case, PARTIES[person])) == accepted


@pytest.mark.parametrize("action", [name for name, action in ACTIONS.items() if action.needs_note])
@pytest.mark.parametrize("note", ["", "  \n", "\u200b\u200f\u2060"])
def test_action_when_it_needs_a_reason_refuses_one_nobody_can_see(action, note):
    status = next(iter(ACTIONS[action].from_statuses))
    party = Party(may_dispatch=ACTIONS[action].whose != "handler", is_handler=ACTIONS[action].whose == "handler")
    refused = refusal(ACTIONS[action], CaseFacts(status, level="township"), party, Given(note=note))
    assert refused is not None
    assert (refused.kind, refused.sentence) == ("refused", "Write the reason.")


def test_dispatch_when_nobody_is_chosen_is_refused():
    refused = refusal(ACTIONS["dispatch"], CaseFacts("filed"), PARTIES["dispatcher"], Given())
    assert refused is not None
    assert refused.kind == "refused"


@pytest.mark.parametrize("priority", [None, "", "high"])
def test_prioritise_when_the_priority_is_unknown_is_refused(priority):
    assert refusal(ACTIONS["prioritise"], CaseFacts("filed"), PARTIES["dispatcher"], Given(priority=priority))


@pytest.mark.parametrize(
    ("photos", "note", "is_own_find", "is_refused"),
    [
        (0, "", False, True),
        (0, "\u200b", False, True),
        (0, "swept", False, False),
        (1, "", False, False),
        (0, "swept", True, True),
        (1, "", True, False),
    ],
)
def test_finish_needs_a_note_or_a_photo_and_a_photo_when_nobody_else_saw_it(photos, note, is_own_find, is_refused):
    case = CaseFacts("handling", photos, is_own_find)
    assert bool(refusal(ACTIONS["finish"], case, Party(is_handler=True), Given(note=note))) is is_refused


@pytest.mark.parametrize(
    ("share", "colour"),
    [
        (-1, "green"),
        (0, "green"),
        (0.7499, "green"),
        (0.75, "yellow"),
        (0.9999, "yellow"),
        (1, "red"),
        (9, "red"),
    ],
)
def test_deadline_colour_turns_at_three_quarters_and_at_the_end(share, colour):
    red, yellow = NOW + timedelta(seconds=10_000), NOW + timedelta(seconds=7_500)
    assert deadline_colour(red, yellow, NOW + timedelta(seconds=10_000 * share)) == colour
    assert deadline_colour(None, None, NOW) == "green"


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        (None, NOW),
        (datetime(2026, 3, 4, 12), NOW),  # noqa: DTZ001 # a time without a zone is what is tested
        (datetime(1970, 1, 2, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)),
        (datetime(2031, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))), datetime(2031, 1, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), NOW),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), NOW),
    ],
)
def test_reported_time_when_the_phone_clock_is_wrong_is_kept_as_far_as_calendars_go(claimed, kept):
    assert reported_time(claimed, NOW) == kept


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "电话13812345678找他",
        "+86 138-1234-5678",
        "１３８１２３４５６７８",
        "身份证 11010519491231002X",
        "110105 19491231 002x。",
    ],
)
def test_personal_numbers_when_written_in_any_manner_are_seen(text):
    assert has_personal_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "990101001001001",
        "34020000001320000001",
        "20260304-000123",
        "12345678901",
        "138123456789",
        "call 110",
        "122.50000, 34.00000",
    ],
)
def test_personal_numbers_when_it_is_another_number_are_not_seen(text):
    assert not has_personal_numbers(text)


def test_clean_text_drops_what_cannot_be_stored_or_seen_and_keeps_emoji_and_right_to_left():
    assert clean_text("a\x00b\x1bc\ud800") == "abc"
    assert clean_text("🔥 حريق\r\nline") == "🔥 حريق\nline"


@pytest.mark.parametrize(
    ("text", "expected"), [("", True), ("\u200b\ufeff \u00ad", True), ("🔥", False), ("。", False), ("1", False)]
)
def test_is_blank_judges_what_can_be_seen(text, expected):
    assert is_blank(text) is expected


@given(
    st.dictionaries(
        st.text(), st.one_of(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
    )
)
def test_payload_hash_does_not_depend_on_the_order_of_fields_but_on_everything_else(payload):
    turned = dict(reversed(payload.items()))
    assert payload_sha256(payload) == payload_sha256(turned)
    assert payload_sha256(payload) != payload_sha256(payload | {"one more": 1})


@pytest.mark.parametrize(
    ("level", "action", "after"),
    [("village", "escalate", "township"), ("township", "escalate", "county"), ("county", "escalate", None),
     ("county", "delegate", "township"), ("township", "delegate", "village"), ("village", "delegate", None)],
)  # fmt: skip
def test_level_when_passed_up_or_down_has_two_ends(level, action, after):
    assert level_after(level, action) == after
    refused = refusal(ACTIONS[action], CaseFacts("filed", level=level), PARTIES["dispatcher"], FULL)
    assert (refused is None) == (after is not None)
    assert (action in possible_actions(CaseFacts("filed", level=level), PARTIES["dispatcher"])) == (after is not None)
