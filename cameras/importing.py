"""Cameras from files (also GB/T 28181 catalogues) and from OpenStreetMap."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import Refused
from data.importing.osm_reading import OsmExtract
from data.importing.osm_tags import camera_direction, camera_kind, metres
from data.importing.report import Counts, ImportReport, sentence
from data.importing.rows import SourceTable
from data.importing.staging import ewkb_points, lock_import, merge, stage
from gis.crs import SourceCrs
from grids.importing.declared import PlacedRow, read_places, without_duplicates
from grids.importing.whereabouts import refuse_outside, tell_whereabouts

from cameras.import_fields import FIELDS, defaults_of

OSM = "osm"

_GB_CODE = re.compile(r"[0-9]{8}(0[0-9]|1[0-4]|4[0-5])13[12][0-9][0-9]{6}")
