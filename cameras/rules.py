"""Decisions about cameras. Pure."""

import math
import re
from collections.abc import Mapping
from typing import Any

#: GB/T 28181: centre 8, industry 2, type 3 (131 camera, 132 network camera), network 1, serial 6.
_GB_CODE = re.compile(r"[0-9]{8}(0[0-9]|1[0-4]|4[0-5])13[12][0-9][0-9]{6}")
#: Letters and digits of any script, signs only between them.
_CODE = re.compile(r"[\w](?:[\w.:/-]*[\w])?")
_OWN_ADDRESSES = frozenset({"new", "what-if", "inspections", "preview"})
_OWN_ENDINGS = frozenset({"preview", "record", "retire", "inspect"})

STATUSES = ("online", "offline", "fault", "planned", "removed")
KINDS = ("bullet", "dome", "ptz", "panoramic", "other")

#: A change of one of these changes what the cameras see.
SIGHT_FIELDS = frozenset(
    {
        "lon",
        "lat",
        "status",
        "mount_height_m",
        "bearing_deg",
        "hfov_deg",
        "range_m",
        "pixels_h",
        "pitch_deg",
        "vfov_deg",
    }
)
#: What a person may change by hand; the code stays what it is.
FIELDS = SIGHT_FIELDS | {
    "name",
    "gb_code",
    "kind",
    "owner_class",
    "owner",
    "legal_basis",
    "signage",
    "sign_seen_on",
    "filing_no",
    "filed_on",
    "retention_days",
    "installed_on",
}
_MAY_BE_UNKNOWN = frozenset({"pitch_deg", "vfov_deg"})


def sentence(words: str) -> str:
    """The words themselves; the call marks them as a sentence people read, to be translated."""
    return words


#: Field → least, most, whether the least is excluded, and what to say. NaN is never within.
_LIMITS: dict[str, tuple[float, float, bool, str]] = {
    "lon": (-180.0, 180.0, False, sentence("The place lies outside the map of the world. Set the pin again.")),
    "lat": (-85.0, 85.0, False, sentence("The place lies outside the map of the world. Set the pin again.")),
    "mount_height_m": (0.0, 300.0, True, sentence("A mounting height is above 0 m and at most 300 m.")),
    "bearing_deg": (-3600.0, 3600.0, False, sentence("A bearing is a number of degrees, clockwise from true north.")),
    "hfov_deg": (0.0, 360.0, True, sentence("A field of view is above 0° and at most 360°.")),
    "range_m": (0.0, 5000.0, True, sentence("A range is above 0 m and at most 5,000 m.")),
    "pixels_h": (0.0, 100_000.0, True, sentence("A picture is at least 1 and at most 100,000 pixels wide.")),
    "pitch_deg": (-90.0, 90.0, False, sentence("A pitch lies between -90° (up) and 90° (down).")),
    "vfov_deg": (0.0, 180.0, True, sentence("A vertical field of view is above 0° and at most 180°.")),
}


def is_gb_code(code: str) -> bool:
    """Whether a text has the structure of a camera's GB/T 28181 code; the database keeps the same rule.

    >>> is_gb_code("32072200001320000001"), is_gb_code("32072200001110000001")
    (True, False)
    """
    return _GB_CODE.fullmatch(code) is not None


def code_problem(code: str) -> str | None:
    """What is wrong with a camera's code, as a sentence; None when all is well. A code is part of addresses.

    >>> code_problem("GATE/1"), code_problem("东门-3") is None
    (None, True)
    >>> code_problem("what-if")
    "This word is part of our own addresses, so it cannot be a camera's code."
    """
    if len(code) > 64:
        return sentence("The code has more than 64 characters.")
    if not _CODE.fullmatch(code) or not all(part.strip(".") for part in code.split("/")):
        return sentence("A camera's code has letters and digits, and between them . _ - : or /.")
    if code.lower() in _OWN_ADDRESSES or code.lower().rpartition("/")[2] in _OWN_ENDINGS:
        return sentence("This word is part of our own addresses, so it cannot be a camera's code.")
    return None


def settings_problem(values: Mapping[str, Any]) -> str | None:
    """What is wrong with settings of a camera, as a sentence; None when all is well. What is not named is not asked.

    >>> settings_problem({"hfov_deg": 720})
    'A field of view is above 0° and at most 360°.'
    >>> settings_problem({"hfov_deg": 90, "pitch_deg": None}) is None
    True
    """
    for name, (least, most, is_above, problem) in _LIMITS.items():
        if name not in values or (values[name] is None and name in _MAY_BE_UNKNOWN):
            continue
        value = values[name]
        if not isinstance(value, (int, float)) or not least <= value <= most or (is_above and value <= least):
            return problem
    if values.get("status", "online") not in STATUSES:
        return sentence("Choose one of the states.")
    if values.get("kind", "other") not in KINDS:
        return sentence("Choose one of the kinds of camera.")
    if values.get("gb_code") and not is_gb_code(values["gb_code"]):
        return sentence(
            "A GB/T 28181 code has 20 digits: centre 8, industry 2, type 3 (131 or 132), network 1, number 6."
        )
    return None


def normal_bearing_deg(bearing_deg: float) -> float:
    """The bearing from 0 to below 360, to a hundredth of a degree: nobody aims a camera finer.

    >>> normal_bearing_deg(-90), normal_bearing_deg(359.999), normal_bearing_deg(5e-123)
    (270.0, 0.0, 0.0)
    """
    return round(math.fmod(math.fmod(bearing_deg, 360.0) + 360.0, 360.0), 2) % 360.0


def changed_fields(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields of `wanted` that differ from what is known, each with both values; numbers count as equal to 1e-6.

    >>> changed_fields({"range_m": 50.0, "name": "Gate"}, {"range_m": 80, "name": "Gate"})
    {'range_m': [50.0, 80]}
    """
    return {name: [known[name], value] for name, value in wanted.items() if not _is_same(known[name], value)}


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        # a place is told to a centimetre, anything else as finely as the database keeps it
        return math.isclose(one, other, rel_tol=1e-9 if abs(one) > 10 else 1e-6, abs_tol=1e-7)
    return bool(one == other)
