"""The layered map: everything a person may see, with the list of cells beside it."""

from flask import Blueprint, render_template

from data.errors import NotAllowed
from webapp.maps.page import map_page
from webapp.security import current_actor, requires
from webapp.session import db

blueprint = Blueprint("map", __name__)

TOOLS = ("layers", "identify", "search", "permalink", "fresh")


@blueprint.get("/map")
@requires("map.view")
def index() -> str:
    """The map of the centre's staff; others see the layers their roles permit."""
    actor = current_actor()
    if actor is None:
        raise NotAllowed("Your role does not allow this. Ask an administrator if you need it.")
    return render_template("map/index.html", map=map_page(db(), actor, tools=TOOLS))
