"""The ground as vector tiles: land, streets, buildings, places, divisions."""

from sqlalchemy.orm import Session

from data.tiles import TileAddress, draw_tile, narrowing

_HIGHWAYS = ("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link")
_CONNECTING = ("secondary", "secondary_link")
_LOCAL = ("tertiary", "tertiary_link")
_RESIDENTIAL = ("unclassified", "residential", "living_street", "pedestrian", "road")

#: From which zoom on a kind of street is worth its ink; from 14 on every street and path is drawn.
MAIN_STREETS_FROM_ZOOM = ((0, _HIGHWAYS), (9, _CONNECTING), (11, _LOCAL), (12, _RESIDENTIAL))
ALL_STREETS_FROM_ZOOM = 14
BUILDINGS_FROM_ZOOM = 14


def draw_land_covers(session: Session, tile: TileAddress) -> bytes:
    """Layer `land_covers` (kind, name), largest first, so that a pond lies upon the wood around it."""
    return draw_tile(session, "grids", "tile_land_covers", tile)


def draw_streets(session: Session, tile: TileAddress) -> bytes:
    """Layer `streets` (kind, name; oneway and surface_level near by); only main kinds from afar."""
    if tile.zoom >= ALL_STREETS_FROM_ZOOM:
        return draw_tile(session, "grids", "tile_streets", tile)
    return draw_tile(session, "grids", "tile_main_streets", tile, kinds=main_street_kinds(tile.zoom))


def main_street_kinds(zoom: int) -> list[str]:
    """The kinds of street drawn at this zoom.

    >>> "tertiary" in main_street_kinds(10), "tertiary" in main_street_kinds(11)
    (False, True)
    """
    return [kind for start, kinds in MAIN_STREETS_FROM_ZOOM if zoom >= start for kind in kinds]


def draw_buildings(session: Session, tile: TileAddress) -> bytes:
    """Layer `buildings` (name close by); empty from afar."""
    return draw_tile(session, "grids", "tile_buildings", tile) if tile.zoom >= BUILDINGS_FROM_ZOOM else b""


def draw_places(session: Session, tile: TileAddress) -> bytes:
    """Layer `places` (kind, name)."""
    return draw_tile(session, "grids", "tile_places", tile)


def draw_divisions(session: Session, tile: TileAddress, scope: tuple[str, ...]) -> bytes:
    """Layers `divisions` (code, level) and `division_names` (code, level, name, name_en) of the scope's divisions."""
    return draw_tile(session, "grids", "tile_divisions", tile, scope=narrowing(scope))
