"""Words for codes: roles, statuses, kinds, in the reader's language. Codes stay in the database, words stay here."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

ROLES: dict[str, LazyString] = {
    "grid_worker": _l("Grid worker"),
    "patrol_leader": _l("Patrol leader"),
    "volunteer": _l("Volunteer"),
    "dispatcher": _l("Dispatcher"),
    "centre_staff": _l("Centre staff"),
    "administrator": _l("Administrator"),
}

STATUSES: dict[str, LazyString] = {
    "reported": _l("Reported"),
    "filed": _l("Filed"),
    "dispatched": _l("Dispatched"),
    "handling": _l("Being handled"),
    "handled": _l("Waiting for verification"),
    "closed": _l("Closed"),
    "void": _l("Void"),
    "parked": _l("Parked"),
}

PRIORITIES: dict[str, LazyString] = {
    "urgent": _l("Urgent"),
    "important": _l("Important"),
    "general": _l("General"),
    "long": _l("Long-term"),
}

LEVELS: dict[str, LazyString] = {
    "county": _l("County"),
    "township": _l("Township"),
    "village": _l("Village"),
}

CELL_KINDS: dict[str, LazyString] = {"general": _l("General cell"), "dedicated": _l("Dedicated cell")}

CAMERA_KINDS: dict[str, LazyString] = {
    "bullet": _l("Bullet camera"),
    "dome": _l("Dome camera"),
    "ptz": _l("PTZ camera"),
    "panoramic": _l("Panoramic camera"),
    "other": _l("Other camera"),
}

CAMERA_STATUSES: dict[str, LazyString] = {
    "online": _l("Online"),
    "offline": _l("Offline"),
    "fault": _l("Faulty"),
    "planned": _l("Planned"),
    "removed": _l("Removed"),
}

LEGAL_BASES: dict[str, LazyString] = {
    "art7_gov": _l("Decree 799 Art. 7, government"),
    "art7_operator": _l("Decree 799 Art. 7, operator"),
    "art9": _l("Decree 799 Art. 9"),
    "non_public": _l("Not a public place"),
    "unknown": _l("Unknown"),
}

SIGNAGE: dict[str, LazyString] = {
    "present": _l("Sign present"),
    "absent": _l("Sign missing"),
    "unknown": _l("Unknown"),
}

CLOCKS: dict[str, LazyString] = {
    "urgent": _l("urgent hours, day and night"),
    "hours": _l("working hours"),
    "days": _l("working days"),
}

#: Stages of a case, each with a clock of its own (`incidents.deadlines.STAGES`).
STAGES: dict[str, LazyString] = {
    "file": _l("File or reject"),
    "dispatch": _l("Send somebody"),
    "accept": _l("Accept"),
    "on_site": _l("Settle on site"),
    "verify": _l("Verify"),
    "review": _l("Look again at a parked case"),
    "close": _l("The whole case"),
}

#: What speaks against a unit on patrol (codes of `patrols.fitness.PROBLEMS`).
UNIT_PROBLEMS: dict[str, LazyString] = {
    "no_position": _l("no position yet"),
    "out_of_reach": _l("more than 45 minutes away"),
    "lacks_skill": _l("lacks the skill"),
    "stale": _l("position older than 5 minutes"),
    "busy": _l("has a case"),
    "pausing": _l("has a break"),
    "needs_rest": _l("on its feet for over 4 hours"),
    "shift_ends": _l("shift ends before it would arrive"),
}

#: Why a member on patrol has not been heard of for two minutes (codes of `map_positions.sql`).
SILENCES: dict[str, LazyString] = {
    "paused": _l("has a break: no position is taken"),
    "battery": _l("the battery was nearly empty"),
    "device": _l("the device's positions were refused"),
    "indoors": _l("indoors or between high houses: the place is uncertain"),
    "network": _l("no network, or the telephone is switched off"),
}

SKILLS: dict[str, LazyString] = {
    "first_aid": _l("First aid"),
    "fire": _l("Fire fighting"),
    "water_rescue": _l("Water rescue"),
    "traffic": _l("Traffic"),
    "electrical": _l("Electrical"),
}

MEMBER_KINDS: dict[str, LazyString] = {"full_time": _l("Full-time"), "volunteer": _l("Volunteer")}

PLAN_STATUSES: dict[str, LazyString] = {
    "draft": _l("Draft"),
    "published": _l("Published"),
    "retired": _l("Retired"),
}


def label(table: dict[str, LazyString], code: str | None) -> str:
    """The word for a code; the code itself when nobody has named it."""
    return str(table.get(code or "", code or "–"))


EVENTS: dict[str, LazyString] = {
    "user_added": _l("User added"),
    "user_changed": _l("User changed"),
    "signed_in": _l("Signed in"),
    "signed_out": _l("Signed out"),
    "sign_in_refused": _l("Sign-in refused"),
    "category_changed": _l("Category changed"),
    "import_finished": _l("Import finished"),
}

IMPORT_KINDS: dict[str, LazyString] = {
    "divisions": _l("Divisions"),
    "cells": _l("Cells"),
    "cameras": _l("Cameras"),
    "incidents": _l("Incidents"),
    "osm": _l("OpenStreetMap extract (.osm.pbf)"),
}

IMPORT_STATUSES: dict[str, LazyString] = {
    "waiting": _l("Waiting"),
    "running": _l("Running"),
    "done": _l("Done"),
    "failed": _l("Failed"),
}

PLAN_METHODS: dict[str, LazyString] = {"drawn": _l("Drawn"), "suggested": _l("Suggested"), "imported": _l("Imported")}

TURNS: dict[str, LazyString] = {
    "start": _l("Start on"),
    "straight": _l("Straight on"),
    "left": _l("Left into"),
    "right": _l("Right into"),
    "slight_left": _l("Slightly left into"),
    "slight_right": _l("Slightly right into"),
    "sharp_left": _l("Sharp left into"),
    "sharp_right": _l("Sharp right into"),
    "back": _l("Turn back on"),
    "arrive": _l("You are there"),
}

#: What a street without a name is called; the kinds are OpenStreetMap's.
STREET_KINDS: dict[str, LazyString] = {
    "primary": _l("main road"),
    "secondary": _l("main road"),
    "tertiary": _l("connecting road"),
    "residential": _l("residential street"),
    "living_street": _l("residential street"),
    "unclassified": _l("side road"),
    "service": _l("service road"),
    "track": _l("field track"),
    "footway": _l("footpath"),
    "path": _l("path"),
    "steps": _l("steps"),
    "pedestrian": _l("pedestrian street"),
    "cycleway": _l("cycle path"),
}

EVENTS |= {
    "route_planned": _l("Route planned"),
    "route_retired": _l("Route taken out of use"),
    "study_asked": _l("Plan for a day asked for"),
    "study_published": _l("Plan for a day published"),
    "team_skills_changed": _l("The skills of a team were changed"),
    "shift_published": _l("Shift published"),
    "shift_cancelled": _l("Shift called off"),
    "member_assigned": _l("Member put into a shift"),
    "member_joined": _l("Member joined a shift"),
    "member_left": _l("Member left a shift"),
    "patrol_started": _l("Patrol started"),
    "patrol_ended": _l("Patrol ended"),
    "coverage_computed": _l("Coverage computed"),
    "office_changed": _l("Working hours changed"),
    "calendar_day_changed": _l("Calendar changed"),
    "deadline_rule_changed": _l("Deadline changed"),
    "camera_looked_up": _l("Camera looked up"),
}

#: Lines of the case log: what somebody did.
CASE_LINES: dict[str, LazyString] = {
    "report": _l("Report received"),
    "file": _l("Filed as a case"),
    "void": _l("Voided"),
    "dispatch": _l("Dispatched"),
    "remind": _l("Reminded"),
    "supervise": _l("Handler pressed"),
    "escalate": _l("Passed up"),
    "delegate": _l("Passed down"),
    "prioritise": _l("Priority changed"),
    "accept": _l("Accepted"),
    "return": _l("Returned"),
    "self_handle": _l("Taken on by the finder"),
    "finish": _l("Handled"),
    "close": _l("Verified and closed"),
    "rework": _l("Sent back for rework"),
    "park": _l("Parked"),
    "unpark": _l("Taken up again"),
}

CHANNELS: dict[str, LazyString] = {
    "app": _l("Grid worker"),
    "centre": _l("Centre"),
    "public": _l("Public"),
    "patrol": _l("Patrol"),
    "import": _l("Import"),
    "demo": _l("Demo"),
}

#: Major classes of the shipped category list; an operator's own classes are shown by their code.
CATEGORY_GROUPS: dict[str, LazyString] = {
    "01": _l("City appearance"),
    "02": _l("Advertising"),
    "03": _l("Building sites"),
    "04": _l("Emergencies"),
    "05": _l("Street order"),
    "21": _l("Safety and services"),
}

SUBSTITUTIONS: dict[str, LazyString] = {
    "asked": _l("Asked"),
    "accepted": _l("Accepted"),
    "declined": _l("Declined"),
    "withdrawn": _l("Withdrawn"),
}

DUTIES: dict[str, LazyString] = {"lead": _l("Lead"), "substitute": _l("Substitute")}

EVENTS |= {
    "incident_reported": _l("Incident reported"),
    "incident_content_refused": _l("Report with a used id refused"),
    "incident_filed": _l("Incident filed"),
    "incident_voided": _l("Incident voided"),
    "incident_dispatched": _l("Incident dispatched"),
    "incident_supervised": _l("Handler pressed"),
    "incident_escalated": _l("Passed up"),
    "incident_delegated": _l("Passed down"),
    "incident_reminded": _l("Handler reminded"),
    "incident_prioritised": _l("Priority of an incident changed"),
    "incident_accepted": _l("Incident accepted"),
    "incident_returned": _l("Incident returned"),
    "incident_self_handled": _l("Incident taken on by its finder"),
    "incident_handled": _l("Incident handled"),
    "incident_closed": _l("Incident closed"),
    "incident_reworked": _l("Incident sent back for rework"),
    "incident_parked": _l("Incident parked"),
    "incident_unparked": _l("Parked incident taken up again"),
    "incident_photo_added": _l("Photo added to an incident"),
    "incidents_exported": _l("Incidents exported"),
}


WORKER_KINDS: dict[str, LazyString] = {"full_time": _l("Full-time"), "part_time": _l("Part-time")}

EVENTS |= {"worker_assigned": _l("Worker assigned"), "assignment_ended": _l("Assignment ended")}

OWNER_CLASSES: dict[str, LazyString] = {
    "1": _l("Class 1: public places, built by the government"),
    "2": _l("Class 2: sites of units that face public places"),
    "3": _l("Class 3: other cameras of society"),
}

#: Lines of the checklist of an inspection, in order.
INSPECTION_CHECKS: dict[str, LazyString] = {
    "picture_clear": _l("The picture is clear"),
    "view_free": _l("Nothing stands in the view"),
    "bearing_right": _l("It looks where the record says"),
    "mount_firm": _l("The mount is firm"),
    "sign_present": _l("The sign is there and can be read"),
    "power_network": _l("Power and network are on"),
    "time_correct": _l("The time in the picture is right"),
}

INSPECTION_ANSWERS: dict[str, LazyString] = {
    "ok": _l("Fine"),
    "fault": _l("Fault"),
    "unchecked": _l("Not checked"),
}

#: Quality tiers of IEC 62676-4:2014.
TIERS: dict[str, LazyString] = {
    "detect": _l("Detect: that somebody is there"),
    "observe": _l("Observe: what somebody wears"),
    "recognise": _l("Recognise: somebody known"),
    "identify": _l("Identify: somebody unknown"),
}

HEIGHT_SOURCES: dict[str, LazyString] = {
    "measured": _l("measured"),
    "levels": _l("from its levels"),
    "default": _l("assumed"),
    "unknown": _l("unknown"),
}

CAMERA_FIELDS: dict[str, LazyString] = {
    "lon": _l("Longitude"),
    "lat": _l("Latitude"),
    "name": _l("Name"),
    "kind": _l("Kind"),
    "status": _l("State"),
    "gb_code": _l("GB/T 28181 code"),
    "mount_height_m": _l("Mounting height"),
    "bearing_deg": _l("Bearing"),
    "hfov_deg": _l("Horizontal field of view"),
    "range_m": _l("Range"),
    "pixels_h": _l("Picture width"),
    "pitch_deg": _l("Pitch"),
    "vfov_deg": _l("Vertical field of view"),
    "owner_class": _l("Owner class"),
    "owner": _l("Owner"),
    "legal_basis": _l("Legal basis"),
    "signage": _l("Sign"),
    "sign_seen_on": _l("Sign seen on"),
    "filing_no": _l("Filing number"),
    "filed_on": _l("Filed on"),
    "retention_days": _l("Recordings kept"),
    "installed_on": _l("Installed on"),
}

EVENTS |= {
    "coverage_stop_asked": _l("Computation of coverage stopped"),
    "camera_added": _l("Camera added"),
    "camera_changed": _l("Camera changed"),
    "camera_removed": _l("Camera taken down"),
    "camera_inspected": _l("Camera inspected"),
    "cameras_listed": _l("List of cameras looked through"),
    "cameras_exported": _l("Cameras exported"),
    "building_changed": _l("Building changed"),
}

EVENTS |= {
    "patrol_paused": _l("Patrol paused"),
    "patrol_resumed": _l("Patrol resumed"),
    "checkpoint_visited": _l("Checkpoint visited"),
    "help_called": _l("Help called"),
    "help_answered": _l("Help answered"),
    "help_ended": _l("Call for help ended"),
    "substitute_asked": _l("Substitute asked"),
    "substitute_answered": _l("Substitute answered"),
    "shift_handed_over": _l("Shift handed over"),
    "hours_exported": _l("Hours exported"),
}

EVENTS |= {
    "coverage_exported": _l("Coverage exported"),
    "siting_asked": _l("Siting asked for"),
    "siting_decided": _l("Siting decided"),
}
