"""Routes on the street network: through given places, to the nearest unit, and patrols that a shift has time for."""

from gis.routing.bound import Bound, upper_bound
from gis.routing.matrix import travel_matrix
from gis.routing.paths import Stretch
from gis.routing.patrol import Progress, plan_patrols, priority_by_street, suggest_patrol
from gis.routing.plans import LockedRoute, MissedStop, PatrolPlan, PatrolRoute, StopVisit, StreetLeft
from gis.routing.reach import nearest, streets_within
from gis.routing.requests import PatrolRequest, PlanRequest, Stop, Team
from gis.routing.routes import Leg, Route, Unreached, route_through
from gis.routing.stopping import StoppingCriterion, max_iterations, max_seconds, stop_when
from gis.routing.turns import Turn
from gis.routing.unpredictable import daily_seed, recency_factor
from gis.routing.warming import warm_up

__all__ = [
    "Bound",
    "Leg",
    "LockedRoute",
    "MissedStop",
    "PatrolPlan",
    "PatrolRequest",
    "PatrolRoute",
    "PlanRequest",
    "Progress",
    "Route",
    "Stop",
    "StopVisit",
    "StoppingCriterion",
    "StreetLeft",
    "Stretch",
    "Team",
    "Turn",
    "Unreached",
    "daily_seed",
    "max_iterations",
    "max_seconds",
    "nearest",
    "plan_patrols",
    "priority_by_street",
    "recency_factor",
    "route_through",
    "stop_when",
    "streets_within",
    "suggest_patrol",
    "travel_matrix",
    "upper_bound",
    "warm_up",
]
