"""Patrol routes, and when streets were walked, as vector tiles."""

from sqlalchemy.orm import Session

from data.tiles import TileAddress, draw_tile, narrowing

ROUTES_FROM_ZOOM = 9
WALKED_FROM_ZOOM = 12


def draw_route_plans(session: Session, tile: TileAddress, scope: tuple[str, ...]) -> bytes:
    """Layers `route_plans` (id, name, status) and, close by, `checkpoints` (seq, name)."""
    if tile.zoom < ROUTES_FROM_ZOOM:
        return b""
    return draw_tile(session, "patrols", "tile_route_plans", tile, scope=narrowing(scope))


def draw_street_parts(session: Session, tile: TileAddress, scope: tuple[str, ...]) -> bytes:
    """Layer `street_parts` (id, days since it was walked last, -1 for never) of parts that were planned or walked."""
    if tile.zoom < WALKED_FROM_ZOOM:
        return b""
    return draw_tile(session, "patrols", "tile_street_parts", tile, scope=narrowing(scope))
