"""Tiles: which kinds, for whom, how fresh; drawn by the rooms, kept for a while in this process."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from accounts.queries import Actor
from cameras.tiles import draw_camera_views, draw_cameras, draw_cells, draw_coverage_gaps
from data.errors import NotAllowed, NotFound
from data.layers import layer_versions
from data.tiles import TileAddress, plan_for_tiles
from grids.tiles import draw_buildings, draw_divisions, draw_land_covers, draw_places, draw_streets
from incidents.tiles import IncidentFilter, draw_incidents
from patrols.tiles import draw_route_plans, draw_street_parts
from webapp.maps.layers import TIERED, TILES

#: Part of every version: raise it when the content of a tile changes although the data did not.
_SHAPE = "1"

_ANY_OPEN = IncidentFilter()

MAX_KINDS = len(TILES)
_KEPT_BYTES = 48_000_000
_GZIP_LEVEL = 4


@dataclass(frozen=True)
class TileOrder:
    """What is asked for: kinds of tiles, for a person, with the incidents' filter and the pictures' quality."""

    kinds: tuple[str, ...]
    actor: Actor
    wanted: IncidentFilter = _ANY_OPEN
    tier: str = ""

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in TILES:
                raise NotFound("There is no map layer called {kind}.", kind=kind[:40])
            if not self.actor.may(TILES[kind].permission):
                raise NotAllowed("Your role does not allow this. Ask an administrator if you need it.")
        if len(set(self.kinds)) != len(self.kinds) or len(self.kinds) > MAX_KINDS:
            raise NotFound("Name each map layer once, {most} at most.", most=MAX_KINDS)

    def scope(self, kind: str) -> tuple[str, ...]:
        """Where the person may see this kind; the ground is everybody's."""
        return self.actor.scope(TILES[kind].permission) if TILES[kind].is_scoped else ("",)


_DRAW: dict[str, Callable[[Session, TileAddress, TileOrder], bytes]] = {
    "land_covers": lambda session, tile, _order: draw_land_covers(session, tile),
    "streets": lambda session, tile, _order: draw_streets(session, tile),
    "buildings": lambda session, tile, _order: draw_buildings(session, tile),
    "places": lambda session, tile, _order: draw_places(session, tile),
    "divisions": lambda session, tile, order: draw_divisions(session, tile, order.scope("divisions")),
    "cells": lambda session, tile, order: draw_cells(
        session, tile, order.scope("cells"), watched_in=order.actor.scope("camera.view"), tier=order.tier
    ),
    "cameras": lambda session, tile, order: draw_cameras(session, tile, order.scope("cameras")),
    "camera_views": lambda session, tile, order: draw_camera_views(
        session, tile, order.scope("camera_views"), tier=order.tier
    ),
    "coverage_gaps": lambda session, tile, order: draw_coverage_gaps(session, tile, order.scope("coverage_gaps")),
    "route_plans": lambda session, tile, order: draw_route_plans(session, tile, order.scope("route_plans")),
    "street_parts": lambda session, tile, order: draw_street_parts(session, tile, order.scope("street_parts")),
    "incidents": lambda session, tile, order: draw_incidents(session, tile, order.scope("incidents"), order.wanted),
}


def tile_versions(session: Session, order: TileOrder) -> dict[str, str]:
    """For each kind a short text that differs whenever its tiles may: data, day, permissions, area, filter."""
    changes = layer_versions(session, {layer for kind in order.kinds for layer in TILES[kind].changes})
    return {kind: _version(kind, order, changes) for kind in order.kinds}


def _version(kind: str, order: TileOrder, changes: dict[str, str]) -> str:
    facts: list[object] = [_SHAPE, kind, *(changes[layer] for layer in TILES[kind].changes), order.scope(kind)]
    now = datetime.now(UTC)
    if TILES[kind].changes_daily:
        facts.append(now.date())
    if order.tier and kind in TIERED:
        facts.append(order.tier)
    if kind == "cells":
        facts.append(order.actor.scope("camera.view"))
    if kind == "incidents":
        facts.append(order.wanted)
        # what is overdue changes while nobody writes anything
        facts.append(now.timestamp() // 300 if order.wanted.status == "overdue" else None)
    return hashlib.blake2b(repr(facts).encode(), digest_size=6).hexdigest()


def version_of(session: Session, order: TileOrder) -> str:
    """The version of a joined tile: those of its kinds in order, as a browser can put them together itself."""
    return "-".join(tile_versions(session, order).values())


def draw(session: Session, order: TileOrder, tile: TileAddress, version: str) -> bytes:
    """The gzipped tile with all kinds of the order, from this process's memory when it is there."""
    key = (version, tile)
    body = _kept.find(key)
    if body is None:
        plan_for_tiles(session)
        body = gzip.compress(b"".join(_DRAW[kind](session, tile, order) for kind in order.kinds), _GZIP_LEVEL, mtime=0)
        _kept.keep(key, body)
    return body


class KeptTiles:
    """The tiles asked for last, up to a number of bytes; the version in the key holds role, area and filter."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._tiles: OrderedDict[tuple[str, TileAddress], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: tuple[str, TileAddress]) -> bytes | None:
        """The tile, or None when it was never drawn or has been pushed out."""
        with self._lock:
            body = self._tiles.get(key)
            if body is not None:
                self._tiles.move_to_end(key)
            return body

    def keep(self, key: tuple[str, TileAddress], body: bytes) -> None:
        """Remember a tile and push out those not asked for longest."""
        with self._lock:
            self._bytes += len(body) - len(self._tiles.pop(key, b""))
            self._tiles[key] = body
            while self._bytes > self._most_bytes and len(self._tiles) > 1:
                self._bytes -= len(self._tiles.popitem(last=False)[1])


_kept = KeptTiles(_KEPT_BYTES)
