"""Coverage from files to files: read, put into metres, see, cover, write. No database, no server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from data.errors import Refused
from gis.coverage import (
    Cameras,
    Coverage,
    Findings,
    Ground,
    Heights,
    Scene,
    Views,
    build_ground,
    build_scene,
    check_cameras,
    cover,
    findings_of,
    see,
)
from gis.coverage.ground import NEAR_STREET_M
from gis.coverage.overlays import union_of
from gis.crs import parse_crs
from webapp.cli.coverage_files import (
    Layer,
    RefusedRow,
    camera_numbers,
    heights_in,
    mean_degrees,
    placed,
    read_layer,
    street_numbers,
)
from webapp.cli.coverage_frame import Frame, far_away, frame_for

Geometries = NDArray[Any]
ARC_STEP_DEG = 2.0
CIRCLE_CORNERS_A_QUARTER = 16
_NONE = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Files:
    """What a run is asked: files, the system declared for those that name none, and whether heights count."""

    cameras: Path
    buildings: Path
    cells: Path | None = None
    streets: Path | None = None
    crs: str | None = None
    has_heights: bool = True


@dataclass
class Clock:
    """Seconds by step, and whom to tell that one begins."""

    tell: Callable[[str], None] = lambda _step: None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        self.tell(name)
        began = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - began


@dataclass(frozen=True)
class Given:
    """All input in the metres of one frame; `refused` are the rows that were left out.

    `buildings` is empty once the scene is built.
    """

    frame: Frame
    camera_ids: list[str]
    cameras: Cameras
    buildings: Geometries
    heights: Heights
    cells: Geometries | None
    cell_ids: list[str]
    streets: Geometries | None
    street_of: NDArray[np.intp]
    street_ids: list[str]
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True)
class Answer:
    """What came out, in the metres of the frame."""

    given: Given
    scene: Scene
    views: Views
    ground: Ground
    coverage: Coverage
    findings: Findings
    cell_ids: list[str]
    refused: tuple[RefusedRow, ...]


def computed(files: Files, clock: Clock) -> Answer:
    """The coverage of these files. Raises Refused or a GisError when nothing can be computed at all."""
    with clock.step("reading"):
        given = read(files)
    with clock.step("scene"):
        scene = build_scene(given.buildings, given.heights.height_m if files.has_heights else None)
        given = replace(given, buildings=_NONE)  # the scene has its own; half a million twice are 300 MB
    with clock.step("views"):
        views = see(scene, given.cameras, arc_step_deg=ARC_STEP_DEG)
        findings = findings_of(scene, given.cameras, views)
    with clock.step("ground"):
        cells = _within_range(given.cameras) if given.cells is None else given.cells
        ids = [str(number) for number in range(1, len(cells) + 1)] if given.cells is None else given.cell_ids
        near_m = np.inf if given.streets is None else NEAR_STREET_M
        ground = build_ground(cells, scene, streets_m=given.streets, street_of=given.street_of, near_m=near_m)
    with clock.step("cover"):
        coverage = cover(views, ground)
    return Answer(given, scene, views, ground, coverage, findings, ids, given.refused)


def _within_range(cameras: Cameras) -> Geometries:
    """The ground within range of any camera, whichever way it looks, as single patches."""
    circles = shapely.buffer(
        shapely.points(cameras.x_m, cameras.y_m), cameras.range_m, quad_segs=CIRCLE_CORNERS_A_QUARTER
    )
    return np.asarray(shapely.get_parts(union_of(np.asarray(circles, dtype=object))), dtype=object)


def read(files: Files) -> Given:
    """The files' rows in the metres of one frame, without those that cannot be used."""
    declared = parse_crs(files.crs) if files.crs else None
    columns = {"cameras": _CAMERA_COLUMNS, "buildings": ("height_m", "levels")}
    paths = {"cameras": files.cameras, "buildings": files.buildings, "cells": files.cells, "streets": files.streets}
    found = {kind: read_layer(kind, path, columns.get(kind, ())) for kind, path in paths.items() if path is not None}
    means_degrees = mean_degrees(list(found.values()))
    layers = {kind: placed(layer, declared, means_degrees=means_degrees) for kind, layer in found.items()}
    camera_layer, numbers = camera_numbers(layers["cameras"][0])
    if not len(camera_layer):
        raise _nothing_left(camera_layer)
    systems = [layers["buildings"][1], layers["cameras"][1]]
    if declared is not None and not declared.is_degrees:
        systems.insert(0, CRS.from_user_input(declared.name))
    frame = frame_for(camera_layer.shapes, layers["cameras"][1], systems)
    camera_layer, cameras = _cameras(camera_layer, numbers, frame, layers["cameras"][1])
    areas = {kind: _areas(*layers[kind], frame) for kind in ("buildings", "cells") if kind in layers}
    buildings, building_shapes = areas["buildings"]
    cells, cell_shapes = areas.get("cells", (None, None))
    streets = layers["streets"][0] if "streets" in layers else None
    every = [layer for layer in (camera_layer, buildings, cells, streets) if layer is not None]
    return Given(
        frame=frame,
        camera_ids=camera_layer.ids(),
        cameras=cameras,
        buildings=building_shapes,
        heights=heights_in(buildings),
        cells=cell_shapes,
        cell_ids=[] if cells is None else cells.ids(),
        streets=None if streets is None else frame.to_metres(streets.shapes, layers["streets"][1]),
        street_of=np.empty(0, dtype=np.intp) if streets is None else street_numbers(streets),
        street_ids=[] if streets is None else streets.ids(),
        refused=tuple(row for layer in every for row in layer.refused),
    )


_CAMERA_COLUMNS = ("height_m", "bearing_deg", "hfov_deg", "range_m", "pixels_h", "pitch_deg", "vfov_deg")


def _cameras(layer: Layer, numbers: dict[str, NDArray[np.float64]], frame: Frame, crs: CRS) -> tuple[Layer, Cameras]:
    """The cameras in metres, without those that have impossible values or lie far from all others."""
    xy = shapely.get_coordinates(frame.to_metres(layer.shapes, crs))
    cameras = Cameras.of(xy[:, 0], xy[:, 1], **numbers, convergence_deg=frame.convergence_deg(xy))
    far = "The place lies over 250 km from the middle of all cameras; check its coordinates."
    faults = {int(at): far for at in np.flatnonzero(far_away(xy))}
    for refusal in reversed(check_cameras(cameras)):
        faults.setdefault(refusal.index, refusal.sentence.format(**refusal.facts))
    keep = np.ones(len(layer), dtype=bool)
    keep[list(faults)] = False
    layer = layer.without(faults)
    if not len(layer):
        raise _nothing_left(layer)
    return layer, cameras.take(keep)


def _areas(layer: Layer, crs: CRS, frame: Frame) -> tuple[Layer, Geometries]:
    """Polygons in metres, without those that enclose no area anywhere."""
    shapes = frame.to_metres(layer.shapes, crs)
    with np.errstate(invalid="ignore"):
        is_area = np.isfinite(shapely.bounds(shapes).reshape(-1, 4).sum(axis=1))
    flat = np.flatnonzero(is_area & ~(shapely.area(shapes) > 1e-4))
    is_area[flat] = shapely.area(shapely.make_valid(shapes[flat])) > 1e-4  # a bow tie's halves cancel out
    reason = "The polygon encloses no area where its coordinate system is meant for."
    return layer.without({int(at): reason for at in np.flatnonzero(~is_area)}), shapes[is_area]


def _nothing_left(layer: Layer) -> Refused:
    first = min(layer.refused, key=lambda row: row.row)
    return Refused(
        "None of the {count} cameras in {name} can be used; row {row}: {reason}",
        count=len(layer.refused),
        name=layer.name,
        row=first.row,
        reason=first.reason,
    )
