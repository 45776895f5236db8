"""`fiberbot`: run the assistant and the desk, keep catalog, leads and team."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import Any

import typer

from bot.commands.backup import backup, restore
from bot.commands.catalog import catalog
from bot.commands.desk import desk
from bot.commands.leads import leads
from bot.commands.outbox import outbox
from bot.commands.shared import (
    console,
    readable_errors,
    ready_engine,
    refuse_taken_port,
    say,
    step_logger,
    warn,
)
from bot.commands.team import team
from bot.preparation import prepare, rasa_environment, train
from bot.stand_ins import stand_in
from sales.settings import PROJECT, Settings, read_env_file, refuse_unsafe

os.environ.update(rasa_environment())

app = typer.Typer(
    help="The fiber sales assistant.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they hold addresses with passwords
)
db = typer.Typer(help="The database.", no_args_is_help=True)
for name, group in (
    ("catalog", catalog),
    ("leads", leads),
    ("team", team),
    ("outbox", outbox),
    ("desk", desk),
    ("db", db),
):
    app.add_typer(group, name=name)
app.command()(backup)
app.command()(restore)


@app.callback()
def read_settings() -> None:
    """The fiber sales assistant."""
    with readable_errors():
        if problem := read_env_file():
            warn(problem, os.environ.get("LOG_FORMAT", "").strip().lower())


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
        refuse_unsafe(settings)
        refuse_taken_port(settings.host, settings.port, "PORT")
        refuse_taken_port(settings.desk.host, settings.desk.port, "DESK_PORT")
        _check_redis(settings)
        is_text = settings.watch.log_format == "text"
        tell = say if is_text else step_logger()
        prepare(settings, tell)
        tell("Loading the assistant ...")
        gc.disable()  # until it is loaded; to look among what stays took a fifth of the start
        from bot.server import serve

        serve(settings, lambda: _tell_how_to_talk(settings) if is_text else tell("Ready."))


def _check_redis(settings: Settings) -> None:
    if settings.redis_url:
        from bot.redis_link import check_at_start

        if problem := check_at_start(settings.redis_url):
            warn(problem, settings.watch.log_format)


def _tell_how_to_talk(settings: Settings) -> None:
    webhooks = f"http://{settings.host}:{settings.port}/webhooks"
    console.print("\n[bold green]The assistant is ready[/bold green] on its demo page:")
    console.print(f"  [bold]{webhooks}/website/demo[/bold]", soft_wrap=True)
    console.print("or in another terminal:  [bold]make chat[/bold]")
    console.print("or:")
    body = '{"sender": "me", "message": "what is the difference between MTP and MPO?"}'
    console.print(f"  curl -s {webhooks}/rest/webhook -d '{body}'", soft_wrap=True)
    console.print(f"The desk for your people:  [bold]{settings.desk.address}[/bold]")
    console.print("Ctrl-C stops it.\n")


@app.command()
def chat() -> None:
    """Talk in the terminal, to the running assistant or to one started for it."""
    from bot.chat import chat_in_terminal

    with readable_errors():
        chat_in_terminal(Settings.from_env(), console, say)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema and load the reference figures."""
    with readable_errors():
        ready_engine()
        console.print("The database is up to date.")


def _say_nothing(*_: Any, **__: Any) -> None:
    """Libraries that deprecate each other are not our user's concern."""


def main() -> None:
    """The console command."""
    stand_in([PROJECT / "config.yml"])
    warnings.showwarning = _say_nothing  # Sanic resets the filters, so a filter is not enough
    sys.exit(app())
