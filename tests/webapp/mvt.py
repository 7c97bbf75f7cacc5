"""A reader of Mapbox vector tiles for tests: protobuf by hand, just as much as the format needs.

Format: the Mapbox Vector Tile Specification 2.1, §4 (layers 3, features 2, keys 3, values 4, extent 5).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Feature:
    """One thing in a tile: properties, kind of geometry (1 point, 2 line, 3 polygon), corners in tile units."""

    properties: dict[str, object]
    kind: int
    points: list[tuple[int, int]] = field(default_factory=list)


def read_tile(body: bytes) -> dict[str, list[Feature]]:
    """The layers of a tile by name; layers of the same name are joined."""
    layers: dict[str, list[Feature]] = {}
    for number, value in _fields(body):
        if number == 3:
            name, features = _layer(value)
            layers.setdefault(name, []).extend(features)
    return layers


def _layer(body: bytes) -> tuple[str, list[Feature]]:
    name, keys, values, features = "", [], [], []
    for number, value in _fields(body):
        if number == 1:
            name = value.decode()
        elif number == 2:
            features.append(value)
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
    return name, [_feature(feature, keys, values) for feature in features]


def _feature(body: bytes, keys: list[str], values: list[object]) -> Feature:
    properties: dict[str, object] = {}
    kind, points = 0, []
    for number, value in _fields(body):
        if number == 1:
            properties["id"] = value
        elif number == 2:
            tags = list(_packed(value))
            properties |= {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
        elif number == 3:
            kind = value
        elif number == 4:
            points = _points(list(_packed(value)))
    return Feature(properties, kind, points)


def _points(commands: list[int]) -> list[tuple[int, int]]:
    found, x, y, at = [], 0, 0, 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        for _ in range(count if command != 7 else 0):
            x += _signed(commands[at])
            y += _signed(commands[at + 1])
            found.append((x, y))
            at += 2
    return found


def _value(body: bytes) -> object:
    number, value = next(_fields(body))
    read = {
        1: bytes.decode,
        2: lambda raw: struct.unpack("<f", raw)[0],
        3: lambda raw: struct.unpack("<d", raw)[0],
        6: _signed,
        7: bool,
    }
    return read.get(number, int)(value)


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        if tag & 7 == 0:
            value, at = _varint(body, at)
        elif tag & 7 == 1:
            value, at = body[at : at + 8], at + 8
        elif tag & 7 == 5:
            value, at = body[at : at + 4], at + 4
        else:
            size, at = _varint(body, at)
            value, at = body[at : at + size], at + size
        yield tag >> 3, value


def _packed(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        value, at = _varint(body, at)
        yield value


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
