"""Where an area may be cut: along its streets, and across blocks that no street divides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Point, Polygon, STRtree

Floats = NDArray[np.float64]

EDGE_M: Final = 15.0
"""A street this close to the outline runs along it: the strip between is nobody's cell."""
REACH_M: Final = 45.0
"""The gap a dead end may be carried across to meet the next street or the outline."""
NARROW_M: Final = 18.0
"""A block narrower than this is a strip, as between two carriageways; a border may cross it anywhere."""
IDLE_HOUSEHOLDS: Final = 4.0
"""Up to this many a block is open ground with a house on it, not where people live."""
CLEARANCE_M: Final = 9.0
"""The distance a cut of our own keeps from the middle of a building, where it can."""

_STRIP_M, _STRIP_LENGTHS = 80.0, 4.0  # metres, and times its width
_GRID_M = 0.01
_OVERSHOOT_M = 0.05  # so that noding finds a crossing; polygonize drops the stub
_AIM_M = 15.0  # a dead end points the way of its last metres, not of its last, perhaps tiny, segment
_ROUGH_M = 3.0  # is near enough to compare the lengths of cuts
_TURNS_DEG = (0.0, 15.0, -15.0, 30.0, -30.0, 60.0, -60.0, 90.0)


def street_cuts(area: Polygon | MultiPolygon, streets: Sequence[LineString], buildings: Floats) -> list[LineString]:
    """Return the streets as lines to cut `area` along, all in metres.

    Noded on a grid of 1 cm. What runs along the outline is left out, and dead ends are carried on to
    what lies right ahead, unless a building stands in the way.
    """
    ground = np.asarray([street for street in streets if len(street.coords) > 1], dtype=object)
    inner = shapely.buffer(area, -EDGE_M)
    if ground.size == 0 or inner.is_empty:
        return []
    shapely.prepare(inner)
    whole = shapely.contains_properly(inner, ground)
    crossing = ~whole & shapely.intersects(inner, ground)
    ground = np.concatenate([ground[whole], shapely.intersection(ground[crossing], inner)])
    network = shapely.union_all(shapely.simplify(ground, 1.5), grid_size=_GRID_M)
    lines = _lines(shapely.line_merge(network))
    if not lines:
        return []
    return lines + _carried_on(lines, area, buildings)


def _lines(geom: Any) -> list[LineString]:
    return [part for part in shapely.get_parts(geom).tolist() if isinstance(part, LineString) and not part.is_empty]


def _carried_on(lines: list[LineString], area: Polygon | MultiPolygon, buildings: Floats) -> list[LineString]:
    """Return the pieces that carry dead ends on to the next line or the outline."""
    ends, ways = _dead_ends(lines)
    if len(ends) == 0:
        return []
    outline = area.boundary
    reach_m = _way_ahead_m(ends, ways, [*lines, *_lines(outline)])
    ahead = np.isfinite(reach_m)
    goals = ends + ways * (np.where(ahead, reach_m, 0.0) + 2.0 * _OVERSHOOT_M)[:, None]
    # What ends at the strip along the outline without pointing at the outline goes there the shortest way.
    aside = ~ahead & np.asarray(shapely.dwithin(shapely.points(ends), outline, EDGE_M + 1.0))
    for i in np.flatnonzero(aside):
        step = np.asarray(shapely.shortest_line(Point(ends[i]), outline).coords[-1]) - ends[i]
        goals[i] = ends[i] + step * (1.0 + _OVERSHOOT_M / max(float(np.hypot(*step)), _OVERSHOOT_M))
    pieces = np.asarray(shapely.linestrings(np.stack([ends, goals], axis=1)), dtype=object)[ahead | aside]
    if len(buildings):
        places = STRtree(np.asarray(shapely.points(buildings)))
        pieces = np.delete(pieces, places.query(pieces, predicate="dwithin", distance=CLEARANCE_M)[0])
    return list(pieces)


def _way_ahead_m(ends: Floats, ways: Floats, walls: list[LineString]) -> Floats:
    """Return how far each end is from the first wall straight ahead, infinity for none within REACH_M."""
    starts = ends + ways * _OVERSHOOT_M
    rays = np.asarray(shapely.linestrings(np.stack([starts, ends + ways * REACH_M], axis=1)), dtype=object)
    ground = np.asarray(walls, dtype=object)
    ray, wall = STRtree(ground).query(rays, predicate="intersects")
    origins = np.asarray(shapely.points(starts), dtype=object)
    reach_m = np.full(len(ends), np.inf)
    np.minimum.at(reach_m, ray, shapely.distance(origins[ray], shapely.intersection(rays[ray], ground[wall])))
    return reach_m


def _dead_ends(lines: list[LineString]) -> tuple[Floats, Floats]:
    """Return the places where only one line ends, and the unit vectors along which each goes on."""
    tips = np.asarray([line.coords[end] for line in lines for end in (0, -1)])
    _, which, count = np.unique(tips, axis=0, return_inverse=True, return_counts=True)
    dead = np.flatnonzero(count[which.ravel()] == 1)
    ends, ways = [], []
    for tip in dead.tolist():
        line = lines[tip // 2]
        aim = min(_AIM_M, line.length)
        back = np.asarray(line.interpolate(aim if tip % 2 == 0 else line.length - aim).coords[0])
        length = float(np.hypot(*(tips[tip] - back)))
        if length > 0.0:
            ends.append(tips[tip])
            ways.append((tips[tip] - back) / length)
    return np.asarray(ends).reshape(-1, 2), np.asarray(ways).reshape(-1, 2)


@dataclass(frozen=True)
class BlockLimits:
    """What a block may hold and measure before it is cut."""

    households: float
    area_m2: float
    length_m: float

    def allow(self, piece: Polygon, households: float) -> bool:
        """Whether the piece of ground is small enough; empty strips are cut shorter."""
        most_m = self.length_m
        if households <= IDLE_HOUSEHOLDS:
            most_m = min(most_m, max(_STRIP_M, _STRIP_LENGTHS * width_m(piece)))
        is_short = piece.length <= 2.0 * most_m or _long_side_m(piece) <= most_m
        return piece.area <= self.area_m2 and is_short


def width_m(piece: Polygon) -> float:
    """Return how wide a long piece of ground is on average."""
    return 2.0 * float(piece.area) / float(piece.length)


def block_cuts(block: Polygon, buildings: Floats, weights: Floats, limits: BlockLimits) -> list[LineString]:
    """Return straight cuts that divide `block` until every piece keeps the limits, if it can be cut.

    All in metres. `weights` are the households of the `buildings` inside the block. Each cut runs where
    the buildings leave a wide gap near the middle, and stays short.
    """
    cuts: list[LineString] = []
    waiting = [(block, buildings, weights)]
    while waiting:
        piece, places, loads = waiting.pop()
        is_heavy = loads.sum() > limits.households and len(np.unique(places, axis=0)) > 1
        if not is_heavy and limits.allow(piece, float(loads.sum())):
            continue
        cut = _best_cut(piece, places, loads if is_heavy else np.zeros(0))
        parts = _two_sides(piece, cut) if cut is not None else []
        if cut is None or len(parts) < 2:
            continue
        cuts += cut_inside(piece, cut)
        for part in parts:
            shapely.prepare(part)
            held = shapely.contains_xy(part, places) if len(places) else np.zeros(0, dtype=bool)
            waiting.append((part, places[held], loads[held]))
    return cuts


def cut_inside(piece: Polygon, cut: LineString) -> list[LineString]:
    """Return the runs of `cut` inside `piece`, each a hair longer than it at both ends."""
    runs = []
    for run in _lines(shapely.intersection(cut, piece)):
        (x0, y0), (x1, y1) = run.coords[0], run.coords[-1]
        if run.length > _OVERSHOOT_M:
            step = np.asarray([x1 - x0, y1 - y0]) * (_OVERSHOOT_M / run.length)
            runs.append(LineString([(x0 - step[0], y0 - step[1]), (x1 + step[0], y1 + step[1])]))
    return runs


def _two_sides(piece: Polygon, cut: LineString) -> list[Polygon]:
    noded = shapely.union_all([piece.boundary, *cut_inside(piece, cut)])
    faces = [face for face in shapely.get_parts(shapely.polygonize([noded])).tolist() if isinstance(face, Polygon)]
    return [face for face in faces if piece.contains(face.point_on_surface())]


def _best_cut(piece: Polygon, places: Floats, loads: Floats) -> LineString | None:
    """Return the best of a few straight cuts across `piece`, long enough to cross all of it.

    With no `loads`, halves of equal ground are wanted; otherwise halves of equal load.
    """
    middle = np.asarray(piece.centroid.coords[0])
    size_m = float(np.sqrt(piece.area))
    reach_m = float(np.hypot(*(np.asarray(piece.bounds[2:]) - np.asarray(piece.bounds[:2])))) + 1.0
    along = _long_axis_rad(piece)
    ends, penalties = [], []
    for turn in _TURNS_DEG:
        way = np.array([np.cos(along + np.radians(turn)), np.sin(along + np.radians(turn))])
        across = np.array([-way[1], way[0]]) * reach_m
        for offset, penalty in _offsets((places - middle) @ way, loads, size_m):
            point = middle + way * offset
            ends.append((point - across, point + across))
            penalties.append(penalty)
    if not ends:
        return None
    cuts = np.asarray(shapely.linestrings(np.asarray(ends)), dtype=object)
    lengths_m = shapely.length(shapely.intersection(cuts, shapely.simplify(piece, _ROUGH_M)))
    best: LineString = cuts[int(np.argmin(np.asarray(penalties) + lengths_m / size_m))]
    return best


def _offsets(shadow: Floats, loads: Floats, size_m: float) -> list[tuple[float, float]]:
    """Return some places to cut along an axis, with what speaks against each.

    `shadow` is where the buildings lie on the axis, counted from the middle of the piece.
    """
    if loads.sum() <= 0.0:
        return [(size_m * step, abs(step) * 2.0 + _crowding(shadow, size_m * step)) for step in (0.0, -0.1, 0.1)]
    order = np.argsort(shadow, kind="stable")
    sorted_shadow = shadow[order]
    share = np.cumsum(loads[order])[:-1] / loads.sum()
    gap = np.diff(sorted_shadow)
    fair = np.flatnonzero((gap > 0.0) & (share > 0.2) & (share < 0.8))
    if fair.size == 0:
        fair = np.flatnonzero(gap > 0.0)
    widest = fair[np.argsort(-gap[fair], kind="stable")[:4]]
    return [
        (
            float(sorted_shadow[i] + gap[i] / 2.0),
            abs(float(share[i]) - 0.5) * 2.0 + max(0.0, 1.0 - float(gap[i]) / (2.0 * CLEARANCE_M)),
        )
        for i in widest
    ]


def _crowding(shadow: Floats, offset: float) -> float:
    nearest = float(np.abs(shadow - offset).min()) if len(shadow) else CLEARANCE_M
    return max(0.0, 1.0 - nearest / CLEARANCE_M)


def _long_axis_rad(piece: Polygon) -> float:
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(piece))
    sides = np.diff(box, axis=0)
    if len(sides) < 2:
        return 0.0
    longest = sides[int(np.argmax(np.hypot(sides[:2, 0], sides[:2, 1])))]
    return float(np.arctan2(longest[1], longest[0]))


def _long_side_m(piece: Polygon) -> float:
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(piece))
    return float(np.hypot(*np.diff(box, axis=0)[:2].T).max())
