"""The layers of our maps: one table that the tiles, the layer switch, the legend and the tests all read.

`style` names in a legend are drawn by the same functions of `static/js/map/symbols.js` that draw the map,
so that legend and map cannot differ.
"""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class LegendLine:
    """One symbol of a legend and what it means."""

    style: str
    text: LazyString


@dataclass(frozen=True)
class MapLayer:
    """A layer a person can switch on.

    `tiles` names the tile it is drawn from (None: it is fetched in another way); `permission` is needed to see it.
    """

    name: str
    group: str
    title: LazyString
    permission: str
    legend: tuple[LegendLine, ...]
    tiles: str | None = None
    is_on: bool = False
    from_zoom: int = 0


@dataclass(frozen=True)
class TileKind:
    """What a tile is made from: who may have it, whether it differs by area, and which changes make it stale."""

    permission: str
    changes: tuple[str, ...]
    is_scoped: bool = True
    #: tiles that change with the calendar day although no row changed
    changes_daily: bool = False


TILES: dict[str, TileKind] = {
    "land_covers": TileKind("map.view", ("land_covers",), is_scoped=False),
    "streets": TileKind("map.view", ("streets",), is_scoped=False),
    "buildings": TileKind("map.view", ("buildings",), is_scoped=False),
    "places": TileKind("map.view", ("places",), is_scoped=False),
    "divisions": TileKind("map.view", ("divisions",), changes_daily=True),
    "cells": TileKind("map.view", ("cells",), changes_daily=True),
    "cameras": TileKind("camera.view", ("cameras",)),
    "camera_views": TileKind("camera.view", ("camera_views", "cameras")),
    "coverage_gaps": TileKind("camera.view", ("coverage_gaps",)),
    "route_plans": TileKind("patrol.view", ("route_plans",)),
    "street_parts": TileKind("patrol.view", ("street_parts",), changes_daily=True),
    "incidents": TileKind("incident.view", ("incidents",), changes_daily=True),
}

#: Tiles that show what is seen, and can show it for one quality of the picture.
TIERED = ("cells", "camera_views")

#: The base map, in the order in which it is drawn.
GROUND = ("land_covers", "streets", "buildings", "places")

GROUPS: dict[str, LazyString] = {
    "areas": _l("Divisions and cells"),
    "watching": _l("Cameras and coverage"),
    "patrols": _l("Patrols"),
    "incidents": _l("Incidents"),
}

LAYERS: tuple[MapLayer, ...] = (
    MapLayer(
        "divisions", "areas", _l("Divisions"), "map.view",
        (
            LegendLine("division-county", _l("County boundary")),
            LegendLine("division-township", _l("Township boundary")),
            LegendLine("division-village", _l("Village boundary")),
        ),
        tiles="divisions", is_on=True,
    ),
    MapLayer(
        "cells", "areas", _l("Grid cells"), "map.view",
        (
            LegendLine("cell-general", _l("General cell")),
            LegendLine("cell-dedicated", _l("Dedicated cell")),
        ),
        tiles="cells", is_on=True, from_zoom=10,
    ),
    MapLayer(
        "vacant", "areas", _l("Cells without a lead worker"), "map.view",
        (LegendLine("cell-vacant", _l("No lead worker today")),),
        tiles="cells", from_zoom=10,
    ),
    MapLayer(
        "watched", "watching", _l("Open ground watched, by cell"), "camera.view",
        (
            LegendLine("watched-0", _l("under 5%")),
            LegendLine("watched-1", _l("5 to 9%")),
            LegendLine("watched-2", _l("10 to 19%")),
            LegendLine("watched-3", _l("20 to 39%")),
            LegendLine("watched-4", _l("at least 40%")),
            LegendLine("watched-none", _l("not calculated yet")),
        ),
        tiles="cells", from_zoom=10,
    ),
    MapLayer(
        "cameras", "watching", _l("Cameras"), "camera.view",
        (
            LegendLine("camera-online", _l("Online")),
            LegendLine("camera-offline", _l("Offline or faulty")),
            LegendLine("camera-planned", _l("Planned")),
            LegendLine("camera-count", _l("Several cameras (from afar)")),
        ),
        tiles="cameras", from_zoom=10,
    ),
    MapLayer(
        "camera_views", "watching", _l("What cameras see"), "camera.view",
        (LegendLine("camera-view", _l("Seen by a camera")),),
        tiles="camera_views", from_zoom=15,
    ),
    MapLayer(
        "coverage_gaps", "watching", _l("Gaps by the street"), "camera.view",
        (LegendLine("coverage-gap", _l("Seen by no camera")),),
        tiles="coverage_gaps", from_zoom=13,
    ),
    MapLayer(
        "route_plans", "patrols", _l("Patrol routes"), "patrol.view",
        (
            LegendLine("route-published", _l("Route in use")),
            LegendLine("route-draft", _l("Draft")),
            LegendLine("checkpoint", _l("Checkpoint")),
        ),
        tiles="route_plans", is_on=True, from_zoom=10,
    ),
    MapLayer(
        "last_walked", "patrols", _l("When streets were walked last"), "patrol.view",
        (
            LegendLine("walked-0", _l("today or yesterday")),
            LegendLine("walked-1", _l("2 to 3 days ago")),
            LegendLine("walked-2", _l("4 to 7 days ago")),
            LegendLine("walked-3", _l("more than a week ago")),
            LegendLine("walked-never", _l("planned, never walked")),
        ),
        tiles="street_parts", from_zoom=12,
    ),
    MapLayer(
        "positions", "patrols", _l("Members on patrol"), "position.view",
        (
            LegendLine("member-fresh", _l("Seen in the last 2 minutes")),
            LegendLine("member-old", _l("Seen 2 to 15 minutes ago")),
            LegendLine("member-lost", _l("No position for over 15 minutes")),
        ),
        is_on=True,
    ),
    MapLayer(
        "incidents", "incidents", _l("Incidents"), "incident.view",
        (
            LegendLine("incident-urgent", _l("Urgent")),
            LegendLine("incident-important", _l("Important")),
            LegendLine("incident-general", _l("General or long-term")),
            LegendLine("incident-overdue", _l("Past its deadline")),
            LegendLine("incident-closed", _l("Closed")),
            LegendLine("incident-count", _l("Number of incidents (from afar)")),
        ),
        tiles="incidents", is_on=True,
    ),
    MapLayer(
        "heat", "incidents", _l("Heat of incidents"), "incident.view",
        (LegendLine("heat", _l("few to many")),),
    ),
)  # fmt: skip
