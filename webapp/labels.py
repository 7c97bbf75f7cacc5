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
