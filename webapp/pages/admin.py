"""Administration: users and their roles, inside the administrator's own area."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts import commands
from accounts.models import User
from accounts.queries import actor_of, get_user, list_users_within
from data.errors import NotFound, Refused
from grids.queries import list_divisions
from webapp import labels
from webapp.errors import sentence_of
from webapp.forms.account import RoleForm, UserForm
from webapp.i18n import is_chinese
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.get("/users")
@requires("account.manage")
def users() -> str:
    """All users of the own area."""
    search = request.args.get("q", "").strip()
    people = list_users_within(db(), current_scope(), search=search)
    return render_template("admin/users.html", people=people, search=search, areas=_area_names())


@blueprint.route("/users/new", methods=["GET", "POST"])
@requires("account.manage")
def new_user() -> Response | str:
    """Add a user with a first role and password."""
    form = _with_choices(UserForm())
    if not form.validate_on_submit():
        return render_template("admin/new_user.html", form=form, problem=None)
    try:
        roles = [(form.role.data, _own_area(form.division_code.data))]
        user = commands.add_user(
            db(), form.username.data, form.name.data, form.password.data, roles,
            actor_id=me().id, must_change_password=True,
        )  # fmt: skip
    except Refused as error:
        return render_template("admin/new_user.html", form=form, problem=sentence_of(error))
    flash(_("%(name)s may sign in now and chooses an own password then.", name=user.name))
    return redirect(url_for("admin.users"))


@blueprint.get("/users/<int:user_id>")
@requires("account.manage")
def user(user_id: int) -> str:
    """One user: roles, state, password."""
    person = _user_within(user_id)
    return render_template(
        "admin/user.html", person=person, held=actor_of(db(), person).areas,
        form=_with_choices(RoleForm()), areas=_area_names(),
    )  # fmt: skip


@blueprint.post("/users/<int:user_id>/roles")
@requires("account.manage")
def change_roles(user_id: int) -> Response:
    """Add a role, or take one away."""
    person = _user_within(user_id)
    held = list(actor_of(db(), person).areas)
    pair = (request.form.get("role", ""), _own_area(request.form.get("division_code")))
    if request.form.get("do") == "remove":
        held = [other for other in held if other != pair]
    else:
        held.append(pair)
    commands.set_roles(db(), person, held, actor_id=me().id)
    flash(_("The roles of %(name)s have been changed.", name=person.name))
    return redirect(url_for("admin.user", user_id=user_id) if _is_mine(user_id) else url_for("admin.users"))


@blueprint.post("/users/<int:user_id>/state")
@requires("account.manage")
def change_state(user_id: int) -> Response:
    """Let a user in, or shut a user out."""
    person = _user_within(user_id)
    if person.id == me().id:
        raise Refused("You cannot shut yourself out. Ask another administrator.")
    is_active = request.form.get("is_active") == "1"
    commands.set_active(db(), person, is_active, actor_id=me().id)
    flash(_("%(name)s may sign in.", name=person.name) if is_active else _("%(name)s is shut out.", name=person.name))
    return redirect(url_for("admin.user", user_id=user_id))


@blueprint.post("/users/<int:user_id>/password")
@requires("account.manage")
def reset_password(user_id: int) -> Response:
    """Give a user a first password again."""
    person = _user_within(user_id)
    commands.set_password(db(), person, request.form.get("password", ""), actor_id=me().id, must_change=True)
    flash(_("%(name)s has a new first password.", name=person.name))
    return redirect(url_for("admin.user", user_id=user_id))


def _user_within(user_id: int) -> User:
    person = get_user(db(), user_id)
    if not _is_mine(user_id):
        raise NotFound("There is no such user in your area.")
    return person


def _is_mine(user_id: int) -> bool:
    """Whether the administrator rules this user; no longer, after the last role was taken away."""
    return bool(list_users_within(db(), current_scope(), user_id=user_id))


def _own_area(code: str | None) -> str:
    """The area asked for, if it lies inside the administrator's own."""
    code = code or ""
    if not any(code.startswith(prefix) for prefix in current_scope()):
        raise Refused("You can give roles only inside your own area.")
    return code


def _with_choices(form: UserForm | RoleForm) -> UserForm | RoleForm:
    form.role.choices = [(role, str(title)) for role, title in labels.ROLES.items()]
    everywhere = [("", _("Everywhere"))] if "" in current_scope() else []
    form.division_code.choices = everywhere + [
        (line.code, f"{line.code} {line.name if is_chinese() else line.name_en or line.name}")
        for line in list_divisions(db(), current_scope())
    ]
    return form


def _area_names() -> dict[str, str]:
    lines = list_divisions(db(), current_scope())
    return {"": _("Everywhere")} | {
        line.code: line.name if is_chinese() else line.name_en or line.name for line in lines
    }
