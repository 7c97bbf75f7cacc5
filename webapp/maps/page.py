"""What a page with a map needs: the shell, and the JSON block that tells the browser side everything else."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.queries import Actor
from cameras.tiers import TIERS
from grids.on_map import find_extent, list_sources
from incidents.categories import list_categories
from webapp.coverage_texts import TIERS as TIER_NAMES
from webapp.i18n import is_chinese, static_url
from webapp.labels import label
from webapp.maps.drawing import TileOrder, tile_versions
from webapp.maps.layers import GROUND, GROUPS, LAYERS, TIERED, MapLayer
from webapp.maps.shell import Bounds, MapShell, map_shell
from webapp.maps.texts import texts

#: Where nothing is imported yet, the map shows this.
CHINA: Bounds = (73.5, 18.0, 135.1, 53.6)

MODULES = Path(__file__).resolve().parent.parent / "static" / "js" / "map"


@dataclass(frozen=True)
class MapPage:
    """`render_template(…, map=map_page(…))`: the included `map/_map.html` needs no more than this."""

    shell: MapShell
    config: dict[str, Any]
    imports: dict[str, str] = field(default_factory=dict)


def map_page(
    session: Session,
    actor: Actor,
    *,
    name: str = "main",
    layers: Iterable[str] | None = None,
    on: Iterable[str] | None = None,
    tools: Iterable[str] = ("layers", "identify", "search"),
    bounds: Bounds | None = None,
    **more: Any,
) -> MapPage:
    """A map for this person.

    `layers`: names of `webapp.maps.layers.LAYERS` to offer (all by default), `on`: those switched on at first;
    what the person may not see is left out. `tools`: modules of `static/js/map` to start. `bounds`: what to show at
    first, the person's area by default. `more` goes into the configuration for the page's own script.
    """
    offered = [layer for layer in LAYERS if (layers is None or layer.name in layers) and actor.may(layer.permission)]
    box = bounds or find_extent(session, actor.scope("map.view")) or CHINA
    config = {
        "lang": "zh" if is_chinese() else "en",
        "attribution": attribution(session),
        "tiles": {"path": "/tiles/{kinds}/{z}/{x}/{y}.mvt", "ground": list(GROUND)},
        "versions": tile_versions(session, TileOrder((*GROUND, *_tile_kinds(offered)), actor)),
        "layers": [layer_config(layer, on) for layer in offered],
        "groups": [{"name": name, "title": str(title)} for name, title in GROUPS.items()],
        "tools": list(tools),
        "texts": texts(),
        "filters": filters(session) if actor.may("incident.view") else None,
        "tiers": tiers() if any(layer.tiles in TIERED for layer in offered if layer.group == "watching") else None,
        "signIn": url_for("account.login"),
        **more,
    }
    return MapPage(map_shell(name, box), config, module_imports())


def _tile_kinds(layers: list[MapLayer]) -> list[str]:
    return sorted({layer.tiles for layer in layers if layer.tiles})


def layer_config(layer: MapLayer, on: Iterable[str] | None) -> dict[str, Any]:
    """One layer for the browser side."""
    return {
        "name": layer.name,
        "group": layer.group,
        "title": str(layer.title),
        "tiles": layer.tiles,
        "fromZoom": layer.from_zoom,
        "on": layer.is_on if on is None else layer.name in on,
        "legend": [{"style": line.style, "text": str(line.text)} for line in layer.legend],
    }


def attribution(session: Session) -> str:
    """Whose data the map shows, in plain text."""
    sources = list_sources(session)
    parts = []
    if any(source.startswith("osm") for source in sources):
        parts.append(_("© OpenStreetMap contributors (ODbL)"))
    if "synthetic" in sources:
        parts.append(_("Synthetic data: everything is invented"))
    return " · ".join(parts)


def filters(session: Session) -> dict[str, Any]:
    """What the incidents' filter offers."""
    scheme = current_app.config["SETTINGS"].incident_scheme
    categories = list_categories(session, scheme)
    return {
        "statuses": [
            {"value": "open", "text": _("Not closed yet")},
            {"value": "overdue", "text": _("Past the deadline")},
            {"value": "closed", "text": _("Closed")},
            {"value": "all", "text": _("All")},
        ],
        "categories": [
            {"value": line.code, "text": line.name_zh if is_chinese() else line.name_en, "group": line.group_code}
            for line in categories
        ],
        "days": [
            {"value": "", "text": _("Any time")},
            *({"value": str(days), "text": _("Last %(days)d days", days=days)} for days in (7, 30, 90, 365)),
        ],
    }


def tiers() -> list[dict[str, str]]:
    """The qualities of the picture to choose from, whatever a lens reaches first."""
    named = [
        {"value": name, "text": _("%(tier)s: %(density)s px/m", tier=label(TIER_NAMES, name), density=f"{density:g}")}
        for name, density in sorted(TIERS.items(), key=lambda line: line[1])
    ]
    return [{"value": "", "text": _("Geometric")}, *named]


def module_imports() -> dict[str, str]:
    """An import map that gives every module of the map the mark of its content, so that none is ever stale."""
    known: dict[str, str] = current_app.extensions.setdefault("gridbeat_map_modules", {})
    if not known:
        for path in sorted(MODULES.glob("*.js")):
            name = f"js/map/{path.name}"
            known[url_for("static", filename=name)] = static_url(name)
    return known
