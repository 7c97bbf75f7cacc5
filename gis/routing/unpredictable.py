"""Patrols nobody can foretell: seeds from a secret, and streets that were walked lately count less for a while."""

import hashlib
import hmac
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter

DISCOUNT, RECOVERY_DAYS = 0.5, 3.0
_SHORTEST_KEY = 16


def daily_seed(key: bytes, day: date, purpose: str = "") -> int:
    """Return the seed of a day: who has the key can work it out again, nobody else can guess it.

    HMAC-SHA256 (RFC 2104) of the date and a purpose (such as the area's code), its first 63 bits: what a database's
    bigint holds. Raises BadParameter for a key of fewer than 16 bytes.

    >>> monday, tuesday = (daily_seed(b"a secret of 16 b", date(2026, 11, day), "town") for day in (23, 24))
    >>> monday != tuesday, monday == daily_seed(b"a secret of 16 b", date(2026, 11, 23), "town")
    (True, True)
    """
    if len(key) < _SHORTEST_KEY:
        raise BadParameter(
            "The secret key has {count} bytes; use {least} or more.", count=len(key), least=_SHORTEST_KEY
        )
    digest = hmac.new(key, f"{day.isoformat()}/{purpose}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def recency_factor(
    days_since: ArrayLike, discount: float = DISCOUNT, recovery_days: float = RECOVERY_DAYS
) -> NDArray[np.float64]:
    """Return what a street's priority is multiplied by, from the days since it was last walked (inf: never).

    Just walked it is 1 - `discount`; it comes back evenly and is whole again after `recovery_days`.

    >>> recency_factor([0.0, 1.5, 3.0, float("inf")]).tolist()
    [0.5, 0.75, 1.0, 1.0]
    """
    days = np.asarray(days_since, dtype=np.float64)
    if not 0 <= discount <= 1 or not recovery_days > 0:
        raise BadParameter("The discount must be from 0 to 1 and the days of recovery above 0.")
    if np.isnan(days).any() or (days < 0).any():
        raise BadParameter("Days since the last walk must be 0 or more; inf for streets never walked.")
    return 1.0 - discount * np.maximum(0.0, 1.0 - days / recovery_days)
