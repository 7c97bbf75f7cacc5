"""A siting question out of the database: what is there is read once, the engine asked, its answer handed back."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from scipy import sparse
from sqlalchemy.orm import Session

from cameras.reading import (
    Floats,
    Shapes,
    cameras_that_reach,
    county_frame,
    grown,
    heights_of,
    in_boxes,
    read_cells,
    shapes_of,
)
from data.errors import Refused
from data.sql import sql
from gis.coverage import Scene, Views, build_scene, see
from gis.coverage.siting import Progress, Sites, Siting, Terms, best_sites, prepare_siting
from gis.coverage.siting_candidates import Candidates, candidates_at, places_along
from gis.coverage.siting_demand import (
    INCIDENT,
    OPEN_GROUND,
    PLACE,
    STREET,
    Demand,
    ground_wanted,
    points_wanted,
    streets_wanted,
)
from gis.coverage.siting_proposals import Proposal, proposals_of
from gis.crs import MetricFrame

MOST_CANDIDATES = 60_000
SAME_PLACE_M = 1.0
#: Ground this far around a building counts as its own.
SCHOOL_GROUND_M, DWELLING_GROUND_M = 10.0, 2.0
SCHOOLS = ("school", "kindergarten", "college", "university")
DWELLINGS = (
    "house",
    "apartments",
    "residential",
    "detached",
    "dormitory",
    "terrace",
    "semidetached_house",
    "bungalow",
    "farm",
)


@dataclass(frozen=True)
class Asked:
    """What a study was asked: kept with it. Heights and ranges in metres, weights per unit of each kind."""

    k: int = 5
    every_m: float = 30.0
    bearings: int = 8
    height_m: float = 4.5
    hfov_deg: float = 90.0
    range_m: float = 60.0
    pixels_h: int = 2560
    weight_street: float = 1.0
    weight_incident: float = 20.0
    weight_place: float = 50.0
    weight_open_ground: float = 0.02
    forbid_schools: bool = True
    forbid_dwellings: bool = True
    privacy: str = "warn"
    time_limit_s: float = 20.0


@dataclass(frozen=True)
class Where:
    """Where cameras are wanted: cells of an area, or what of them lies in a box (west, south, east, north)."""

    area_code: str
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Hints:
    """Places given by hand (lon, lat): poles to choose from; (lon, lat, bearing) chosen before; places that are out."""

    poles: Sequence[Sequence[float]] = ()
    fixed: Sequence[Sequence[float]] = ()
    barred: Sequence[Sequence[float]] = ()


@dataclass(frozen=True)
class CellGain:
    """A cell's open ground and street metres, and how much of them is seen before and after (by sample points)."""

    cell_id: int
    open_m2: float
    before_m2: float
    after_m2: float
    street_m: float
    street_before_m: float
    street_after_m: float


@dataclass(frozen=True)
class Answer:
    """The proposals (those fixed before first), each with its place, bearing and view in lon/lat, and the figures."""

    proposals: list[Proposal]
    fixed_count: int
    places: Floats
    bearings: Floats
    views: Shapes
    gains: list[CellGain]
    result: dict[str, Any]


@dataclass(frozen=True)
class _Given:
    frame: MetricFrame
    cells: list[Any]
    areas: Shapes
    box: Floats
    scene: Scene
    water: Shapes
    streets: Shapes
    places: Shapes
    forbidden: Shapes
    dwellings: Shapes = field(default_factory=lambda: np.empty(0, dtype=object))


def solve(
    session: Session,
    where: Where,
    asked: Asked,
    hints: Hints,
    incidents: Sequence[tuple[float, float]],
    *,
    tell: Callable[[str, float], None] = lambda _step, _share: None,
    stop: Callable[[], bool] = lambda: False,
) -> Answer:
    """Where k more cameras help most. Raises Refused, NotFound or a GisError when there is nothing to choose from."""
    tell("reading", 0.02)
    given = _read(session, where, asked)
    tell("candidates", 0.1)
    candidates = _candidates(given, asked, hints)
    tell("demand", 0.15)
    demand = _demand(given, asked, incidents)
    existing = cameras_that_reach(session, given.box).in_frame(given.frame)
    tell("matrix", 0.2)
    terms = Terms(privacy=asked.privacy)  # type: ignore[arg-type] # checked where it was asked
    siting = prepare_siting(given.scene, candidates, demand, existing=existing, forbidden_m=given.forbidden,
                            dwellings_m=given.dwellings, terms=terms)  # fmt: skip
    fixed = _fixed(candidates, given.frame, hints)
    rest = _without(siting, fixed, _barred(candidates, given.frame, hints))

    def say(now: Progress) -> None:
        tell(now.step, 0.3 + 0.65 * now.share)

    before = proposals_of(siting.problem, demand, fixed)
    k = asked.k - len(fixed)
    sites = best_sites(rest, k, time_limit_s=asked.time_limit_s, stop=stop, progress=say) if k > 0 else None
    return _answer(given, siting, before, sites, asked)


def _read(session: Session, where: Where, asked: Asked) -> _Given:
    frame = county_frame(session)
    cells = read_cells(session, where.area_code)
    areas = np.asarray(shapely.from_wkb([bytes(row.shape) for row in cells]), dtype=object)
    if where.box:
        areas = np.asarray(shapely.intersection(areas, shapely.box(*where.box)), dtype=object)
        is_in = shapely.area(areas) > 0
        cells, areas = [row for row, keep in zip(cells, is_in, strict=True) if keep], areas[is_in]
    if not cells:
        raise Refused("None of your cells lies in the part of the map that was chosen. Choose another part.")
    box = shapely.total_bounds(areas)
    around = grown(box.reshape(1, 4), 2 * asked.range_m + 50.0)
    buildings = in_boxes(session, "buildings_in_boxes", around)
    schools, homes = (_of_kinds(session, around, kinds, frame) for kinds in (SCHOOLS, DWELLINGS))
    barred = ([shapely.buffer(schools, SCHOOL_GROUND_M)] if asked.forbid_schools else []) + (
        [shapely.buffer(homes, DWELLING_GROUND_M)] if asked.forbid_dwellings else []
    )
    return _Given(
        frame=frame,
        cells=cells,
        areas=np.asarray(frame.to_metres(areas), dtype=object),
        box=box,
        scene=build_scene(shapes_of(buildings, frame), heights_of(buildings)),
        water=shapes_of(in_boxes(session, "water_in_boxes", around), frame),
        streets=shapes_of(in_boxes(session, "streets_in_boxes", box.reshape(1, 4)), frame),
        places=shapes_of(in_boxes(session, "places_in_boxes", box.reshape(1, 4)), frame),
        forbidden=np.concatenate(barred) if barred else np.empty(0, dtype=object),
        dwellings=np.asarray(shapely.buffer(homes, DWELLING_GROUND_M), dtype=object),
    )


def _of_kinds(session: Session, boxes: Floats, kinds: Sequence[str], frame: MetricFrame) -> Shapes:
    west, south, east, north = boxes.T.tolist()
    asked = {"west": west, "south": south, "east": east, "north": north, "kinds": list(kinds)}
    return shapes_of(list(session.execute(sql("cameras", "buildings_of_kinds_in_boxes"), asked)), frame)


def _inside(given: _Given, xy: Floats) -> np.ndarray:
    """Which points lie in the cells that were asked for."""
    inside = np.zeros(len(xy), dtype=bool)
    if len(xy):
        inside[shapely.STRtree(given.areas).query(shapely.points(xy), predicate="intersects")[0]] = True
    return inside


def _candidates(given: _Given, asked: Asked, hints: Hints) -> Candidates:
    if len(hints.poles):
        places = given.frame.xy(np.asarray(hints.poles, dtype=np.float64)[:, :2])
        along = np.zeros(len(places))
    else:
        places, along = places_along(given.streets, asked.every_m)
    keep = _inside(given, places)
    places, along = places[keep], along[keep]
    if not len(places):
        raise Refused(
            "No place to choose from lies in the area. Take a larger area, other poles or a shorter distance."
        )
    if len(places) * asked.bearings > MOST_CANDIDATES:
        raise Refused(
            "That makes {count} candidates, at most {most} can be compared. Take a smaller area or a longer distance.",
            count=len(places) * asked.bearings,
            most=MOST_CANDIDATES,
        )
    lonlat = shapely.get_coordinates(given.frame.to_lonlat(shapely.points(places)))
    turn = given.frame.grid_convergence_deg(lonlat[:, 0], lonlat[:, 1])
    return candidates_at(
        places,
        bearings=asked.bearings,
        first_bearing_deg=np.mod(along + turn, 360.0),
        hfov_deg=asked.hfov_deg,
        range_m=asked.range_m,
        height_m=asked.height_m,
        pixels_h=asked.pixels_h,
        convergence_deg=turn,
    )


def _demand(given: _Given, asked: Asked, incidents: Sequence[tuple[float, float]]) -> Demand:
    scene, whole = given.scene, shapely.union_all(given.areas)
    streets = shapely.intersection(given.streets, whole)
    streets = streets[shapely.length(streets) > 0]
    parts = [streets_wanted(scene, _lines(streets), worth_per_m=asked.weight_street)]
    for kind, lonlat, worth in ((INCIDENT, _within(given.box, incidents), asked.weight_incident),):
        points = given.frame.xy(lonlat) if len(lonlat) else np.empty((0, 2))
        parts.append(points_wanted(points[_inside(given, points)], kind, worth=worth, scene=scene))
    places = shapely.get_coordinates(given.places) if len(given.places) else np.empty((0, 2))
    parts.append(points_wanted(places[_inside(given, places)], PLACE, worth=asked.weight_place, scene=scene))
    parts.append(ground_wanted(scene, given.areas, closed_m=given.water, worth_per_m2=asked.weight_open_ground))
    return parts[0].joined(*parts[1:])


def _lines(shapes: Shapes) -> Shapes:
    parts = shapely.get_parts(shapes)
    return np.asarray(parts[shapely.get_type_id(parts) == 1], dtype=object)


def _within(box: Floats, points: Sequence[tuple[float, float]]) -> Floats:
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    return xy[(xy[:, 0] >= box[0]) & (xy[:, 0] <= box[2]) & (xy[:, 1] >= box[1]) & (xy[:, 1] <= box[3])]


def _fixed(candidates: Candidates, frame: MetricFrame, hints: Hints) -> np.ndarray:
    """The candidates that were chosen before, in their order. Raises Refused for one that is not among them."""
    found = []
    for lon, lat, bearing_deg in hints.fixed:
        x, y = frame.xy(np.array([[lon, lat]]))[0]
        far = np.hypot(candidates.cameras.x_m - x, candidates.cameras.y_m - y)
        turned = np.abs((candidates.cameras.bearing_deg - bearing_deg + 180.0) % 360.0 - 180.0)
        at = int(np.argmin(far + turned))
        if far[at] > SAME_PLACE_M or turned[at] > 1.0:
            raise Refused("A locked proposal is no candidate any more. Unlock it, or ask with the places of before.")
        found.append(at)
    return np.array(found, dtype=np.intp)


def _barred(candidates: Candidates, frame: MetricFrame, hints: Hints) -> np.ndarray:
    """Which candidates stand at places that are out."""
    out = np.zeros(len(candidates), dtype=bool)
    for lon, lat in hints.barred:
        x, y = frame.xy(np.array([[lon, lat]]))[0]
        out |= np.hypot(candidates.cameras.x_m - x, candidates.cameras.y_m - y) <= SAME_PLACE_M
    return out


def _without(siting: Siting, fixed: np.ndarray, barred: np.ndarray) -> Siting:
    """The question that is left when some are chosen (their poles are taken) and some are out."""
    if not len(fixed) and not barred.any():
        return siting
    out = barred | np.isin(siting.candidates.pole, siting.candidates.pole[fixed])
    left = sparse.diags_array((~out).astype(siting.sees.dtype), dtype=siting.sees.dtype) @ siting.sees
    matrix = type(siting.sees)(left)
    matrix.eliminate_zeros()
    seen = siting.seen_already + siting.sees[fixed].getnnz(axis=0)
    return replace(siting, sees=matrix, seen_already=seen)


def _answer(given: _Given, siting: Siting, fixed: Sequence[Proposal], sites: Sites | None, asked: Asked) -> Answer:
    proposals = [*fixed, *(sites.proposals if sites else ())]
    chosen = np.array([proposal.candidate for proposal in proposals], dtype=np.intp)
    cameras = siting.candidates.cameras.take(chosen)
    views = see(given.scene, cameras)
    points = np.asarray(shapely.points(np.column_stack([cameras.x_m, cameras.y_m])), dtype=object)
    return Answer(
        proposals=proposals,
        fixed_count=len(fixed),
        places=shapely.get_coordinates(given.frame.to_lonlat(points)),
        bearings=np.asarray(cameras.bearing_deg),
        views=np.asarray(given.frame.to_lonlat(views.polygons), dtype=object),
        gains=_gains(given, siting, chosen),
        result=_result(siting, fixed, sites, views, asked),
    )


def _gains(given: _Given, siting: Siting, chosen: np.ndarray) -> list[CellGain]:
    """What each cell gains, counted on the points that want to be seen."""
    demand = siting.demand
    before = siting.seen_already > 0
    after = before | (siting.sees[chosen].getnnz(axis=0) > 0)
    point, cell = shapely.STRtree(given.areas).query(shapely.points(demand.xy_m), predicate="intersects")
    first = np.unique(point, return_index=True)[1]  # on a border a point counts once
    point, cell = point[first], cell[first]

    def sums(kind: int, which: np.ndarray) -> Floats:
        weights = demand.amount[point] * (demand.kind[point] == kind) * which[point]
        return np.asarray(np.bincount(cell, weights=weights, minlength=len(given.cells)))

    columns = [sums(kind, which) for kind in (OPEN_GROUND, STREET) for which in (np.ones(len(demand)), before, after)]
    rows = zip(given.cells, *columns, strict=True)
    return [CellGain(row.id, *(float(value) for value in values)) for row, *values in rows]


def _result(
    siting: Siting, fixed: Sequence[Proposal], sites: Sites | None, views: Views, asked: Asked
) -> dict[str, Any]:
    base = sum(proposal.weight for proposal in fixed)
    value = base + (sites.value if sites else 0.0)
    bound = base + (sites.bound if sites else 0.0)
    reasons = Counter(refusal.sentence for refusal in siting.exclusions)
    return {
        "value": value,
        "bound": bound,
        "gap": (bound - value) / value if value > 0 else 0.0,
        "value_before": siting.value_before,
        "demand_weight": float(siting.demand.weight.sum()),
        "amounts": siting.demand.by_kind(siting.demand.amount),
        "seen_before": siting.demand.by_kind(siting.demand.amount * (siting.seen_already > 0)),
        "candidates": len(siting.candidates),
        "poles": len(np.unique(siting.candidates.pole)),
        "excluded": dict(reasons),
        "is_stopped": bool(sites and sites.is_stopped),
        "seconds": {step: round(spent, 3) for step, spent in (sites.seconds if sites else {}).items()},
        "view_m2": round(float(views.exact_area_m2.sum()), 1),
        "asked_k": asked.k,
    }
