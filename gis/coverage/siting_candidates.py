"""Where new cameras could hang: existing poles and points along streets, each with several bearings.

And where they must not: in forbidden places, in walls, and (when asked) where they would look into a dwelling's ground.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.coverage.cameras import Cameras, Refusal, check_cameras
from gis.coverage.edges import runs
from gis.coverage.footprints import Floats, Geometries, Ints, areal, clean
from gis.coverage.overlays import overlay
from gis.coverage.scene import Scene
from gis.coverage.snapping import NEAR_M, snap
from gis.coverage.views import see
from gis.errors import BadParameter

BEARINGS = 8
EVERY_M = 30.0
ASIDE_M = 4.0
MOST_MOVED_M = 5.0
ENTERS_M2 = 1.0


@dataclass(frozen=True)
class Candidates:
    """Cameras that could be put up, and the pole (or place) each would hang on, numbered from 0."""

    cameras: Cameras
    pole: Ints

    def __len__(self) -> int:
        return len(self.cameras)

    def joined(self, other: Candidates) -> Candidates:
        """Return these candidates and then the other ones; their poles are numbered on from here.

        >>> one = candidates_at([[0.0, 0.0]], bearings=2)
        >>> one.joined(one).pole.tolist()
        [0, 0, 1, 1]
        """
        parts = [
            np.concatenate([getattr(self.cameras, field.name), getattr(other.cameras, field.name)])
            for field in fields(Cameras)
        ]
        shift = int(self.pole.max(initial=-1)) + 1
        return Candidates(Cameras(*parts), np.concatenate([self.pole, other.pole + shift]))


def candidates_at(
    places_m: ArrayLike,
    *,
    bearings: int = BEARINGS,
    first_bearing_deg: ArrayLike = 0.0,
    hfov_deg: float = 90.0,
    range_m: float = 80.0,
    height_m: float = float("nan"),
    pixels_h: float = float("nan"),
    pitch_deg: float = float("nan"),
    vfov_deg: float = float("nan"),
    convergence_deg: ArrayLike = 0.0,
) -> Candidates:
    """Return candidates at places (n, 2) in metres: at each, `bearings` cameras turned evenly around.

    `first_bearing_deg` (clockwise from true north) and `convergence_deg` (see Cameras) are one value or one per place.
    With a field of view of 360° one bearing is enough and one is made. Raises BadParameter when `bearings` is not 1-64.

    >>> candidates_at([[0.0, 0.0], [9.0, 0.0]], bearings=4).cameras.bearing_deg.tolist()
    [0.0, 90.0, 180.0, 270.0, 0.0, 90.0, 180.0, 270.0]
    """
    if not 1 <= bearings <= 64:
        raise BadParameter("A pole has {count} bearings to choose from; it must be 1 to 64.", count=bearings)
    places = np.asarray(places_m, dtype=np.float64).reshape(-1, 2)
    turns = 1 if hfov_deg >= 360.0 else bearings
    first = np.broadcast_to(np.asarray(first_bearing_deg, dtype=np.float64), len(places))
    bearing = np.mod(first[:, None] + np.arange(turns) * (360.0 / turns), 360.0)
    north = np.broadcast_to(np.asarray(convergence_deg, dtype=np.float64), len(places))
    cameras = Cameras.of(
        np.repeat(places[:, 0], turns),
        np.repeat(places[:, 1], turns),
        bearing.ravel(),
        hfov_deg,
        range_m,
        height_m=height_m,
        pixels_h=pixels_h,
        pitch_deg=pitch_deg,
        vfov_deg=vfov_deg,
        convergence_deg=np.repeat(north, turns),
    )
    return Candidates(cameras, np.repeat(np.arange(len(places)), turns))


def places_along(streets_m: ArrayLike, every_m: float = EVERY_M, aside_m: float = ASIDE_M) -> tuple[Floats, Floats]:
    """Return places (n, 2) beside center lines, about every `every_m` by turns on either side, and street bearings.

    The bearing is that of the metric grid, degrees clockwise from its north, along the line. Streets shorter than half
    of `every_m` get no place: their neighbours' places see them. Raises BadParameter when `every_m` is below 1.

    >>> places, bearing = places_along([shapely.LineString([(0, 0), (60, 0)])])
    >>> places.tolist(), bearing.tolist()
    ([[15.0, 4.0], [45.0, -4.0]], [90.0, 90.0])
    """
    if not every_m >= 1.0 or not aside_m >= 0.0:
        raise BadParameter("Places along streets stand at least 1 m apart and not less than 0 m beside the line.")
    streets = shapely.get_parts(np.atleast_1d(np.asarray(streets_m, dtype=object)))
    length = shapely.length(streets)
    count = np.floor(length / every_m + 0.5).astype(np.intp)
    street, place = runs(np.zeros(len(count), dtype=np.intp), count)
    at = (place + 0.5) * length[street] / count[street]
    on = shapely.get_coordinates(shapely.line_interpolate_point(streets[street], at))
    ends = [np.clip(at + shift, 0.0, length[street]) for shift in (-0.5, 0.5)]
    behind, ahead = (shapely.get_coordinates(shapely.line_interpolate_point(streets[street], end)) for end in ends)
    way = ahead - behind
    size = np.hypot(way[:, 0], way[:, 1])
    way = np.where(size[:, None] > 1e-9, way / np.maximum(size, 1e-9)[:, None], [1.0, 0.0])
    left = np.column_stack([-way[:, 1], way[:, 0]]) * np.where(place % 2 == 0, aside_m, -aside_m)[:, None]
    return on + left, np.mod(np.degrees(np.arctan2(way[:, 0], way[:, 1])), 360.0)


def misplaced(scene: Scene, candidates: Candidates, forbidden_m: Geometries, within_m: float = NEAR_M) -> list[Refusal]:
    """Return why candidates cannot be put up: impossible values, forbidden places, walls. One reason for each.

    >>> from gis.coverage import build_scene
    >>> asked = candidates_at([[5.0, 5.0], [50.0, 50.0]], bearings=1)
    >>> [r.sentence for r in misplaced(build_scene([]), asked, np.array([shapely.box(0, 0, 9, 9)]))]
    ['The place lies in forbidden place number {number}.']
    """
    found = {refusal.index: refusal for refusal in reversed(check_cameras(candidates.cameras))}
    is_fine = np.ones(len(candidates), dtype=bool)
    is_fine[list(found)] = False
    fine = np.flatnonzero(is_fine)
    x, y = candidates.cameras.x_m[fine], candidates.cameras.y_m[fine]
    standing = snap(scene, x, y, within_m)
    tree = shapely.STRtree(forbidden_m)
    for places in (shapely.points(x, y), shapely.points(standing.x_m, standing.y_m)):
        for i, area in zip(*tree.query(places, predicate="intersects").tolist(), strict=True):
            index = int(fine[i])
            sentence = "The place lies in forbidden place number {number}."
            found.setdefault(index, Refusal(index, sentence, {"number": area + 1}))
    for i in np.flatnonzero(standing.is_walled_in):
        sentence = "The place lies inside a building with no free wall near it."
        found.setdefault(int(fine[i]), Refusal(int(fine[i]), sentence, {}))
    for i in np.flatnonzero(standing.moved_m > MOST_MOVED_M):
        sentence = "The place lies {moved_m} m deep inside a building; check where the pole stands."
        facts: dict[str, object] = {"moved_m": round(float(standing.moved_m[i]), 1)}
        found.setdefault(int(fine[i]), Refusal(int(fine[i]), sentence, facts))
    return [found[index] for index in sorted(found)]


def grounds_entered(
    scene: Scene,
    cameras: Cameras,
    dwellings_m: Geometries,
    *,
    least_m2: float = ENTERS_M2,
    within_m: float = NEAR_M,
) -> tuple[Ints, Ints, Floats]:
    """Return (camera, dwelling, m²): which cameras see how much of which dwelling's ground, from `least_m2` on.

    Judged by the whole view, however few picture elements fall there. Ordered by camera, then dwelling.

    >>> from gis.coverage import build_scene
    >>> garden = np.array([shapely.box(-5, 10, 5, 20)], dtype=object)
    >>> camera, dwelling, seen = grounds_entered(build_scene([]), Cameras.of([0, 0], 0, [0, 180]), garden)
    >>> camera.tolist(), dwelling.tolist(), seen.round().tolist()
    ([0], [0], [100.0])
    """
    grounds = clean(dwellings_m)
    views = see(scene, cameras, snap_within_m=within_m).polygons
    camera, part = shapely.STRtree(grounds.polygons).query(views, predicate="intersects")
    seen = shapely.area(areal(overlay(shapely.intersection, views[camera], grounds.polygons[part])))
    pair: Ints
    pair, which = np.unique(np.column_stack([camera, grounds.source[part]]), axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), weights=seen, minlength=len(pair))
    keep: NDArray[np.bool_] = total >= max(least_m2, 1e-9)
    return pair[keep, 0], pair[keep, 1], np.asarray(total[keep], dtype=np.float64)
