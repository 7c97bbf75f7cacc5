"""What a patrol is asked to be: where it starts, how long, with how many people, past which stops."""

from dataclasses import dataclass

from gis.errors import BadParameter

MOST_TEAMS = 48


@dataclass(frozen=True, slots=True)
class Stop:
    """A place (lon, lat) that some team must pass, staying `dwell_s` seconds."""

    lon: float
    lat: float
    dwell_s: float = 0.0


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
        if not 5 <= self.minutes <= 24 * 60:
            sentence = "A patrol of {minutes} minutes cannot be planned; choose from 5 minutes to 24 hours."
            raise BadParameter(sentence, minutes=self.minutes)
        if (self.teams is None) == (self.members is None):
            raise BadParameter("Say either how many teams or how many members there are.")
        if self.members is not None and self.members_per_group < 1:
            sentence = "A group of {members_per_group} members cannot walk; choose 1 or more."
            raise BadParameter(sentence, members_per_group=self.members_per_group)
        if not 1 <= self.team_count <= MOST_TEAMS or (self.members is not None and self.members < 1):
            sentence = "Patrols can be planned for 1 to {most} teams at once."
            raise BadParameter(sentence, most=MOST_TEAMS)
        if not 0 <= self.slack_share <= 0.5:
            sentence = "The share of time kept free is {slack_share}; it must be from 0 to 0.5."
            raise BadParameter(sentence, slack_share=self.slack_share)
        if any(not 0 <= stop.dwell_s < 24 * 3600 for stop in self.stops):
            raise BadParameter("A stop must last from 0 seconds to a day.")

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
