"""What happened to cameras and to what is known of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CoverageComputed:
    """What the cameras of an area see was computed anew."""

    run_id: int
    area_code: str
    cameras: int
    buildings: int
    seconds: float


@dataclass(frozen=True)
class CameraLookedUp:
    """Somebody opened a camera's record: places of cameras are confidential, so looking is logged."""

    code: str


@dataclass(frozen=True)
class CoverageStopAsked:
    """Somebody stopped a computation of coverage."""

    run_id: int


@dataclass(frozen=True)
class CameraAdded:
    """A camera came into the register."""

    code: str
    status: str


@dataclass(frozen=True)
class CameraChanged:
    """Something about a camera is different: each field with what it was and what it is."""

    code: str
    changes: dict[str, list[object]]


@dataclass(frozen=True)
class CameraRemoved:
    """A camera was taken down, and why; its record stays."""

    code: str
    reason: str
    status_before: str


@dataclass(frozen=True)
class BuildingChanged:
    """A building got another height or footprint, or is gone."""

    building_id: int
    height_m: float | None
    has_new_footprint: bool
    is_gone: bool


@dataclass(frozen=True)
class CoverageExported:
    """Somebody took results of coverage or siting away as a file: what, how, and of which area."""

    what: str
    file_format: str
    area: str


@dataclass(frozen=True)
class SitingAsked:
    """Somebody asked where so many new cameras would help most."""

    study_id: int
    cameras: int


@dataclass(frozen=True)
class SitingDecided:
    """Proposals of a study were judged, or became planned cameras."""

    study_id: int
    what: str
    proposals: int
