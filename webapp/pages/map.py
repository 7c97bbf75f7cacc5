"""The layered map: everything a person may see, with the list of cells beside it."""

from flask import Blueprint, render_template

from webapp.maps.page import map_page
from webapp.security import me, requires
from webapp.session import db

blueprint = Blueprint("map", __name__)

TOOLS = ("layers", "identify", "search", "permalink", "fresh")


@blueprint.get("/map")
@requires("map.view")
def index() -> str:
    """The map of the centre's staff; others see the layers their roles permit."""
    return render_template("map/index.html", map=map_page(db(), me(), tools=TOOLS))
