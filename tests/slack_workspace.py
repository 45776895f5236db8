"""A Slack workspace in memory: people, channels, messages, modals, and the Web API on them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.slack_checks import are_too_long, message_problems, view_problems

Json = dict[str, Any]
TEAM, APP, BOT_USER, BOT = "T0TEAM", "A0APP", "U0BOT", "B0BOT"
LONGEST_TEXT = 40_000  # characters of a message
LONGEST_METADATA = 8_000  # characters of JSON
LONGEST_ALT = 1_000  # characters
TRIGGER_LIFETIME_S = 3.0
MOST_ON_A_PAGE = 999
SCOPES = {  # what a method needs; "history" and such are asked for by kind of conversation
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "users.info": "users:read",
    "reactions.add": "reactions:write",
    "conversations.open": "im:write",
    "apps.connections.open": "connections:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}
HISTORY_SCOPES = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}


class Refused(Exception):  # noqa: N818  # what Slack calls an error is its answer
    """Slack's `{"ok": false}`."""

    def __init__(self, error: str, problems: list[str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}
        if problems:
            messages = [f"[ERROR] {problem}" for problem in problems]
            self.answer |= {"errors": problems, "response_metadata": {"messages": messages}}


@dataclass
class Channel:
    id: str
    name: str = ""
    kind: str = "channel"  # channel, group, im
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    messages: list[Json] = field(default_factory=list)  # oldest first, replies too


@dataclass
class Trigger:
    user: str
    given_at: float
    is_used: bool = False


class Workspace:
    """`call` answers a method of the Web API. Tests read and change the rest directly."""

    def __init__(self) -> None:
        self.bot_token, self.app_token = "xoxb-stand-in", "xapp-stand-in"
        self.scopes = {*SCOPES.values(), *HISTORY_SCOPES.values()}
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Json] = []
        self.files: dict[str, Json] = {}  # `content` is None until it is uploaded
        self.views: dict[str, Json] = {}  # open modals, oldest first; `user` is who sees it
        self.triggers: dict[str, Trigger] = {}
        self.trigger_lifetime_s = TRIGGER_LIFETIME_S
        self._numbers = count(1)
        self._last_micros = 0
        self.add_user(BOT_USER, "fiberbot", is_bot=True)

    def add_user(
        self, user: str, name: str, timezone: str = "America/New_York", **more: Any
    ) -> str:
        """Somebody new in the workspace, whose id comes back."""
        profile = {"real_name": name, "display_name": name.split()[0].lower()}
        self.users[user] = {
            "id": user, "team_id": TEAM, "name": name.lower().replace(" ", "."), "deleted": False,
            "real_name": name, "tz": timezone, "is_bot": False, "profile": profile, **more,
        }  # fmt: skip
        return user

    def add_channel(self, channel: str, name: str, kind: str = "channel", *members: str) -> str:
        """A channel that the bot is in, whose id comes back."""
        self.channels[channel] = Channel(channel, name, kind, {BOT_USER, *members})
        return channel

    def direct_messages(self, user: str) -> str:
        """The id of the user's direct messages with the bot."""
        channel = f"D{user.removeprefix('U')}"
        if channel not in self.channels:
            self.add_channel(channel, "", "im", user)
        return channel

    def call(self, method: str, args: Json, token: str | None) -> Json:
        """The answer of Slack, `{"ok": False, "error": …}` included."""
        try:
            run = self._method(method)
            self._check_token(method, token)
            return {"ok": True, **run(args)}
        except Refused as refused:
            return refused.answer

    def add_message(self, channel: str, message: Json, thread_ts: Any = None) -> Json:
        """Keeps a message. A reply to one that is gone lands in the channel, as in Slack."""
        ts = self.next_ts()
        stored = {"type": "message", "ts": ts, "team": TEAM, **message}
        parent = self.find(channel, thread_ts) if isinstance(thread_ts, str) else None
        if parent is not None:
            root = str(parent.get("thread_ts", parent["ts"]))
            top = self.find(channel, root) or parent
            top |= {"thread_ts": root, "reply_count": top.get("reply_count", 0) + 1}
            top["latest_reply"] = ts
            stored["thread_ts"] = root
        self.channels[channel].messages.append(stored)
        return stored

    def find(self, channel: str, ts: str) -> Json | None:
        """The message, also a deleted one that has replies; None when there is none."""
        return next((m for m in self.channels[channel].messages if m["ts"] == ts), None)

    def remove(self, channel: str, ts: str) -> None:
        """Deletes a message. One with replies leaves its place behind."""
        message = self.find(channel, ts)
        assert message is not None, "delete a message that is there"
        if message.get("reply_count"):
            kept = {name: message[name] for name in ("type", "ts", "thread_ts", "reply_count")}
            message.clear()
            message |= {**kept, "subtype": "tombstone", "text": "This message was deleted."}
        else:
            self.channels[channel].messages.remove(message)

    def next_ts(self) -> str:
        self._last_micros = max(self._last_micros + 1, time.time_ns() // 1_000)
        return f"{self._last_micros // 10**6}.{self._last_micros % 10**6:06d}"

    def next_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):08d}"

    def new_trigger(self, user: str) -> str:
        """A trigger_id, good for three seconds and one modal."""
        trigger = f"{next(self._numbers)}.{TEAM}.{'0' * 8}"
        self.triggers[trigger] = Trigger(user, time.monotonic())
        return trigger

    # the methods

    def _method(self, name: str) -> Callable[[Json], Json]:
        known: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "api.test": lambda args: {"args": args},
            "apps.connections.open": lambda _args: {},  # the server adds the address
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.postEphemeral": self._post_ephemeral,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.open": self._open_conversation,
            "conversations.replies": self._replies,
            "files.completeUploadExternal": self._complete_upload,
            "files.getUploadURLExternal": self._begin_upload,
            "reactions.add": self._react,
            "users.info": self._user,
            "views.open": self._open_view,
            "views.update": self._update_view,
        }
        if name not in known:
            raise Refused("unknown_method", req_method=name)
        return known[name]

    def _check_token(self, method: str, token: str | None) -> None:
        if not token:
            raise Refused("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise Refused("invalid_auth")
        if token != (self.app_token if method.startswith("apps.") else self.bot_token):
            raise Refused("not_allowed_token_type")
        self._check_scope(SCOPES.get(method))

    def _check_scope(self, needed: str | None) -> None:
        if needed and needed not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise Refused("missing_scope", needed=needed, provided=provided)

    def _auth_test(self, _args: Json) -> Json:
        return {
            "url": "https://stand-in.slack.com/", "team": "Stand-in", "team_id": TEAM,
            "user": "fiberbot", "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False,
        }  # fmt: skip

    def _post(self, args: Json) -> Json:
        channel = self._channel(args, by_name=True)
        message = self._content(args)
        stored = self.add_message(channel.id, message, args.get("thread_ts"))
        return {"channel": channel.id, "ts": stored["ts"], "message": dict(stored)}

    def _update(self, args: Json) -> Json:
        channel = self._channel(args)
        message = self._own(channel, args, "cant_update_message")
        content = self._content({"blocks": message.get("blocks"), **args})
        message |= {**content, "edited": {"user": BOT_USER, "ts": self.next_ts()}}
        return {
            "channel": channel.id, "ts": message["ts"], "text": message["text"],
            "message": dict(message),
        }  # fmt: skip

    def _delete(self, args: Json) -> Json:
        channel = self._channel(args)
        message = self._own(channel, args, "cant_delete_message")
        self.remove(channel.id, message["ts"])
        return {"channel": channel.id, "ts": args["ts"]}

    def _post_ephemeral(self, args: Json) -> Json:
        channel, user = self._channel(args), args.get("user")
        if user not in self.users:
            raise Refused("user_not_found")
        if user not in channel.members:
            raise Refused("user_not_in_channel")
        ts = self.next_ts()
        where = {"channel": channel.id, "user": user, "thread_ts": args.get("thread_ts")}
        self.ephemerals.append({**self._content(args), **where, "ts": ts})
        return {"message_ts": ts}

    def _history(self, args: Json) -> Json:
        channel = self._read(args)
        newest = [m for m in reversed(channel.messages) if m.get("thread_ts", m["ts"]) == m["ts"]]
        return self._page(newest, args, 100)

    def _replies(self, args: Json) -> Json:
        channel = self._read(args)
        found = self.find(channel.id, str(args.get("ts")))
        if found is None:
            raise Refused("thread_not_found")
        root = found.get("thread_ts", found["ts"])
        thread = [m for m in channel.messages if root in (m["ts"], m.get("thread_ts"))]
        return self._page(thread, args, 1_000)

    def _page(self, messages: list[Json], args: Json, usual: int) -> Json:
        oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9999999999")
        ends = {args.get("ts"), *((oldest, latest) if _is_true(args.get("inclusive")) else ())}
        chosen = [m for m in messages if oldest < m["ts"] < latest or m["ts"] in ends]
        limit = min(int(args.get("limit") or usual), MOST_ON_A_PAGE)
        start = int(args.get("cursor") or 0)
        told = [_shown(m, _is_true(args.get("include_all_metadata"))) for m in chosen]
        is_more = len(told) > start + limit
        cursor = str(start + limit) if is_more else ""
        return {
            "messages": told[start : start + limit], "has_more": is_more,
            "response_metadata": {"next_cursor": cursor},
        }  # fmt: skip

    def _info(self, args: Json) -> Json:
        channel = self._channel(args)
        return {"channel": {"id": channel.id, "name": channel.name, "is_im": channel.kind == "im"}}

    def _open_conversation(self, args: Json) -> Json:
        user = str(args.get("users") or "")
        if user not in self.users:
            raise Refused("user_not_found")
        return {"channel": {"id": self.direct_messages(user)}}

    def _begin_upload(self, args: Json) -> Json:
        name, length, alt = args.get("filename"), str(args.get("length") or ""), args.get("alt_txt")
        if not name or not length.isdecimal() or int(length) < 1 or len(alt or "") > LONGEST_ALT:
            raise Refused("invalid_arguments")
        file = {"id": self.next_id("F"), "name": name, "size": int(length), "alt_txt": alt or ""}
        self.files[file["id"]] = {**file, "content": None, "is_shared": False}
        return {"file_id": file["id"]}  # the server adds the address

    def take_upload(self, file_id: str, content: bytes) -> tuple[int, str]:
        """What the address of an upload answers: an HTTP status and a text."""
        file = self.files.get(file_id)
        if file is None or file["content"] is not None:
            return 404, "no such upload"
        if len(content) != file["size"]:
            return 400, "the length is not the announced one"
        file["content"] = content
        return 200, f"OK - {len(content)}"

    def _complete_upload(self, args: Json) -> Json:
        """Shares the files in the channel, or in a thread of it, as one message."""
        told = _parsed(args.get("files")) or []
        known = [self.files.get(str(each.get("id"))) for each in told]
        if not told or len(told) > 10:
            raise Refused("invalid_arguments")
        files = [file for file in known if file and file["content"] and not file["is_shared"]]
        if len(files) != len(told):
            raise Refused("file_not_found")
        for file, each in zip(files, told, strict=True):
            file["title"] = each.get("title") or file["name"]
        if args.get("channel_id"):
            channel = self._channel({"channel": args["channel_id"]})
            shown = [
                {name: file[name] for name in ("id", "name", "title", "size", "alt_txt")}
                for file in files
            ]
            message = {"text": "", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "files": shown}
            self.add_message(channel.id, message, args.get("thread_ts"))
        for file in files:
            file["is_shared"] = True
        return {"files": [{"id": file["id"], "title": file["title"]} for file in files]}

    def _react(self, args: Json) -> Json:
        message = self.find(self._channel(args).id, str(args.get("timestamp")))
        if message is None:
            raise Refused("message_not_found")
        message.setdefault("reactions", []).append({"name": args["name"], "users": [BOT_USER]})
        return {}

    def _user(self, args: Json) -> Json:
        if args.get("user") not in self.users:
            raise Refused("user_not_found")
        return {"user": self.users[str(args["user"])]}

    def _open_view(self, args: Json) -> Json:
        trigger = self.triggers.get(str(args.get("trigger_id")))
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.is_used:
            raise Refused("exchanged_trigger_id")
        if time.monotonic() - trigger.given_at > self.trigger_lifetime_s:
            raise Refused("expired_trigger_id")
        view = self._stored_view(args, self.next_id("V"))
        trigger.is_used = True
        self.views[view["id"]] = {**view, "user": trigger.user}
        return {"view": view}

    def _update_view(self, args: Json) -> Json:
        known = self.views.get(str(args.get("view_id")))
        if known is None:
            raise Refused("not_found")
        known |= self._stored_view(args, known["id"])
        return {"view": known}

    def _stored_view(self, args: Json, view_id: str) -> Json:
        view = _parsed(args.get("view"))
        if problems := view_problems(view):
            raise Refused("invalid_arguments", problems)
        shared = {"private_metadata": "", "callback_id": "", "state": {"values": {}}}
        return {**shared, **view, "id": view_id, "team_id": TEAM, "app_id": APP, "hash": "1.0"}

    # their arguments

    def _channel(self, args: Json, by_name: bool = False) -> Channel:
        asked = str(args.get("channel") or "")
        if by_name and asked in self.users:
            asked = self.direct_messages(asked)
        named = (c for c in self.channels.values() if by_name and c.name == asked.lstrip("#"))
        channel = self.channels.get(asked) or next(named, None)
        if channel is None or not asked:
            raise Refused("channel_not_found")
        if BOT_USER not in channel.members:
            raise Refused("not_in_channel")
        if channel.is_archived:
            raise Refused("is_archived")
        return channel

    def _read(self, args: Json) -> Channel:
        channel = self._channel(args)
        self._check_scope(HISTORY_SCOPES[channel.kind])
        return channel

    def _own(self, channel: Channel, args: Json, error: str) -> Json:
        message = self.find(channel.id, str(args.get("ts")))
        if message is None or message.get("subtype") == "tombstone":
            raise Refused("message_not_found")
        if message.get("bot_id") != BOT:
            raise Refused(error)
        return message

    def _content(self, args: Json) -> Json:
        text, blocks = args.get("text") or "", _parsed(args.get("blocks")) or []
        if not text and not blocks:
            raise Refused("no_text")
        if len(text) > LONGEST_TEXT:
            raise Refused("msg_too_long")
        if problems := message_problems(blocks):
            raise Refused("invalid_blocks", problems)
        if are_too_long(blocks):
            raise Refused("msg_blocks_too_long")
        content = {"text": text, "user": BOT_USER, "bot_id": BOT, "app_id": APP}
        named = [{"block_id": f"b{n}", **block} for n, block in enumerate(blocks)]
        return {**content, "blocks": named, **_metadata(args)}


def _metadata(args: Json) -> Json:
    metadata = _parsed(args.get("metadata"))
    if metadata is None:
        return {}
    if set(metadata) != {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata)) > LONGEST_METADATA:
        raise Refused("metadata_too_large")
    return {"metadata": metadata}


def _shown(message: Json, with_metadata: bool) -> Json:
    return {name: v for name, v in message.items() if with_metadata or name != "metadata"}


def _parsed(value: Any) -> Any:
    """Form bodies carry JSON as text."""
    return json.loads(value) if isinstance(value, str) else value


def _is_true(value: Any) -> bool:
    return value in (True, 1, "1", "true")
