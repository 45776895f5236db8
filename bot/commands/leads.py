"""`fiberbot leads`: list, show, export, erase."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.shared import console, errors, readable_errors, ready_engine
from sales.settings import Settings

leads = typer.Typer(help="People who want to be contacted.", no_args_is_help=True)


@leads.command("list")
def leads_list(
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1)] = 50,
    state: Annotated[str | None, typer.Option(help="Only leads in this state.")] = None,
) -> None:
    """The newest leads."""
    from sales.database import transaction
    from sales.leads.store import list_leads

    with readable_errors(), transaction(ready_engine()) as session:
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

    with readable_errors(), transaction(ready_engine()) as session:
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
        transaction(ready_engine()) as session,
        file.open("w", encoding="utf-8-sig", newline="") as handle,
    ):
        console.print(f"{export_leads(session, handle)} leads written to {file}.")


@leads.command("erase")
def leads_erase(
    reference: Annotated[str, typer.Argument(help="Such as L-000017.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a person on their request: lead, conversations, feedback, card in Slack."""
    from sales.database import transaction, wipe_deleted
    from sales.erasure import erase_person
    from sales.leads.lead import parse_reference
    from sales.team.roles import SYSTEM

    lead_id = parse_reference(reference)
    if not yes:
        typer.confirm(f"Delete {reference} and everything this person said, for good?", abort=True)
    with readable_errors():
        engine, office, now = ready_engine(), Settings.from_env().office, datetime.now(UTC)
        with transaction(engine) as session:
            erased = erase_person(
                session, actor=SYSTEM, now=now, lead_id=lead_id or 0, routes=office.routes
            )
        wipe_deleted(engine)
    console.print(f"Erased: {erased.leads} leads, {erased.conversations} conversations.")
