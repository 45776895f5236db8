"""Rasa's `rest` channel for development on this machine; elsewhere it asks for a token."""

from __future__ import annotations

import hmac
import logging
import os
import uuid
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.admission import CONTROL_CHARACTERS, TooLongError, admit, plain_response
from bot.turns import one_at_a_time, take_in

logger = logging.getLogger(__name__)
LONGEST_SENDER = 200  # characters; the conversation table allows 255


class BadRequestError(ValueError):
    """The request is not what this channel understands; the text says what would work."""


class RestChannel(InputChannel):
    """`POST /webhooks/rest/webhook` with {"sender", "message"}, answered in Rasa's format.

    Each sender is a conversation of its own; without one the conversation is fresh.
    """

    def __init__(self, token: str = "") -> None:
        self._token = token

    @classmethod
    def name(cls) -> str:
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestChannel:
        return cls(token=os.environ.get("REST_TOKEN", ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("rest_channel", __name__)

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            if not self._is_allowed(request):
                return response.json({"error": "REST answers on loopback only."}, status=403)
            try:
                sender_id, text = _read(request)
            except BadRequestError as error:
                return response.json({"error": str(error)}, status=400)
            return response.json(await self._answer(request.app.ctx.agent, sender_id, text))

        return routes

    def _is_allowed(self, request: Request) -> bool:
        offered = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._token:
            return hmac.compare_digest(offered.encode(), self._token.encode())
        forwarded = "forwarded" in request.headers or "x-forwarded-for" in request.headers
        return not forwarded and _is_loopback(request.ip)

    async def _answer(self, agent: Agent, sender_id: str, text: str) -> list[dict[str, Any]]:
        """The replies; none while a colleague has the conversation."""
        collector = CollectingOutputChannel()
        try:
            admitted = await admit(agent, sender_id, text)
            message = UserMessage(admitted, collector, sender_id, input_channel=self.name())
            async with one_at_a_time(agent, sender_id):
                is_answered = await take_in(agent, message)
        except TooLongError:
            return _just(sender_id, "say_too_long")
        except Exception:  # the outermost edge: the visitor is told, the log has the cause
            logger.exception("turn.failed: conversation %s", sender_id)
            return _just(sender_id, "say_apology")
        if is_answered and not collector.messages:  # Rasa swallows what goes wrong in a response
            logger.error("turn.silent: conversation %s", sender_id)
            return _just(sender_id, "say_apology")
        return list(collector.messages)


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
    if not isinstance(sender, str) or len(sender) > LONGEST_SENDER:
        raise BadRequestError(f"`sender` is text of at most {LONGEST_SENDER} characters.")
    if CONTROL_CHARACTERS.search(sender):  # half characters too, which no database takes
        raise BadRequestError("`sender` holds control characters; send plain text.")
    return sender, body["message"]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
