"""What a patrol is asked to be: where it starts, how long, with how many people, past which stops."""

import math
from dataclasses import dataclass
from typing import Any

from gis.errors import BadParameter

MOST_TEAMS = 48


@dataclass(frozen=True, slots=True)
class Stop:
    """A checkpoint (lon, lat) that some team must pass, staying `dwell_s` seconds.

    The stay begins between `opens_s` and `closes_s` seconds after the plan's beginning; a team that is early waits.
    `team` is the number of the only team that may do it (a locked stop). Of stops that cannot all be made, those of
    higher `priority` come first.
    """

    lon: float
    lat: float
    dwell_s: float = 0.0
    opens_s: float = 0.0
    closes_s: float = math.inf
    priority: float = 1.0
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A team that sets out from `start` (lon, lat) after `begins_s` seconds and has `minutes` to come to `home`.

    Without `home` it comes back to where it began. A team that is out already is planned for with its present place
    as `start`, its station as `home` and the time it has left.
    """

    start: tuple[float, float]
    minutes: float
    home: tuple[float, float] | None = None
    begins_s: float = 0.0

    @property
    def goal(self) -> tuple[float, float]:
        """Where the team must be at the end."""
        return self.home or self.start


def _check_stops(stops: tuple[Stop, ...]) -> None:
    """Refuse stops that cannot be, by their number from 1."""
    for number, stop in enumerate(stops, 1):
        if not 0 <= stop.dwell_s < 24 * 3600:
            raise BadParameter("A stop must last from 0 seconds to a day.")
        if not 0 <= stop.opens_s <= stop.closes_s:
            raise BadParameter(
                "Checkpoint {number} closes before it opens; give it a window that ends after it begins.", number=number
            )
        if not 0 < stop.priority < 1000:
            raise BadParameter(
                "Checkpoint {number} has the priority {priority}; it must be above 0 and below 1000.",
                number=number,
                priority=stop.priority,
            )


def _check_time(minutes: float) -> None:
    if not 1 <= minutes <= 24 * 60:
        raise BadParameter(
            "A patrol of {minutes} minutes cannot be planned; choose from 1 minute to 24 hours.", minutes=minutes
        )


def _check_slack(slack_share: float) -> None:
    if not 0 <= slack_share <= 0.5:
        raise BadParameter(
            "The share of time kept free is {slack_share}; it must be from 0 to 0.5.", slack_share=slack_share
        )


@dataclass(frozen=True)
class PlanRequest:
    """The question for teams that need not be alike: several stations, shifts, and what is fixed already.

    Times of stops and teams are seconds after the plan's beginning. `slack_share` of each team's time is kept free.
    `forbidden` are ids of streets nobody may walk.

    >>> teams = (Team((9.5, 47.1), 120), Team((9.6, 47.1), 60, begins_s=1800))
    >>> PlanRequest(teams, slack_share=0.0).span_s(teams[1])
    (1800.0, 5400.0)
    """

    teams: tuple[Team, ...]
    stops: tuple[Stop, ...] = ()
    slack_share: float = 0.07
    forbidden: frozenset[Any] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what no plan can be."""
        if not 1 <= len(self.teams) <= MOST_TEAMS:
            raise BadParameter("Patrols can be planned for 1 to {most} teams at once.", most=MOST_TEAMS)
        for team in self.teams:
            _check_time(team.minutes)
            if not 0 <= team.begins_s < 48 * 3600:
                raise BadParameter("A team must set out within two days of the plan's beginning.")
        _check_slack(self.slack_share)
        _check_stops(self.stops)
        for number, stop in enumerate(self.stops, 1):
            if stop.team is not None and not 0 <= stop.team < len(self.teams):
                raise BadParameter(
                    "Checkpoint {number} is for team {team}, which is not in the plan.",
                    number=number,
                    team=stop.team + 1,
                )

    def span_s(self, team: Team) -> tuple[float, float]:
        """Return when a team sets out and when it must be home, less its slack, in whole milliseconds."""
        working_s = float(int(team.minutes * 60_000 * (1.0 - self.slack_share)) / 1000)
        return float(team.begins_s), float(team.begins_s) + working_s


@dataclass(frozen=True)
class PatrolRequest:
    """The question: patrols from `station` (lon, lat) and back, of at most `minutes` minutes each.

    Either `teams` or `members` is given: volunteers walk in groups of at least `members_per_group`, so that 7
    members in groups of 2 make 3 teams. `slack_share` of the time is kept free (5 to 10 % lets the rest
    of the teams take over when one is called away); the limit itself is never passed.

    >>> PatrolRequest((9.5, 47.1), minutes=120, members=7).team_count
    3
    >>> PatrolRequest((9.5, 47.1), minutes=120, teams=2).working_s
    6696.0
    """

    station: tuple[float, float]
    minutes: float
    teams: int | None = None
    members: int | None = None
    members_per_group: int = 2
    stops: tuple[Stop, ...] = ()
    slack_share: float = 0.07

    def __post_init__(self) -> None:
        """Refuse what no patrol can be."""
        _check_time(self.minutes)
        if (self.teams is None) == (self.members is None):
            raise BadParameter("Say either how many teams or how many members there are.")
        if self.members is not None and self.members_per_group < 1:
            raise BadParameter(
                "A group of {members_per_group} members cannot walk; choose 1 or more.",
                members_per_group=self.members_per_group,
            )
        if not 1 <= self.team_count <= MOST_TEAMS or (self.members is not None and self.members < 1):
            raise BadParameter("Patrols can be planned for 1 to {most} teams at once.", most=MOST_TEAMS)
        _check_slack(self.slack_share)
        _check_stops(self.stops)

    @property
    def team_count(self) -> int:
        """How many teams walk. Fewer members than make one group walk as one."""
        if self.teams is not None:
            return self.teams
        return max(1, (self.members or 0) // self.members_per_group)

    @property
    def working_s(self) -> float:
        """How many seconds of the patrol are planned."""
        return float(int(self.minutes * 60_000 * (1.0 - self.slack_share)) / 1000)

    def for_teams(self) -> PlanRequest:
        """Return the same question asked team by team."""
        team = Team(self.station, self.minutes)
        return PlanRequest((team,) * self.team_count, self.stops, self.slack_share)
