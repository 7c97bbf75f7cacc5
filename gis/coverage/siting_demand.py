"""What new cameras are wanted for: points that stand for street metres, incidents, places and open ground.

Every point has an amount in the unit of its kind (metres, incidents, places, m²) and a weight: the amount times what
one unit is worth. Weights make the kinds comparable; amounts say what a proposal really adds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gis.coverage.edges import runs
from gis.coverage.footprints import Floats, Geometries, Ints
from gis.coverage.scene import Scene
from gis.coverage.snapping import snap
from gis.errors import BadParameter

STREET, INCIDENT, PLACE, OPEN_GROUND = range(4)
KINDS = ("street", "incident", "place", "open_ground")
UNITS = MappingProxyType({"street": "m", "incident": "", "place": "", "open_ground": "m²"})

#: What one unit of each kind is worth when nothing else is asked for: an incident counts as 20 m of street.
WEIGHTS = MappingProxyType({"street": 1.0, "incident": 20.0, "place": 50.0, "open_ground": 0.02})

MAX_POINTS = 5_000_000


@dataclass(frozen=True)
class Demand:
    """Points that want to be seen, as a struct of arrays in local metres.

    `amount`: metres of street, incidents, places or m² of open ground that the point stands for. `weight`: what
    seeing it is worth. `kind`: index into KINDS.
    """

    x_m: Floats
    y_m: Floats
    amount: Floats
    weight: Floats
    kind: Ints

    def __len__(self) -> int:
        return len(self.x_m)

    @property
    def xy_m(self) -> Floats:
        """Return the points as rows of x, y."""
        return np.column_stack([self.x_m, self.y_m])

    def joined(self, *others: Demand) -> Demand:
        """Return these points and then those of the others.

        >>> one = points_wanted(np.array([[0.0, 0.0]]), INCIDENT)
        >>> len(one.joined(one, one))
        3
        """
        every = (self, *others)
        return Demand(*(np.concatenate([getattr(one, field.name) for one in every]) for field in fields(Demand)))

    def by_kind(self, values: Floats) -> dict[str, float]:
        """Return the sum of `values` (one per point) for every kind that occurs among the points.

        >>> points_wanted(np.array([[0.0, 0.0], [1.0, 1.0]]), INCIDENT).by_kind(np.array([1.0, 2.0]))
        {'incident': 3.0}
        """
        sums = np.bincount(self.kind, weights=values, minlength=len(KINDS))
        present = np.bincount(self.kind, minlength=len(KINDS)) > 0
        return {name: float(sums[i]) for i, name in enumerate(KINDS) if present[i]}


def points_wanted(
    xy_m: ArrayLike,
    kind: int,
    *,
    amount: ArrayLike = 1.0,
    worth: ArrayLike | None = None,
    scene: Scene | None = None,
) -> Demand:
    """Return demand of one kind at points (n, 2) in metres; `worth` is per unit of amount (WEIGHTS when left out).

    With a `scene`, points inside a building (an address, a shop) are moved 0.20 m before its nearest wall: no camera
    sees into a house, but one that watches its front watches the place. Where no front was found the point is left out.
    Raises BadParameter for a kind that is none, or for weights or amounts that are not at least 0.

    >>> from gis.coverage.scene import build_scene
    >>> shop = points_wanted([[5.0, 1.0]], PLACE, scene=build_scene([shapely.box(0, 0, 10, 10)]))
    >>> shop.xy_m.round(2).tolist(), shop.weight.tolist()
    ([[5.0, -0.2]], [50.0])
    """
    if kind not in range(len(KINDS)):
        raise BadParameter("There is no kind of demand with number {kind}.", kind=kind)
    xy = np.asarray(xy_m, dtype=np.float64).reshape(-1, 2)
    amounts = np.broadcast_to(np.asarray(amount, dtype=np.float64), len(xy)).copy()
    weights = amounts * np.asarray(WEIGHTS[KINDS[kind]] if worth is None else worth, dtype=np.float64)
    if not (np.isfinite(xy).all() and (amounts >= 0).all() and ((weights >= 0) & np.isfinite(weights)).all()):
        raise BadParameter("Points that want to be seen need usable coordinates, and weights of at least 0.")
    if scene is not None:
        standing = snap(scene, xy[:, 0], xy[:, 1], 0.0)
        keep = ~standing.is_walled_in
        xy = np.column_stack([standing.x_m, standing.y_m])[keep]
        amounts, weights = amounts[keep], weights[keep]
    return Demand(xy[:, 0].copy(), xy[:, 1].copy(), amounts, weights, np.full(len(xy), kind, dtype=np.intp))


def streets_wanted(
    scene: Scene, streets_m: ArrayLike, *, every_m: float = 10.0, worth_per_m: float = WEIGHTS["street"]
) -> Demand:
    """Return demand along center lines: the middle of every piece of about `every_m`, worth its length in metres.

    Pieces are equal within one street and no longer than `every_m`. Those under a building (passages, tunnels
    under houses) are left out. Raises BadParameter when the points would be too many or `every_m` is below 0.5.

    >>> from gis.coverage.scene import build_scene
    >>> wanted = streets_wanted(build_scene([]), [shapely.LineString([(0, 0), (25, 0)])])
    >>> wanted.x_m.round(2).tolist(), float(wanted.amount.sum())
    ([4.17, 12.5, 20.83], 25.0)
    """
    if not every_m >= 0.5:
        raise BadParameter("Points on streets stand {every} m apart; it must be at least 0.5.", every=every_m)
    streets = shapely.get_parts(np.atleast_1d(np.asarray(streets_m, dtype=object)))
    length = shapely.length(streets)
    count = np.ceil(length / every_m - 1e-9).astype(np.intp)
    _check_count(int(count.sum()))
    street, place = runs(np.zeros(len(count), dtype=np.intp), count)
    piece_m = length[street] / count[street]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(streets[street], (place + 0.5) * piece_m))
    keep = ~inside_buildings(scene, xy)
    return points_wanted(xy[keep], STREET, amount=piece_m[keep], worth=worth_per_m)


def ground_wanted(
    scene: Scene,
    areas_m: ArrayLike,
    *,
    every_m: float = 10.0,
    closed_m: Geometries | None = None,
    worth_per_m2: float = WEIGHTS["open_ground"],
) -> Demand:
    """Return demand on a square grid over the areas: one point per `every_m` squared of open ground.

    Points in a building or in `closed_m` (water, say) are left out. The grid is that of the metric system, so
    it does not move when an area changes. Raises BadParameter when the points would be too many.

    >>> from gis.coverage.scene import build_scene
    >>> wanted = ground_wanted(build_scene([shapely.box(0, 0, 10, 20)]), [shapely.box(0, 0, 20, 20)])
    >>> wanted.xy_m.tolist(), wanted.amount.tolist()
    ([[15.0, 5.0], [15.0, 15.0]], [100.0, 100.0])
    """
    if not every_m >= 0.5:
        raise BadParameter("Points on open ground stand {every} m apart; it must be at least 0.5.", every=every_m)
    area = shapely.union_all(np.atleast_1d(np.asarray(areas_m, dtype=object)))
    if shapely.is_empty(area):
        return points_wanted(np.empty((0, 2)), OPEN_GROUND)
    xy = _grid_in(area, every_m)
    is_open = ~inside_buildings(scene, xy)
    if closed_m is not None and len(closed_m):
        point, _ = shapely.STRtree(closed_m).query(shapely.points(xy), predicate="intersects")
        is_open[point] = False
    return points_wanted(xy[is_open], OPEN_GROUND, amount=every_m**2, worth=worth_per_m2)


def inside_buildings(scene: Scene, xy_m: Floats) -> np.ndarray:
    """Return which points (n, 2) lie inside a building of the scene (on its wall is not inside).

    >>> from gis.coverage.scene import build_scene
    >>> inside_buildings(build_scene([shapely.box(0, 0, 2, 2)]), np.array([[1.0, 1.0], [2.0, 1.0]])).tolist()
    [True, False]
    """
    inside = np.zeros(len(xy_m), dtype=bool)
    if len(xy_m) and len(scene.buildings):
        inside[scene.tree.query(shapely.points(xy_m), predicate="within")[0]] = True
    return inside


def _grid_in(area: shapely.Geometry, every_m: float) -> Floats:
    """Return the middles of the grid's squares that lie in the area, row by row."""
    west, south, east, north = (shapely.bounds(area) / every_m).tolist()
    columns, rows = np.arange(np.floor(west), np.ceil(east)), np.arange(np.floor(south), np.ceil(north))
    _check_count(len(columns) * len(rows) // 20)
    found = []
    shapely.prepare(area)
    for block in np.array_split(rows, max(len(columns) * len(rows) // 1_000_000, 1)):
        x = np.tile((columns + 0.5) * every_m, len(block))
        y = np.repeat((block + 0.5) * every_m, len(columns))
        inside = shapely.contains_xy(area, x, y)
        found.append(np.column_stack([x[inside], y[inside]]))
    return np.concatenate(found)


def _check_count(count: int) -> None:
    if count > MAX_POINTS:
        raise BadParameter(
            "That makes {count} points that want to be seen; take a smaller area or a wider spacing (at most {most}).",
            count=count,
            most=MAX_POINTS,
        )
