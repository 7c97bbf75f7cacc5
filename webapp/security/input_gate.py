"""The gate before everything else: no text that cannot be kept comes in by path, query or form."""

from collections.abc import Iterable

from flask import Flask, Request, request

from data.texts import can_be_kept
from webapp.json_input import BadInput


class SoundRequest(Request):
    """A request whose form is looked through when it is first read, whatever size the view allows it to have."""

    def _load_form_data(self) -> None:
        is_read = "form" in self.__dict__
        super()._load_form_data()
        if not is_read:
            names = ((field, file.filename or "") for field, file in self.files.items(multi=True))
            _refuse_unsound(part for pair in (*self.form.items(multi=True), *names) for part in pair)


def _refuse_unsound(texts: Iterable[str]) -> None:
    if not all(can_be_kept(text) for text in texts):
        raise BadInput("A text holds a zero byte or half a character. Take it out and send it again.")


def check_address() -> None:
    """Raise BadInput when path or query hold what cannot be kept."""
    _refuse_unsound([request.path, *(part for pair in request.args.items(multi=True) for part in pair)])


def register(app: Flask) -> None:
    """Put the gate in place."""
    app.request_class = SoundRequest
    app.before_request(check_address)
