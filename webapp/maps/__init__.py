"""Maps: folium lays out the shell; our own modules in `static/js/map/` fill it from our own tiles and answers."""
