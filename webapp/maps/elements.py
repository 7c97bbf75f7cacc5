"""The pieces our maps are made of, as folium elements. They carry settings of ours only, never text of users."""

from typing import Any

from folium.elements import JSCSSMixin
from folium.template import Template

PROTOMAPS = ("protomaps-leaflet", "/static/vendor/protomaps-leaflet@5.1.0/protomaps-leaflet.js")
HEAT = ("leaflet-heat.js", "/static/vendor/leaflet.heat@0.2.0/leaflet-heat.js")


class Controls(JSCSSMixin):
    """Zoom buttons with words in the reader's language, a metric scale, and no flag in the attribution."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        L.control.zoom({{ this.zoom|tojson }}).addTo({{ this._parent.get_name() }});
        L.control.scale({imperial: false, maxWidth: 120}).addTo({{ this._parent.get_name() }});
        {{ this._parent.get_name() }}.attributionControl.setPrefix(false);
        {% endmacro %}
        """
    )

    def __init__(self, zoom_in: str, zoom_out: str) -> None:
        super().__init__()
        self._name = "Controls"
        self.zoom = {"position": "bottomright", "zoomInTitle": zoom_in, "zoomOutTitle": zoom_out}


class TileLayers(JSCSSMixin):
    """Our vector tiles (drawn by protomaps-leaflet) and everything else the page's `map-config` asks for."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        start({{ this._parent.get_name() }}, {{ this.options|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._name = "TileLayers"
        self.default_js = [PROTOMAPS, HEAT]
        self.options = options
