"""Cameras as the engine takes them: one array per property, and what is wrong with them said in sentences."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter

Floats = NDArray[np.float64]

MAX_RANGE_M = 5_000.0
MAX_HEIGHT_M = 500.0
MAX_COORDINATE_M = 1e7

#: What may be said of a camera beside its sector, in the order of the fields, and what holds when it is not.
MAY_BE_KNOWN = {
    "height_m": np.nan,
    "pixels_h": np.nan,
    "convergence_deg": 0.0,
    "pitch_deg": np.nan,
    "vfov_deg": np.nan,
}


@dataclass(frozen=True)
class Cameras:
    """Cameras as a struct of arrays, all of one length, in the local metric system of the scene.

    `x_m`, `y_m`: place in metres. `bearing_deg`: middle of the view, clockwise from TRUE north.
    `hfov_deg`: horizontal field of view, above 0 up to 360. `range_m`: how far it is asked to see.
    `height_m`: lens above ground, NaN when unknown. `pixels_h`: picture width, NaN when unknown.
    `convergence_deg`: grid north minus true north at the camera (positive when grid north lies east
    of true north); 0 when the local system points to true north. `pitch_deg`: how far the middle of the
    view points below the horizon (negative: above), `vfov_deg`: vertical field of view, both NaN when unknown.
    """

    x_m: Floats
    y_m: Floats
    bearing_deg: Floats
    hfov_deg: Floats
    range_m: Floats
    height_m: Floats
    pixels_h: Floats
    convergence_deg: Floats
    pitch_deg: Floats
    vfov_deg: Floats

    def __len__(self) -> int:
        return len(self.x_m)

    @classmethod
    def of(
        cls,
        x_m: ArrayLike,
        y_m: ArrayLike,
        bearing_deg: ArrayLike = 0.0,
        hfov_deg: ArrayLike = 90.0,
        range_m: ArrayLike = 80.0,
        **known: ArrayLike,
    ) -> Cameras:
        """Return cameras from arrays or single values (which then hold for every camera).

        `known` may hold `height_m`, `pixels_h`, `pitch_deg`, `vfov_deg` (NaN when left out: unknown) and
        `convergence_deg` (0 when left out).
        Raises BadParameter when the lengths do not fit together or a property is unknown.

        >>> len(Cameras.of([0, 10, 20], 0, bearing_deg=90))
        3
        """
        wrong = set(known) - set(MAY_BE_KNOWN)
        if wrong:
            raise BadParameter("A camera has no property called {names}.", names=", ".join(sorted(wrong)))
        given = [x_m, y_m, bearing_deg, hfov_deg, range_m]
        given += [known.get(name, otherwise) for name, otherwise in MAY_BE_KNOWN.items()]
        arrays = [np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in given]
        try:
            spread = np.broadcast_arrays(*arrays)
        except ValueError as error:
            lengths = ", ".join(str(array.size) for array in arrays)
            raise BadParameter(
                "The properties of the cameras have different lengths ({lengths}); "
                "give each one value or one per camera.",
                lengths=lengths,
            ) from error
        return cls(*(np.ascontiguousarray(array, dtype=np.float64) for array in spread))

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Cameras:
        """Return only the cameras that `which` (indices or a mask) names, in that order.

        >>> float(Cameras.of([0, 10, 20], 0).take(np.array([2])).x_m[0])
        20.0
        """
        return Cameras(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True)
class Refusal:
    """Why one camera cannot be computed: its index, a sentence with {facts} in it, and the facts."""

    index: int
    sentence: str
    facts: dict[str, object]


def check_cameras(cameras: Cameras) -> list[Refusal]:
    """Return one refusal for every fault of every camera, ordered by camera; an empty list when all are well.

    A camera with a refusal is left out of the calculation, the others are kept. Unknown height, pixel width,
    pitch and vertical field (NaN) are no faults.

    >>> [(r.index, r.sentence.format(**r.facts)) for r in check_cameras(Cameras.of([0, 0], 0, hfov_deg=[90, 720]))]
    [(1, 'The field of view is 720.0°; it must be above 0 and at most 360.')]
    """
    faults = [
        Refusal(int(i), sentence, {name: _fact(value[i]) for name, value in facts.items()})
        for is_wrong, sentence, facts in _questions(cameras)
        for i in np.flatnonzero(is_wrong)
    ]
    return sorted(faults, key=lambda refusal: refusal.index)


def _fact(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _questions(cameras: Cameras) -> list[tuple[NDArray[np.bool_], str, dict[str, Floats]]]:
    """Return for every possible fault: who has it, what we say, and the facts in it."""
    x, y, fov = cameras.x_m, cameras.y_m, cameras.hfov_deg
    reach, height, pixels = cameras.range_m, cameras.height_m, cameras.pixels_h
    turn = np.abs(cameras.bearing_deg) + np.abs(cameras.convergence_deg)
    far = np.hypot(x, y)
    return [
        (
            ~(far < MAX_COORDINATE_M),  # the negation catches NaN as well
            "The place is not a usable pair of metres ({x_m}, {y_m}); check the coordinates.",
            {"x_m": x, "y_m": y},
        ),
        (
            ~(turn <= 3_600.0),
            "The bearing is {bearing_deg}°; give degrees clockwise from true north.",
            {"bearing_deg": cameras.bearing_deg},
        ),
        (
            ~((fov > 0.0) & (fov <= 360.0)),
            "The field of view is {hfov_deg}°; it must be above 0 and at most 360.",
            {"hfov_deg": fov},
        ),
        (
            ~((reach > 0.0) & (reach <= MAX_RANGE_M)),
            "The range is {range_m} m; it must be above 0 and at most 5000 m.",
            {"range_m": reach},
        ),
        (
            (height <= 0.0) | (height > MAX_HEIGHT_M),
            "The mounting height is {height_m} m; it must be above 0 and at most 500 m, or left unknown.",
            {"height_m": height},
        ),
        (
            (pixels <= 0.0) | np.isinf(pixels),
            "The picture width is {pixels_h} pixels; it must be above 0, or left unknown.",
            {"pixels_h": pixels},
        ),
        *_questions_of_tilt(cameras),
    ]


def _questions_of_tilt(cameras: Cameras) -> list[tuple[NDArray[np.bool_], str, dict[str, Floats]]]:
    return [
        (
            np.abs(cameras.pitch_deg) > 90.0,
            "The pitch is {pitch_deg}°; it must lie between -90 (up) and 90 (down), or be left unknown.",
            {"pitch_deg": cameras.pitch_deg},
        ),
        (
            (cameras.vfov_deg <= 0.0) | (cameras.vfov_deg > 180.0),
            "The vertical field of view is {vfov_deg}°; it must be above 0 and at most 180, or left unknown.",
            {"vfov_deg": cameras.vfov_deg},
        ),
    ]
