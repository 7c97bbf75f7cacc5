"""Administration: give a file to an import, watch it, read its report."""

import csv
import hashlib
import io
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as Answer

from data.errors import NotAllowed, NotFound, Refused
from data.importing.models import ImportRefusal, ImportRun
from data.jobs import enqueue
from webapp.errors import sentence_in_words
from webapp.forms.imports import ImportForm
from webapp.importing_jobs import run_after
from webapp.security import current_scope, may, me, requires
from webapp.session import db

blueprint = Blueprint("imports", __name__, url_prefix="/admin/imports")

MOST_SHOWN = 200
#: What can be the ending of a file; the rest of a name is not kept.
_ENDING = re.compile(r"\.[a-z0-9]{1,8}")


@blueprint.url_value_preprocessor
def allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Files may be larger than forms. Before anything reads the body, and only for those who may import."""
    if endpoint == "imports.new" and may("import.run"):
        request.max_content_length = current_app.config["SETTINGS"].max_import_mb * 1_000_000


@blueprint.get("")
@requires("import.run")
def index() -> str:
    """Imports, newest first."""
    query = select(ImportRun).order_by(ImportRun.id.desc()).limit(100)
    runs = list(db().scalars(query if "" in current_scope() else query.where(ImportRun.asked_by == me().id)))
    return render_template("admin/imports.html", runs=runs)


@blueprint.route("/new", methods=["GET", "POST"])
@requires("import.run")
def new() -> Answer | str:
    """Take a file and ask the worker to import it."""
    form = ImportForm()
    if not form.validate_on_submit():
        return render_template("admin/new_import.html", form=form)
    if form.kind.data in {"osm", "divisions"} and "" not in current_scope():
        raise NotAllowed("Streets and divisions belong to the whole county; they need an administrator of everything.")
    path, digest = _store(form.file.data)
    run = _run_of(form, digest)
    db().add(run)
    db().flush()
    enqueue(db(), "run_import", lock="import", run_id=run.id, path=str(path))
    return redirect(url_for("imports.show", run_id=run.id))


@blueprint.get("/<int:run_id>")
@requires("import.run")
def show(run_id: int) -> str:
    """One import: numbers, remarks, refused rows; the page asks again while it runs."""
    run = _get(run_id)
    refusals = list(db().scalars(_refusals(run_id).limit(MOST_SHOWN)))
    can_carry_out = run.is_dry_run and run.status == "done" and kept_file(run) is not None
    return render_template(
        "admin/import.html", run=run, refusals=refusals, words=sentence_in_words, can_carry_out=can_carry_out
    )


@blueprint.post("/<int:run_id>/carry-out")
@requires("import.run")
def carry_out(run_id: int) -> Answer:
    """Turn a dry run into the import: the same file and choices, nothing uploaded twice."""
    tried = _get(run_id)
    path = kept_file(tried)
    if not tried.is_dry_run or tried.status != "done":
        raise Refused("Only a dry run that has ended well can be turned into the import.")
    if path is None:
        raise Refused("The file of this dry run is not kept any more. Upload it again.")
    run = run_after(db(), tried, asked_by=me().id)
    if run.status == "waiting":
        enqueue(db(), "run_import", lock="import", run_id=run.id, path=str(path))
    return redirect(url_for("imports.show", run_id=run.id))


@blueprint.get("/<int:run_id>/refused.csv")
@requires("import.run")
def refused_csv(run_id: int) -> Response:
    """Every refused row as a table for a spreadsheet."""
    run = _get(run_id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["row", "column", "value", "reason"])
    for line in db().scalars(_refusals(run_id)):
        reason = sentence_in_words(line.sentence, line.facts)
        writer.writerow([line.row_number, line.column_name or "", _harmless(line.value), reason])
    headers = {"Content-Disposition": f"attachment; filename=refused-{run.id}.csv"}
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv", headers=headers)


def _refusals(run_id: int):
    return select(ImportRefusal).where(ImportRefusal.run_id == run_id).order_by(ImportRefusal.row_number)


def _harmless(value: str | None) -> str:
    """The value so that no spreadsheet takes it for a formula."""
    return "'" + value if value and value[0] in "=+-@\t\r" else value or ""


def _get(run_id: int) -> ImportRun:
    run = db().get(ImportRun, run_id)
    if run is None or ("" not in current_scope() and run.asked_by != me().id):
        raise NotFound("There is no import {run_id}.", run_id=run_id)
    return run


def _store(file: FileStorage) -> tuple[Path, str]:
    """Keep the file under its hash, with the ending that tells what it is."""
    digest = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    path = _path_of(digest, file.filename or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)
    return path, digest


def _path_of(digest: str, file_name: str) -> Path:
    folder: Path = current_app.config["SETTINGS"].upload_folder
    name = secure_filename(file_name) or "file"
    return folder / f"{digest}{''.join(filter(_ENDING.fullmatch, Path(name.lower()).suffixes[-2:]))}"


def kept_file(run: ImportRun) -> Path | None:
    """Where the file of a run is kept, or None when it has gone."""
    path = _path_of(run.file_sha256, run.file_name)
    return path if path.is_file() else None


def _run_of(form: ImportForm, digest: str) -> ImportRun:
    return ImportRun(
        kind=form.kind.data,
        file_name=(form.file.data.filename or "file")[:200],
        file_sha256=digest,
        crs=form.crs_name,
        mapping=form.mapping_pairs,
        is_dry_run=form.is_dry_run.data,
        options={"strict": form.is_strict.data, "areas": list(current_scope())},
        asked_by=me().id,
    )
