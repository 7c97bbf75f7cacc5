"""Chance with a seed: every part of the county has a stream of its own, so that changing one leaves the others."""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def stream(seed: int, *names: object) -> np.random.Generator:
    """The stream of random numbers called `names`: the same seed and names give the same numbers on every machine.

    >>> int(stream(1, "river").integers(100)) == int(stream(1, "river").integers(100))
    True
    """
    keys = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng(np.random.SeedSequence([seed, *keys]))


class Waves:
    """A smooth random field over the plane, about -1 to 1, with hills about `wavelength_m` apart."""

    def __init__(self, rng: np.random.Generator, wavelength_m: float, count: int = 9) -> None:
        angle = rng.uniform(0, 2 * np.pi, count)
        length_m = wavelength_m * rng.uniform(0.7, 1.6, count)
        self._k = 2 * np.pi / length_m[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        self._phase = rng.uniform(0, 2 * np.pi, count)

    def __call__(self, xy: Floats) -> Floats:
        """The field's value at each of the points (n, 2), in metres."""
        value: Floats = np.sin(np.atleast_2d(xy) @ self._k.T + self._phase).sum(axis=1) / np.sqrt(len(self._phase))
        return value / 1.5
