"""Whether we are alive, for watchdogs."""

from flask import Blueprint, jsonify
from flask.wrappers import Response
from sqlalchemy import text

from webapp.security import requires
from webapp.session import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@requires("public")
def healthz() -> Response:
    """OK when the database answers."""
    db().execute(text("SELECT 1"))
    return jsonify(status="ok")
