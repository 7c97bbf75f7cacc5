"""The one table from our errors to answers: status, sentence in the reader's language, page or JSON."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from data.constraints import refusal_of
from data.errors import Conflict, GridbeatError, NotAllowed, NotFound, Refused, Unavailable
from gis.errors import GisError
from webapp.furniture import is_synthetic
from webapp.json_input import BadInput
from webapp.security.access import current_actor, not_signed_in, wants_json

STATUS: dict[type[Exception], int] = {
    BadInput: 400,
    NotFound: 404,
    NotAllowed: 403,
    Refused: 422,
    Conflict: 409,
    Unavailable: 503,
    GisError: 422,
    GridbeatError: 422,
}

HTTP_SENTENCES = {
    400: lazy_gettext("The request could not be read. Go back, reload the page and try again."),
    404: lazy_gettext("There is nothing at this address, or it lies outside your area."),
    405: lazy_gettext("This address cannot be used in this way."),
    413: lazy_gettext("The file or text is too large. Make it smaller and try again."),
    429: lazy_gettext("Too many requests. Wait a moment and try again."),
    500: lazy_gettext("Something went wrong on our side. Nothing was changed; it has been written to the log."),
}


def sentence_of(error: GridbeatError | GisError) -> str:
    """The error's sentence in the reader's language, with its facts put in."""
    return _(error.sentence).format(**error.facts)


def sentence_in_words(sentence: str, facts: dict[str, Any]) -> str:
    """A stored sentence in the reader's language; the bare sentence when its facts do not fit."""
    try:
        return _(sentence).format(**facts)
    except (KeyError, IndexError, ValueError):
        return sentence


def answer(status: int, sentence: str) -> tuple[Any, int]:
    """A page for people, JSON for programs."""
    g.sentence = sentence
    if wants_json():
        return jsonify(error=sentence), status
    return render_template("errors/error.html", status=status, sentence=sentence), status


def _answer_ours(error: GridbeatError | GisError) -> tuple[Any, int]:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return answer(status, sentence_of(error))


def _answer_http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    status = error.code or 500
    given = error.description if status == 401 or getattr(error, "is_ours", False) else None
    return answer(status, str(given or HTTP_SENTENCES.get(status, error.description)))


def _answer_database(error: DBAPIError) -> tuple[Any, int]:
    refusal = refusal_of(error)
    if refusal is not None:
        return _answer_ours(refusal)
    current_app.logger.exception("the database refused or did not answer")
    if isinstance(error, IntegrityError):
        return answer(422, _("The database refused this because it breaks a rule. Check the input and try again."))
    if isinstance(error, DataError):
        return answer(422, _("A value is out of range. Check the input and try again."))
    if isinstance(error, OperationalError) and "statement timeout" in str(error):
        return answer(503, _("This took too long and was stopped. Choose a smaller area or a shorter time."))
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return _answer_unreachable(error)
    return answer(500, str(HTTP_SENTENCES[500]))


def _answer_unreachable(_error: SQLAlchemyError) -> tuple[Any, int]:
    return answer(503, _("The database cannot be reached. Nothing was changed; try again in a moment."))


def _answer_csrf(_error: CSRFError) -> Any:
    """A form from before the session ended: sign in again, or reload."""
    if current_actor() is None:
        return answer(401, not_signed_in()) if wants_json() else redirect(url_for("account.login"))
    return answer(400, _("The page was open for too long. Reload it and try again; nothing was changed."))


def _answer_unknown(_error: Exception) -> tuple[Any, int]:
    current_app.logger.exception("unexpected error at %s %s", request.method, request.path)
    return answer(500, str(HTTP_SENTENCES[500]))


HANDLERS: dict[type[Exception], Callable[[Any], Any]] = {
    GridbeatError: _answer_ours,
    GisError: _answer_ours,
    CSRFError: _answer_csrf,
    DBAPIError: _answer_database,
    PendingRollbackError: _answer_unreachable,
    NoConnectionFree: _answer_unreachable,
    HTTPException: _answer_http,
    Exception: _answer_unknown,
}


def _after_undoing(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The handler, run when the error page can be drawn: a failed transaction answers no further question."""

    def handle(error: Exception) -> Any:
        if isinstance(error, SQLAlchemyError) or not g.get("keep_anyway"):
            _undo()
        try:
            current_actor()
            is_synthetic()
        except SQLAlchemyError:
            _undo()
            g.setdefault("actor", None)
            g.setdefault("is_synthetic", False)
        return handler(error)

    return handle


def _undo() -> None:
    session = g.get("db")
    if session is None:
        return
    try:
        session.rollback()
    except SQLAlchemyError:
        session.invalidate()  # nothing is left to roll back on a connection that is lost


def register(app: Flask) -> None:
    """Hang the table into the application."""
    for kind, handler in HANDLERS.items():
        app.register_error_handler(kind, _after_undoing(handler))


def response_of(result: tuple[Any, int]) -> Response:
    """A Flask response from what an error handler returns."""
    return current_app.make_response(result)
