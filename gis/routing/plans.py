"""What a plan says: a route for each team with its reasons, and what is left undone."""

from dataclasses import dataclass
from typing import Any

from gis.routing.paths import Stretch
from gis.routing.routes import Route


@dataclass(frozen=True, slots=True)
class StopVisit:
    """A stop by its number in the request, begun and left so many seconds after the plan's beginning."""

    stop: int
    arrive_s: float
    leave_s: float


@dataclass(frozen=True)
class PatrolRoute:
    """One team's proposal and its reasons.

    `covered_priority` counts the streets that no team before it in the plan has walked already; `share_covered`
    is that as a share of all priority there is; `covered_m` the metres of those streets. Legs of `route` run
    between the team's start (place 0) and the stops (place 1 + their number). `duration_s` counts from `begins_s`,
    waiting and dwell included. `team` is the team's number in the request.
    """

    route: Route
    visits: tuple[StopVisit, ...]
    duration_s: float
    covered_priority: float
    share_covered: float
    covered_m: float
    team: int = 0
    begins_s: float = 0.0
    is_locked: bool = False


@dataclass(frozen=True)
class LockedRoute:
    """A team's route that stays as it is: the streets it walks and the stops it makes count as done."""

    team: int
    stretches: tuple[Stretch, ...]
    visits: tuple[StopVisit, ...] = ()


@dataclass(frozen=True, slots=True)
class StreetLeft:
    """A street, some of whose priority no team covers. `code`: no_time, out_of_reach, not_connected or forbidden."""

    street_id: Any
    street_name: str
    priority: float
    length_m: float
    code: str


@dataclass(frozen=True, slots=True)
class MissedStop:
    """A stop that no team makes, and why.

    `code`: no_street, not_connected, out_of_reach (no team has the time to go there and home), window_closed (its
    window lies outside what any team can do) or no_time (other stops and streets were chosen before it).
    """

    stop: int
    code: str


@dataclass(frozen=True)
class PatrolPlan:
    """Proposals for the teams, and what they leave.

    `share_covered` is the share of all priority that is covered, `share_of_reachable` that of what could be walked
    in the time. `streets_left` names the streets with most priority left, at most 200;
    `streets_left_count` says how many there are. `idle_teams` found nothing worth their time. `balance` is the shortest
    team's share of its time over the longest's (1.0 for fewer than two teams).
    """

    routes: tuple[PatrolRoute, ...]
    idle_teams: int
    covered_priority: float
    share_covered: float
    share_of_reachable: float
    streets_left: tuple[StreetLeft, ...]
    streets_left_count: int
    missed_stops: tuple[MissedStop, ...]
    seed: int
    iterations: int
    balance: float = 1.0
