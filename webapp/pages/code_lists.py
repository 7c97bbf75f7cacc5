"""Administration: the category list, and the fixed code lists to look up."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from data.errors import NotAllowed, Refused
from incidents.categories import get_category, list_categories, save_category
from incidents.models import IncidentCategory
from webapp import labels
from webapp.forms.code_lists import CategoryForm
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("code_lists", __name__, url_prefix="/admin/code-lists")


@blueprint.get("/categories")
@requires("code_list.edit")
def categories() -> str:
    """The category list of this operator's scheme."""
    lines = list_categories(db(), _scheme())
    return render_template("admin/categories.html", categories=lines, scheme=_scheme(), may_edit=_may_edit())


@blueprint.get("/fixed")
@requires("code_list.edit")
def fixed() -> str:
    """Lists whose codes are part of the program: to look up, not to change."""
    lists = [
        (_("Incident status"), labels.STATUSES),
        (_("Priority"), labels.PRIORITIES),
        (_("Kind of camera"), labels.CAMERA_KINDS),
        (_("State of a camera"), labels.CAMERA_STATUSES),
        (_("Legal basis of a camera"), labels.LEGAL_BASES),
        (_("Sign at a camera"), labels.SIGNAGE),
        (_("Kind of cell"), labels.CELL_KINDS),
        (_("Kind of member"), labels.MEMBER_KINDS),
        (_("Role"), labels.ROLES),
    ]
    return render_template("admin/fixed_lists.html", lists=lists)


@blueprint.route("/categories/new", methods=["GET", "POST"])
@requires("code_list.edit")
def new_category() -> Response | str:
    """Add a line."""
    form = CategoryForm(data={"priority": "general", "close_within_min": 7200, "position": 100, "is_active": True})
    return _edit(form, None)


@blueprint.route("/categories/<code>", methods=["GET", "POST"])
@requires("code_list.edit")
def category(code: str) -> Response | str:
    """Change a line."""
    line = get_category(db(), _scheme(), code)
    return _edit(CategoryForm(obj=line), line)


def _may_edit() -> bool:
    """Whether the list is theirs: it holds for the whole county, so it needs an administrator of everything."""
    return "" in current_scope()


def _edit(form: CategoryForm, line: IncidentCategory | None) -> Response | str:
    if not _may_edit():
        raise NotAllowed("The categories hold for the whole county; only an administrator of everything changes them.")
    if not form.validate_on_submit():
        return render_template("admin/category.html", form=form, line=line)
    values = {name: field.data for name, field in form._fields.items() if name not in {"code", "csrf_token"}}
    values |= {name: values[name] or None for name in ("group_code", "needed_skill")}
    code = line.code if line else str(form.code.data)
    if line is None and code in {known.code for known in list_categories(db(), _scheme())}:
        raise Refused("There is a category with the code {code} already.", code=code)
    save_category(db(), _scheme(), code, actor_id=me().id, **values)
    flash(_("The category %(code)s has been saved.", code=code))
    return redirect(url_for("code_lists.categories"))


def _scheme() -> str:
    return current_app.config["SETTINGS"].incident_scheme
