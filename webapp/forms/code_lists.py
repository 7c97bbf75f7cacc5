"""The form of a category."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from incidents.categories import LONGEST_MIN
from webapp.labels import CLOCKS, PRIORITIES, SKILLS

_NUMBER = _l("Enter a whole number.")


class CategoryForm(FlaskForm):
    """A line of the category list."""

    code = StringField(
        _l("Code"), [InputRequired(), Regexp(r"^[A-Za-z0-9_.-]{1,32}\Z", message=_l("Letters and digits only."))]
    )
    name_zh = StringField(_l("Chinese name"), [InputRequired(_l("Enter a name.")), Length(max=60)])
    name_en = StringField(_l("English name"), [InputRequired(_l("Enter a name.")), Length(max=60)])
    group_code = StringField(_l("Major class"), [Length(max=32)])
    priority = SelectField(_l("Priority"), choices=[(code, title) for code, title in PRIORITIES.items()])
    close_within_min = IntegerField(
        _l("To close within (minutes)"), [InputRequired(_NUMBER), NumberRange(1, LONGEST_MIN)]
    )
    close_clock = SelectField(_l("Clock"), choices=list(CLOCKS.items()), default="days")
    position = IntegerField(_l("Position in the list"), [InputRequired(_NUMBER), NumberRange(0, 100_000)])
    needed_skill = SelectField(
        _l("Skill it asks for"),
        choices=[("", _l("none")), *SKILLS.items()],
        coerce=lambda chosen: chosen or "",
    )
    is_active = BooleanField(_l("Can be chosen"))
