"""What the commands share: where they print, readable errors, the database."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console

from bot.preparation import PreparationError
from sales.leads.workflow import LeadActionError
from sales.settings import Settings, SettingsError
from sales.team.roles import NotAllowedError
from sales.team.store import TeamError

REFUSALS = (TeamError, LeadActionError, NotAllowedError)  # what colleagues read

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line of progress."""
    console.print(f"[dim]•[/dim] {text}")


def step_logger() -> Callable[[str], None]:
    """What to say progress with where logs are read by programs."""
    from bot.watch.logs import set_up_logging

    set_up_logging("json")
    return lambda text: logging.getLogger("bot.cli").info("server.step: %s", text)


def refuse_taken_port(host: str, port: int, setting: str) -> None:
    """Raises SettingsError when another program on this machine has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            if host in ("127.0.0.1", "localhost"):
                probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} is in use; choose another, for example {setting}={port + 10}."
            ) from error


@contextmanager
def readable_errors() -> Iterator[None]:
    """What a person can put right is one sentence and exit code 1, not a traceback."""
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

    try:
        yield
    except (SettingsError, PreparationError, *REFUSALS) as error:
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


def ready_engine() -> Any:
    """The database, migrated and with its reference figures."""
    from sales.database import open_engine
    from sales.migrate import upgrade_database
    from sales.reference.seed import seed_reference

    url = Settings.from_env().database_url
    upgrade_database(url)
    engine = open_engine(url)
    seed_reference(engine)
    return engine
