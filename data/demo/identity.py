"""UUIDs from a seeded stream: random to look at, the same for the same seed."""

import numpy as np


def uuids(count: int, rng: np.random.Generator) -> list[str]:
    """So many version 4 UUIDs."""
    raw = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    digits = raw.tobytes().hex()
    starts = range(0, 32 * count, 32)
    return [
        f"{digits[s : s + 8]}-{digits[s + 8 : s + 12]}-{digits[s + 12 : s + 16]}-{digits[s + 16 : s + 20]}-{digits[s + 20 : s + 32]}"
        for s in starts
    ]
