"""What cameras see, what all see together, and what nobody sees.

    scene = build_scene(buildings_m)                      # once
    views = see(scene, Cameras.of(x_m, y_m, bearing_deg))  # microseconds a camera
    ground = build_ground(cells_m, scene, streets_m=...)  # once
    coverage = cover(views, ground)                       # shares, multiplicity, gaps
    unseen_incidents(coverage, ground, points_m)          # which gap matters
    findings_of(scene, cameras, views)                    # what is doubtful about the input

Everything is in metres of one local system; nothing here reads files, a database or the clock.
"""

from gis.coverage.cameras import Cameras, Refusal, check_cameras
from gis.coverage.cover import Coverage, Gaps, StreetGaps, cover, watched_in_cells
from gis.coverage.findings import Findings, Heights, building_heights, findings_of
from gis.coverage.ground import Ground, build_ground, cells_of
from gis.coverage.quality import EDITIONS, IEC_62676_4_2014, IEC_62676_4_2025, quality_range_m
from gis.coverage.scene import Scene, SceneReport, build_scene
from gis.coverage.unseen import UnseenIncidents, unseen_incidents
from gis.coverage.views import Views, see

__all__ = [
    "EDITIONS",
    "IEC_62676_4_2014",
    "IEC_62676_4_2025",
    "Cameras",
    "Coverage",
    "Findings",
    "Gaps",
    "Ground",
    "Heights",
    "Refusal",
    "Scene",
    "SceneReport",
    "StreetGaps",
    "UnseenIncidents",
    "Views",
    "build_ground",
    "build_scene",
    "building_heights",
    "cells_of",
    "check_cameras",
    "cover",
    "findings_of",
    "quality_range_m",
    "see",
    "unseen_incidents",
    "watched_in_cells",
]
