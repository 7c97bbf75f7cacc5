"""Cameras, what they see and what they do not, as vector tiles; and the cells with their watched share."""

from sqlalchemy.orm import Session

from cameras.tiers import TIERS
from data.tiles import TileAddress, draw_tile, narrowing

CELLS_FROM_ZOOM = 9
EACH_CAMERA_FROM_ZOOM = 13
VIEWS_FROM_ZOOM = 14

#: Zipped this is a third.
CROWDED_BYTES = 600_000
GAPS_FROM_ZOOM = 12


def draw_cells(
    session: Session, tile: TileAddress, scope: tuple[str, ...], *, watched_in: tuple[str, ...], tier: str = ""
) -> bytes:
    """Layers `cells` (code, kind, watched %, has_lead) and `cell_names` (code, name); watched at a quality of TIERS.

    Here and not in grids because coverage is ours. The watched share is given only for cells of `watched_in`:
    where nobody looks is as confidential as where the cameras stand.
    """
    if tile.zoom < CELLS_FROM_ZOOM:
        return b""
    asked = {"scope": narrowing(scope), "watched_in": narrowing(watched_in), "tier": tier}
    return draw_tile(session, "cameras", "tile_cells", tile, **asked)


def draw_cameras(session: Session, tile: TileAddress, scope: tuple[str, ...]) -> bytes:
    """Layer `cameras`, one point each; from afar, and where they crowd, `camera_counts`, one a 32-pixel square."""
    if tile.zoom >= EACH_CAMERA_FROM_ZOOM:
        each = draw_tile(session, "cameras", "tile_cameras", tile, scope=narrowing(scope))
        if len(each) <= CROWDED_BYTES:
            return each
    return draw_tile(session, "cameras", "tile_camera_counts", tile, scope=narrowing(scope))


def draw_camera_views(session: Session, tile: TileAddress, scope: tuple[str, ...], *, tier: str = "") -> bytes:
    """Layer `camera_views` (code, status), at a quality of TIERS or better; empty from afar."""
    if tile.zoom < VIEWS_FROM_ZOOM:
        return b""
    return draw_tile(session, "cameras", "tile_camera_views", tile, scope=narrowing(scope), px_per_m=TIERS.get(tier))


def draw_coverage_gaps(session: Session, tile: TileAddress, scope: tuple[str, ...]) -> bytes:
    """Layer `coverage_gaps` (street_m); empty from afar."""
    if tile.zoom < GAPS_FROM_ZOOM:
        return b""
    return draw_tile(session, "cameras", "tile_coverage_gaps", tile, scope=narrowing(scope))
