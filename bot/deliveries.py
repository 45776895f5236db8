"""The background of a server: who delivers what, from the server's start to its end."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint, Sanic
from sqlalchemy.engine import Engine

from bot.background import Background
from bot.delivery.email import EmailSender
from bot.delivery.visitor import VisitorSender
from bot.delivery.webhook import WebhookSender
from bot.delivery.worker import Sender
from bot.turns import ready_agent
from sales.settings import Settings


def deliver_while_serving(routes: Blueprint, settings: Settings, engine: Engine) -> None:
    """Deliveries and jobs run as long as the server of these routes, however it was started."""

    async def start(app: Sanic, _loop: Any) -> None:
        app.ctx.background = Background(settings, engine, senders(settings, engine, app))
        await app.ctx.background.start()

    async def stop(app: Sanic, _loop: Any) -> None:
        await app.ctx.background.stop()

    routes.before_server_start(start)
    routes.before_server_stop(stop)


def senders(settings: Settings, engine: Engine, app: Sanic) -> dict[str, Sender]:
    """A sender for each channel of the outbox that is connected."""
    visitors = VisitorSender(
        engine,
        lambda: ready_agent(app),
        getattr(app.ctx, "broadcaster", None),
        settings.office.routes,
    )
    found: dict[str, Sender] = {"visitor": visitors}
    if settings.slack:
        from bot.delivery.slack import SlackSender  # late: the Slack channel imports the website's,
        from bot.delivery.slack_posts import slack_client  # which imports this module

        client = slack_client(settings.slack)
        found["slack"] = SlackSender(engine, client, settings.slack, settings.office)
    if settings.mail:
        found["email"] = EmailSender(engine, settings.mail, settings.desk.address)
    if settings.webhooks:
        found["webhook"] = WebhookSender(settings.webhooks)
    return found
