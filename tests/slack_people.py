"""What people do in Slack, and how Slack tells the app: signed, by HTTP or by Socket Mode."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import time
from abc import abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from tests.slack_workspace import APP, BOT, BOT_USER, TEAM, Json, Workspace

ANSWER_TIMEOUT_S = 3.0  # how long Slack waits for an app
NO_ANSWER = 0  # the status when the app could not be reached or took too long
MENTIONS = re.compile(r"(<[@#!][^<>]*>)")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What the app said to a request of Slack."""

    status: int  # NO_ANSWER: nothing within three seconds
    body: str = field(default="", repr=False)
    seconds: float = 0.0

    @property
    def is_ok(self) -> bool:
        return self.status == 200

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body) if self.body else {}
        return found


@dataclass(frozen=True)
class Said:
    """A message that a person wrote, and what the app answered to each event about it."""

    ts: str
    event_ids: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


class People(Workspace):
    """Set `app_url`; `commands_url` and `interactions_url` where they differ from it."""

    def __init__(self, signing_secret: str) -> None:
        super().__init__()
        self.signing_secret = signing_secret
        self.app_url = self.commands_url = self.interactions_url = ""
        self.retries = 0  # how often an event is sent again when the app does not answer well

    # what people write

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Said:
        """Somebody writes. The app hears of it once, and once more when it is mentioned.

        `channel` may be a user's id of its own: the direct messages with the bot.
        """
        channel = self._where(user, channel)
        with self._changing():
            self.channels[channel].members.add(user)
            written = {"user": user, "text": _escaped(text), "client_msg_id": self.next_id("m-")}
            message = self.add_message(channel, written, thread_ts)
        events = self._events_of(channel, message)
        told = [(event, self.next_id("Ev")) for event in events]
        answers = tuple(self.send_event(event, event_id) for event, event_id in told)
        return Said(message["ts"], tuple(event_id for _, event_id in told), answers)

    def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Said:
        """Somebody writes to the bot in a channel."""
        return self.say(user, channel, f"<@{BOT_USER}> {text}", thread_ts)

    def edit(self, channel: str, ts: str, text: str) -> Answer:
        """The writer changes a message."""
        with self._changing():
            message = self.find(channel, ts)
            assert message is not None, "edit a message that is there"
            before = dict(message)
            message |= {"text": _escaped(text), "edited": {"ts": self.next_ts()}}
        return self._change(channel, "message_changed", message=message, previous_message=before)

    def delete(self, channel: str, ts: str) -> Answer:
        """A person deletes a message, also one of the bot's."""
        with self._changing():
            before = dict(self.find(channel, ts) or {})
            self.remove(channel, ts)
        return self._change(channel, "message_deleted", deleted_ts=ts, previous_message=before)

    def bot_says(self, channel: str, text: str, bot_id: str = BOT, **more: Any) -> Answer:
        """The app hears of a message that a bot wrote; by default, itself."""
        with self._changing():
            written = {"user": BOT_USER, "bot_id": bot_id, "text": text, **more}
            message = self.add_message(channel, written, more.get("thread_ts"))
        return self.send_event(self._events_of(channel, message)[0])

    def slash(self, user: str, channel: str, command: str, text: str = "") -> Answer:
        """Somebody types a slash command; what the app answers at once is shown to them."""
        channel = self._where(user, channel)
        form = {
            "token": "legacy", "team_id": TEAM, "team_domain": "stand-in", "api_app_id": APP,
            "channel_id": channel, "channel_name": self.channels[channel].name or "directmessage",
            "user_id": user, "user_name": self.users[user]["name"], "command": command,
            "text": text, "is_enterprise_install": "false",
            "response_url": self._response_url(user, channel),
            "trigger_id": self.new_trigger(user),
        }  # fmt: skip
        answer = self.send_command(form)
        if answer.is_ok and answer.body.startswith("{"):
            with self._changing():
                self._show_response(user, channel, answer.json)
        return answer

    # what people press

    def press(self, user: str, message: Json, action: str, value: str | None = None) -> Answer:
        """Somebody presses a button, or picks `value` in a menu, by its action_id or label."""
        channel = message.get("channel") or self._channel_of(message["ts"])
        block, element = _element(message["blocks"], action)
        pressed = {"action_id": element["action_id"], "block_id": block["block_id"],
                   "type": element["type"], "action_ts": self.next_ts(),
                   **_chosen(element, value)}  # fmt: skip
        container = {"type": "message", "channel_id": channel, "message_ts": message["ts"],
                     "is_ephemeral": "user" in message and "channel" in message}  # fmt: skip
        return self.send_interaction(
            {
                "type": "block_actions", **self._actor(user), "container": container,
                "channel": {"id": channel, "name": self.channels[channel].name},
                "message": {k: v for k, v in message.items() if k != "metadata"},
                "state": {"values": {}}, "actions": [pressed],
                "response_url": self._response_url(user, channel),
            }
        )  # fmt: skip

    def opened_view(self, user: str) -> Json:
        """The modal that the person sees; waits for it."""

        def newest() -> Json | None:
            return next((v for v in reversed([*self.views.values()]) if v["user"] == user), None)

        view: Json = self.until(newest)
        return view

    def submit(self, user: str, view: Json, **values: str) -> Answer:
        """Somebody fills in a modal, by block_id, and sends it; it closes unless errors come."""
        inputs = {b["block_id"]: b for b in view["blocks"] if b["type"] == "input"}
        assert set(values) <= set(inputs), f"the modal asks for {sorted(inputs)}"
        state = {name: _filled(block, values.get(name)) for name, block in inputs.items()}
        told = {k: v for k, v in view.items() if k != "user"} | {"state": {"values": state}}
        answer = self.send_interaction(
            {"type": "view_submission", **self._actor(user), "view": told, "response_urls": []}
        )
        if answer.is_ok and not self._errors(answer, inputs):
            with self._changing():
                self.views.pop(view["id"], None)
        return answer

    def _errors(self, answer: Answer, inputs: Json) -> bool:
        told = answer.json
        if told.get("response_action") != "errors":
            return False
        assert told["errors"], "name at least one block"
        assert set(told["errors"]) <= set(inputs), "errors belong to inputs, by block_id"
        return True

    # how the app hears of it

    def send_event(
        self, event: Json, event_id: str | None = None, retry: int = 0, reason: str = "http_timeout"
    ) -> Answer:
        """Sends one event of the Events API; with `retry`, as if it had been sent before.

        Like Slack, sends it again (`retries` times) with the same id until it is answered well.
        """
        body = {
            "token": "legacy", "team_id": TEAM, "api_app_id": APP, "event": event,
            "type": "event_callback", "event_id": event_id or self.next_id("Ev"),
            "event_time": int(time.time()), "is_ext_shared_channel": False,
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        }  # fmt: skip
        answer = self._send_event(body, retry, reason)
        for number in range(retry + 1, retry + 1 + self.retries):
            if answer.is_ok:
                break
            reason = "http_error" if answer.status else "http_timeout"
            answer = self._send_event(body, number, reason)
        return answer

    def send_interaction(self, payload: Json) -> Answer:
        """Sends what somebody pressed or submitted."""
        if self.is_socket_open:
            return self._by_socket("interactive", payload)
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return self.post(self.interactions_url or self.app_url, body, FORM)

    def send_command(self, form: Json) -> Answer:
        """Sends a slash command."""
        if self.is_socket_open:
            return self._by_socket("slash_commands", form)
        return self.post(self.commands_url or self.app_url, urlencode(form).encode(), FORM)

    def post(self, url: str, body: bytes, kind: str, **headers: str) -> Answer:
        """Sends a body, signed; `headers` replace what would be sent, for requests that lie."""
        told = {"Content-Type": kind, **self.signed(body), **headers}
        began = time.monotonic()
        try:
            got = requests.post(url, data=body, headers=told, timeout=ANSWER_TIMEOUT_S)
        except requests.RequestException:
            return Answer(NO_ANSWER, seconds=time.monotonic() - began)
        return Answer(got.status_code, got.text, time.monotonic() - began)

    def signed(self, body: bytes, at: float | None = None, secret: str | None = None) -> Json:
        """The headers that prove who sent the body, and when."""
        stamp = str(int(time.time() if at is None else at))
        key = (secret or self.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    def _send_event(self, body: Json, retry: int, reason: str) -> Answer:
        if self.is_socket_open:
            more = {"retry_attempt": retry, "retry_reason": reason if retry else ""}
            return self._by_socket("events_api", body, **more)
        again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        return self.post(self.app_url, json.dumps(body).encode(), "application/json", **again)

    def _by_socket(self, kind: str, payload: Json, **more: Any) -> Answer:
        envelope = {"envelope_id": self.next_id("env-"), "type": kind, "payload": payload,
                    "accepts_response_payload": kind != "events_api", **more}  # fmt: skip
        began = time.monotonic()
        told = self._send_by_socket(envelope)
        took = time.monotonic() - began
        if told is None:
            return Answer(NO_ANSWER, seconds=took)
        return Answer(200, json.dumps(told) if told else "", took)

    @property
    @abstractmethod
    def is_socket_open(self) -> bool: ...

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def until(self, holds: Any, timeout_s: float = ...) -> Any: ...

    @abstractmethod
    def _send_by_socket(self, envelope: Json) -> Json | None: ...

    @abstractmethod
    def _changing(self) -> AbstractContextManager[None]: ...

    # how it looks

    def _where(self, user: str, channel: str) -> str:
        return self.direct_messages(user) if channel == user else channel

    def _channel_of(self, ts: str) -> str:
        return next(c.id for c in self.channels.values() if self.find(c.id, ts))

    def _events_of(self, channel: str, message: Json) -> list[Json]:
        """A message event; and for a mention in a channel another, as Slack sends both."""
        kind = self.channels[channel].kind
        shared = {**message, "channel": channel, "event_ts": message["ts"]}
        parent = self.find(channel, str(message.get("thread_ts")))
        if parent is not None and parent["ts"] != message["ts"]:
            shared["parent_user_id"] = parent.get("user", "")
        events = [{**shared, "channel_type": kind}]
        if f"<@{BOT_USER}>" in message["text"] and kind != "im":
            events.append({**shared, "type": "app_mention"})
        return events

    def _change(self, channel: str, subtype: str, **parts: Any) -> Answer:
        ts = self.next_ts()
        kind = self.channels[channel].kind
        event = {"type": "message", "subtype": subtype, "channel": channel, "channel_type": kind}
        return self.send_event({**event, "ts": ts, "event_ts": ts, "hidden": True, **parts})

    def _actor(self, user: str) -> Json:
        name = self.users[user]["name"]
        return {
            "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
            "team": {"id": TEAM, "domain": "stand-in"}, "enterprise": None, "api_app_id": APP,
            "token": "legacy", "is_enterprise_install": False,
            "trigger_id": self.new_trigger(user),
        }  # fmt: skip

    def _response_url(self, user: str, channel: str) -> str:
        return f"{self.url}/responses/{user}/{channel}"

    def _show_response(self, user: str, channel: str, told: Json) -> None:
        shown = {name: told[name] for name in ("text", "blocks") if told.get(name)}
        if not shown:
            return
        if told.get("response_type") == "in_channel":
            self.add_message(channel, {"user": BOT_USER, "bot_id": BOT, **shown})
        else:
            self.ephemerals.append({**shown, "channel": channel, "user": user})


def words_in(part: Any) -> str:
    """Everything that a person can read in a message, a modal or a block, line by line."""
    lines: list[str] = []
    _collect(part, lines)
    return "\n".join(dict.fromkeys(lines))


def _collect(part: Any, lines: list[str]) -> None:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            lines.append(part["text"])
        for name, inner in part.items():
            if name not in ("metadata", "private_metadata", "value"):
                _collect(inner, lines)
    elif isinstance(part, list):
        for inner in part:
            _collect(inner, lines)


def actions_in(message: Json) -> list[str]:
    """The action_ids of what can be pressed in a message."""
    return [element["action_id"] for _, element in _pressable(message.get("blocks") or [])]


def _pressable(blocks: list[Json]) -> list[tuple[Json, Json]]:
    found = []
    for block in blocks:
        elements = block.get("elements", []) if block["type"] == "actions" else []
        accessory = [block["accessory"]] if "action_id" in block.get("accessory", {}) else []
        found += [(block, element) for element in [*elements, *accessory]]
    return found


def _element(blocks: list[Json], action: str) -> tuple[Json, Json]:
    every = _pressable(blocks)
    for block, element in every:
        if action in (element["action_id"], element.get("text", {}).get("text")):
            return block, element
    raise AssertionError(f"there is no {action!r} among {[e['action_id'] for _, e in every]}")


def _chosen(element: Json, value: str | None) -> Json:
    if element["type"] == "button":
        return {name: element[name] for name in ("text", "value") if name in element}
    chosen = [o for o in element["options"] if value in (o["value"], o["text"]["text"])]
    assert chosen, f"there is no {value!r} to pick"
    return {"selected_option": chosen[0]}


def _filled(block: Json, value: str | None) -> Json:
    """The state of one input: what was typed or picked, else what it began with."""
    element = block["element"]
    if element["type"] in ("static_select", "radio_buttons"):
        chosen = element.get("initial_option")
        with contextlib.suppress(AssertionError):
            chosen = _chosen(element, value)["selected_option"]
        return {element["action_id"]: {"type": element["type"], "selected_option": chosen}}
    typed = element.get("initial_value") if value is None else value
    return {element["action_id"]: {"type": element["type"], "value": typed or None}}


def _escaped(text: str) -> str:
    """As Slack writes what people type: three characters escaped, mentions left alone."""
    parts = MENTIONS.split(text)
    return "".join(
        part if n % 2 else part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for n, part in enumerate(parts)
    )
