"""`fiberbot`: run the assistant, keep its catalog, read its leads."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.preparation import PreparationError, prepare, rasa_environment, train
from sales.settings import Settings, SettingsError

os.environ.update(rasa_environment())

app = typer.Typer(help="The fiber sales assistant.", no_args_is_help=True)
catalog = typer.Typer(help="The product catalog: import, export, check.", no_args_is_help=True)
leads = typer.Typer(help="People who want to be contacted.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
for name, group in (("catalog", catalog), ("leads", leads), ("db", db)):
    app.add_typer(group, name=name)

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line of progress."""
    console.print(f"[dim]•[/dim] {text}")


@contextmanager
def readable_errors() -> Iterator[None]:
    """What a person can put right is one sentence and exit code 1, not a traceback."""
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

    try:
        yield
    except (SettingsError, PreparationError) as error:
        errors.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from error
    except (ArgumentError, NoSuchModuleError) as error:
        errors.print("[red]DATABASE_URL is not an address of a database.[/red]")
        errors.print("For example: postgresql://user:password@host/name; blank means SQLite.")
        raise typer.Exit(1) from error
    except OperationalError as error:
        errors.print(f"[red]The database does not answer: {error.orig}[/red]")
        errors.print("Check DATABASE_URL and that the database server is running.")
        raise typer.Exit(1) from error


@app.command()
def setup() -> None:
    """Build the encoder, create and fill the database, train; no questions asked."""
    with readable_errors():
        prepare(Settings.from_env(), say)
        say("Ready.")


@app.command(name="train")
def train_command() -> None:
    """Train the assistant anew."""
    with readable_errors():
        train(Settings.from_env(), say)


@app.command()
def run() -> None:
    """Prepare what is missing and serve on HOST:PORT (127.0.0.1:5005)."""
    with readable_errors():
        settings = Settings.from_env()
        if settings.host in ("127.0.0.1", "localhost") and _is_taken(settings):
            raise SettingsError(
                f"Port {settings.port} is in use; choose another: PORT=5006 make run"
            )
        prepare(settings, say)
        say("Loading the assistant ...")
        from bot.server import serve

        serve(settings, lambda: _tell_how_to_talk(settings))


def _is_taken(settings: Settings) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return True
    return False


def _tell_how_to_talk(settings: Settings) -> None:
    webhooks = f"http://{settings.host}:{settings.port}/webhooks"
    console.print("\n[bold green]The assistant is ready[/bold green] on its demo page:")
    console.print(f"  [bold]{webhooks}/website/demo[/bold]", soft_wrap=True)
    console.print("or in another terminal:  [bold]make chat[/bold]")
    console.print("or:")
    body = '{"sender": "me", "message": "what is the difference between MTP and MPO?"}'
    console.print(f"  curl -s {webhooks}/rest/webhook -d '{body}'", soft_wrap=True)
    console.print("Ctrl-C stops it.\n")


@app.command()
def chat() -> None:
    """Talk in the terminal, to the running assistant or to one started for it."""
    from bot.chat import chat_in_terminal

    with readable_errors():
        chat_in_terminal(Settings.from_env(), console, say)


@catalog.command("import")
def catalog_import(
    file: Annotated[Path, typer.Argument(help="A CSV file in the format of `catalog export`.")],
    dry_run: Annotated[bool, typer.Option(help="Check and report only.")] = False,
    replace: Annotated[bool, typer.Option(help="Also remove products the file lacks.")] = False,
) -> None:
    """Add and update products by part number: all rows, or none when anything is wrong."""
    from sales.catalog.importer import import_products

    with readable_errors(), _progress() as bar:
        engine = _ready_engine()
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


def _ready_engine() -> Any:
    """The database, migrated and with its reference figures."""
    from sales.database import open_engine
    from sales.migrate import upgrade_database
    from sales.reference.seed import seed_reference

    url = Settings.from_env().database_url
    upgrade_database(url)
    engine = open_engine(url)
    seed_reference(engine)
    return engine


@catalog.command("export")
def catalog_export(file: Annotated[Path, typer.Argument(help="The CSV file to write.")]) -> None:
    """Write the whole catalog as CSV, ready to edit and import again."""
    from sales.catalog.importer import export_products

    with readable_errors():
        console.print(f"{export_products(_ready_engine(), file)} products written to {file}.")


@catalog.command("check")
def catalog_check() -> None:
    """Check every product in the database against the validity rules."""
    from sales.catalog.importer import check_catalog

    with readable_errors():
        problems = check_catalog(_ready_engine())
    for problem in problems:
        errors.print(f"{problem.sku}: {problem.reason}", markup=False)
    if problems:
        raise typer.Exit(1)
    console.print("Every product is sound.")


@leads.command("list")
def leads_list(
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1)] = 50,
    state: Annotated[str | None, typer.Option(help="Only leads in this state.")] = None,
) -> None:
    """The newest leads."""
    from sales.database import transaction
    from sales.leads.store import list_leads

    with readable_errors(), transaction(_ready_engine()) as session:
        found = list_leads(session, limit, state)
    table = Table("Reference", "Updated (UTC)", "State", "Name", "Contact", "Company")
    for lead in found:
        reach = " ".join(filter(None, (lead.email, lead.phone)))
        updated = f"{lead.updated_at:%Y-%m-%d %H:%M}"
        table.add_row(lead.reference, updated, lead.state, lead.name, reach, lead.company)
    console.print(table if found else "No leads yet.")


@leads.command("show")
def leads_show(reference: Annotated[str, typer.Argument(help="Such as L-000017.")]) -> None:
    """One lead with its need, products, history and transcript."""
    from sales.database import transaction
    from sales.leads.store import find_lead, lead_history

    with readable_errors(), transaction(_ready_engine()) as session:
        lead = find_lead(session, reference)
        history = lead_history(session, lead) if lead else []
    if lead is None:
        errors.print(f"[red]There is no lead {reference}; `fiberbot leads list` shows all.[/red]")
        raise typer.Exit(1)
    for label, value in (
        ("Reference", lead.reference),
        ("State", lead.state),
        ("Name", lead.name),
        ("E-mail", lead.email or "-"),
        ("Phone", lead.phone or "-"),
        ("Company", lead.company or "-"),
        ("Note", lead.note or "-"),
        ("Consent", f"{lead.consent_at:%Y-%m-%d %H:%M} UTC"),
        ("Need", ", ".join(f"{k}: {v}" for k, v in lead.need.items()) or "-"),
        ("Recommended", (lead.recommendation or {}).get("text", "-")),
        ("Products", ", ".join(lead.products) or "-"),
    ):
        console.print(f"[bold]{label}:[/bold] ", end="")
        console.print(value, markup=False)
    console.print("[bold]History:[/bold]")
    for event in history:
        console.print(f"  {event.at:%Y-%m-%d %H:%M} {event.who}: {event.what}", markup=False)
    console.print("[bold]Conversation:[/bold]")
    for line in lead.transcript:
        console.print(f"  {line['who']}: {line['text']}", markup=False)


@leads.command("export")
def leads_export(file: Annotated[Path, typer.Argument(help="The CSV file to write.")]) -> None:
    """Write every lead as CSV."""
    from sales.database import transaction
    from sales.leads.export import export_leads

    with (
        readable_errors(),
        transaction(_ready_engine()) as session,
        file.open("w", encoding="utf-8-sig", newline="") as handle,
    ):
        console.print(f"{export_leads(session, handle)} leads written to {file}.")


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema and load the reference figures."""
    with readable_errors():
        _ready_engine()
        console.print("The database is up to date.")


def _say_nothing(*_: Any, **__: Any) -> None:
    """Libraries that deprecate each other are not our user's concern."""


def main() -> None:
    """The console command."""
    warnings.showwarning = _say_nothing  # Sanic resets the filters, so a filter is not enough
    sys.exit(app())
