"""What is doubtful about the input: heights that were guessed, cameras in houses, cameras recorded twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.coverage.cameras import Cameras
from gis.coverage.footprints import Floats, Ints
from gis.coverage.scene import Scene
from gis.coverage.views import Views

LEVEL_M = 3.0
SAME_PLACE_M = 0.1
SAME_BEARING_DEG = 1.0
HEIGHT_SOURCES = ("unknown", "measured", "levels", "assumed")


class Heights(NamedTuple):
    """Building heights (m, NaN unknown), where each is from (index into HEIGHT_SOURCES), and whose was impossible."""

    height_m: Floats
    source: Ints
    dropped: Ints

    def counts(self) -> dict[str, int]:
        """Return how many buildings have their height from each source."""
        return dict(zip(HEIGHT_SOURCES, np.bincount(self.source, minlength=4).tolist(), strict=True))


def building_heights(
    measured_m: ArrayLike, levels: ArrayLike | None = None, *, assumed_m: float = float("nan")
) -> Heights:
    """Return one height per building: the measured one, else 3 m a level, else `assumed_m`, else NaN (unknown).

    A height or number of levels that is not above 0, or above 1000 m, is dropped and named in `dropped`.

    >>> found = building_heights([9.5, np.nan, np.nan, -1], [np.nan, 2, np.nan, np.nan])
    >>> found.height_m.tolist(), found.counts()["levels"], found.dropped.tolist()
    ([9.5, 6.0, nan, nan], 1, [3])
    """
    measured = np.atleast_1d(np.array(measured_m, dtype=np.float64))
    by_levels = np.full(len(measured), np.nan) if levels is None else LEVEL_M * np.asarray(levels, dtype=np.float64)
    dropped = np.zeros(len(measured), dtype=bool)
    height, source = np.full(len(measured), assumed_m), np.full(len(measured), 0 if np.isnan(assumed_m) else 3)
    for values, name in ((by_levels, 2), (measured, 1)):
        is_usable = (values > 0.0) & (values <= 1000.0)
        dropped |= ~is_usable & ~np.isnan(values)
        height, source = np.where(is_usable, values, height), np.where(is_usable, name, source)
    return Heights(height, source.astype(np.intp), np.flatnonzero(dropped))


@dataclass(frozen=True)
class Findings:
    """What is doubtful about cameras and buildings; masks are per camera, indices as given.

    `is_inside`: recorded inside a building. `inside_share`: their share of all cameras computed; above a few in a
    hundred it says that coordinates are shifted or rounded (a wrong datum is hundreds of metres off).
    `is_snapped`, `is_moved_far`: moved before a wall, moved over 1 m. `is_blind`: sees under 2 % of its sector.
    `is_alone`: no building within its range, so maybe nothing was mapped there. `duplicates`: pairs (camera, an
    earlier one with the same place and bearing). `repaired`, `left_out`: buildings mended, and those that are no area.
    """

    is_inside: NDArray[np.bool_]
    inside_share: float
    is_snapped: NDArray[np.bool_]
    is_moved_far: NDArray[np.bool_]
    is_blind: NDArray[np.bool_]
    is_alone: NDArray[np.bool_]
    duplicates: tuple[tuple[int, int], ...]
    unknown_camera_height: int
    unknown_building_height: int
    repaired: tuple[int, ...]
    left_out: tuple[int, ...]


def findings_of(scene: Scene, cameras: Cameras, views: Views) -> Findings:
    """Return what is doubtful about these cameras among these buildings; refused cameras are passed over.

    >>> from gis.coverage import Cameras, build_scene, see
    >>> scene, cameras = build_scene([shapely.box(0, 0, 9, 9)]), Cameras.of([4, 40, 40], [4, 0, 0], 90)
    >>> found = findings_of(scene, cameras, see(scene, cameras))
    >>> round(found.inside_share, 3), found.duplicates
    (0.333, ((2, 1),))
    """
    fine = np.flatnonzero(~views.is_refused)
    places = np.asarray(shapely.points(cameras.x_m[fine], cameras.y_m[fine]), dtype=object)
    is_inside, is_alone = np.zeros(len(cameras), dtype=bool), np.zeros(len(cameras), dtype=bool)
    is_inside[fine[scene.tree.query(places, predicate="within")[0]]] = True
    is_alone[fine] = True
    near = scene.tree.query(places, predicate="dwithin", distance=cameras.range_m[fine])[0]
    is_alone[fine[near]] = False
    return Findings(
        is_inside=is_inside,
        inside_share=float(is_inside.sum()) / max(len(fine), 1),
        is_snapped=views.snapped_m > 0.0,
        is_moved_far=views.is_moved_far,
        is_blind=views.is_blind,
        is_alone=is_alone,
        duplicates=_duplicates(cameras, fine, places),
        unknown_camera_height=int(np.isnan(cameras.height_m[fine]).sum()),
        unknown_building_height=scene.report.unknown_height,
        repaired=scene.report.repaired,
        left_out=scene.report.left_out,
    )


def _duplicates(cameras: Cameras, fine: Ints, places: NDArray[np.object_]) -> tuple[tuple[int, int], ...]:
    this, other = shapely.STRtree(places).query(places, predicate="dwithin", distance=SAME_PLACE_M)
    this, other = fine[this[other < this]], fine[other[other < this]]
    turn = np.abs(np.mod(cameras.bearing_deg[this] - cameras.bearing_deg[other] + 180.0, 360.0) - 180.0)
    is_round = (cameras.hfov_deg[this] >= 360.0) & (cameras.hfov_deg[other] >= 360.0)
    is_same = is_round | (turn <= SAME_BEARING_DEG)
    this, other = this[is_same], other[is_same]
    order = np.lexsort((other, this))
    first = np.unique(this[order], return_index=True)[1]
    return tuple(zip(this[order][first].tolist(), other[order][first].tolist(), strict=True))
