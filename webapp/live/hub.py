"""The hub of a process: one thread looks into the database every second, listeners wait for what concerns them.

Listeners with the same eyes share one channel: their message is put together once, however many they are. A page
that was cut off connects again, hears `hello`, and asks for everything anew, so nothing is missed.
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from webapp.live.changes import CaseStep, Changes

EVERY_S = 1.0
#: A sign of life after so long keeps proxies from closing the line, and tells the page that it stands.
HEARTBEAT_S = 15.0
#: So long a new listener waits for the first look; a database that is away is not waited for.
_FIRST_LOOK_S = 5.0
#: So often a listener's session is looked at: who was shut out hears no more.
CHECK_S = 60.0
#: A listener this far behind is told to begin anew.
_KEPT_MESSAGES = 64

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Audience:
    """Whose news: place-code prefixes of cases and of positions ("" = everywhere), and the own work."""

    cases: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    worker_id: int | None = None
    team_ids: tuple[int, ...] = ()

    def hears_of(self, step: CaseStep) -> bool:
        """Whether a step of a case is this audience's business."""
        is_mine = step.worker_id is not None and step.worker_id == self.worker_id
        return is_mine or step.team_id in self.team_ids or _within(step.location_code or "", self.cases)

    def message(self, changes: Changes) -> bytes | None:
        """The changes that are for these eyes as one event of the stream; None when none is."""
        told = {
            "cases": [step.told for step in changes.steps if self.hears_of(step)],
            "moved": [one.told for one in changes.moved if _within(one.division_code, self.positions)],
            "map": changes.is_map_new,
        }
        kept = {name: value for name, value in told.items() if value}
        return f"data: {json.dumps(kept, separators=(',', ':'), default=str)}\n\n".encode() if kept else None


def _within(code: str, prefixes: tuple[str, ...]) -> bool:
    return any(code.startswith(prefix) for prefix in prefixes)


@dataclass
class _Channel:
    """The messages for one audience, numbered; `first` is the number of the oldest still kept."""

    messages: "deque[bytes]" = field(default_factory=lambda: deque(maxlen=_KEPT_MESSAGES))
    count: int = 0
    listeners: int = 0
    news: threading.Condition = field(default_factory=threading.Condition)

    def wake(self) -> None:
        with self.news:
            self.news.notify_all()

    def tell(self, message: bytes) -> None:
        with self.news:
            self.messages.append(message)
            self.count += 1
            self.news.notify_all()


class Hub:
    """Tells listeners what changed. `look` reads the changes since its last call; it is asked by one thread only."""

    def __init__(
        self,
        look: Callable[[], Changes],
        *,
        every_s: float = EVERY_S,
        heartbeat_s: float = HEARTBEAT_S,
        check_s: float = CHECK_S,
        is_alive: Callable[[], bool] = lambda: True,
    ) -> None:
        self._look, self._is_alive = look, is_alive
        self._every_s, self._heartbeat_s, self._check_s = every_s, heartbeat_s, check_s
        self._channels: dict[Audience, _Channel] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._has_looked = threading.Event()

    @property
    def listeners(self) -> int:
        """How many listen now."""
        with self._lock:
            return sum(channel.listeners for channel in self._channels.values())

    def listen(self, audience: Audience, may_stay: Callable[[], bool] = lambda: True) -> Iterator[bytes]:
        """The stream for one listener: `hello`, then changes as they come, until the line is cut.

        `may_stay` is asked every `check_s` seconds: a stream ends with the session it belongs to.
        """
        channel = self._join(audience)
        try:
            # from this look on nothing is missed: what the page asks for after `hello` is at least as new
            began_s = time.monotonic()
            while not self._has_looked.wait(0.1) and self._is_alive() and time.monotonic() - began_s < _FIRST_LOOK_S:
                pass
            told = channel.count
            yield b"retry: 3000\nevent: hello\ndata: {}\n\n"
            asked_at = heard_at = time.monotonic()
            while self._is_alive():
                with channel.news:
                    channel.news.wait_for(lambda: channel.count > told or not self._is_alive(), self._heartbeat_s)  # noqa: B023 - called at once
                    missed = channel.count - told
                    fresh = list(channel.messages)[-missed:] if missed else []
                    told = channel.count
                if missed > len(fresh):
                    yield b"event: hello\ndata: {}\n\n"
                elif fresh:
                    yield b"".join(fresh)
                now_s = time.monotonic()
                if now_s - asked_at >= self._check_s:
                    if not may_stay():
                        return
                    asked_at = now_s
                if missed:
                    heard_at = now_s
                elif now_s - heard_at >= self._heartbeat_s:
                    heard_at = now_s
                    yield b"event: beat\ndata: {}\n\n"
        finally:
            self._leave(audience, channel)

    def _join(self, audience: Audience) -> _Channel:
        with self._lock:
            channel = self._channels.setdefault(audience, _Channel())
            channel.listeners += 1
            if self._thread is None or not self._thread.is_alive():
                self._has_looked.clear()
                self._thread = threading.Thread(target=self._tell, name="live", daemon=True)
                self._thread.start()
            return channel

    def _leave(self, audience: Audience, channel: _Channel) -> None:
        with self._lock:
            channel.listeners -= 1
            if channel.listeners == 0:
                del self._channels[audience]

    def _tell(self) -> None:
        """Look and tell, every second, as long as somebody listens."""
        while self._is_alive():
            began_s = time.monotonic()
            with self._lock:
                channels = list(self._channels.items())
                if not channels:
                    self._thread = None
                    return
            try:
                changes = self._look()
            except Exception:  # the database was away: pages poll meanwhile, and the next look finds what came
                log.warning("the live stream could not look into the database", exc_info=True)
                changes = Changes()
            self._has_looked.set()
            for audience, channel in channels if changes else ():
                if message := audience.message(changes):
                    channel.tell(message)
            time.sleep(max(self._every_s / 20, self._every_s - (time.monotonic() - began_s)))
        with self._lock:
            for channel in self._channels.values():
                channel.wake()
