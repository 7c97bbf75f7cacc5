"""Routes on the street network: through given places, to the nearest unit, and patrols that a shift has time for."""

from gis.routing.paths import Stretch
from gis.routing.patrol import (
    MissedStop,
    PatrolPlan,
    PatrolRoute,
    StopVisit,
    StreetLeft,
    priority_by_street,
    suggest_patrol,
)
from gis.routing.reach import nearest, streets_within
from gis.routing.requests import PatrolRequest, Stop
from gis.routing.routes import Leg, Route, Unreached, route_through
from gis.routing.search import Progress
from gis.routing.stopping import StoppingCriterion, max_iterations, max_seconds
from gis.routing.turns import Turn
from gis.routing.warming import warm_up

__all__ = [
    "Leg",
    "MissedStop",
    "PatrolPlan",
    "PatrolRequest",
    "PatrolRoute",
    "Progress",
    "Route",
    "Stop",
    "StopVisit",
    "StoppingCriterion",
    "StreetLeft",
    "Stretch",
    "Turn",
    "Unreached",
    "max_iterations",
    "max_seconds",
    "nearest",
    "priority_by_street",
    "route_through",
    "streets_within",
    "suggest_patrol",
    "warm_up",
]
