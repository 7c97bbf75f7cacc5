"""Signing in and out, the own password, the language."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from accounts.commands import is_password, set_locale, set_password, sign_in, sign_out
from accounts.models import User
from accounts.queries import get_user
from data.errors import Refused
from webapp.errors import sentence_of
from webapp.forms.account import LoginForm, PasswordForm
from webapp.i18n import COOKIE, LOCALES, chosen_locale
from webapp.security import current_actor, requires
from webapp.security.access import cookie_name
from webapp.session import db

blueprint = Blueprint("account", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@requires("public")
def login() -> Response | str | tuple[str, int]:
    """Ask for name and password; lead on to where the person wanted to go."""
    form = LoginForm()
    if not form.validate_on_submit():
        return _login_page(form)
    try:
        signed_in = _sign_in(form)
    except Refused as error:
        return _login_page(form, sentence_of(error)), 429
    if signed_in is None:
        g.keep_anyway = True  # the failed attempt counts
        return _login_page(form, _("The user name or the password is wrong.")), 401
    return _with_language(_with_cookie(redirect(_own_address(request.args.get("next"))), signed_in[0]))


def _login_page(form: LoginForm, problem: str | None = None) -> str:
    return render_template("account/login.html", form=form, problem=problem)


def _sign_in(form: LoginForm) -> tuple[str, User] | None:
    return sign_in(
        db(),
        form.username.data or "",
        form.password.data or "",
        address=request.remote_addr,
        now=datetime.now(UTC),
        keep_for=_keep_for(),
    )


def _keep_for() -> timedelta:
    return timedelta(hours=current_app.config["SETTINGS"].session_hours)


def _with_cookie(response: Response, token: str) -> Response:
    response.set_cookie(
        cookie_name(), token, max_age=_keep_for(), httponly=True, samesite="Lax",
        secure=current_app.config["SETTINGS"].has_https, path="/",
    )  # fmt: skip
    return response


def _own_address(wanted: str | None) -> str:
    """A path of ours, never another host: `//evil` and `\\evil` are hosts to a browser."""
    wanted = wanted or ""
    try:
        parts = urlsplit(wanted)
    except ValueError:  # brackets that hold no address
        return url_for("home")
    is_ours = wanted.startswith("/") and not parts.scheme and not parts.netloc and "\\" not in wanted
    return wanted if is_ours and not wanted.startswith("//") and wanted.isprintable() else url_for("home")


@blueprint.post("/logout")
@requires("self")
def logout() -> Response:
    """End the session here and in the database."""
    sign_out(db(), request.cookies.get(cookie_name(), ""))
    response = redirect(url_for("account.login"))
    response.delete_cookie(cookie_name(), path="/")
    return response


@blueprint.route("/password", methods=["GET", "POST"])
@requires("self")
def password() -> Response | str | tuple[str, int]:
    """Change the own password; every open session ends, and one signs in again."""
    form = PasswordForm()
    actor = current_actor()
    if actor is None or not form.validate_on_submit():
        return _password_page(form)
    user = get_user(db(), actor.id)
    try:
        if not is_password(db(), user, form.old.data or "", address=request.remote_addr, now=datetime.now(UTC)):
            return _password_page(form, _("The present password is wrong."))  # the failure is kept: it counts
    except Refused as error:
        return _password_page(form, sentence_of(error)), 429
    return _change_password(form, user)


def _password_page(form: PasswordForm, problem: str | None = None) -> str:
    return render_template("account/password.html", form=form, problem=problem)


def _change_password(form: PasswordForm, user: User) -> Response | str:
    try:
        set_password(db(), user, form.new.data or "", actor_id=user.id)
    except Refused as error:
        return _password_page(form, sentence_of(error))
    flash(_("The password has been changed. Sign in with the new one."))
    return redirect(url_for("account.login"))


@blueprint.post("/language/<locale>")
@requires("public")
def language(locale: str) -> Response:
    """Switch the language, for this browser and for the account."""
    if locale not in LOCALES:
        raise NotFound
    actor = current_actor()
    if actor is not None:
        set_locale(db(), actor.id, locale)
    response = redirect(_own_address(request.form.get("next")))
    return _with_language(response, locale)


def _with_language(response: Response, locale: str | None = None) -> Response:
    """Keep the language chosen for this browser; without a choice the one the sign-in page was read in."""
    if locale or COOKIE not in request.cookies:
        response.set_cookie(COOKIE, locale or chosen_locale(), max_age=timedelta(days=365), samesite="Lax", path="/")
    return response
