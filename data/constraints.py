"""From a broken database rule to a sentence for people.

Every rule people can run into has its sentence here, by the constraint's name. `check_constraints`
in the tests holds the names against the database.
"""

from sqlalchemy.exc import DBAPIError

from data.errors import Conflict, GridbeatError, Refused

#: Constraint name → sentence. A sentence may use {fact_0}, {fact_1} … : the fields of the error's DETAIL, split at "|".
SENTENCES: dict[str, str] = {
    "cells_apart": (
        "The cells {fact_0} and {fact_1} overlap by {fact_2} m². Move their common border so that they only touch."
    ),
    "cells_inside_village": (
        "The cell {fact_0} lies with {fact_1} m² outside its village. Draw it inside the village's border."
    ),
    "ck_cells_code_format": "A cell code has 15 digits: 12 of the village and 3 of its own.",
    "ck_cells_area_sound": "The cell's border crosses itself or is empty. Draw it again without crossings.",
    "ck_cells_area_not_huge": "The cell's border has more than 10,000 points. Simplify it.",
    "ck_cells_kind_known": "A cell is either general or dedicated.",
    "ex_cells_one_version_at_a_time": (
        "There is another cell with this code in that time. Close it first or choose another code."
    ),
    "fk_cells_village": "The cell's first 12 digits have to be the code of its village.",
    "ck_divisions_code_format": "A division code has 6 digits (county), 9 (township) or 12 (village).",
    "ck_divisions_area_sound": "The division's border crosses itself or is empty. Repair it and import it again.",
    "fk_divisions_parent": "The division's code has to begin with the code of the division above it.",
    "ck_divisions_parent_given": "A township or village needs the division above it.",
    "ex_divisions_one_version_at_a_time": "There is another division with this code in that time.",
    "ex_cell_assignments_one_a_duty": (
        "Somebody else has this duty in the cell in that time. End that assignment first."
    ),
    "ex_cell_assignments_one_a_person": "This worker has a duty in the cell in that time already.",
    "uq_cameras_code": "There is a camera with this code already.",
    "uq_cameras_gb_code": "There is a camera with this GB/T 28181 code already.",
    "ck_cameras_gb_code_structure": (
        "A GB/T 28181 code has 20 digits: centre 8, industry 2, type 3 (131 or 132), network 1, number 6."
    ),
    "inspections_are_kept": "An inspection is never changed. Write another one.",
    "ck_camera_inspections_something_checked": "Answer at least one line of the checklist.",
    "ck_camera_inspections_note_short": "A note has at most 1,000 characters.",
    "ck_camera_inspections_measured_bearing_deg_possible": (
        "A bearing is at least 0° and below 360°, clockwise from true north."
    ),
    "ck_camera_inspections_next_due_on_possible": (
        "The next inspection is due tomorrow at the earliest, in ten years at the latest."
    ),
    "ck_cameras_bearing_deg_possible": "A bearing is at least 0° and below 360°, clockwise from true north.",
    "ck_cameras_hfov_deg_possible": "A field of view is above 0° and at most 360°.",
    "ck_cameras_range_m_possible": "A range is above 0 m and at most 5,000 m.",
    "ck_cameras_mount_height_m_possible": "A mounting height is above 0 m and at most 300 m.",
    "ck_incidents_assignee_given": "Choose a worker or a team first.",
    "fk_incidents_category": "There is no such category. Choose one from the list.",
    "ck_incidents_description_length": "The description may have at most 2,000 characters.",
    "ex_shift_members_one_shift_at_a_time": "This member is in another shift in that time.",
    "uq_shift_substitutions_one_open": "You have asked somebody already. Withdraw that first.",
    "ck_shift_handovers_note_given": "A note for the next shift has 1 to 2,000 characters.",
    "ck_shifts_frequency_min_possible": "A round begins every 10 to 1,440 minutes.",
    "ck_shifts_tolerance_min_possible": ("The tolerance has to be shorter than half of the time between two rounds."),
    "ck_shifts_length_possible": "A shift ends after it starts and lasts at most 24 hours.",
    "uq_patrol_sessions_one_open": "You are on patrol already. End that patrol first.",
    "position_fixes_only_on_patrol": "Positions are taken only between the start and the end of a patrol.",
    "uq_users_username": "The user name is taken. Choose another.",
    "uq_user_roles_once": "The user has this role there already.",
    "events_are_kept": "The audit log cannot be changed.",
}

#: Where another person was faster rather than the input wrong.
_CONFLICTS = {
    "ex_cell_assignments_one_a_duty",
    "ex_shift_members_one_shift_at_a_time",
    "uq_shift_substitutions_one_open",
    "uq_patrol_sessions_one_open",
}


def refusal_of(error: DBAPIError) -> GridbeatError | None:
    """The refusal to show for a broken rule, or None for a rule without a sentence."""
    diag = getattr(error.orig, "diag", None)
    name = getattr(diag, "constraint_name", None) or ""
    sentence = SENTENCES.get(name)
    if sentence is None:
        return None
    detail = getattr(diag, "message_detail", None) or ""
    facts = {f"fact_{place}": value for place, value in enumerate(detail.split("|"))} if "{fact_0}" in sentence else {}
    return (Conflict if name in _CONFLICTS else Refused)(sentence, **facts)
