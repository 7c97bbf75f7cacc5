"""What `gridbeat patrol plan` leaves behind: routes.gpkg, routes.gpx, plan.json; and the summary scripts read."""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import shapely

from data.errors import Refused
from gis.routing import PatrolRoute, Stretch
from gis.routing.paths import stretch_m, stretch_s
from webapp.cli.coverage_written import peak_rss_mb
from webapp.cli.patrol_plan_run import Answer

NAMES = ["routes.gpkg", "routes.gpx", "plan.json"]
_GPX = "http://www.topografix.com/GPX/1/1"
_WHY = {
    "no_street": "There is no street within 100 m of it; move it nearer to a street.",
    "not_connected": "The streets around it are not connected to the teams' streets.",
    "out_of_reach": "No team has the time to go there, stay and come home.",
    "window_closed": "No team can be there while its window is open.",
    "no_time": "The teams' time is used up by other checkpoints.",
}


def summary(answer: Answer) -> dict[str, Any]:
    """The plan in numbers, for people and scripts."""
    plan, bound, read = answer.plan, answer.bound, answer.read
    routes = _by_team(answer)
    share = None if bound is None or bound.priority <= 0 else plan.covered_priority / bound.priority
    return {
        "covered_priority": plan.covered_priority,
        "share_of_bound": share,
        "bound": None if bound is None else bound.priority,
        "bound_is_settled": None if bound is None else bound.is_settled,
        "share_covered": plan.share_covered,
        "share_of_reachable": plan.share_of_reachable,
        "km_by_team": [route.route.length_m / 1000 if route else 0.0 for route in routes],
        "minutes_by_team": [_minutes(answer, route) if route else 0.0 for route in routes],
        "covered_by_team": [route.covered_priority if route else 0.0 for route in routes],
        "balance": plan.balance,
        "idle_teams": plan.idle_teams,
        "missed_checkpoints": _missed(answer),
        "checkpoints": [_visits(answer, route) for route in routes],
        "streets_left": plan.streets_left_count,
        "mode": read.network.mode,
        "seed": plan.seed,
        "iterations": plan.iterations,
        "edges": read.network.edge_count,
        "unknown_streets": read.unknown_streets,
        "refused": [vars(row) for row in read.refused],
        "seconds": round(sum(answer.clock.seconds.values()), 3),
        "seconds_by_step": {name: round(value, 3) for name, value in answer.clock.seconds.items()},
        "peak_rss_mb": round(peak_rss_mb(), 1),
    }


def _by_team(answer: Answer) -> list[PatrolRoute | None]:
    found = {route.team: route for route in answer.plan.routes}
    return [found.get(team) for team in range(len(answer.request.teams))]


def _minutes(answer: Answer, route: PatrolRoute) -> float:
    """Minutes on the way at the speed of the mode, and at checkpoints."""
    network = answer.read.network
    walking_s = sum(stretch_s(network, stretch) for stretch in route.route.stretches)
    return (route.duration_s - route.route.walk_s + walking_s) / 60


def _missed(answer: Answer) -> list[dict[str, Any]]:
    names = answer.read.stop_names
    return [
        {"name": names[missed.stop], "code": missed.code, "reason": _WHY[missed.code]}
        for missed in answer.plan.missed_stops
    ]


def _visits(answer: Answer, route: PatrolRoute | None) -> list[dict[str, Any]]:
    if route is None:
        return []
    return [
        {
            "name": answer.read.stop_names[visit.stop],
            "arrive_min": visit.arrive_s / 60,
            "leave_min": visit.leave_s / 60,
        }
        for visit in route.visits
    ]


def write(answer: Answer, found: dict[str, Any], out: Path) -> list[str]:
    """Write all files into the folder `out` and return their paths; when anything fails nothing is left there.

    Raises Refused when the folder cannot be made or written to.
    """
    refusal = "The folder {name} cannot be written to; choose another with --out."
    try:
        out.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".writing-", dir=out))
    except OSError as error:
        raise Refused(refusal, name=str(out)) from error
    paths = [str(out / name) for name in NAMES]
    try:
        _write_layers(answer, hidden / NAMES[0])
        (hidden / NAMES[1]).write_bytes(_gpx(answer))
        text = json.dumps(found | {"files": paths}, ensure_ascii=False, allow_nan=False, indent=1)
        (hidden / NAMES[2]).write_text(text, encoding="utf-8")
        for name in NAMES:
            os.replace(hidden / name, out / name)
    except OSError as error:
        raise Refused(refusal, name=str(out)) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return paths


def _write_layers(answer: Answer, path: Path) -> None:
    """Layers routes (a line a team), steps (its streets in order) and checkpoints (with their times)."""
    routes, network = answer.plan.routes, answer.read.network
    columns = {
        "team": np.array([route.team + 1 for route in routes]),
        "km": np.array([route.route.length_m / 1000 for route in routes]),
        "minutes": np.array([_minutes(answer, route) for route in routes]),
        "covered_priority": np.array([route.covered_priority for route in routes]),
    }
    _add(path, "routes", [route.route.path for route in routes], columns, "LineString")
    steps = [(route.team + 1, seq, part) for route in routes for seq, part in enumerate(route.route.stretches, 1)]
    columns = {
        "team": np.array([team for team, _, _ in steps]),
        "seq": np.array([seq for _, seq, _ in steps]),
        "street_id": np.array([str(network.street_ids[part.edge]) for _, _, part in steps], dtype=object),
        "length_m": np.array([stretch_m(network, part) for _, _, part in steps]),
    }
    _add(path, "steps", [_line(answer, part) for _, _, part in steps], columns, "LineString")
    _write_checkpoints(answer, path)


def _line(answer: Answer, part: Stretch) -> shapely.LineString:
    return shapely.LineString(answer.read.network.points_between(*part))


def _write_checkpoints(answer: Answer, path: Path) -> None:
    made = {visit.stop: (route.team + 1, visit) for route in answer.plan.routes for visit in route.visits}
    why = {missed.stop: missed.code for missed in answer.plan.missed_stops}
    rows = range(len(answer.read.stops))
    nothing = (0, None)
    columns = {
        "name": np.array(answer.read.stop_names, dtype=object),
        "team": np.array([made.get(row, nothing)[0] for row in rows], dtype=np.int64),
        "arrive_min": np.array([made[row][1].arrive_s / 60 if row in made else np.nan for row in rows]),
        "missed": np.array([why.get(row, "") for row in rows], dtype=object),
    }
    _add(path, "checkpoints", [shapely.Point(stop.lon, stop.lat) for stop in answer.read.stops], columns, "Point")


def _add(path: Path, name: str, shapes: Sequence[Any], columns: dict[str, Any], kind: str) -> None:
    import pyogrio

    blobs = np.asarray(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object)
    pyogrio.raw.write(
        path,
        blobs.reshape(-1),
        list(columns.values()),
        list(columns),
        layer=name,
        driver="GPKG",
        geometry_type=kind,
        crs="EPSG:4326",
        append=path.exists(),
    )


def _gpx(answer: Answer) -> bytes:
    """GPX 1.1: checkpoints as waypoints, a route for each team."""
    ET.register_namespace("", _GPX)
    root = ET.Element(f"{{{_GPX}}}gpx", version="1.1", creator="Gridbeat")
    for stop, name in zip(answer.read.stops, answer.read.stop_names, strict=True):
        waypoint = ET.SubElement(root, f"{{{_GPX}}}wpt", lat=f"{stop.lat:.7f}", lon=f"{stop.lon:.7f}")
        ET.SubElement(waypoint, f"{{{_GPX}}}name").text = name
    for proposal in answer.plan.routes:
        route = ET.SubElement(root, f"{{{_GPX}}}rte")
        ET.SubElement(route, f"{{{_GPX}}}name").text = f"Team {proposal.team + 1}"
        for lon, lat in proposal.route.path.coords:
            ET.SubElement(route, f"{{{_GPX}}}rtept", lat=f"{lat:.7f}", lon=f"{lon:.7f}")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)
