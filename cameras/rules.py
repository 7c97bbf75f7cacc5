"""Decisions about cameras. Pure."""

import re

#: GB/T 28181: centre 8, industry 2, type 3 (131 camera, 132 network camera), network 1, serial 6.
_GB_CODE = re.compile(r"[0-9]{8}(0[0-9]|1[0-4]|4[0-5])13[12][0-9][0-9]{6}")


def is_gb_code(code: str) -> bool:
    """Whether a text has the structure of a camera's GB/T 28181 code; the database keeps the same rule.

    >>> is_gb_code("32072200001320000001"), is_gb_code("32072200001110000001")
    (True, False)
    """
    return _GB_CODE.fullmatch(code) is not None
