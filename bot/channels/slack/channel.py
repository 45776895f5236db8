"""The channel as Rasa sees it; named in credentials.yml. One address takes all that Slack sends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.channels.slack import SlackInput
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from slack_sdk.errors import SlackClientError
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.slack.colleagues import Colleagues
from bot.channels.slack.conversations import Conversations
from bot.channels.slack.reception import Reception, form_problems, form_to_open
from bot.channels.slack.requests import (
    CHALLENGE,
    INTERACTION,
    LARGEST_BODY,
    Gate,
    Incoming,
    RefusedError,
)
from bot.channels.slack.routing import Router
from bot.channels.slack.socket_mode import SocketMode
from bot.channels.slack.work import Worker
from bot.delivery.slack_posts import slack_client
from bot.record import Record
from bot.turns import Turns, ready_agent
from sales.database import open_engine
from sales.office import Office
from sales.settings import Settings, SlackSettings

logger = logging.getLogger(__name__)
CHANNEL = "slack"
Json = dict[str, Any]


class SlackChannel(SlackInput):
    """Rasa's connector with another way in: requests are kept, acknowledged, and then worked on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        slack = settings.slack
        super().__init__(
            slack.bot_token if slack else "",
            slack_channel=slack.sales_channel if slack else None,
            use_threads=True,
            slack_signing_secret=slack.signing_secret if slack else "",
            conversation_granularity="thread",
        )

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> SlackChannel:
        """The channel with the settings of the environment. Raises SettingsError."""
        return cls(Settings.from_env())

    def _validate_credentials(self) -> None:
        """Without Slack the channel is off; with Socket Mode alone there is no signing secret."""

    def get_output_channel(
        self, channel: str | None = None, thread_id: str | None = None
    ) -> OutputChannel | None:
        """None: whatever goes to Slack goes through the outbox."""
        return None

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Called by Rasa, which serves the routes."""
        slack, routes = self._settings.slack, Blueprint("slack_channel", __name__)
        if slack is None:
            logger.info("slack.off: SLACK_BOT_TOKEN is not set; docs/slack.md shows how to connect")
            return _closed(routes)
        engine = open_engine(self._settings.database_url)
        Connection(slack, engine, self._settings.office).add_to(routes)
        return routes


class Connection:
    """Everything between Slack and the inbox's worker, in one process."""

    def __init__(self, slack: SlackSettings, engine: Engine, office: Office) -> None:
        self._app: Sanic | None = None
        self._gate = Gate(slack.signing_secret) if slack.signing_secret else None
        self._client = slack_client(slack)
        record = Record(engine)
        turns = Turns(record, self._agent, CHANNEL)
        conversations = Conversations(engine, record, turns, self._client)
        colleagues = Colleagues(engine, office)
        router = Router(conversations, colleagues, slack.sales_channel)
        self._worker = Worker(engine, router)
        self._reception = Reception(engine, conversations.knows, slack.sales_channel)
        self._opening: set[asyncio.Task[None]] = set()
        self._socket = (
            SocketMode(slack.app_token, self._client, self.take) if slack.app_token else None
        )

    def add_to(self, routes: Blueprint) -> None:
        """Serve the address, and run the worker as long as the server runs."""

        async def receive(request: Request) -> HTTPResponse:
            return await self.receive(request)

        routes.add_route(receive, "/webhook", ["POST"], name="webhook", stream=True)
        routes.add_route(_health, "/", ["GET"], name="health")
        routes.before_server_start(self.start)
        routes.before_server_stop(self.stop)

    async def take(self, incoming: Incoming) -> Json | None:
        """Keep the request, and what to answer at once; None for a plain acknowledgement."""
        payload = incoming.payload if incoming.kind == INTERACTION else {}
        if problems := form_problems(payload):
            return problems
        if await asyncio.to_thread(self._reception.take, incoming, datetime.now(UTC)):
            self._worker.wake()
            if view := form_to_open(payload):
                self._open_soon(str(payload.get("trigger_id")), view)
        return None

    async def receive(self, request: Request) -> HTTPResponse:
        if self._gate is None:
            return response.empty(404)  # everything comes by Socket Mode
        try:
            incoming = self._gate.read(await _body(request), request.headers)
        except RefusedError as error:
            logger.warning("slack.refused: %s", error)
            return response.empty(error.status)
        if incoming.kind == CHALLENGE:
            return response.json(incoming.payload)
        try:
            answer = await self.take(incoming)
        except SQLAlchemyError:  # not kept, so not acknowledged: Slack sends it again
            logger.exception("slack.not_kept: %s", incoming.kind)
            return response.empty(503)
        except (LookupError, TypeError, AttributeError, ValueError) as error:  # lacks what all have
            logger.warning("slack.refused: signed, but unreadable (%s)", type(error).__name__)
            return response.empty(400)
        return response.json(answer) if answer else response.empty(200)

    def _open_soon(self, trigger_id: str, view: Json) -> None:
        """Open a modal, for which Slack gives three seconds, without holding the answer back."""
        task = asyncio.create_task(self._open(trigger_id, view))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, trigger_id: str, view: Json) -> None:
        try:
            await self._client.views_open(trigger_id=trigger_id, view=view)
        except (SlackClientError, OSError, TimeoutError) as error:
            # The person sees that nothing opens, and presses again.
            logger.warning("slack.form_not_opened: %s", type(error).__name__)

    def _agent(self) -> Agent | None:
        return ready_agent(self._app) if self._app else None

    async def start(self, app: Sanic, _loop: Any = None) -> None:
        self._app = app
        self._worker.start()
        if self._socket:
            self._socket.start()
        logger.info("slack.on: %s", "Socket Mode" if self._socket else "/webhooks/slack/webhook")

    async def stop(self, _app: Sanic, _loop: Any = None) -> None:
        if self._socket:
            await self._socket.stop()
        await self._worker.stop()


async def _body(request: Request) -> bytes:
    """The raw bytes, which the signature is about; a large body is not read."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length[:10]) > LARGEST_BODY:
        raise RefusedError(413, f"a body of {length[:10] or 'unknown'} bytes")
    if request.stream:
        await request.receive_body()  # type: ignore[no-untyped-call]
    return bytes(request.body)


async def _health(_request: Request) -> HTTPResponse:
    return response.json({"status": "ok"})


def _closed(routes: Blueprint) -> Blueprint:
    async def refuse(_request: Request) -> HTTPResponse:
        return response.text("Slack is not connected.\n", 404)

    routes.add_route(refuse, "/webhook", ["POST"], name="webhook")
    return routes
