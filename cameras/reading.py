"""Rows for the coverage engine: cameras, and what lies in boxes around them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.sql import sql
from gis.coverage import Cameras
from gis.crs import MetricFrame, metric_crs_for

Shapes = NDArray[Any]
Floats = NDArray[np.float64]

#: A camera inside a building is moved to its wall; so far around its range buildings are taken along.
AROUND_M = 40.0
_M_PER_DEG = 110_500.0  # of latitude, at the least
_COLUMNS = ("lon", "lat", "bearing_deg", "hfov_deg", "range_m", "mount_height_m", "pixels_h", "pitch_deg", "vfov_deg")


@dataclass(frozen=True)
class CameraRows:
    """Cameras as they stand in the register, in the order of their ids; `figures` has a column for each of _COLUMNS."""

    ids: list[int]
    cell_ids: list[int | None]
    codes: list[str | None]
    figures: Floats

    @classmethod
    def of(cls, rows: Sequence[Any]) -> "CameraRows":
        """The cameras in rows that have their columns; what is unknown is NaN."""
        figures = [[np.nan if getattr(row, name) is None else getattr(row, name) for name in _COLUMNS] for row in rows]
        return cls(
            ids=[row.id for row in rows],
            cell_ids=[row.cell_id for row in rows],
            codes=[row.location_code for row in rows],
            figures=np.array(figures, dtype=np.float64).reshape(len(rows), len(_COLUMNS)),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def in_frame(self, frame: MetricFrame) -> Cameras:
        """The cameras as the engine takes them."""
        lon, lat, bearing, hfov, reach, height, pixels, pitch, vfov = self.figures.T
        xy = frame.xy(np.column_stack([lon, lat]))
        return Cameras.of(
            xy[:, 0],
            xy[:, 1],
            bearing_deg=bearing,
            hfov_deg=hfov,
            range_m=reach,
            height_m=height,
            pixels_h=pixels,
            pitch_deg=pitch,
            vfov_deg=vfov,
            convergence_deg=frame.grid_convergence_deg(lon, lat),
        )

    def reach(self, around_m: float = AROUND_M) -> Floats:
        """Boxes (n, 4) in lon/lat that hold all that each camera may see, and `around_m` more."""
        lon, lat, reach = self.figures[:, 0], self.figures[:, 1], self.figures[:, 4]
        return grown(np.column_stack([lon, lat, lon, lat]), reach + around_m)


def grown(boxes: Floats, by_m: Any) -> Floats:
    """Boxes (n, 4) in lon/lat, each side moved outward by at least so many metres.

    >>> grown(np.array([[10.0, 0.0, 10.0, 0.0]]), 1105.0).round(2).tolist()
    [[9.99, -0.01, 10.01, 0.01]]
    """
    north = np.asarray(by_m, dtype=np.float64) / _M_PER_DEG
    furthest = np.minimum(np.abs(boxes[:, [1, 3]]).max(axis=1) + north, 89.0)
    east = north / np.cos(np.radians(furthest))
    return np.asarray(boxes + np.column_stack([-east, -north + 0 * east, east, north + 0 * east]))


def in_boxes(session: Session, question: str, boxes: Floats) -> list[Any]:
    """The rows that the question finds in these boxes, each once, ordered by id."""
    if not len(boxes):
        return []
    west, south, east, north = np.asarray(boxes, dtype=np.float64).T.tolist()
    rows = session.execute(sql("cameras", question), {"west": west, "south": south, "east": east, "north": north})
    once = {row.id: row for row in rows}
    return [once[key] for key in sorted(once)]


@dataclass(frozen=True)
class BoxRows:
    """The rows of one box in the order of their ids: a shape each (lon/lat), and their other columns by name."""

    ids: list[int]
    shapes: Shapes
    columns: dict[str, NDArray[Any]]


def rows_in_box(session: Session, question: str, box: Floats, *columns: str) -> BoxRows:
    """What `in_boxes` finds in a single box, in bulk: for the hundred thousands of a county, five times quicker."""
    west, south, east, north = np.asarray(box, dtype=np.float64).reshape(4, 1).tolist()
    others = "".join(f", array_agg({name}) AS {name}" for name in columns)
    found = session.execute(
        text(
            "SELECT array_agg(id) AS ids, array_agg(octet_length(shape)) AS sizes,"
            f" string_agg(shape, '') AS blob{others}"
            f" FROM ({sql('cameras', question).text}) AS row GROUP BY id / 50000"
        ),
        {"west": west, "south": south, "east": east, "north": north},
    )
    ids: list[int] = []
    shapes: list[Shapes] = [np.empty(0, dtype=object)]
    lists: dict[str, list[Any]] = {name: [] for name in columns}
    for part in found:
        ends, blob = np.cumsum([0, *part.sizes]).tolist(), bytes(part.blob)
        ids += part.ids
        shapes.append(np.atleast_1d(shapely.from_wkb([blob[a:b] for a, b in pairwise(ends)])))
        for name in columns:
            lists[name] += getattr(part, name)
    order = np.argsort(ids, kind="stable")
    taken = {name: np.array(values, dtype=object)[order] for name, values in lists.items()}
    return BoxRows(np.array(ids, dtype=np.int64)[order].tolist(), np.concatenate(shapes)[order], taken)


def shapes_of(rows: Sequence[Any], frame: MetricFrame) -> Shapes:
    """The rows' shapes in metres."""
    if not rows:
        return np.empty(0, dtype=object)
    found = np.atleast_1d(shapely.from_wkb([bytes(row.shape) for row in rows]))
    return np.asarray(frame.to_metres(found), dtype=object)


def heights_of(rows: Sequence[Any]) -> Floats:
    """The buildings' heights in metres, NaN where unknown."""
    return np.array([np.nan if row.height_m is None else row.height_m for row in rows], dtype=np.float64)


def lonlat_boxes(boxes_m: Floats, frame: MetricFrame) -> Floats:
    """Boxes (n, 4) in lon/lat that hold boxes in metres."""
    if not len(boxes_m):
        return np.empty((0, 4))
    bounds = np.asarray(shapely.bounds(frame.to_lonlat(shapely.box(*boxes_m.T)))).reshape(-1, 4)
    return grown(bounds, 2.0)  # sides that are straight in metres bend a little in degrees


def read_cells(session: Session, area_code: str) -> list[Any]:
    """Today's cells of an area (id, code, shape), in the order of their codes; NotFound when there are none."""
    cells = list(session.execute(sql("cameras", "coverage_cells"), {"area_code": area_code}))
    if not cells:
        raise NotFound("There are no cells under {code}. Draw or import cells first.", code=area_code or "–")
    return cells


def county_frame(session: Session) -> MetricFrame:
    """The frame in which all coverage is measured: that of all of today's cells, whatever area is asked for."""
    found = session.execute(
        text(
            "SELECT st_xmin(e) AS west, st_ymin(e) AS south, st_xmax(e) AS east, st_ymax(e) AS north"
            " FROM (SELECT st_extent(area) AS e FROM cells WHERE validity @> CURRENT_DATE) AS extent"
        )
    ).one()
    if found.west is None:
        raise NotFound("There are no cells under {code}. Draw or import cells first.", code="–")
    return metric_crs_for((found.west, found.south, found.east, found.north))


def online_cameras(session: Session, camera_ids: Sequence[int]) -> CameraRows:
    """Those of the cameras that are online."""
    return CameraRows.of(list(session.execute(sql("cameras", "cameras_by_id"), {"ids": list(camera_ids)})))


def cameras_that_reach(session: Session, box: Floats) -> CameraRows:
    """The online cameras that may see ground in a box (4 numbers, lon/lat), however far they look."""
    furthest = session.scalar(text("SELECT max(range_m) FROM cameras WHERE status = 'online'")) or 0.0
    rows = in_boxes(session, "cameras_in_boxes", grown(box.reshape(1, 4), furthest + AROUND_M))
    found = CameraRows.of(rows)
    west, south, east, north = found.reach().T
    reaches = np.flatnonzero((west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1]))
    return CameraRows.of([rows[at] for at in reaches])
