"""The menu: one table; each person sees the lines the own roles permit, and starts at the first."""

from dataclasses import dataclass

from flask import Flask, redirect, url_for
from flask_babel import LazyString, lazy_gettext
from werkzeug.wrappers import Response

from webapp.security.access import current_actor, may, requires


@dataclass(frozen=True)
class MenuLine:
    """A line of the menu: where it leads, its text, its Bootstrap icon, the permission, and what else belongs to it."""

    endpoint: str
    title: LazyString
    icon: str
    permission: str
    also: tuple[str, ...] = ()

    def is_here(self, endpoint: str | None) -> bool:
        """Whether the page with this endpoint belongs to the line."""
        noun = (endpoint or "").split(".")[0]
        return noun in (self.endpoint.split(".")[0], *self.also)


#: In the order in which a person's home is chosen: what somebody does all day comes before what is looked up.
MENU = (
    MenuLine("worker.home", lazy_gettext("My cell"), "geo-alt", "cell.work"),
    MenuLine("volunteer.home", lazy_gettext("My patrols"), "person-walking", "patrol.join"),
    MenuLine("dispatch.queue", lazy_gettext("Dispatch"), "broadcast-pin", "incident.dispatch"),
    MenuLine("patrols.index", lazy_gettext("Patrols"), "signpost-split", "patrol.view"),
    MenuLine("map.index", lazy_gettext("Map"), "map", "map.view"),
    MenuLine("coverage.index", lazy_gettext("Coverage"), "camera-video", "coverage.run", also=("siting",)),
    MenuLine("cameras.index", lazy_gettext("Cameras"), "webcam", "camera.view"),
    MenuLine("inspections.due", lazy_gettext("Inspections"), "clipboard2-check", "camera.inspect"),
    MenuLine("cells.staffing", lazy_gettext("Staffing"), "people", "cell.assign"),
    MenuLine("incidents.index", lazy_gettext("Incidents"), "clipboard-check", "incident.view"),
    MenuLine("admin.users", lazy_gettext("Administration"), "gear", "account.manage"),
)

#: Where each role starts its day; who has several starts with the first of these.
HOMES = {
    "grid_worker": "worker.home",
    "volunteer": "volunteer.home",
    "dispatcher": "dispatch.queue",
    "patrol_leader": "patrols.index",
    "centre_staff": "map.index",
    "administrator": "admin.users",
}


def menu() -> list[MenuLine]:
    """The lines the signed-in person may follow."""
    return [line for line in MENU if may(line.permission)]


def home_endpoint() -> str:
    """Where the signed-in person starts."""
    actor = current_actor()
    roles = actor.roles if actor else frozenset()
    return next((endpoint for role, endpoint in HOMES.items() if role in roles), "account.password")


def register(app: Flask) -> None:
    """Give templates the menu, and `/` the way to everybody's own start."""

    @app.get("/")
    @requires("self")
    def home() -> Response:
        return redirect(url_for(home_endpoint()))

    app.jinja_env.globals.update(menu=menu, current_actor=current_actor, may=may, home_endpoint=home_endpoint)
