"""`fiberbot catalog`: import, export, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.commands.shared import console, errors, readable_errors, ready_engine
from sales.settings import SettingsError

catalog = typer.Typer(help="The product catalog: import, export, check.", no_args_is_help=True)


@catalog.command("import")
def catalog_import(
    file: Annotated[Path, typer.Argument(help="A CSV file in the format of `catalog export`.")],
    dry_run: Annotated[bool, typer.Option(help="Check and report only.")] = False,
    replace: Annotated[bool, typer.Option(help="Also remove products the file lacks.")] = False,
) -> None:
    """Add and update products by part number: all rows, or none when anything is wrong."""
    from sales.catalog.importer import import_products

    with readable_errors(), _progress() as bar:
        engine = ready_engine()
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, bar.add_task(stage, total=total))
            bar.update(task, completed=done)

        if not file.is_file():
            raise SettingsError(f"There is no file {file}.")
        report = import_products(engine, file, dry_run=dry_run, replace=replace, progress=show)
    for problem in report.problems:
        errors.print(str(problem), markup=False)
    if not report.is_ok:
        errors.print(f"[red]{report.problem_count} problems; nothing was changed.[/red]")
        raise typer.Exit(1)
    change = f"{report.added} added, {report.updated} updated, {report.removed} removed"
    said = "Imported" if report.is_applied else "Nothing is wrong (dry run, nothing changed)"
    console.print(f"{said}: {report.rows} rows, {change}.")


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    return Progress(*columns, TimeElapsedColumn(), console=errors)


@catalog.command("export")
def catalog_export(file: Annotated[Path, typer.Argument(help="The CSV file to write.")]) -> None:
    """Write the whole catalog as CSV, ready to edit and import again."""
    from sales.catalog.importer import export_products

    with readable_errors():
        console.print(f"{export_products(ready_engine(), file)} products written to {file}.")


@catalog.command("check")
def catalog_check() -> None:
    """Check every product in the database against the validity rules."""
    from sales.catalog.importer import check_catalog

    with readable_errors():
        problems = check_catalog(ready_engine())
    for problem in problems:
        errors.print(f"{problem.sku}: {problem.reason}", markup=False)
    if problems:
        raise typer.Exit(1)
    console.print("Every product is sound.")
