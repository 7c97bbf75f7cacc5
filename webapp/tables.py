"""Every room's tables, known together: a foreign key is only understood where both of its tables are."""

import accounts.models
import cameras.models
import cameras.siting_models
import cameras.tiers
import data.audit
import data.events
import data.importing.models
import data.layers
import grids.ground
import grids.models
import incidents.models
import patrols.models
import patrols.roster_models
import patrols.study_models
import patrols.walking_models

__all__ = ["accounts", "cameras", "data", "grids", "incidents", "patrols"]
