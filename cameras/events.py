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
