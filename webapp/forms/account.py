"""Forms of signing in and of users."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length


class LoginForm(FlaskForm):
    """Name and password."""

    username = StringField(_l("User name"), [InputRequired(_l("Enter your user name.")), Length(max=63)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=200)])


class PasswordForm(FlaskForm):
    """The old password and the new one."""

    old = PasswordField(_l("Present password"), [InputRequired(_l("Enter your present password.")), Length(max=200)])
    new = PasswordField(_l("New password"), [InputRequired(_l("Enter a new password.")), Length(max=200)])


class UserForm(FlaskForm):
    """A new user."""

    username = StringField(_l("User name"), [InputRequired(_l("Enter a user name.")), Length(max=63)])
    name = StringField(_l("Name"), [InputRequired(_l("Enter a name.")), Length(max=80)])
    password = PasswordField(_l("First password"), [InputRequired(_l("Enter a first password.")), Length(max=200)])
    role = SelectField(_l("Role"))
    division_code = SelectField(_l("Division"), validate_choice=False)


class RoleForm(FlaskForm):
    """One role over one area."""

    role = SelectField(_l("Role"))
    division_code = SelectField(_l("Division"), validate_choice=False)


class ActiveForm(FlaskForm):
    """Whether a user may sign in."""

    is_active = BooleanField(_l("May sign in"))
