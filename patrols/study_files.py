"""A plan's routes for other programs: GPX 1.1, KML 2.2, GeoJSON; WGS 84 all."""

import json
from typing import Any
from xml.etree import ElementTree as ET

from data.errors import NotFound
from patrols.study_models import PatrolStudy

_GPX = "http://www.topografix.com/GPX/1/1"
_KML = "http://www.opengis.net/kml/2.2"
Lines = list[dict[str, Any]]


def study_file(study: PatrolStudy, lines: Lines, ending: str) -> tuple[bytes, str]:
    """The file's bytes and its media type. Raises NotFound for an ending we do not write."""
    if ending == "gpx":
        return _gpx(study, lines), "application/gpx+xml"
    if ending == "kml":
        return _kml(study, lines), "application/vnd.google-earth.kml+xml"
    if ending == "geojson":
        return _geojson(study, lines), "application/geo+json"
    raise NotFound("There is nothing at this address, or it lies outside your area.")


def _gpx(study: PatrolStudy, lines: Lines) -> bytes:
    ET.register_namespace("", _GPX)
    root = ET.Element(f"{{{_GPX}}}gpx", version="1.1", creator="Gridbeat")
    for stop in study.stops:
        waypoint = ET.SubElement(root, f"{{{_GPX}}}wpt", lat=f"{stop['lat']:.6f}", lon=f"{stop['lon']:.6f}")
        ET.SubElement(waypoint, f"{{{_GPX}}}name").text = _text(stop.get("name") or "")
    for line in lines:
        route = ET.SubElement(root, f"{{{_GPX}}}rte")
        ET.SubElement(route, f"{{{_GPX}}}name").text = _name(study, line)
        for lon, lat in line["path"]["coordinates"]:
            ET.SubElement(route, f"{{{_GPX}}}rtept", lat=f"{lat:.6f}", lon=f"{lon:.6f}")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _kml(study: PatrolStudy, lines: Lines) -> bytes:
    ET.register_namespace("", _KML)
    root = ET.Element(f"{{{_KML}}}kml")
    document = ET.SubElement(root, f"{{{_KML}}}Document")
    ET.SubElement(document, f"{{{_KML}}}name").text = _text(study.name)
    for line in lines:
        mark = ET.SubElement(document, f"{{{_KML}}}Placemark")
        ET.SubElement(mark, f"{{{_KML}}}name").text = _name(study, line)
        drawn = ET.SubElement(mark, f"{{{_KML}}}LineString")
        ET.SubElement(drawn, f"{{{_KML}}}tessellate").text = "1"
        pairs = (f"{lon:.6f},{lat:.6f}" for lon, lat in line["path"]["coordinates"])
        ET.SubElement(drawn, f"{{{_KML}}}coordinates").text = " ".join(pairs)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _geojson(study: PatrolStudy, lines: Lines) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": line["path"],
            "properties": {"name": _name(study, line), "team": line["team"] + 1},
        }
        for line in lines
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def _name(study: PatrolStudy, line: dict[str, Any]) -> str:
    return _text(f"{study.name} {study.teams[line['team']]['name']}")


def _text(text: str) -> str:
    """The text without signs that XML 1.0 does not allow."""
    return "".join(sign for sign in text if sign in "\t\n\r" or (ord(sign) >= 32 and not 0xD800 <= ord(sign) <= 0xDFFF))
