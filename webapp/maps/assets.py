"""folium asks for its libraries at other hosts; from the moment this is imported it asks for our own copies.

Every class of folium that brings scripts or styles keeps its list in `default_js` / `default_css`. We walk all
of them once. What a page has anyway (Bootstrap) or what no map of ours needs (jQuery, icon fonts) is dropped;
what is not under `static/vendor` gets an address that `map_shell` refuses, so that a new plug-in is noticed at once.
"""

import folium
import folium.plugins  # noqa: F401 - importing it defines every class we want to find
from folium.elements import JSCSSMixin

MISSING = "missing:"

#: folium's name for a library → our copy of it
OURS = {
    "leaflet": "/static/vendor/leaflet@1.9.4/leaflet.js",
    "leaflet_css": "/static/vendor/leaflet@1.9.4/leaflet.css",
    "leaflet-heat.js": "/static/vendor/leaflet.heat@0.2.0/leaflet-heat.js",
}
NOT_NEEDED = {
    "jquery",
    "bootstrap",
    "bootstrap_css",
    "glyphicons_css",
    "awesome_markers",
    "awesome_markers_css",
    "awesome_markers_font_css",
    "awesome_rotate_css",
}


def keep_folium_at_home() -> int:
    """Rewrite the lists of all folium classes; returns how many classes have one."""
    classes = _subclasses(JSCSSMixin)
    for kind in classes:
        kind.default_js = _ours(kind.default_js)
        kind.default_css = _ours(kind.default_css)
    return len(classes)


def _ours(links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    kept = [(name, address) for name, address in links if name not in NOT_NEEDED]
    at_home = [(name, address) for name, address in kept if not address.startswith(("http:", "https:", "//"))]
    brought = [(name, OURS.get(name, MISSING + name)) for name, address in kept if (name, address) not in at_home]
    return at_home + brought


def _subclasses(kind: type[JSCSSMixin]) -> set[type[JSCSSMixin]]:
    found: set[type[JSCSSMixin]] = set(kind.__subclasses__())
    for child in tuple(found):
        found |= _subclasses(child)
    return found


keep_folium_at_home()
