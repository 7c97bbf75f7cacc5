"""What a person might do without a planner: two greedy walks to measure suggested patrols against."""

from dataclasses import dataclass

import numpy as np

from gis.routing.beat import Beat


@dataclass
class _Ground:
    """The segments of a beat as arrays, each twice: forward, then back."""

    table: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    cost_ms: np.ndarray
    worth: np.ndarray
    left: np.ndarray

    def walk(self, code: int) -> tuple[int, float]:
        """Take a segment; return where it ends and what it was worth."""
        count = len(self.left) // 2
        self.left[[code % count, code % count + count]] = False
        return int(self.end[code]), float(self.worth[code])


def _ground(beat: Beat) -> _Ground:
    ends = np.array([(part.tail, part.head) for part in beat.segments])
    cost_ms = np.array([(part.forward_ms, part.back_ms) for part in beat.segments])
    worth = np.array([part.worth for part in beat.segments])
    return _Ground(
        beat.between_ms.astype(np.int64),
        np.concatenate([ends[:, 0], ends[:, 1]]),
        np.concatenate([ends[:, 1], ends[:, 0]]),
        np.concatenate([cost_ms[:, 0], cost_ms[:, 1]]),
        np.tile(worth, 2),
        np.tile(worth > 0, 2),
    )


def short_sighted_walk(beat: Beat, teams: int) -> float:
    """Return the worth that teams cover who look no further than the next corner.

    At each crossing they take the unwalked street that is worth most a metre; where there is none, they go to the
    nearest one. They turn home in time.
    """
    return _greedy(beat, teams, is_short_sighted=True)


def best_rate_walk(beat: Beat, teams: int) -> float:
    """Return the worth that teams cover who always go to the street that is worth most for the time it takes.

    This needs a table of all travel times: no person can do it, but a simple program can.
    """
    return _greedy(beat, teams, is_short_sighted=False)


def _greedy(beat: Beat, teams: int, *, is_short_sighted: bool) -> float:
    ground = _ground(beat)
    total = 0.0
    for _ in range(teams):
        here, used_ms = 0, 0
        while True:
            way_ms = ground.table[here, ground.begin]
            taken_ms = way_ms + ground.cost_ms
            is_open = ground.left & (used_ms + taken_ms + ground.table[ground.end, 0] <= beat.limit_ms)
            if not is_open.any():
                break
            if is_short_sighted:
                # streets at this very crossing first, by worth a millisecond; otherwise the nearest
                rate = np.where(way_ms == 0, 1e9 * ground.worth / ground.cost_ms, -way_ms)
            else:
                rate = ground.worth / taken_ms
            code = int(np.argmax(np.where(is_open, rate, -np.inf)))
            here, gained = ground.walk(code)
            used_ms += int(taken_ms[code])
            total += gained
    return total
