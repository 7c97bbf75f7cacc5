"""Permissions: every route names one with `@requires`; a route without one answers nobody.

`@requires` only marks the view; one hook enforces the mark before any view runs, so that a new
route is closed until somebody decides who may use it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.commands import hash_token
from accounts.queries import Actor, find_actor_by_token
from accounts.rules import ALL_PERMISSIONS
from data.errors import NotAllowed
from webapp.security import devices
from webapp.session import db

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission it needs; `public` and `self` are permissions too."""
    if permission not in ALL_PERMISSIONS:
        raise ValueError(f"unknown permission {permission}")

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined] # the mark the hook reads
        return view

    return mark


def current_actor() -> Actor | None:
    """The signed-in person, or None."""
    if "actor" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.actor = find_actor_by_token(db(), hash_token(token), datetime.now(UTC)) if token else None
    return g.actor


def me() -> Actor:
    """Who is signed in; the gate lets nobody else come to a view that has a permission."""
    actor = current_actor()
    if actor is None:
        raise NotAllowed("Your role does not allow this. Ask an administrator if you need it.")
    return actor


def current_scope() -> tuple[str, ...]:
    """Where the signed-in person may do what this route does: division-code prefixes ("" = everywhere)."""
    actor = current_actor()
    permission = permission_of(request.endpoint)
    if actor is None or permission is None:
        return ()
    return actor.scope(permission)


def may(permission: str) -> bool:
    """Whether the signed-in person may do this somewhere."""
    actor = current_actor()
    return actor is not None and actor.may(permission)


def permission_of(endpoint: str | None) -> str | None:
    """The permission a route names, or None when it names none."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "permission", None)


def cookie_name() -> str:
    """`__Host-` ties the cookie to this host and to HTTPS; plain HTTP (the demo) has to do without."""
    return "__Host-gridbeat" if current_app.config["SETTINGS"].has_https else "gridbeat"


def wants_json() -> bool:
    """Whether the asker is a program, not a person at a page."""
    return request.path.startswith("/api/") or request.path.startswith("/tiles/") or request.is_json


def not_signed_in() -> str:
    """What a program is told whose session has ended: a phone keeps its reports until somebody signs in."""
    return _("You are not signed in, or the session has expired. Sign in and try again.")


def enforce() -> Response | None:
    """The one gate before every view."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    permission = permission_of(request.endpoint)
    if permission == "public":
        return None
    actor = current_actor()
    if permission == "device":
        devices.admit(is_person=actor is not None)
        return None
    if actor is None:
        if wants_json():
            abort(401, description=not_signed_in())
        return redirect(
            url_for("account.login", next=request.full_path.rstrip("?") if request.method == "GET" else None)
        )
    if permission is None or not actor.may(permission):
        raise NotAllowed("Your role does not allow this. Ask an administrator if you need it.")
    if actor.must_change_password and request.endpoint not in {
        "account.password",
        "account.logout",
        "account.language",
    }:
        return redirect(url_for("account.password"))
    return None


def register(app: Flask) -> None:
    """Put the gate in place."""
    app.before_request(enforce)
