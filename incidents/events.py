"""What happened to incidents. No texts that people wrote: those stay in the case log, where access is checked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IncidentReported:
    """An incident came in."""

    number: str
    scheme: str
    category_code: str
    priority: str
    channel: str


@dataclass(frozen=True)
class IncidentContentRefused:
    """The id of a kept report came again with other content; the first was kept. Both hashes are."""

    number: str
    kept_sha256: str | None
    refused_sha256: str


@dataclass(frozen=True)
class _Step:
    """What every step of a case tells."""

    number: str
    from_status: str
    to_status: str
    priority: str
    worker_id: int | None
    team_id: int | None


class IncidentFiled(_Step):
    """A dispatcher accepted it as a case (立案)."""


class IncidentVoided(_Step):
    """A dispatcher voided it."""


class IncidentDispatched(_Step):
    """A dispatcher gave it to a worker or a team."""


class IncidentReminded(_Step):
    """A dispatcher reminded the handler."""


class IncidentSupervised(_Step):
    """A dispatcher pressed the handler formally (督办)."""


class IncidentEscalated(_Step):
    """It was passed up: by a dispatcher, or by the clock because nobody acted in time."""


class IncidentDelegated(_Step):
    """A dispatcher passed it down."""


class IncidentPrioritised(_Step):
    """A dispatcher changed the priority, and with it the deadline."""


class IncidentAccepted(_Step):
    """The handler accepted it."""


class IncidentReturned(_Step):
    """The handler gave it back."""


class IncidentSelfHandled(_Step):
    """The worker who found it settles it without being sent."""


class IncidentHandled(_Step):
    """The handler says it is done; it waits for verification."""


class IncidentClosed(_Step):
    """A dispatcher verified the result and closed the case."""


class IncidentReworked(_Step):
    """A dispatcher found the result wanting and sent it back."""


class IncidentParked(_Step):
    """A dispatcher parked it; its clock stands still."""


class IncidentUnparked(_Step):
    """A dispatcher took it up again."""


@dataclass(frozen=True)
class IncidentPhotoAdded:
    """A photo was added."""

    number: str
    sha256: str
    stage: str


@dataclass(frozen=True)
class IncidentsExported:
    """Somebody took a list of incidents away as a file."""

    rows: int
    filters: dict[str, object]


#: Action → what it is called once it has happened.
OF_ACTION: dict[str, type[_Step]] = {
    "file": IncidentFiled,
    "void": IncidentVoided,
    "dispatch": IncidentDispatched,
    "remind": IncidentReminded,
    "supervise": IncidentSupervised,
    "escalate": IncidentEscalated,
    "delegate": IncidentDelegated,
    "prioritise": IncidentPrioritised,
    "accept": IncidentAccepted,
    "return": IncidentReturned,
    "self_handle": IncidentSelfHandled,
    "finish": IncidentHandled,
    "close": IncidentClosed,
    "rework": IncidentReworked,
    "park": IncidentParked,
    "unpark": IncidentUnparked,
}
