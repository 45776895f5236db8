"""What the commands share: where they print, readable errors, the database."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable
from typing import Any

from rich.console import Console

from bot.commands.errors import errors, readable_errors
from bot.preparation import refuse_unusable_folder
from sales.settings import Settings, SettingsError
from sales.settings.reader import HIGHEST_PORT

__all__ = [
    "console", "errors", "readable_errors", "ready_engine", "refuse_taken_port", "say", "warn",
]  # fmt: skip
console = Console(highlight=False)


def say(text: str) -> None:
    """One line of progress."""
    console.print(f"[dim]•[/dim] {text}")


def step_logger() -> Callable[[str], None]:
    """What to say progress with where logs are read by programs."""
    from bot.watch.logs import set_up_logging

    set_up_logging("json")
    return lambda text: logging.getLogger("bot.cli").info("server.step: %s", text)


def warn(text: str, log_format: str) -> None:
    """Tells what is not as it should be, although it goes on."""
    if log_format == "json":
        from bot.watch.logs import set_up_logging

        set_up_logging("json")
        logging.getLogger("bot.cli").warning("server.warning: %s", text)
    else:
        errors.print(text, style="yellow", markup=False, soft_wrap=True)


def refuse_taken_port(host: str, port: int, setting: str) -> None:
    """Raises SettingsError when the address is not this machine's, or the port is taken."""
    where = setting.removesuffix("PORT") + "HOST"
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingsError(_refusal(error, host, port, setting, where)) from error


def _refusal(error: OSError, host: str, port: int, setting: str, where: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use; choose another, for example {setting}={_another(port)}."
    if error.errno == errno.EACCES:
        return f"Port {port} is for the administrator; choose one above 1023, for example 5005."
    return (
        f"{where} is {host!r}, which is no address of this machine; set it to 127.0.0.1, or to "
        "0.0.0.0 for all its addresses."
    )


def _another(port: int) -> int:
    return port + 10 if port + 10 <= HIGHEST_PORT else port - 10


def ready_engine() -> Any:
    """The database, migrated and with its reference figures."""
    from sales.database import open_engine
    from sales.migrate import upgrade_database
    from sales.reference.seed import seed_reference

    settings = Settings.from_env()
    url = settings.database_url
    if str(settings.var_dir) in url:
        refuse_unusable_folder(settings)
    upgrade_database(url)
    engine = open_engine(url)
    seed_reference(engine)
    return engine
