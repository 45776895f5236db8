"""`fiberbot desk`: the desk alone, and who may sign in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.commands.shared import console, readable_errors, ready_engine, refuse_taken_port
from sales.settings import Settings, SettingsError, refuse_unsafe_desk
from sales.team.roles import ROLES

desk = typer.Typer(help="The page for reps and the owner.", invoke_without_command=True)


@desk.callback()
def run_desk(context: typer.Context) -> None:
    """Serve the desk alone on DESK_HOST:DESK_PORT (127.0.0.1:5006)."""
    if context.invoked_subcommand is not None:
        return
    from bot.watch.logs import set_up_logging
    from desk.server import serve

    with readable_errors():
        settings = Settings.from_env()
        set_up_logging(settings.watch.log_format)
        refuse_unsafe_desk(settings.desk)
        refuse_taken_port(settings.desk.host, settings.desk.port, "DESK_PORT")
        serve(settings, ready_engine(), lambda: _tell_where(settings))


def _tell_where(settings: Settings) -> None:
    console.print(f"The desk: [bold]{settings.desk.address}[/bold]  Ctrl-C stops it.")


@desk.command("create-user")
def create_user_command(
    email: str,
    name: Annotated[str, typer.Option(prompt="Name")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")] = "owner",
    password: Annotated[
        str,
        typer.Option(
            prompt=True, hide_input=True, confirmation_prompt=True, envvar="DESK_PASSWORD"
        ),
    ] = "",
) -> None:
    """Let somebody sign in to the desk."""
    from desk.auth.passwords import PasswordError
    from desk.auth.users import create_user
    from sales.database import transaction

    with readable_errors(), transaction(ready_engine()) as session:
        try:
            member = create_user(session, email, name, role, password, datetime.now(UTC))
        except PasswordError as error:
            raise SettingsError(str(error)) from error
    console.print(f"{member.name} may sign in to the desk as {member.role}.", markup=False)
