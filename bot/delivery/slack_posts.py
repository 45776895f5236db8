"""Our messages in Slack: each is posted once, and what Slack refuses says what would help.

Every message carries its key as metadata. Where an earlier attempt may have arrived, the key is
looked for before the message is posted again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.channels.slack.blocks import SlackText
from bot.delivery.worker import SendError
from sales.settings.selling import SlackSettings

logger = logging.getLogger(__name__)
TIMEOUT_S = 15
EVENT_TYPE = "fiberbot"  # of the metadata
PAGE, MOST_LOOKED_AT = 200, 1_000  # messages
SETUP_RETRY_S = 300.0  # until somebody has put the settings right
OK, TOO_MUCH = 200, 429
SERVER_FAULT = 500
REFUSED_BLOCKS = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
OUR_FAULT = (*REFUSED_BLOCKS, "msg_too_long", "no_text", "invalid_arguments", "metadata_too_large",
             "invalid_metadata_format", "unknown_method")  # fmt: skip
NOBODY_THERE = ("user_not_in_channel", "user_not_found", "cannot_dm_bot", "messages_tab_disabled")
INVITE = "invite the app to the channel (/invite), or name another in SLACK_SALES_CHANNEL"
TOKEN = "set SLACK_BOT_TOKEN to the app's Bot User OAuth Token (xoxb-...) and restart"  # noqa: S105
HELP = {  # what a colleague has to do
    "channel_not_found": INVITE,
    "not_in_channel": INVITE,
    "is_archived": "unarchive the channel, or name another in SLACK_SALES_CHANNEL",
    "invalid_auth": TOKEN,
    "not_authed": TOKEN,
    "account_inactive": TOKEN,
    "token_revoked": TOKEN,
    "token_expired": TOKEN,
    "not_allowed_token_type": TOKEN,
    "missing_scope": "add the scopes of docs/slack.md to the app and install it again",
    "restricted_action": f"let the app post in the channel, or {INVITE}",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A picture to share. `alt` is for those who do not see it."""

    name: str  # of the file; by it a picture is found that is there already
    title: str
    alt: str = field(repr=False)
    png: bytes = field(repr=False)


class ThreadGoneError(Exception):
    """The message that the thread hung on was deleted."""


def slack_client(settings: SlackSettings) -> AsyncWebClient:
    """A client that never repeats a call by itself: a message would be there twice."""
    return AsyncWebClient(
        token=settings.bot_token,
        base_url=settings.api_url,
        timeout=TIMEOUT_S,
        retry_handlers=[],
    )


class Posts:
    """Posts, changes and deletes what is ours. Raises SendError."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def post(
        self,
        key: str,
        channel: str,
        message: SlackText,
        thread_ts: str = "",
        *,
        may_be_there: bool,
        since: float = 0,
    ) -> str:
        """Post unless it is there; its ts. Raises ThreadGoneError and leaves nothing behind.

        `since`, in Unix seconds, is when it can have been posted at the earliest.
        """
        if may_be_there:
            known = await self._find(key, channel, thread_ts, since)
            if known:
                return known
        sent = await self._send(
            channel=channel, thread_ts=thread_ts or None, metadata=_metadata(key), message=message
        )
        if thread_ts and not (sent.get("message") or {}).get("thread_ts"):
            await self.delete(channel, sent["ts"])  # Slack puts it into the channel then
            raise ThreadGoneError
        return str(sent["ts"])

    async def update(self, key: str, channel: str, ts: str, message: SlackText) -> bool:
        """Show the message as it should be now; False when somebody has deleted it."""
        try:
            await _answer(
                self._client.chat_update(
                    channel=channel, ts=ts, metadata=_metadata(key), **_content(message)
                )
            )
        except _Refused as refused:
            if refused.error in ("message_not_found", "cant_update_message"):
                return False
            raise refused.as_send_error() from None
        return True

    async def delete(self, channel: str, ts: str) -> bool:
        """Whether it was ours to delete; one that is gone counts."""
        try:
            await _answer(self._client.chat_delete(channel=channel, ts=ts))
        except _Refused as refused:
            if refused.error == "cant_delete_message":
                return False
            if refused.error not in ("message_not_found", "channel_not_found"):
                raise refused.as_send_error() from None
        return True

    async def whisper(
        self, channel: str, user: str, message: SlackText, thread_ts: str = "", url: str = ""
    ) -> None:
        """Show something to one person. `url` is a slash command's own way back, while it lasts."""
        if url and await self._respond(url, message):
            return
        call = self._client.chat_postEphemeral(
            channel=channel, user=user, thread_ts=thread_ts or None, **_content(message)
        )
        try:
            await _answer(call)
        except _Refused as refused:
            is_hopeless = refused.error in (*NOBODY_THERE, "channel_not_found", "not_in_channel")
            raise refused.as_send_error(is_permanent=is_hopeless) from None

    async def share(
        self, picture: Picture, channel: str, thread_ts: str = "", *, may_be_there: bool
    ) -> None:
        """Upload the picture and show it, unless it is there."""
        try:
            if may_be_there and await self._shows(picture.name, channel, thread_ts):
                return
            given = await _answer(
                self._client.files_getUploadURLExternal(
                    filename=picture.name, length=len(picture.png), alt_txt=picture.alt
                )
            )
            await _upload(str(given["upload_url"]), picture.png)
            file: dict[str, str | None] = {"id": str(given["file_id"]), "title": picture.title}
            await _answer(
                self._client.files_completeUploadExternal(
                    files=[file], channel_id=channel, thread_ts=thread_ts or None
                )
            )
        except _Refused as refused:
            raise refused.as_send_error() from None

    async def thread(self, channel: str, ts: str) -> list[Json]:
        """The message and its replies, oldest first; [] when the channel or the thread is gone."""
        try:
            return [message async for message in self._messages(channel, ts, 0)]
        except _Refused as refused:
            if refused.error in ("thread_not_found", "channel_not_found"):
                return []
            raise refused.as_send_error() from None

    async def _send(self, *, message: SlackText, **where: Any) -> Json:
        """Blocks that Slack does not like must not keep the words back."""
        try:
            return await _answer(self._client.chat_postMessage(**where, **_content(message)))
        except _Refused as refused:
            if refused.error not in REFUSED_BLOCKS or not message.blocks:
                raise refused.as_send_error() from None
            logger.error("slack.blocks_refused: %s; posted as text", refused.error)
            return await self._send(message=SlackText(message.text, []), **where)

    async def _respond(self, url: str, message: SlackText) -> bool:
        client = AsyncWebhookClient(url, timeout=TIMEOUT_S, retry_handlers=[])
        try:
            sent = await client.send(
                text=message.text, blocks=message.blocks or None, response_type="ephemeral"
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendError(f"Slack: {type(error).__name__} on the way.") from None
        return sent.status_code < 300  # afterwards the address has expired

    async def _find(self, key: str, channel: str, thread_ts: str, since: float) -> str | None:
        try:
            async for message in self._messages(channel, thread_ts, since):
                if _key_of(message) == key:
                    return str(message["ts"])
        except _Refused as refused:
            if refused.error != "thread_not_found":
                raise refused.as_send_error() from None
            stray = await self._find(key, channel, "", since)
            if stray:
                await self.delete(channel, stray)
            raise ThreadGoneError from None
        return None

    async def _shows(self, name: str, channel: str, thread_ts: str) -> bool:
        """Whether a file of this name is among the messages."""
        async for message in self._messages(channel, thread_ts, 0):
            if any(file.get("name") == name for file in message.get("files") or []):
                return True
        return False

    async def _messages(self, channel: str, thread_ts: str, since: float) -> AsyncIterator[Json]:
        """Newest first in a channel, oldest first in a thread."""
        cursor, seen = "", 0
        oldest = f"{since:.6f}" if since else None
        while seen < MOST_LOOKED_AT or thread_ts:
            call = (
                self._client.conversations_replies(
                    channel=channel, ts=thread_ts, limit=PAGE, cursor=cursor or None,
                    include_all_metadata=True, oldest=oldest,
                )
                if thread_ts
                else self._client.conversations_history(
                    channel=channel, limit=PAGE, cursor=cursor or None,
                    include_all_metadata=True, oldest=oldest,
                )
            )  # fmt: skip
            page = await _answer(call)
            for message in page["messages"]:
                yield message
            seen += len(page["messages"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


class _Refused(Exception):  # noqa: N818  # an answer, which the caller may have expected
    """Slack said no."""

    def __init__(self, error: str, status: int, retry_after_s: float | None) -> None:
        super().__init__(error)
        self.error, self.status, self.retry_after_s = error, status, retry_after_s

    def as_send_error(self, is_permanent: bool = False) -> SendError:
        if self.status == TOO_MUCH or self.error in ("ratelimited", "rate_limited"):
            return SendError("Slack asks to wait (rate limit).", self.retry_after_s or 1.0)
        if self.status >= SERVER_FAULT or self.error in ("internal_error", "fatal_error"):
            return SendError(f"Slack has trouble ({self.error}).", is_uncertain=True)
        if self.error in OUR_FAULT or is_permanent:
            return SendError(f"Slack refuses it: {self.error}.", is_permanent=True)
        if self.error in HELP:
            return SendError(f"Slack: {self.error}; {HELP[self.error]}.", SETUP_RETRY_S)
        return SendError(f"Slack: {self.error}.")


async def _answer(call: Awaitable[Any]) -> Json:
    """Slack's answer. Raises _Refused, or SendError when there is none."""
    try:
        data = (await call).data
    except SlackApiError as error:
        raise _refused(error) from None
    except aiohttp.ClientConnectorError as error:
        raise SendError(f"Slack cannot be reached ({type(error).__name__}).") from None
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        raise SendError(f"Slack: {type(error).__name__} on the way.", is_uncertain=True) from None
    return dict(data) if isinstance(data, dict) else {}


async def _upload(url: str, content: bytes) -> None:
    """The file itself, to the address that Slack gave. Raises SendError."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.post(url, data=content) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SendError(f"Slack: {type(error).__name__} on the way of a file.") from None
    if status != OK:
        raise SendError(f"Slack does not take the file (HTTP {status}).")


def _refused(error: SlackApiError) -> _Refused:
    response: Any = error.response
    data = getattr(response, "data", None)
    status = int(getattr(response, "status_code", None) or getattr(response, "status", 0) or 0)
    told = str(data.get("error") or "") if isinstance(data, dict) else ""
    wait = (getattr(response, "headers", None) or {}).get("Retry-After", "")
    return _Refused(told or f"HTTP {status}", status, float(wait) if wait.isdecimal() else None)


def _metadata(key: str) -> Json:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def _key_of(message: Json) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return (metadata.get("event_payload") or {}).get("key")


def _content(message: SlackText) -> Json:
    shared: Json = {"text": message.text}
    return {**shared, "blocks": message.blocks} if message.blocks else shared
