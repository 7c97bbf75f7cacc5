"""What events tell is read by people: every field of every event has a label on the audit page."""

import dataclasses

import accounts.events
import cameras.events
import grids.events
import incidents.events
import patrols.events
from webapp.audit_words import FIELDS


def test_fields_of_our_events_all_have_a_label():
    rooms = (accounts.events, cameras.events, grids.events, incidents.events, patrols.events)
    events = [one for room in rooms for one in vars(room).values() if dataclasses.is_dataclass(one)]
    assert len(events) > 25
    unnamed = {field.name for event in events for field in dataclasses.fields(event)} - set(FIELDS) - {"changes"}
    assert unnamed == set(), "give these a label in webapp.audit_words.FIELDS"
