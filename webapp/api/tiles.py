"""Vector tiles: one address for any choice of layers; immutable under their version, 304 otherwise."""

import gzip

from flask import Blueprint, Response, current_app, request

from data.tiles import TileAddress
from webapp.maps.asking import FILTER_NAMES, expect_only, incident_filter, tier
from webapp.maps.drawing import TileOrder, draw, version_of
from webapp.maps.layers import TIERED
from webapp.security import me, requires
from webapp.session import db

blueprint = Blueprint("tiles", __name__)

_FOREVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"


@blueprint.get("/tiles/<kinds>/<int:zoom>/<int:column>/<int:row>.mvt")
@requires("map.view")
def tile(kinds: str, zoom: int, column: int, row: int) -> Response:
    """One tile with the named layers joined, gzipped; `v` is its version, as `/api/map/versions` gives it."""
    order = _order(kinds)
    address = TileAddress(zoom, column, row)
    version = version_of(db(), order)
    response = current_app.response_class(mimetype="application/vnd.mapbox-vector-tile")
    response.set_etag(version)
    response.headers["Cache-Control"] = _FOREVER if request.args.get("v") == version else _ASK_AGAIN
    response.vary.add("Accept-Encoding")
    if request.if_none_match.contains(version):
        response.status_code = 304
        return response
    return _with_body(response, draw(db(), order, address, version))


def _with_body(response: Response, zipped: bytes) -> Response:
    if request.accept_encodings["gzip"] > 0:
        response.headers["Content-Encoding"] = "gzip"
        response.set_data(zipped)
    else:
        response.set_data(gzip.decompress(zipped))
    return response


def _order(kinds: str) -> TileOrder:
    names = tuple(kinds.split(","))
    filters = FILTER_NAMES if "incidents" in names else ()
    tiers = ("tier",) if set(names) & set(TIERED) else ()
    expect_only(request.args, ("v", *filters, *tiers))
    return TileOrder(names, me(), incident_filter(request.args), tier(request.args))
