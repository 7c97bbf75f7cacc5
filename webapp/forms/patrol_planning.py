"""The form of a plan for a day: where, when, which teams, past which checkpoints, what counts how much."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FloatField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
    widgets,
)
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from data.errors import Refused
from patrols.rules import MOST_HOURS, MOST_STOPS
from patrols.study import Day
from patrols.study_solving import Asked


def _number(title: Any, least: float, most: float, default: float) -> FloatField:
    return FloatField(title, [InputRequired(_l("Give a number.")), NumberRange(least, most)], default=default)


class PlanningForm(FlaskForm):
    """Weights have the values of `Asked` to begin with; the slack is asked in per cent."""

    name = StringField(_l("Name of the plan"), [InputRequired(_l("Give it a name.")), Length(max=120)])
    area = SelectField(_l("Area to patrol"), validate_choice=True)
    on = DateField(_l("Day"), [InputRequired(_l("Enter a day."))])
    begins = TimeField(_l("Teams set out at"), [InputRequired(_l("Enter a time."))])
    hours = _number(_l("Hours"), 0.25, MOST_HOURS, 2.0)
    mode = SelectField(
        _l("How they move"),
        choices=[
            ("foot", _l("on foot")),
            ("bicycle", _l("by bicycle")),
            ("e_bike", _l("by e-bike")),
            ("car", _l("by car")),
        ],
        default="foot",
    )
    teams = SelectMultipleField(
        _l("Teams"), coerce=int, option_widget=widgets.CheckboxInput(), widget=widgets.ListWidget(prefix_label=False)
    )
    stops = HiddenField(default="[]")
    slack = _number(_l("Time kept free (%)"), 0, 50, 7)
    seconds = _number(_l("Search for (s)"), 1, 120, 10)
    base = _number(_l("Every metre of street"), 0, 100, 1)
    incident = _number(_l("An incident of the last 90 days"), 0, 100, 0.5)
    place = _number(_l("A school, station or market nearby"), 0, 100, 1)
    gap = _number(_l("A stretch no camera sees"), 0, 100, 1.5)
    discount = _number(_l("Taken off what was patrolled the day before (%)"), 0, 100, 50)
    recovery_days = _number(_l("Days until it counts fully again"), 0.5, 60, 3)
    has_bound = BooleanField(_l("Also work out what any plan could cover at most (takes longer)"), default=False)

    def validate_on(self, field: DateField) -> None:
        """A plan is for today or a day of the year ahead."""
        today = datetime.now(ZoneInfo(current_app.config["SETTINGS"].timezone)).date()
        if field.data and not today <= field.data <= today + timedelta(days=366):
            raise ValidationError(_l("A plan's day lies between today and one year from now."))

    @property
    def day(self) -> Day:
        """When the plan is for."""
        zone = ZoneInfo(current_app.config["SETTINGS"].timezone)
        starts_at = datetime.combine(self.on.data, self.begins.data, zone).astimezone(UTC)
        return Day(self.on.data, starts_at, float(self.hours.data), self.mode.data)

    @property
    def asked(self) -> Asked:
        """The question as the room takes it."""
        names = ("seconds", "base", "incident", "place", "gap", "recovery_days", "has_bound")
        same = {name: getattr(self, name).data for name in names}
        return Asked(**same, slack_share=self.slack.data / 100, discount=self.discount.data / 100)

    @property
    def checkpoints(self) -> list[dict[str, Any]]:
        """The checkpoints set on the map. Raises Refused for what cannot be read."""
        try:
            said = json.loads(self.stops.data or "[]")
            found = [_checkpoint(one) for one in said[: MOST_STOPS + 1]]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Refused("The checkpoints cannot be read. Set them again.") from error
        return found


def _checkpoint(said: dict[str, Any]) -> dict[str, Any]:
    """One checkpoint with numbers that are numbers."""
    lon, lat = float(said["lon"]), float(said["lat"])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError
    found: dict[str, Any] = {"lon": lon, "lat": lat, "name": str(said.get("name") or "").replace("\x00", "")[:80]}
    for name in ("dwell_min", "opens_min", "closes_min"):
        value = said.get(name)
        number = None if value in (None, "") else float(value)
        if number is not None and not (math.isfinite(number) and 0 <= number <= 2880):
            raise ValueError
        found[name] = number if name == "closes_min" else number or 0.0
    return found
