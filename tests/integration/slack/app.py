"""The Slack channel over real HTTP, without a trained model: Sanic on a free port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.engine import Engine

from bot.channels.slack.channel import Connection
from sales.settings import SlackSettings
from tests.integration.server import free_port
from tests.integration.slack.house import OFFICE, SALES
from tests.slack_stand_in import SlackStandIn

TIMEOUT_S = 20
T = TypeVar("T")


def slack_settings(
    slack: SlackStandIn, signing_secret: str | None = None, app_token: str = ""
) -> SlackSettings:
    """This Slack's settings; `signing_secret` and `app_token` may differ from a usual app's."""
    secret = slack.signing_secret if signing_secret is None else signing_secret
    return SlackSettings(slack.bot_token, secret, SALES, app_token, slack.api_url)


class Front:
    """The only Sanic server of this process (it allows no second one); serves one channel."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.app = Sanic("slack_channel_tests", configure_logging=False)
        self.channel: Connection | None = None
        self.port = free_port()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.wait_for(self._serve())

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(TIMEOUT_S)

    async def _serve(self) -> None:
        async def receive(request: Request) -> HTTPResponse:
            assert self.channel is not None
            return await self.channel.receive(request)

        self.app.add_route(receive, "/webhooks/slack/webhook", ["POST"], stream=True)
        server: Any = await self.app.create_server(
            "127.0.0.1", self.port, return_asyncio_server=True, access_log=False
        )
        await server.startup()


@cache
def front() -> Front:
    return Front()


class SlackApp:
    """The channel on a database, from `start` to `stop`."""

    def __init__(self, engine: Engine, slack: SlackSettings) -> None:
        self._engine, self._slack, self._front = engine, slack, front()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._front.port}/webhooks/slack/webhook"

    def start(self) -> SlackApp:
        self._front.wait_for(self._begin())
        return self

    def stop(self) -> None:
        channel, self._front.channel = self._front.channel, None
        assert channel is not None
        self._front.wait_for(channel.stop(self._front.app))

    async def _begin(self) -> None:
        self._front.channel = Connection(self._slack, self._engine, OFFICE)
        await self._front.channel.start(self._front.app)
