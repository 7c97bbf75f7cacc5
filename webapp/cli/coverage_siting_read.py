"""What `gridbeat coverage site` reads: cameras, candidates, what is to be seen, where not to stand or look."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from data.errors import Refused
from gis.coverage import Cameras, check_cameras
from gis.coverage.siting_candidates import EVERY_M, Candidates, candidates_at, places_along
from gis.coverage.siting_demand import INCIDENT, KINDS, WEIGHTS, Demand, points_wanted
from gis.crs import SourceCrs, parse_crs
from webapp.cli.coverage_files import (
    NUMBERS,
    Layer,
    RefusedRow,
    camera_numbers,
    heights_in,
    numbers_in,
    placed,
    read_layer,
)
from webapp.cli.coverage_frame import Frame, far_away, frame_for

Floats = NDArray[np.float64]
Geometries = NDArray[Any]
IDS = ("candidate_id", "pole_id", "camera_id", "code", "id")
SAME_POLE_M = 0.01


@dataclass(frozen=True)
class Files:
    """What is asked: files, the system declared for those that name none, and how candidates are made from places."""

    buildings: Path
    candidates: Path | None = None
    cameras: Path | None = None
    demand: Path | None = None
    streets: Path | None = None
    forbidden: Path | None = None
    dwellings: Path | None = None
    crs: str | None = None
    has_heights: bool = True
    bearings: int = 8
    every_m: float = EVERY_M


@dataclass(frozen=True)
class Given:
    """All input in the metres of one frame; `refused` are the rows that were left out."""

    frame: Frame
    candidate_ids: list[str]
    candidates: Candidates
    existing: Cameras | None
    buildings: Geometries
    heights_m: Floats | None
    demand: Demand | None
    streets: Geometries | None
    forbidden: Geometries
    dwellings: Geometries
    refused: tuple[RefusedRow, ...]


Placed = tuple[Layer, CRS]


def read(files: Files) -> Given:
    """The files' rows in the metres of one frame, without those that cannot be used. Raises Refused when none is."""
    if files.candidates is None and files.streets is None:
        raise Refused("There is nothing to choose from; give --candidates, or --streets to choose places along them.")
    declared = parse_crs(files.crs) if files.crs else None
    layers = _layers(files, declared)
    anchor, crs = layers.get("candidates") or layers["streets"]
    if not len(anchor):
        raise Refused("None of the rows in {name} can be used.", name=anchor.name)
    systems = [layers["buildings"][1], crs]
    if declared is not None and not declared.is_degrees:
        systems.insert(0, CRS.from_user_input(f"EPSG:{declared.epsg}"))
    frame = frame_for(np.asarray(shapely.point_on_surface(anchor.shapes)), crs, systems)
    refused = [row for layer, _ in layers.values() for row in layer.refused]
    if "candidates" in layers:
        ids, candidates, faults = _candidates(*layers["candidates"], frame, files.bearings)
        refused += faults
    else:
        ids, candidates = _along(frame.to_metres(*_of(layers["streets"])), frame, files)
    existing, faults = _existing(layers.get("cameras"), frame)
    demand, more_faults = _demand(layers.get("demand"), frame)
    shapes = {kind: frame.to_metres(*_of(layers[kind])) for kind in _AREAS if kind in layers}
    nothing = np.empty(0, dtype=object)
    return Given(
        frame=frame,
        candidate_ids=ids,
        candidates=candidates,
        existing=existing,
        buildings=shapes["buildings"],
        heights_m=heights_in(layers["buildings"][0]).height_m if files.has_heights else None,
        demand=demand,
        streets=frame.to_metres(*_of(layers["streets"])) if "streets" in layers else None,
        forbidden=shapes.get("forbidden", nothing),
        dwellings=shapes.get("dwellings", nothing),
        refused=tuple(refused + faults + more_faults),
    )


_AREAS = ("buildings", "forbidden", "dwellings")
_CAMERA = (*NUMBERS, *IDS)
#: How each file is read: as which kind, with which columns beside its ids.
_READ_AS: dict[str, tuple[str, tuple[str, ...]]] = {
    "candidates": ("cameras", _CAMERA),
    "cameras": ("cameras", NUMBERS),
    "buildings": ("buildings", ("height_m", "levels")),
    "demand": ("cameras", ("weight", "kind")),
    "streets": ("streets", ()),
    "forbidden": ("cells", ()),
    "dwellings": ("cells", ()),
}


def _layers(files: Files, declared: SourceCrs | None) -> dict[str, Placed]:
    layers = {}
    for name, (kind, columns) in _READ_AS.items():
        path = getattr(files, name)
        if path is not None:
            given = read_layer(kind, path, columns)
            ids = dict(zip(given.numbers.tolist(), _ids(given), strict=True)) if name == "candidates" else {}
            layer, crs = placed(given, declared)
            refused = (replace(row, file=name, id=ids.get(row.row, row.id)) for row in layer.refused)
            layers[name] = replace(layer, refused=tuple(refused)), crs
    return layers


def _of(layer: Placed) -> tuple[Geometries, CRS]:
    return layer[0].shapes, layer[1]


def _candidates(layer: Layer, crs: CRS, frame: Frame, bearings: int) -> tuple[list[str], Candidates, list[RefusedRow]]:
    """Ids and candidates; a row without bearing becomes `bearings` of them, rows at one place hang on one pole."""
    before = len(layer.refused)
    ids_of_row = dict(zip(layer.numbers.tolist(), _ids(layer), strict=True))
    layer = replace(layer, values={name: column for name, column in layer.values.items() if name in NUMBERS})
    layer, numbers = camera_numbers(layer)
    nothing = np.full(len(layer), np.nan)
    bearing, hfov = (
        numbers_in(layer.values[name])[0] if name in layer.values else nothing for name in ("bearing_deg", "hfov_deg")
    )
    turns = np.where(np.isnan(bearing) & ~(hfov >= 360.0), bearings, 1)
    row = np.repeat(np.arange(len(layer)), turns)
    step = np.arange(len(row)) - np.repeat(np.cumsum(turns) - turns, turns)
    numbers = {name: column[row] for name, column in numbers.items()}
    is_made = turns[row] > 1
    numbers["bearing_deg"] = np.where(is_made, step * (360.0 / turns[row]), numbers["bearing_deg"])
    numbers["hfov_deg"] = np.where(is_made, np.where(np.isnan(hfov[row]), 90.0, hfov[row]), numbers["hfov_deg"])
    xy = shapely.get_coordinates(frame.to_metres(layer.shapes, crs))
    cameras = Cameras.of(xy[row, 0], xy[row, 1], **numbers, convergence_deg=frame.convergence_deg(xy)[row])
    ids = [ids_of_row[number] for number in layer.numbers[row].tolist()]
    fault, wrong = _faults(cameras, ids, row, far_away(xy))
    refused = [*layer.refused[before:], *(RefusedRow("", int(layer.numbers[at]), "", said) for at, said in wrong)]
    refused = [replace(one, file="candidates", id=ids_of_row.get(one.row, one.id)) for one in refused]
    if fault.all():
        raise Refused(
            "None of the candidates in {name} can be used; row {row}: {reason}",
            name=layer.name,
            row=refused[0].row,
            reason=refused[0].reason,
        )
    keep = np.flatnonzero(~fault)
    return [ids[i] for i in keep], Candidates(cameras.take(keep), _poles(xy, row)[keep]), refused


def _ids(layer: Layer) -> list[str]:
    column = next((layer.values[name] for name in IDS if name in layer.values), None)
    if column is None:
        return [str(number) for number in layer.numbers.tolist()]
    is_whole = column.dtype.kind == "f" and bool(np.isfinite(column).all() and (column % 1 == 0).all())
    texts = (column.astype(np.int64) if is_whole else column).astype(str)
    return [said if said not in {"", "None", "nan"} else str(n) for said, n in zip(texts, layer.numbers, strict=True)]


def _faults(
    cameras: Cameras, ids: list[str], row: NDArray[np.intp], is_far: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[tuple[int, str]]]:
    """Which candidates cannot be used, and of each row at fault the reason: impossible, far off, or there already."""
    reasons: dict[int, str] = {}
    for refusal in check_cameras(cameras):
        reasons.setdefault(refusal.index, refusal.sentence.format(**refusal.facts))
    for i in np.flatnonzero(is_far[row]).tolist():
        reasons.setdefault(i, "The place lies over 250 km from the middle of all candidates; check its coordinates.")
    met: set[tuple[str, float]] = set()
    for i, name in enumerate(ids):
        key = (name, float(cameras.bearing_deg[i]))
        if key in met:
            reasons.setdefault(i, f"The candidate “{name}” with bearing {key[1]:g}° comes twice; the first is kept.")
        met.add(key)
    fault = np.zeros(len(cameras), dtype=bool)
    fault[list(reasons)] = True
    first = {int(row[i]): reasons[i] for i in sorted(reasons, reverse=True)}
    return fault, sorted(first.items())


def _poles(xy: Floats, row: NDArray[np.intp]) -> NDArray[np.intp]:
    """Which pole each candidate hangs on: candidates at one place (to the centimetre) share it."""
    _, pole = np.unique(np.round(xy / SAME_POLE_M), axis=0, return_inverse=True)
    return np.asarray(pole.ravel()[row], dtype=np.intp)


def _along(streets: Geometries, frame: Frame, files: Files) -> tuple[list[str], Candidates]:
    """Candidates beside the streets, the first bearing of each along its street; ids are numbers."""
    places, along = places_along(streets, files.every_m)
    turn = frame.convergence_deg(places)
    made = candidates_at(
        places, bearings=files.bearings, first_bearing_deg=np.mod(along + turn, 360.0), convergence_deg=turn
    )
    return [str(pole + 1) for pole in made.pole.tolist()], made


def _existing(layer: Placed | None, frame: Frame) -> tuple[Cameras | None, list[RefusedRow]]:
    if layer is None:
        return None, []
    before = len(layer[0].refused)
    rows, numbers = camera_numbers(layer[0])
    xy = shapely.get_coordinates(frame.to_metres(rows.shapes, layer[1]))
    cameras = Cameras.of(xy[:, 0], xy[:, 1], **numbers, convergence_deg=frame.convergence_deg(xy))
    faults = {refusal.index: refusal.sentence.format(**refusal.facts) for refusal in reversed(check_cameras(cameras))}
    keep = np.setdiff1d(np.arange(len(rows)), list(faults))
    return cameras.take(keep), list(rows.without(faults).refused[before:])


def _demand(layer: Placed | None, frame: Frame) -> tuple[Demand | None, list[RefusedRow]]:
    """The points to be seen and the rows refused; left out, `kind` is incident and `weight` the usual one."""
    if layer is None:
        return None, []
    rows, before = layer[0], len(layer[0].refused)
    nothing = np.full(len(rows), np.nan)
    weight, wrong = numbers_in(rows.values["weight"]) if "weight" in rows.values else (nothing, {})
    said = rows.values.get("kind", np.full(len(rows), None, dtype=object)).tolist()
    names = [str(name).strip() if name is not None and str(name).strip() else KINDS[INCIDENT] for name in said]
    faults = {at: f"weight is “{text}”, which is no number." for at, text in wrong.items()}
    faults |= {int(at): "The weight is below 0." for at in np.flatnonzero(weight < 0.0)}
    kinds = ", ".join(KINDS)
    faults |= {at: f"The kind “{name}” is none of {kinds}." for at, name in enumerate(names) if name not in KINDS}
    left = rows.without(faults)
    refused = [replace(row, file="demand") for row in left.refused[before:]]
    keep = np.setdiff1d(np.arange(len(rows)), list(faults))
    if not len(keep):
        raise Refused("None of the points in {name} can be used; check its columns weight and kind.", name=rows.name)
    xy = shapely.get_coordinates(frame.to_metres(left.shapes, layer[1]))
    kind = np.array([KINDS.index(names[at]) for at in keep])
    usual = np.array([WEIGHTS[name] for name in KINDS])[kind]
    worth = np.where(np.isnan(weight[keep]), usual, weight[keep])
    parts = [points_wanted(xy[kind == one], one, worth=worth[kind == one]) for one in np.unique(kind).tolist()]
    return parts[0].joined(*parts[1:]), refused
