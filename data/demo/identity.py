"""UUIDs from a seeded stream: random to look at, the same for the same seed."""

from uuid import UUID

import numpy as np


def uuids(count: int, rng: np.random.Generator) -> list[str]:
    """So many version 4 UUIDs."""
    raw = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    digits = raw.tobytes().hex()
    return [str(UUID(digits[start : start + 32])) for start in range(0, 32 * count, 32)]
