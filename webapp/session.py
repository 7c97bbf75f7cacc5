"""One database session a request: kept when the request succeeds, undone when it does not."""

from flask import Flask, current_app, g
from flask.wrappers import Response
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import connect

#: A page that needs longer than this is a job.
STATEMENT_TIMEOUT_S = 5


def db() -> Session:
    """The session of this request."""
    if "db" not in g:
        make = current_app.extensions.get("gridbeat_make_session", _new_session)
        g.db = make()
    return g.db


def _new_session() -> Session:
    return Session(engine(), expire_on_commit=False)


def engine() -> Engine:
    """The application's engine, made at first use so that every server process has its own connections."""
    extensions = current_app.extensions
    if "gridbeat_engine" not in extensions:
        extensions["gridbeat_engine"] = connect(
            current_app.config["SETTINGS"].database_url, statement_timeout_s=STATEMENT_TIMEOUT_S
        )
    return extensions["gridbeat_engine"]


def keep(response: Response) -> Response:
    """Commit before the answer leaves, so that nobody is told of something that was not kept.

    A rule the database checks only at the end (cells apart, one shift at a time) speaks up here.
    """
    session = g.get("db")
    if session is None:
        return response
    if response.status_code >= 400 and not g.get("keep_anyway"):
        session.rollback()
        return response
    try:
        session.commit()
    except Exception as error:
        g.pop("keep_anyway", None)  # nothing can be kept any more; the error's handler undoes the rest
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def register(app: Flask) -> None:
    """Close the session with the request, whatever happened."""

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        session = g.pop("db", None)
        if session is not None:
            session.close()
