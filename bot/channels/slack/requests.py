"""What Slack sends over HTTP, believed only when it is signed and fresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import Clock, SignatureVerifier

LARGEST_BODY = 1_048_576  # bytes; a view with its whole message comes back with each click
EVENT, INTERACTION, COMMAND, CHALLENGE, NOTHING = (
    "event", "interaction", "command", "challenge", "nothing",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
Json = dict[str, Any]


class RefusedError(Exception):
    """The request is not answered. What is wrong with it is told to the log alone."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class Incoming:
    """One request: an event, an interaction or a slash command, as Slack's JSON or form fields."""

    kind: str
    payload: Json = field(repr=False)
    digest: str  # of the body: the same request has the same one


class Gate:
    """Lets in what Slack signed within the last five minutes."""

    def __init__(self, signing_secret: str, clock: Clock | None = None) -> None:
        self._verifier = SignatureVerifier(signing_secret, clock or Clock())

    def read(self, body: bytes, headers: Mapping[str, str]) -> Incoming:
        """The request behind the raw bytes. Raises RefusedError with the status to answer.

        Retry headers decide nothing: whether something is known already, the database says.
        """
        if len(body) > LARGEST_BODY:
            raise RefusedError(413, f"{len(body)} bytes, at most {LARGEST_BODY} are read")
        if not self._is_signed(body, headers):
            raise RefusedError(401, "not signed by Slack in the last five minutes")
        try:
            return _parsed(body, headers.get("content-type") or "")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RefusedError(400, f"signed, but unreadable ({type(error).__name__})") from error

    def _is_signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        try:
            return self._verifier.is_valid(
                body,
                headers.get("x-slack-request-timestamp"),
                headers.get("x-slack-signature"),
            )
        except (ValueError, TypeError):  # a time that is no number, a signature of odd characters
            return False


def _parsed(body: bytes, content_type: str) -> Incoming:
    digest = hashlib.sha256(body).hexdigest()
    if not content_type.startswith(FORM):
        return incoming_event(_object(json.loads(body)), digest)
    fields = {name: values[0] for name, values in parse_qs(body.decode(), True).items()}
    if "payload" in fields:
        return Incoming(INTERACTION, _object(json.loads(fields["payload"])), digest)
    return Incoming(COMMAND if "command" in fields else NOTHING, fields, digest)


def incoming_event(payload: Json, digest: str) -> Incoming:
    """An event's envelope, or the question whether this address is ours."""
    if payload.get("type") == "url_verification":
        return Incoming(CHALLENGE, {"challenge": str(payload["challenge"])}, digest)
    is_event = payload.get("type") == "event_callback" and isinstance(payload.get("event"), dict)
    return Incoming(EVENT if is_event else NOTHING, payload, digest)


def _object(value: object) -> Json:
    if not isinstance(value, dict):
        raise ValueError("Slack sends objects.")
    return value
