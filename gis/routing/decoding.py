"""From a plan's tasks back to streets: the whole walk of each team, and what it passes."""

from collections import defaultdict
from dataclasses import dataclass

from gis.routing.beat import Beat
from gis.routing.paths import Stretch
from gis.routing.task_table import open_stops, worthwhile


@dataclass(frozen=True)
class Visit:
    """A stop by its number, and after how many of the walk's stretches it comes."""

    stop: int
    after: int


@dataclass(frozen=True)
class Walk:
    """A team's walk: its stretches, the numbers of the beat's segments walked, and its stops, all in order."""

    stretches: list[Stretch]
    segments: list[int]
    visits: list[Visit]


class Decoder:
    """Turns codes into walks on a beat."""

    def __init__(self, beat: Beat) -> None:
        self._beat = beat
        self._segments = worthwhile(beat)
        self._open_stops = open_stops(beat)
        self._ways: dict[int, list[tuple[int, int, int, bool]]] = defaultdict(list)
        for number, segment in enumerate(beat.segments):
            self._ways[segment.tail].append((segment.forward_ms, segment.head, number, True))
            self._ways[segment.head].append((segment.back_ms, segment.tail, number, False))

    def walk(self, codes: list[int], base: int = 0) -> Walk:
        """Return the walk from a base's start through the tasks and on to its home."""
        walk = Walk([], [], [])
        here = self._beat.start_nodes[base]
        for code in codes:
            task, is_back = code >> 1, bool(code & 1)
            if task >= len(self._segments):
                stop = self._open_stops[task - len(self._segments)]
                self._go(walk, here, self._beat.stop_nodes[stop])
                here = self._beat.stop_nodes[stop]
                walk.visits.append(Visit(stop, len(walk.stretches)))
                continue
            number = self._segments[task]
            ends = self._beat.segments[number].tail, self._beat.segments[number].head
            self._go(walk, here, ends[is_back])
            self._step(walk, number, not is_back)
            here = ends[not is_back]
        self._go(walk, here, self._beat.home_nodes[base])
        return walk

    def _go(self, walk: Walk, here: int, goal: int) -> None:
        """Go the quickest way to a node: each step is one after which the rest is as long as it must be."""
        table = self._beat.between_ms
        while here != goal:
            left_ms = int(table[here, goal])
            here, number, is_ahead = next(
                (head, number, is_ahead)
                for cost_ms, head, number, is_ahead in self._ways[here]
                if cost_ms + int(table[head, goal]) == left_ms
            )
            self._step(walk, number, is_ahead)

    def _step(self, walk: Walk, number: int, is_ahead: bool) -> None:
        segment = self._beat.segments[number]
        stretches = segment.stretches if is_ahead else segment.reversed().stretches
        walk.stretches.extend(stretch for stretch in stretches if stretch.start != stretch.stop)
        walk.segments.append(number)
