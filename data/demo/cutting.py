"""Cutting a piece of ground by lines: how a town grows its blocks, a village its lanes, farmland its fields."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from data.demo.chance import Floats

_SHARES = np.linspace(0, 1, 9)
_ONE_WAVE, _TWO_WAVES = np.sin(np.pi * _SHARES), np.sin(2 * np.pi * _SHARES)


@dataclass(frozen=True)
class Manner:
    """How cuts are made: how far off the middle, how crooked, how far from a right angle."""

    off_middle: float = 0.1
    bend: float = 0.02
    skew_deg: float = 4.0
    #: a cut ends where one on the street's other side ends, if that is as near as this: crossings, not offset T's
    meet_m: float = 28.0


@dataclass
class Cutting:
    """The pieces that are left, and every cut with the area of the piece it went through."""

    pieces: list[Polygon] = field(default_factory=list)
    cuts: list[tuple[LineString, float]] = field(default_factory=list)


@dataclass
class Joints:
    """Where cuts have ended so far."""

    xy: Floats = field(default_factory=lambda: np.empty((0, 2)))

    def add(self, points: Floats) -> None:
        """Remember these ends of a cut."""
        self.xy = np.concatenate([self.xy, points])

    def near(self, point: Floats, reach_m: float) -> Floats | None:
        """The nearest joint within reach, if there is one."""
        if not len(self.xy):
            return None
        away = np.hypot(*(self.xy - point).T)
        best = int(np.argmin(away))
        found: Floats | None = self.xy[best] if away[best] < reach_m else None
        return found


def split(area: Polygon, lines: LineString) -> list[Polygon]:
    """The pieces of `area` when it is cut along `lines`; ends that stop inside cut nothing."""
    noded = shapely.union(area.boundary, lines)
    pieces = shapely.get_parts(shapely.polygonize([noded]))
    if abs(float(shapely.area(pieces).sum()) - area.area) < 1e-3:
        return list(pieces)
    return [piece for piece in pieces if area.contains(piece.representative_point())]  # a bay was closed by the line


def polygons(shape: BaseGeometry, smallest_m2: float = 1.0) -> list[Polygon]:
    """The polygons in `shape`, without slivers."""
    parts = shapely.get_parts(shape)
    kept = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > smallest_m2)
    return list(parts[kept])


def lines_of(shape: Any, shortest_m: float = 0.5) -> list[LineString]:
    """The lines in `shape`, joined where they continue each other, without scraps."""
    parts = shapely.get_parts(shapely.line_merge(shape))
    kept = (shapely.get_type_id(parts) == 1) & (shapely.length(parts) > shortest_m)
    return list(parts[kept])


def subdivide(
    area: Polygon,
    is_done: Callable[[Polygon], bool],
    rng: np.random.Generator,
    manner: Manner,
    joints: Joints,
    find_axis: Callable[[Polygon], Floats] | None = None,
) -> Cutting:
    """Cut `area` across its longer side until `is_done` says so of every piece."""
    found = Cutting()
    waiting = [area]
    while waiting:
        piece = waiting.pop()
        if is_done(piece):
            found.pieces.append(piece)
            continue
        line = cut_line(piece, rng, manner, joints, find_axis(piece) if find_axis else None)
        parts = split(piece, line)
        if len(parts) < 2:
            found.pieces.append(piece)
            continue
        for cut in lines_of(shapely.intersection(line, piece)):
            found.cuts.append((cut, piece.area))
            joints.add(shapely.get_coordinates(cut)[[0, -1]])
        waiting.extend(parts)
    return found


def cut_line(
    piece: Polygon, rng: np.random.Generator, manner: Manner, joints: Joints, middle: Floats | None = None
) -> LineString:
    """A line across the longer side of `piece`, a little beyond it on both ends."""
    centre, along, length_m, width_m = long_side(piece)
    if middle is not None:
        centre = middle
    shift = rng.uniform(-manner.off_middle, manner.off_middle) * length_m
    skew = np.radians(rng.normal(0, manner.skew_deg))
    across = np.array(
        [-along[1] * np.cos(skew) - along[0] * np.sin(skew), along[0] * np.cos(skew) - along[1] * np.sin(skew)]
    )
    reach_m = 0.62 * width_m + 15.0
    start, end = centre + along * shift - across * reach_m, centre + along * shift + across * reach_m
    start, end = _onto_joint(piece, start, end, manner, joints)
    return _line(_bent(start, end, manner.bend, rng))


def long_side(piece: Polygon) -> tuple[Floats, Floats, float, float]:
    """Middle, direction of the longer side, and both sizes of the smallest turned box around `piece`."""
    box = shapely.get_coordinates(shapely.oriented_envelope(piece))
    if len(box) < 5:
        box = shapely.get_coordinates(shapely.envelope(piece))
    first, second = box[1] - box[0], box[2] - box[1]
    lengths = np.hypot(*first), np.hypot(*second)
    longer, other = (first, lengths[1]) if lengths[0] >= lengths[1] else (second, lengths[0])
    length_m = float(max(lengths))
    return box[:4].mean(axis=0), longer / max(length_m, 1e-9), length_m, float(other)


def _onto_joint(piece: Polygon, start: Floats, end: Floats, manner: Manner, joints: Joints) -> tuple[Floats, Floats]:
    """The cut moved sideways so that it ends where another cut already ends on the same border."""
    if not len(joints.xy) or manner.meet_m <= 0:
        return start, end
    chord = shapely.get_coordinates(shapely.intersection(_line(np.stack([start, end])), piece))
    if len(chord) < 2:
        return start, end
    for tip in (chord[0], chord[-1]):
        joint = joints.near(tip, manner.meet_m)
        if joint is not None:
            return start + (joint - tip), end + (joint - tip)
    return start, end


def _line(points: Floats) -> LineString:
    """A line without the checks of its constructor, which cost more than the cut itself."""
    return cast(LineString, shapely.linestrings(points))


def _bent(start: Floats, end: Floats, bend: float, rng: np.random.Generator) -> Floats:
    """A line from start to end that wanders `bend` of its length sideways, ends kept straight."""
    step = end - start
    side = np.array([-step[1], step[0]])
    wave = rng.normal(0, bend) * _ONE_WAVE + rng.normal(0, 0.5 * bend) * _TWO_WAVES
    bent: Floats = start + _SHARES[:, None] * step + wave[:, None] * side
    return bent
