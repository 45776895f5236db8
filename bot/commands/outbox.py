"""`fiberbot outbox`: notifications that wait, and those that were given up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.shared import console, readable_errors, ready_engine

outbox = typer.Typer(help="Notifications to Slack, mail and webhooks.", no_args_is_help=True)
MOST_SHOWN = 100


@outbox.command("list")
def outbox_list() -> None:
    """What waits, and what was given up with the reason."""
    from sales.database import transaction
    from sales.outbox.store import dead_letters, depth

    with readable_errors(), transaction(ready_engine()) as session:
        waiting, dead = depth(session), dead_letters(session, MOST_SHOWN, 0)
    told = ", ".join(f"{name}: {counts['open']}" for name, counts in waiting.items())
    console.print(f"Waiting: {told}" if told else "Nothing waits.")
    table = Table("Number", "Channel", "What", "Attempts", "Reason", title="Given up")
    for row in dead:
        table.add_row(str(row.id), row.channel, row.kind, str(row.attempts), row.error)
    console.print(table if dead else "Nothing was given up.")


@outbox.command("retry")
def outbox_retry(
    number: Annotated[int | None, typer.Argument(help="One of `outbox list`; none: all.")] = None,
) -> None:
    """Try again what was given up."""
    from sales.database import transaction
    from sales.outbox.store import retry, retry_all

    now = datetime.now(UTC)
    with readable_errors(), transaction(ready_engine()) as session:
        count = retry_all(session, now) if number is None else int(retry(session, number, now))
    console.print(f"{count} will be tried again.")
