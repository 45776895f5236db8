"""What a person can put right, told in a sentence or two; exit code 1, and no traceback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from bot.file_checks import FileError
from bot.preparation import PreparationError
from sales.leads.workflow import LeadActionError
from sales.reference.files import ReferenceFileError
from sales.settings import SettingsError
from sales.team.roles import NotAllowedError
from sales.team.store import TeamError

REFUSALS = (TeamError, LeadActionError, NotAllowedError)  # what colleagues read
SENTENCES = (SettingsError, PreparationError, FileError, ReferenceFileError)
UNUSABLE_URL = (
    "DATABASE_URL is not an address of a database that the assistant can use.",
    "For example: postgresql://user:password@host/name; blank means SQLite.",
)
PASSWORD_IN_URL = re.compile(r"(://[^\s:/@]*):[^\s@]*@")

errors = Console(stderr=True, highlight=False)


def tell(*lines: str) -> typer.Exit:
    """Prints the first line in red; the exit to raise."""
    for number, line in enumerate(lines):
        shown = PASSWORD_IN_URL.sub(r"\1:...@", line)
        errors.print(shown, style="" if number else "red", markup=False, soft_wrap=True)
    return typer.Exit(1)


@contextmanager
def readable_errors() -> Iterator[None]:
    """For everything that a command does."""
    from sqlalchemy import exc

    from bot.nlu.encoder import EncoderError
    from sales.migrate import SchemaError

    sentences = (*SENTENCES, *REFUSALS, SchemaError, EncoderError)
    try:
        yield
    except sentences as error:
        raise tell(str(error)) from error
    except (exc.ArgumentError, exc.NoSuchModuleError) as error:
        raise tell(*UNUSABLE_URL) from error
    except exc.OperationalError as error:
        reason = str(error.orig).strip()
        raise tell(
            f"The database does not answer: {reason}",
            "Check DATABASE_URL and that the database server is running.",
        ) from error
    except exc.DatabaseError as error:
        raise tell(*_about_database(error)) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise tell(
            f"{error.filename}: {error.strerror}.",
            "Make it readable and writable for the user that runs the assistant, or name another "
            "place (VAR_DIR, ENCODER_DIR, WEB_DIR; .env.example lists all).",
        ) from error


def _about_database(error: Exception) -> tuple[str, str]:
    reason = str(getattr(error, "orig", None) or type(error).__name__).strip()
    return (
        f"The database that DATABASE_URL names cannot be used: {reason}",
        "Restore it from a backup, or name another database in DATABASE_URL.",
    )
