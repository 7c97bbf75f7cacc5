"""The shell of a map: which files it loads, its element, and the script that lays it out. folium makes all three."""

from dataclasses import dataclass
from functools import lru_cache

import folium
from branca.element import CssLink, Figure, JavascriptLink
from flask_babel import gettext as _

from webapp.maps import assets
from webapp.maps.elements import Controls, TileLayers

#: west, south, east, north in degrees
Bounds = tuple[float, float, float, float]

MIN_ZOOM = 5
MAX_ZOOM = 19


@dataclass(frozen=True)
class MapShell:
    """Three parts for a template: `head` and `html` are HTML, `script` is the body of a module script.

    The script imports nothing by itself: the template puts it after `import {start} …` and gives it the page's nonce.
    """

    head: str
    html: str
    script: str

    def __len__(self) -> int:
        return sum(len(part.encode()) for part in (self.head, self.html, self.script))


def map_shell(name: str, bounds: Bounds, *, config_id: str = "map-config") -> MapShell:
    """The shell of the map called `name` that shows `bounds`; `config_id` is the JSON block the page's script reads.

    The same arguments and language give the same bytes. Raises ValueError for a name that is no identifier.
    """
    if not name.isidentifier():
        raise ValueError(f"{name!r} cannot be part of an element id")
    return _shell(name, bounds, config_id, str(_("Zoom in")), str(_("Zoom out")))


@lru_cache(maxsize=256)
def _shell(name: str, bounds: Bounds, config_id: str, zoom_in: str, zoom_out: str) -> MapShell:
    west, south, east, north = bounds
    layout = folium.Map(
        location=((south + north) / 2, (west + east) / 2),
        tiles=None,
        zoom_control=False,
        min_zoom=MIN_ZOOM,
        prefer_canvas=True,
        minZoom=MIN_ZOOM,
        maxZoom=MAX_ZOOM,
        bounceAtZoomLimits=False,
    )
    layout._id = name
    layout.add_child(Controls(zoom_in, zoom_out), name="controls")
    layout.add_child(TileLayers(config=config_id, bounds=[[south, west], [north, east]]), name="layers")
    for part, child in layout._children.items():
        child._id = f"{name}_{part}"
    figure = layout.get_root()
    assert isinstance(figure, Figure)  # noqa: S101 - folium makes one around every map
    return _parts(figure)


def _parts(figure: Figure) -> MapShell:
    for child in figure._children.values():
        child.render()
    links = [link for link in figure.header._children.values() if isinstance(link, CssLink | JavascriptLink)]
    for link in links:
        if assets.MISSING in link.url:
            raise LookupError(
                f"{link.url.removeprefix(assets.MISSING)} is not under static/vendor: bring it with scripts/vendor.py"
            )
    return MapShell(
        head="\n".join(_link(link) for link in links),
        html=figure.html.render().strip(),
        script="\n".join(line.strip() for line in figure.script.render().splitlines() if line.strip()),
    )


def _link(link: CssLink | JavascriptLink) -> str:
    if isinstance(link, CssLink):
        return f'<link rel="stylesheet" href="{link.url}">'
    return f'<script src="{link.url}" defer></script>'
