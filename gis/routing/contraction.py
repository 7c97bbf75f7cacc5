"""Fewer, longer segments: chains of street pieces without a crossing become one, dead ends of no worth go."""

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import chain

from gis.routing.paths import Stretch

MOST_SEGMENT_M = 250.0


@dataclass(slots=True)
class Piece:
    """A stretch of street between two nodes, milliseconds each way, and what walking it is worth."""

    tail: int
    head: int
    forward_ms: int
    back_ms: int
    length_m: float
    worth: float
    stretches: tuple[Stretch, ...]

    def reversed(self) -> "Piece":
        """Return the same piece seen from its other end."""
        back = tuple(Stretch(part.edge, part.stop, part.start) for part in reversed(self.stretches))
        return Piece(self.head, self.tail, self.back_ms, self.forward_ms, self.length_m, self.worth, back)


Segment = Piece
"""A piece of the finished beat: it is walked from end to end or not at all."""


def merged_segments(
    pieces: list[Piece], fixed: list[int], most_m: float = MOST_SEGMENT_M, alike: float = 0.5
) -> tuple[list[Segment], dict[int, int]]:
    """Return the segments with nodes numbered from 0, and the new number of each node that is left.

    `fixed` nodes stay nodes; the first of them becomes 0. No chain grows beyond `most_m` metres; pieces longer than
    that stay whole. A chain goes on only where traffic may go on in the same directions and a metre is worth about the
    same: the lesser at least the share `alike` of the greater.

    >>> parts = [Piece(5, 6, 1, 1, 90.0, 1.0, ()), Piece(7, 6, 1, 1, 90.0, 0.8, ()), Piece(7, 8, 1, 1, 90.0, 2.0, ())]
    >>> segments, numbers = merged_segments(parts, fixed=[5])
    >>> [(part.tail, part.head, part.length_m, part.worth) for part in segments]
    [(0, 1, 180.0, 1.8), (1, 2, 90.0, 2.0)]
    """
    at = _by_node(pieces)
    _drop_dead_ends(at, set(fixed))
    keep = set(fixed) | {node for node, here in at.items() if here and not _is_passing(at, node, alike)}
    segments: list[Segment] = []
    used: set[int] = set()
    ends = deque(node for node in at if node in keep)
    while ends:
        node = ends.popleft()
        for piece in at[node]:
            if id(piece) in used:
                continue
            segment = _grown(piece if piece.tail == node else piece.reversed(), piece, at, keep, used, most_m)
            segments.append(segment)
            if segment.head not in keep:
                keep.add(segment.head)
                ends.append(segment.head)
    numbers = {node: number for number, node in enumerate(dict.fromkeys(fixed))}
    for node in chain.from_iterable((segment.tail, segment.head) for segment in segments):
        numbers.setdefault(node, len(numbers))
    for segment in segments:
        segment.tail, segment.head = numbers[segment.tail], numbers[segment.head]
    return segments, numbers


def _by_node(pieces: list[Piece]) -> dict[int, list[Piece]]:
    at: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        at[piece.tail].append(piece)
        if piece.head != piece.tail:
            at[piece.head].append(piece)
    return at


def _drop_dead_ends(at: dict[int, list[Piece]], fixed: set[int]) -> None:
    """Take away pieces of no worth that lead nowhere, and loops of no worth."""
    loose = deque(at)
    while loose:
        node = loose.popleft()
        at[node] = [piece for piece in at[node] if piece.worth > 0 or piece.head != piece.tail]
        if len(at[node]) != 1 or node in fixed or at[node][0].worth > 0:
            continue
        piece = at[node].pop()
        other = piece.head if piece.tail == node else piece.tail
        at[other] = [left for left in at[other] if left is not piece]
        loose.append(other)


def _is_passing(at: dict[int, list[Piece]], node: int, alike: float) -> bool:
    """Return whether exactly two pieces meet at a node and what may come along one may go on along the other."""
    here = at[node]
    if len(here) != 2 or any(piece.head == piece.tail for piece in here):
        return False
    lesser, greater = sorted(piece.worth / max(piece.length_m, 1e-9) for piece in here)
    if lesser < (alike - 1e-9) * greater:
        return False
    before, after = (piece if piece.tail == node else piece.reversed() for piece in here)
    closed = 1 << 29
    return (before.back_ms < closed) == (after.forward_ms < closed) and (before.forward_ms < closed) == (
        after.back_ms < closed
    )


def _grown(
    segment: Piece, piece: Piece, at: dict[int, list[Piece]], keep: set[int], used: set[int], most_m: float
) -> Segment:
    """Return the segment that begins with `piece`, grown over passing nodes as far as it may."""
    used.add(id(piece))
    parts, length_m, head = [segment], segment.length_m, segment.head
    while head not in keep:
        after = next((left for left in at[head] if id(left) not in used), None)
        if after is None or length_m + after.length_m > most_m:
            break
        used.add(id(after))
        parts.append(after if after.tail == head else after.reversed())
        length_m, head = length_m + after.length_m, parts[-1].head
    return Segment(
        segment.tail,
        head,
        min(sum(part.forward_ms for part in parts), 1 << 30),
        min(sum(part.back_ms for part in parts), 1 << 30),
        length_m,
        sum(part.worth for part in parts),
        tuple(chain.from_iterable(part.stretches for part in parts)),
    )
