"""What happened around patrols."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RoutePlanned:
    """A route was drawn or taken from a suggestion."""

    plan_id: int
    name: str
    method: str
    length_m: float


@dataclass(frozen=True)
class RouteRetired:
    """A route is no longer used."""

    plan_id: int
    name: str


@dataclass(frozen=True)
class ShiftPublished:
    """A shift was published: members see it."""

    shift_id: int
    name: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True)
class ShiftCancelled:
    """A shift will not take place."""

    shift_id: int
    name: str


@dataclass(frozen=True)
class TeamSkillsChanged:
    """A leader said what a team can do besides walking."""

    team_id: int
    skills: list[str]


@dataclass(frozen=True)
class MemberAssigned:
    """A member was put into a shift."""

    shift_id: int
    member_id: int


@dataclass(frozen=True)
class MemberJoined:
    """A member joined a shift by the own act."""

    shift_id: int
    member_id: int


@dataclass(frozen=True)
class MemberLeft:
    """A member left a shift, or was taken out."""

    shift_id: int
    member_id: int


@dataclass(frozen=True)
class PatrolStarted:
    """A member started a patrol by the own act; positions are taken from now on."""

    session_id: str
    shift_id: int | None


@dataclass(frozen=True)
class PatrolEnded:
    """A patrol ended; no more positions are taken."""

    session_id: str
    by_itself: bool


@dataclass(frozen=True)
class PatrolPaused:
    """A member pauses; no position is kept until the patrol goes on."""

    session_id: str


@dataclass(frozen=True)
class PatrolResumed:
    """A member goes on after a pause."""

    session_id: str


@dataclass(frozen=True)
class CheckpointVisited:
    """A member checked in at a checkpoint."""

    session_id: str
    seq: int
    how: str
    distance_m: float | None


@dataclass(frozen=True)
class HelpCalled:
    """A member on patrol called for help."""

    alert_id: str
    member_id: int


@dataclass(frozen=True)
class HelpAnswered:
    """Somebody takes care of a call for help."""

    alert_id: str


@dataclass(frozen=True)
class HelpEnded:
    """A call for help is over."""

    alert_id: str


@dataclass(frozen=True)
class DeviceMade:
    """A member made a token with which a device may send positions."""

    device_id: int
    member_id: int
    kind: str


@dataclass(frozen=True)
class DeviceRevoked:
    """A device's token opens nothing any more."""

    device_id: int
    member_id: int


@dataclass(frozen=True)
class TrackSeen:
    """Somebody looked at where a member walked."""

    session_id: str


@dataclass(frozen=True)
class PatrolAppealed:
    """A member says that doubtful positions are real."""

    session_id: str


@dataclass(frozen=True)
class PatrolDecided:
    """A leader decided whether doubtful positions count."""

    session_id: str
    decision: str
    note: str


@dataclass(frozen=True)
class TrackImported:
    """A member brought a walked track as a file."""

    session_id: str
    positions: int


@dataclass(frozen=True)
class SubstituteAsked:
    """A member asked another one to walk in the own place."""

    shift_id: int
    member_id: int
    substitute_id: int


@dataclass(frozen=True)
class SubstituteAnswered:
    """A question for a substitute was answered or withdrawn."""

    shift_id: int
    member_id: int
    substitute_id: int
    answer: str


@dataclass(frozen=True)
class ShiftHandedOver:
    """A note was written for the next shift."""

    shift_id: int


@dataclass(frozen=True)
class HoursExported:
    """Somebody took members' hours away as a file."""

    rows: int
    begins_on: str
    ends_on: str


@dataclass(frozen=True)
class StudyAsked:
    """Patrols were to be planned for a day."""

    study_id: int
    name: str
    plan_on: str
    teams: int


@dataclass(frozen=True)
class StudyPublished:
    """Routes of a plan were published as shifts."""

    study_id: int
    name: str
    shifts: int
