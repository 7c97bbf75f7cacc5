"""What map pages ask while they are open. Texts come ready in the reader's language, for `textContent`."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from cameras.on_map import CELL_ORDERS, list_cell_lines
from incidents.on_map import list_heat
from patrols.on_map import list_positions
from webapp.labels import MEMBER_KINDS, SILENCES, label
from webapp.maps import answers, describing
from webapp.maps.asking import (
    FILTER_NAMES,
    bounding_box,
    coordinate,
    expect_only,
    incident_filter,
    refuse_unless,
    whole_number,
)
from webapp.maps.drawing import TileOrder, tile_versions
from webapp.maps.layers import LAYERS, TILES
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("map_api", __name__, url_prefix="/api")

MAX_WORDS = 80


@blueprint.get("/map/versions")
@requires("map.view")
def versions() -> Response:
    """The version of every tile kind the person may have, as it goes into the tiles' addresses."""
    expect_only(request.args, FILTER_NAMES)
    kinds = tuple(kind for kind in TILES if me().may(TILES[kind].permission))
    return jsonify(tile_versions(db(), TileOrder(kinds, me(), incident_filter(request.args))))


@blueprint.get("/identify")
@requires("map.view")
def identify() -> Response:
    """What of the named layers lies at lon, lat as seen at this zoom."""
    expect_only(request.args, ("lon", "lat", "zoom", "layers", *FILTER_NAMES))
    names = set(request.args.get("layers", "").split(",")) - {""}
    refuse_unless(names <= {layer.name for layer in LAYERS}, "layers")
    point = answers.point_at(
        coordinate(request.args, "lon", 180),
        coordinate(request.args, "lat", 85),
        whole_number(request.args, "zoom", 15, 0, 22),
    )
    found = answers.identify(db(), me(), point, names, incident_filter(request.args))
    return jsonify(features=found)


@blueprint.get("/search")
@requires("map.view")
def search() -> Response:
    """Where the words of `q` are: codes, numbers, names, coordinates; nearest to lon, lat first."""
    expect_only(request.args, ("q", "lon", "lat"))
    words = request.args.get("q", "").strip()[:MAX_WORDS]
    near = (0.0, 0.0)
    if "lon" in request.args:
        near = (coordinate(request.args, "lon", 180), coordinate(request.args, "lat", 85))
    return jsonify(results=answers.search(db(), me(), words, near) if words else [])


@blueprint.get("/incidents/heat")
@requires("incident.view")
def heat() -> Response:
    """[lat, lon, number] for each square of a net over `bbox`, and the largest number."""
    expect_only(request.args, ("bbox", *FILTER_NAMES))
    box = bounding_box(request.args)
    points = list_heat(db(), box, current_scope(), incident_filter(request.args))
    return jsonify(points=points, most=max((count for _lat, _lon, count in points), default=0))


@blueprint.get("/positions")
@requires("position.view")
def positions() -> Response:
    """Where members on patrol were seen last, with the age of each position in seconds."""
    expect_only(request.args, ())
    members = [
        {
            **row,
            "kind": label(MEMBER_KINDS, row["kind"]),
            "silent": row["silent"] and label(SILENCES, row["silent"]),
            "lon": round(row["lon"], 6),
            "lat": round(row["lat"], 6),
        }
        for row in list_positions(db(), current_scope())
    ]
    return jsonify(members=members)


@blueprint.get("/map/cells")
@requires("map.view")
def cells() -> Response:
    """One page of the list of cells: `q` filters, `order` and `down` sort, `offset` continues."""
    expect_only(request.args, ("q", "order", "down", "offset"))
    order = request.args.get("order", "code")
    refuse_unless(order in CELL_ORDERS, "order")
    page: dict[str, Any] = {
        "words": request.args.get("q", "").strip()[:MAX_WORDS],
        "order": order,
        "is_descending": request.args.get("down") == "1",
        "offset": whole_number(request.args, "offset", 0, 0, 10**6),
    }
    lines = list_cell_lines(db(), current_scope(), watched_in=me().scope("camera.view"), **page)
    return jsonify(total=lines[0]["total"] if lines else 0, cells=[_line(line) for line in lines])


def _line(line: describing.Row) -> dict[str, object]:
    kept = ("code", "name", "kind", "households", "watched", "lead")
    return {name: line[name] for name in kept} | {"box": describing.box(line)}


@blueprint.get("/map/cells/<code>")
@requires("map.view")
def cell(code: str) -> Response:
    """Everything the panel says about one cell."""
    expect_only(request.args, ())
    return jsonify(answers.cell_with_code(db(), me(), code))


@blueprint.get("/map/cameras/<code>")
@requires("camera.view")
def camera(code: str) -> Response:
    """Everything to say about one camera; who asked is written down."""
    expect_only(request.args, ())
    return jsonify(answers.camera_with_code(db(), me(), code))
