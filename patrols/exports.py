"""A route as a file for other programs: GPX 1.1 and GeoJSON."""

import json
from typing import Any
from xml.etree import ElementTree as ET

from patrols.queries import PlanWithPath

_GPX = "http://www.topografix.com/GPX/1/1"


def plan_gpx(plan: PlanWithPath) -> bytes:
    """The route as GPX 1.1: checkpoints as waypoints, the path as a route; WGS 84, as GPX demands."""
    ET.register_namespace("", _GPX)
    root = ET.Element(f"{{{_GPX}}}gpx", version="1.1", creator="Gridbeat")
    metadata = ET.SubElement(root, f"{{{_GPX}}}metadata")
    ET.SubElement(metadata, f"{{{_GPX}}}name").text = _xml_text(plan.plan.name)
    for point in plan.checkpoints:
        waypoint = _point(root, "wpt", point["lon"], point["lat"])
        name = point["name"] or f"{point['seq']}"
        ET.SubElement(waypoint, f"{{{_GPX}}}name").text = _xml_text(name)
    route = ET.SubElement(root, f"{{{_GPX}}}rte")
    ET.SubElement(route, f"{{{_GPX}}}name").text = _xml_text(plan.plan.name)
    for lon, lat in json.loads(plan.path_geojson)["coordinates"]:
        _point(route, "rtept", lon, lat)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def plan_geojson(plan: PlanWithPath) -> dict[str, Any]:
    """The route as a GeoJSON FeatureCollection: the path, then the checkpoints in order."""
    facts = {"name": plan.plan.name, "length_m": round(plan.plan.length_m), "walk_s": plan.plan.walk_s}
    features = [{"type": "Feature", "geometry": json.loads(plan.path_geojson), "properties": facts}]
    features += [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point["lon"], point["lat"]]},
            "properties": {name: point[name] for name in ("seq", "name", "dwell_min")},
        }
        for point in plan.checkpoints
    ]
    return {"type": "FeatureCollection", "features": features}


def _point(parent: ET.Element, kind: str, lon: float, lat: float) -> ET.Element:
    return ET.SubElement(parent, f"{{{_GPX}}}{kind}", lat=f"{lat:.6f}", lon=f"{lon:.6f}")


def _xml_text(text: str) -> str:
    """The text without signs that XML 1.0 does not allow."""
    return "".join(sign for sign in text if sign in "\t\n\r" or (ord(sign) >= 32 and not 0xD800 <= ord(sign) <= 0xDFFF))
