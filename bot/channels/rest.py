"""Rasa's `rest` channel for development on this machine; with REST_TOKEN, by token from anywhere.

Without a token it is off where a proxy is named in TRUSTED_PROXIES: whoever comes through the proxy
would seem to be this machine.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.admission import TooLongError, admit, plain_response
from bot.turns import in_turn, take_in
from bot.watch import metrics
from bot.watch.callers import is_bearer, is_from_here
from bot.watch.load import BusyError, WatchedTurn, load
from bot.watch.names import conversation_name
from sales.settings import Settings

logger = logging.getLogger(__name__)
LONGEST_SENDER = 200  # characters; the conversation table allows 255


class BadRequestError(ValueError):
    """The request is not what this channel understands; the text says what would work."""


class RestChannel(InputChannel):
    """`POST /webhooks/rest/webhook` with {"sender", "message"}, answered in Rasa's format.

    Each sender is a conversation of its own; without one the conversation is fresh.
    """

    def __init__(self, token: str = "", is_behind_proxy: bool = False) -> None:
        self._token, self._is_behind_proxy = token, is_behind_proxy

    @classmethod
    def name(cls) -> str:
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestChannel:
        """The channel with the settings of the environment. Raises SettingsError."""
        settings = Settings.from_env()
        return cls(settings.rest_token, bool(settings.website.trusted_proxies))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("rest_channel", __name__)

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            if not self._is_allowed(request):
                return response.json({"error": self._refusal()}, status=403)
            try:
                sender_id, text = _read(request)
            except BadRequestError as error:
                return response.json({"error": str(error)}, status=400)
            try:
                with load().turn(self.name(), sender_id) as turn:
                    answer = await self._answer(request.app.ctx.agent, sender_id, text, turn)
            except BusyError as error:
                retry = {"Retry-After": str(error.retry_after_s)}
                return response.json(_just(sender_id, "say_busy"), 503, headers=retry)
            return response.json(answer)

        return routes

    def _is_allowed(self, request: Request) -> bool:
        if self._token:
            return is_bearer(request, self._token)
        return not self._is_behind_proxy and is_from_here(request)

    def _refusal(self) -> str:
        if self._token:
            return "Send `Authorization: Bearer` with the token of REST_TOKEN."
        return "REST answers on loopback only; with REST_TOKEN set, it answers by token."

    async def _answer(
        self, agent: Agent, sender_id: str, text: str, turn: WatchedTurn
    ) -> list[dict[str, Any]]:
        """The replies; none while a colleague has the conversation."""
        try:
            admitted = admit(sender_id, text)
            is_answered, replies = await in_turn(
                agent, sender_id, lambda: self._run(agent, sender_id, admitted)
            )
        except TooLongError:
            turn.outcome = metrics.TOO_LONG
            return _just(sender_id, "say_too_long")
        except Exception:  # the outermost edge: the visitor is told, the log has the cause
            logger.exception("turn.failed: conversation %s", conversation_name(sender_id))
            return _just(sender_id, "say_apology")
        if is_answered and not replies:  # Rasa swallows what goes wrong in a response
            logger.error("turn.silent: conversation %s", conversation_name(sender_id))
            return _just(sender_id, "say_apology")
        turn.outcome = metrics.ANSWERED if is_answered else metrics.KEPT
        return replies

    async def _run(
        self, agent: Agent, sender_id: str, admitted: str
    ) -> tuple[bool, list[dict[str, Any]]]:
        """Whether the assistant answers the conversation, and what it said."""
        collector = CollectingOutputChannel()
        message = UserMessage(admitted, collector, sender_id, input_channel=self.name())
        return await take_in(agent, message), list(collector.messages)


def _just(sender_id: str, response_name: str) -> list[dict[str, Any]]:
    return [{"recipient_id": sender_id, "text": plain_response(response_name)}]


def _read(request: Request) -> tuple[str, str]:
    try:
        body = request.json
    except Exception as error:
        raise BadRequestError("The body is not JSON.") from error
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        raise BadRequestError('Send {"sender": "...", "message": "..."}, both text.')
    sender = body.get("sender") or uuid.uuid4().hex
    if not isinstance(sender, str) or len(sender) > LONGEST_SENDER or not sender.isprintable():
        raise BadRequestError(f"`sender` is text of at most {LONGEST_SENDER} characters, one line.")
    return sender, body["message"]
