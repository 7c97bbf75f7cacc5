"""What `gridbeat patrol verify` does: read, clean, match, hold against the plan and the truth."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.errors import Refused
from data.importing.text_tables import read_csv
from gis.matching import MatchedTrack, edges_along, match_track, shares_beside
from gis.streets import StreetNetwork
from gis.tracks import clean_fixes
from patrols.importing import read_gpx
from patrols.walked import WalkedPart, walked_parts
from patrols.walked_rules import COUNTED_SHARE
from webapp.cli.patrol_files import read_streets

#: Ways drawn so near beside each other cannot be told apart by positions that are metres off.
SAME_M = 15.0
MOST_MPS = {"foot": 4.0, "bicycle": 9.0, "e-bike": 13.0, "car": 30.0}
_TIMES, _LONS, _LATS = ("time", "timestamp", "at", "fixed_at"), ("lon", "longitude", "x"), ("lat", "latitude", "y")
_ACCURACIES = ("accuracy_m", "accuracy", "acc")


@dataclass(frozen=True)
class Verified:
    """A track verified: the network, what was matched, the parts walked, and the summary scripts read."""

    network: StreetNetwork
    track: MatchedTrack
    parts: list[WalkedPart]
    summary: dict[str, Any]


@dataclass(frozen=True)
class _Track:
    at_s: NDArray[np.float64]
    lonlat: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]


def verify_track(
    *, streets: Path, track: Path, plan_folder: Path | None, team: int | None, truth: Path | None, mode: str
) -> Verified:
    """Verify a track from files. Raises Refused or a GisError with one sentence."""
    network, _ = read_streets(streets, mode.replace("-", "_"))
    given = read_track(track)
    lon, lat = given.lonlat.T
    codes = clean_fixes(given.at_s, lon, lat, given.accuracy_m, most_mps=MOST_MPS[mode])
    good = codes == "ok"
    if not good.any():
        raise Refused("No position of {name} can be believed; look at its times and places.", name=track.name)
    lon, lat = given.lonlat[good].T
    found = match_track(network, given.at_s[good], lon, lat, given.accuracy_m[good])
    parts = walked_parts(found.stretches, found.edge_shares)
    names, counts = np.unique(codes, return_counts=True)
    at_s = given.at_s[good]
    summary: dict[str, Any] = {
        "fixes": len(codes),
        "marks": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "walked_km": found.walked_m / 1000,
        "covered_km": found.covered_m / 1000,
        "counted_segments": sum(part.share >= COUNTED_SHARE for part in parts),
        "counted_km": sum(float(network.edge_m[part.edge]) for part in parts if part.share >= COUNTED_SHARE) / 1000,
        "matched_share": found.matched_share,
        "gaps": [
            {"from": _iso(at_s[gap.before]), "to": _iso(at_s[gap.after]), "reason": gap.reason} for gap in found.gaps
        ],
        "segments": [_segment(network, part) for part in parts],
    }
    if plan_folder is not None:
        summary["plan"] = against_plan(network, found, plan_folder, team)
    if truth is not None:
        summary["truth"] = against_truth(network, found, parts, truth)
    return Verified(network, found, parts, summary)


def _segment(network: StreetNetwork, part: WalkedPart) -> dict[str, Any]:
    return {
        "street_id": str(network.street_ids[part.edge]),
        "name": str(network.street_names[part.edge] or ""),
        "length_m": round(float(network.edge_m[part.edge]), 1),
        "share": round(part.share, 3),
        "passes": part.passes,
        "is_counted": part.share >= COUNTED_SHARE,
        "last_at": _iso(part.last_s),
    }


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(round(float(at_s)), UTC).isoformat()


def read_track(path: Path) -> _Track:
    """The positions of a GPX or CSV file, in order of time. Raises Refused."""
    if not path.is_file():
        raise Refused("There is no file {name}; check the path given for {kind}.", name=str(path), kind="the track")
    if path.suffix.lower() == ".gpx":
        fixes = read_gpx(path.read_bytes())
        times = np.array([fix.fixed_at.timestamp() for fix in fixes])
        return _Track(times, np.array([(fix.lon, fix.lat) for fix in fixes]), np.full(len(fixes), np.nan))
    if path.suffix.lower() == ".csv":
        return _from_csv(path)
    raise Refused("Files ending in “{ending}” are no track; bring GPX or CSV.", ending=path.suffix or path.name)


def _from_csv(path: Path) -> _Track:
    table = read_csv(path, None)
    names = {column.strip().casefold(): column for column in table.columns}
    columns = [next((names[name] for name in known if name in names), None) for known in (_TIMES, _LONS, _LATS)]
    if None in columns:
        raise Refused("{name} needs the columns time, lon and lat; it has: {columns}.", name=path.name,
                      columns=", ".join(table.columns))  # fmt: skip
    accuracy = next((names[name] for name in _ACCURACIES if name in names), None)
    rows = []
    for row in table.rows:
        told = [row.values.get(column or "") for column in (*columns, accuracy)]
        try:
            rows.append((_seconds(told[0]), float(str(told[1])), float(str(told[2])), _metres(told[3])))
        except ValueError:
            raise Refused("Row {number} of {name} has a time or place that cannot be read.", number=row.number,
                          name=path.name) from None  # fmt: skip
    if not rows:
        raise Refused("{name} holds no position.", name=path.name)
    values = np.array(sorted(rows), np.float64)
    return _Track(values[:, 0], values[:, 1:3], values[:, 3])


def _seconds(told: object) -> float:
    """Seconds since 1970, from that number or ISO 8601 (UTC where no offset is named)."""
    text = str(told).strip()
    try:
        return float(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _metres(told: object) -> float:
    return np.nan if told is None or not str(told).strip() else float(str(told))


def against_plan(network: StreetNetwork, found: MatchedTrack, folder: Path, team: int | None) -> dict[str, Any]:
    """How much of a team's planned route was walked, there or on the pavement beside. Raises Refused."""
    routes = _routes(folder)
    if team is not None and team not in routes:
        raise Refused(
            "The plan has no team {team}; it has {teams}.", team=team, teams=", ".join(map(str, sorted(routes)))
        )
    asked = {number: path for number, path in routes.items() if team in (None, number)}
    told = [_planned(network, found, number, path) for number, path in sorted(asked.items())]
    return max(told, key=lambda one: one["covered_km"])


def _planned(network: StreetNetwork, found: MatchedTrack, team: int, path: Any) -> dict[str, Any]:
    planned = edges_along(network, path)
    beside = shares_beside(network, planned, found.stretches)
    lengths = {edge: share * float(network.edge_m[edge]) for edge, share in planned.items()}
    walked = {
        edge
        for edge, share in planned.items()
        if max(found.edge_shares.get(edge, 0.0), beside[edge]) >= COUNTED_SHARE * share
    }
    missed = [edge for edge in planned if edge not in walked]
    return {
        "team": team,
        "km": sum(lengths.values()) / 1000,
        "covered_km": sum(lengths[edge] for edge in walked) / 1000,
        "missed_segments": len(missed),
        "missed_street_ids": sorted({str(network.street_ids[edge]) for edge in missed}),
    }


def _routes(folder: Path) -> dict[int, Any]:
    import pyogrio

    path = folder / "routes.gpkg"
    try:
        _, _, blobs, found = pyogrio.raw.read(path, layer="routes", columns=["team"])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError):
        raise Refused("{name} holds no plan: there is no routes.gpkg with routes.", name=str(folder)) from None
    return {int(team): shapely.from_wkb(blob) for team, blob in zip(found[0].tolist(), blobs, strict=True)}


def against_truth(network: StreetNetwork, found: MatchedTrack, parts: list[WalkedPart], path: Path) -> dict[str, Any]:
    """Precision and recall on the ground where the truth is lines, by street where it is a list of ids."""
    if path.suffix.lower() == ".csv":
        return _against_ids(network, parts, path)
    from webapp.cli.coverage_files import WGS84, placed, read_layer

    layer, crs = placed(read_layer("streets", path), None)
    if crs != WGS84:
        raise Refused("{name} has to be in longitude and latitude.", name=path.name)
    true = shapely.union_all(shapely.transform(np.asarray(layer.shapes, object), network.frame.xy))
    lines = [network.points_between(part.edge, part.start, part.stop) for part in found.stretches]
    walked = shapely.union_all([shapely.LineString(network.frame.xy(line)) for line in lines if len(line) > 1])
    if not true.length:
        raise Refused("{name} holds no line of any length.", name=path.name)
    wrong_m = shapely.length(shapely.difference(walked, shapely.buffer(true, SAME_M)))
    missed_m = shapely.length(shapely.difference(true, shapely.buffer(walked, SAME_M)))
    return {
        "precision": 1.0 - wrong_m / walked.length if walked.length else 1.0,
        "recall": 1.0 - missed_m / true.length,
        "true_km": true.length / 1000,
        "within_m": SAME_M,
    }


def _against_ids(network: StreetNetwork, parts: list[WalkedPart], path: Path) -> dict[str, Any]:
    table = read_csv(path, None)
    column = next((name for name in table.columns if name.strip().casefold() == "street_id"), None)
    if column is None:
        raise Refused(
            "{name} has no column street_id; it has: {columns}.", name=path.name, columns=", ".join(table.columns)
        )
    true = {str(row.values.get(column)).strip() for row in table.rows}
    found = {str(network.street_ids[part.edge]) for part in parts if part.share >= COUNTED_SHARE}
    both = len(true & found)
    return {
        "precision": both / len(found) if found else 1.0,
        "recall": both / len(true) if true else 1.0,
        "true_streets": len(true),
        "found_streets": len(found),
    }


def segments_geojson(found: Verified) -> dict[str, Any]:
    """The segments walked as a GeoJSON collection."""
    import json

    lines = found.network.edge_lines_lonlat[np.array([part.edge for part in found.parts], dtype=np.int64)]
    features = [
        {"type": "Feature", "properties": told, "geometry": json.loads(shapely.to_geojson(line))}
        for line, told in zip(lines, found.summary["segments"], strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
