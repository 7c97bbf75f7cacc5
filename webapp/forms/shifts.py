"""The form of a shift: times are those of the operator's clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

_TIME = _l("Enter a time.")

#: What the list of routes says for a shift that has none: chosen, not left over.
NO_ROUTE = "none"


def _check_number(field: SelectField) -> None:
    said = field.data or ""
    if said and not (said.isascii() and said.isdecimal() and len(said) < 16):
        raise ValidationError(_l("Choose one of the list."))


class ShiftForm(FlaskForm):
    """When, where, along which route, by whom."""

    name = StringField(_l("Name of the shift"), [InputRequired(_l("Enter a name.")), Length(max=120)])
    on = DateField(_l("Day"), [InputRequired(_l("Enter a day."))])
    begins = TimeField(_l("From"), [InputRequired(_TIME)])
    ends = TimeField(_l("Until"), [InputRequired(_TIME)])
    plan_id = SelectField(
        _l("Route"),
        [InputRequired(_l("Choose a route, or say that there is none."))],
        validate_choice=False,
    )
    team_id = SelectField(_l("Team"), validate_choice=False)
    division_code = SelectField(_l("Division"), validate_choice=False)
    capacity = IntegerField(_l("Places"), [InputRequired(_l("Enter a whole number.")), NumberRange(1, 500)], default=12)
    is_open_to_volunteers = BooleanField(_l("Volunteers may join by themselves"), default=True)

    def validate_on(self, field: DateField) -> None:
        """A shift is planned for days people can still walk on: from yesterday to a year ahead."""
        today = datetime.now(ZoneInfo(current_app.config["SETTINGS"].timezone)).date()
        if field.data and not today - timedelta(days=1) <= field.data <= today + timedelta(days=366):
            raise ValidationError(_l("A shift's day lies between yesterday and one year from now."))

    def validate_plan_id(self, field: SelectField) -> None:
        """A chosen "no route", or the number of a route."""
        if field.data != NO_ROUTE:
            _check_number(field)

    def validate_team_id(self, field: SelectField) -> None:
        """Nothing, or the number of a team."""
        _check_number(field)

    @property
    def starts_at(self) -> datetime:
        """The beginning, in UTC."""
        zone = ZoneInfo(current_app.config["SETTINGS"].timezone)
        return datetime.combine(self.on.data, self.begins.data, zone).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The end, in UTC; the day after when it is not later than the beginning."""
        zone = ZoneInfo(current_app.config["SETTINGS"].timezone)
        day = self.on.data + timedelta(days=1 if self.ends.data <= self.begins.data else 0)
        return datetime.combine(day, self.ends.data, zone).astimezone(UTC)
