"""`fiberbot team`: who works on leads, and what they may do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.shared import console, readable_errors, ready_engine
from sales.settings import SettingsError
from sales.team.roles import ROLES, Member

team = typer.Typer(help="The people who work on leads.", no_args_is_help=True)
Role = Annotated[str, typer.Option(help=f"What they may do: {', '.join(ROLES)}.")]
SlackId = Annotated[str, typer.Option("--slack", help="Their id in Slack, such as U0123456789.")]


@team.command("list")
def team_list() -> None:
    """Everybody, with role and Slack id."""
    from sales.database import transaction
    from sales.team.store import all_members

    with readable_errors(), transaction(ready_engine()) as session:
        members = all_members(session)
    table = Table("Name", "E-mail", "Role", "Slack", "Active")
    for member in members:
        active = "yes" if member.is_active else "no"
        table.add_row(member.name, member.email, member.role, member.slack_user_id or "-", active)
    console.print(table if members else "Nobody yet; `fiberbot team add` adds somebody.")


@team.command("add")
def team_add(name: str, email: str, role: Role = "rep", slack: SlackId = "") -> None:
    """Add somebody. `fiberbot desk create-user` gives them a password for the desk."""
    from sales.database import transaction
    from sales.team.store import add_member

    with readable_errors(), transaction(ready_engine()) as session:
        now = datetime.now(UTC)
        member = add_member(session, name, email, role, now, slack_user_id=slack or None)
    console.print(f"{member.name} is now {_with_article(member.role)}.", markup=False)


@team.command("change")
def team_change(
    email: str, role: Role = "", slack: SlackId = "", active: bool | None = None
) -> None:
    """Change somebody's role or Slack id, or --no-active to let them go."""
    from sales.database import transaction
    from sales.team.store import change_member

    with readable_errors(), transaction(ready_engine()) as session:
        member = _member(session, email)
        changes = {"role": role, "slack_user_id": slack}
        given = {name: value for name, value in changes.items() if value}
        member = change_member(session, member.id, is_active=active, **given)
    state = "active" if member.is_active else "not active"
    console.print(f"{member.name}: {member.role}, {state}.", markup=False)


def _member(session: object, email: str) -> Member:
    from sales.team.store import member_by_email

    member = member_by_email(session, email)  # type: ignore[arg-type]
    if member is None:
        raise SettingsError("Nobody has this e-mail address; `fiberbot team list` shows all.")
    return member


def _with_article(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"
