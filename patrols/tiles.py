"""Patrol routes as vector tiles."""

from sqlalchemy.orm import Session

from data.tiles import TileAddress, draw_tile, narrowing

ROUTES_FROM_ZOOM = 9


def draw_route_plans(session: Session, tile: TileAddress, scope: tuple[str, ...]) -> bytes:
    """Layers `route_plans` (id, name, status) and, close by, `checkpoints` (seq, name)."""
    if tile.zoom < ROUTES_FROM_ZOOM:
        return b""
    return draw_tile(session, "patrols", "tile_route_plans", tile, scope=narrowing(scope))
