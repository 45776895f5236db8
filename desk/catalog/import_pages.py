"""Bring in a catalog file: upload, look at what it would do, and only then do it."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable
from functools import wraps

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.catalog.fields import LABELS
from desk.catalog.import_run import run_import
from desk.catalog.kept_imports import KeptImport, KeptImports, NotKeptError
from desk.rendering import flash, redirect, render
from sales.catalog.importer import ImportReport
from sales.catalog.rows import COLUMNS, REQUIRED_COLUMNS, guarded

logger = logging.getLogger(__name__)
LARGEST_FILE = 100_000_000  # bytes; 100,000 products take about 60 MB
LARGEST_REQUEST = LARGEST_FILE + 100_000
SHOWN_PROBLEMS = 200
LONGEST_NAME = 120
NO_FILE = "Choose a CSV file first."


def while_kept(
    handler: Callable[[Request, KeptImport], Response],
) -> Callable[[Request], Response]:
    """Hands the page the file that its address names; without it, says so and goes back."""

    @wraps(handler)
    def endpoint(request: Request) -> Response:
        token, now = request.path_params["token"], request.app.state.clock()
        try:
            kept = _kept_imports(request).find(token, request.state.member.id, now)
            return handler(request, kept)
        except NotKeptError as error:
            flash(request, str(error), "warn")
            return redirect("/catalog/import")

    return endpoint


@requires("catalog")
def import_page(request: Request) -> Response:
    return _import_page(request)


@requires("catalog")
def upload(request: Request) -> Response:
    form, state = request.state.form, request.app.state
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _import_page(request, NO_FILE)
    content, replace = file.file.read(LARGEST_FILE + 1), bool(form.get("replace"))
    if len(content) > LARGEST_FILE:
        return _import_page(request, f"The file is larger than {LARGEST_FILE // 1_000_000} MB.")
    report = run_import(state.settings, content, dry_run=True, replace=replace)
    kept = _kept_imports(request).keep(
        content,
        report,
        member_id=request.state.member.id,
        name=file.filename[:LONGEST_NAME],
        replace=replace,
        now=state.clock(),
    )
    return redirect(f"/catalog/import/{kept.token}")


@requires("catalog")
@while_kept
def preview(request: Request, kept: KeptImport) -> Response:
    return render(
        request,
        "catalog/preview.html",
        kept=kept,
        report=kept.report,
        labels=LABELS,
        shown=kept.report.problems[:SHOWN_PROBLEMS],
    )


@requires("catalog")
@while_kept
def apply(request: Request, kept: KeptImport) -> Response:
    if not kept.report.is_ok:
        return redirect(f"/catalog/import/{kept.token}")
    content, settings = _kept_imports(request).take(kept), request.app.state.settings
    report = run_import(settings, content, dry_run=False, replace=kept.replace)
    if not report.is_ok:  # the catalog has changed since
        reasons = " ".join(str(problem) for problem in report.problems[:3])
        flash(request, f"Nothing was changed. {reasons}", "bad")
        return redirect("/catalog/import")
    logger.info("catalog.imported: %s by member %s", _summary(report), request.state.member.id)
    flash(request, f"The file is in the catalog: {_summary(report)}.")
    return redirect("/catalog")


@requires("catalog")
@while_kept
def discard(request: Request, kept: KeptImport) -> Response:
    _kept_imports(request).forget(kept.token)
    flash(request, "The file is dropped; the catalog is as it was.")
    return redirect("/catalog/import")


@requires("catalog")
@while_kept
def problems(_request: Request, kept: KeptImport) -> Response:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("row", "column", "value", "reason"))
    for problem in kept.report.problems:
        cells = (problem.row or "", problem.column, problem.value, problem.reason)
        writer.writerow([guarded(str(cell)) for cell in cells])
    return _download("\ufeff" + file.getvalue(), "problems.csv")


@requires("catalog")
def template(_request: Request) -> Response:
    return _download("\ufeff" + ",".join(COLUMNS) + "\n", "catalog-template.csv")


def _download(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _kept_imports(request: Request) -> KeptImports:
    return KeptImports(request.app.state.settings.var_dir / "imports")


def _import_page(request: Request, error: str = "") -> Response:
    return render(
        request,
        "catalog/import.html",
        status=422 if error else 200,
        error=error,
        columns=COLUMNS,
        required=REQUIRED_COLUMNS,
        largest=LARGEST_FILE,
    )


def _summary(report: ImportReport) -> str:
    return f"{report.added:,} added, {report.updated:,} updated, {report.removed:,} removed"


routes = [
    Route("/catalog/import", import_page, methods=["GET"]),
    Route("/catalog/import", upload, methods=["POST"]),
    Route("/catalog/import/template.csv", template, methods=["GET"]),
    Route("/catalog/import/{token}", preview, methods=["GET"]),
    Route("/catalog/import/{token}", apply, methods=["POST"]),
    Route("/catalog/import/{token}/discard", discard, methods=["POST"]),
    Route("/catalog/import/{token}/problems.csv", problems, methods=["GET"]),
]
