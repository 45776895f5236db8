"""What happens on each event of the protocol: sessions, messages, the contact form, feedback."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from socketio import exceptions  # type: ignore[import-untyped]
from sqlalchemy.engine import Engine

from bot.channels.admission import LONGEST_MESSAGE, plain_response
from bot.channels.website import contact_form, incoming
from bot.channels.website.catch_up import as_events
from bot.channels.website.cluster import Cluster
from bot.channels.website.incoming import RefusedError, as_object
from bot.channels.website.limits import Limit
from bot.channels.website.tokens import BadTokenError, Token, Tokens
from bot.channels.website.transport import Transport
from bot.patience import patiently
from bot.record import BotMessage, Message, Record
from bot.turns import Answer, Turn, TurnFailedError, Turns
from bot.watch.load import BusyError, load
from sales.contact import CONTACT_EMAIL, CONTACT_PHONE
from sales.database import transaction
from sales.feedback.store import feedback_of, rate_answer, rate_conversation
from sales.office import Routes
from sales.settings import WebsiteSettings
from sales.takeover.store import current, end_restarted

logger = logging.getLogger(__name__)
Json = dict[str, Any]
Handler = Callable[[str, Json], Awaitable[Json | None]]
EVENT_BURST, EVENTS_PER_SECOND = 60, 2.0  # of any kind, per connection
FEEDBACK_BURST, FEEDBACK_PER_SECOND = 60, 0.5  # per conversation
MINUTE_S, HOUR_S = 60, 3_600


@dataclass
class Visit:
    """One connection: a tab."""

    protocol: int | None = None  # None: another widget of Rasa's
    conversation_id: str | None = None


class Events:
    """Answers the events of all connections."""

    def __init__(
        self,
        settings: WebsiteSettings,
        transport: Transport,
        tokens: Tokens,
        turns: Turns,
        record: Record,
        engine: Engine,
        routes: Routes,
        cluster: Cluster | None = None,
    ) -> None:
        self._transport, self._tokens, self._turns = transport, tokens, turns
        self._cluster = cluster
        self._record, self._engine, self._routes = record, engine, routes
        self._visits: dict[str, Visit] = {}
        self._messages = Limit(settings.message_burst, settings.messages_per_minute / MINUTE_S)
        self._resumptions = Limit(settings.message_burst, settings.messages_per_minute / MINUTE_S)
        self._sessions = Limit(settings.sessions_per_hour, settings.sessions_per_hour / HOUR_S)
        self._events = Limit(EVENT_BURST, EVENTS_PER_SECOND)
        self._feedback = Limit(FEEDBACK_BURST, FEEDBACK_PER_SECOND)
        if cluster:
            cluster.on_moved(self._moved_elsewhere)
            cluster.on_missed(self._show)
        transport.on("connect", self._connect)
        transport.on("disconnect", self._disconnect)
        transport.handle_only(
            {
                "session_request": self._edge(self._session_request, is_acknowledged=False),
                "restart": self._edge(self._restart, is_acknowledged=False),
                "user_uttered": self._edge(self._user_uttered),
                "form_submitted": self._edge(self._form_submitted),
                "feedback": self._edge(self._thumb),
                "rating": self._edge(self._stars),
            }
        )

    # -- Connections

    async def _connect(self, sid: str, _environ: Any, _auth: Any = None) -> None:
        if self._transport.has_too_many(self._transport.address_of(sid)):
            raise exceptions.ConnectionRefusedError(
                plain_response("say_too_many_connections"), {"code": "too_many_connections"}
            )
        self._visits[sid] = Visit()

    async def _disconnect(self, sid: str, _reason: Any = None) -> None:
        self._visits.pop(sid, None)
        self._events.forget(sid)

    def _edge(
        self, handler: Handler, is_acknowledged: bool = True
    ) -> Callable[[str, Any], Awaitable[Json]]:
        """The handler with an acknowledgement for everything that can happen in it."""

        async def answer(sid: str, data: Any) -> Json:
            try:
                if not self._events.take(sid, time.monotonic()):
                    raise RefusedError("too_many_messages", "say_too_many_messages")
                return await handler(sid, as_object(data)) or {"status": "ok"}
            except RefusedError as error:
                refusal = error
            except BadTokenError:
                refusal = RefusedError("bad_token", "say_bad_token")
            except BusyError as error:
                refusal = RefusedError("busy", "say_busy", retry_after_s=error.retry_after_s)
            except Exception:  # the outermost edge: the visitor is told, the log has the cause
                logger.exception("turn.failed: conversation %s", self._conversation_of(sid))
                refusal = RefusedError("failed", "say_apology")
            return await self._refuse(sid, refusal, is_acknowledged)

        return answer

    async def _refuse(self, sid: str, refusal: RefusedError, is_acknowledged: bool) -> Json:
        """The acknowledgement. Who gets none, such as Rasa's own widgets, is told by a message."""
        text = plain_response(refusal.reply)
        told = {"code": refusal.code, "text": text}
        if self._protocol_of(sid) is None:
            await self._transport.emit("bot_uttered", {"text": text}, to=sid)
        elif not is_acknowledged:
            await self._transport.emit("notice", told, to=sid)
        ack: Json = {"status": "refused", **told}
        if refusal.retry_after_s:
            ack["retry_after"] = refusal.retry_after_s
        return {**ack, "fields": refusal.fields} if refusal.fields else ack

    def _protocol_of(self, sid: str) -> int | None:
        visit = self._visits.get(sid)
        return visit.protocol if visit else None

    def _conversation_of(self, sid: str) -> str | None:
        visit = self._visits.get(sid)
        return visit.conversation_id if visit else None

    # -- Sessions

    async def _session_request(self, sid: str, data: Json) -> None:
        asked, now = incoming.session_request(data), datetime.now(UTC)
        if sid in self._visits:
            self._visits[sid].protocol = asked.protocol
        known = self._known_visitor(asked.token, now)
        token = known or self._new_session(sid, now)
        await self._join(sid, token.conversation_id)
        is_resumed = known is not None
        await patiently(lambda: self._confirm(sid, token, is_resumed, asked.last_seen))

    def _known_visitor(self, text: object, now: datetime) -> Token | None:
        """The token of a visitor who comes back, renewed when it is time; None for a new one."""
        try:
            token = self._tokens.read(text, now)
        except BadTokenError:
            return None
        self._take(self._resumptions, token.conversation_id)
        if token.is_due_for_renewal(now):
            return self._tokens.issue(token.conversation_id, now)
        return token

    async def _restart(self, sid: str, data: Json) -> None:
        """A new conversation, with the assistant, for every tab of the old one."""
        now = datetime.now(UTC)
        old = self._tokens.read(data.get("session_id"), now)
        await self._join(sid, old.conversation_id)
        token = self._new_session(sid, now)
        with transaction(self._engine) as session:
            end_restarted(session, old.conversation_id, now, self._routes)
        await self._move_tabs(old.conversation_id, token)
        if self._cluster:
            await self._cluster.move_tabs(old.conversation_id, token.text)

    async def _moved_elsewhere(self, old: str, token: str) -> None:
        """Another process began a new conversation for the tabs of an old one."""
        await self._move_tabs(old, self._tokens.read(token, datetime.now(UTC)))

    async def _move_tabs(self, old: str, token: Token) -> None:
        for tab, visit in list(self._visits.items()):
            if visit.conversation_id == old:
                await self._join(tab, token.conversation_id)
                await self._confirm(tab, token, is_resumed=False)

    def _new_session(self, sid: str, now: datetime) -> Token:
        if not self._sessions.take(self._transport.address_of(sid), time.monotonic()):
            raise RefusedError("too_many_sessions", "say_too_many_sessions")
        return self._tokens.begin(now)

    async def _join(self, sid: str, conversation_id: str) -> None:
        """One connection hears one conversation; one that is gone already hears none."""
        visit = self._visits.get(sid)
        if visit is None or visit.conversation_id == conversation_id:
            return
        if visit.conversation_id is not None:
            await self._transport.leave_room(sid, visit.conversation_id)
        visit.conversation_id = conversation_id
        await self._transport.enter_room(sid, conversation_id)

    async def _confirm(self, sid: str, token: Token, is_resumed: bool, last_seen: int = 0) -> None:
        if self._protocol_of(sid) is None:
            await self._transport.emit("session_confirm", token.text, to=sid)
            return
        conversation = self._record.read(token.conversation_id)
        history = conversation.since(last_seen)
        if self._cluster:
            self._cluster.told(token.conversation_id, conversation.bot_messages)
        session = {
            "session_id": token.text,
            "expires_at": _utc(token.expires_at),
            "protocol": 1,
            "resumed": is_resumed,
            "history": self._with_thumbs(token.conversation_id, history),
            "contact": {"phone": CONTACT_PHONE, "email": CONTACT_EMAIL},
            "agent": self._colleague(token.conversation_id),
            "longest_message": LONGEST_MESSAGE,
        }
        await self._transport.emit("session_confirm", session, to=sid)

    def _colleague(self, conversation_id: str) -> str | None:
        """The name of the colleague who has the conversation; None: the assistant."""
        with transaction(self._engine) as session:
            takeover = current(session, conversation_id)
        return takeover.author if takeover else None

    def _with_thumbs(self, conversation_id: str, messages: Sequence[Message]) -> list[Json]:
        """The messages as the protocol writes them, with what the visitor thought of each."""
        with transaction(self._engine) as session:
            thumbs = {thumb.message: thumb.value for thumb in feedback_of(session, conversation_id)}
        found = [message.as_json() for message in messages]
        for message in found:
            if message.get("number") in thumbs:
                message["feedback"] = thumbs[message["number"]]
        return found

    async def _visitor(self, sid: str, data: Json, limit: Limit) -> str:
        """The conversation that the token of this event names, within its limit."""
        now = datetime.now(UTC)
        token = self._tokens.read(data.get("session_id"), now)
        self._take(limit, token.conversation_id)
        await self._join(sid, token.conversation_id)
        if token.is_due_for_renewal(now):
            new = self._tokens.issue(token.conversation_id, now)
            renewed = {"session_id": new.text, "expires_at": _utc(new.expires_at)}
            await self._transport.emit("session_renewed", renewed, to=sid)
        return token.conversation_id

    def _take(self, limit: Limit, conversation_id: str) -> None:
        if not limit.take(conversation_id, time.monotonic()):
            raise RefusedError("too_many_messages", "say_too_many_messages")

    # -- Messages

    async def _user_uttered(self, sid: str, data: Json) -> Json:
        said = incoming.uttered(data)
        if len(said.text) > LONGEST_MESSAGE:
            raise RefusedError("too_long", "say_too_long")
        conversation_id = await self._visitor(sid, data, self._messages)
        turn = Turn(conversation_id, said.message_id, said.text)
        return await patiently(lambda: self._run(sid, turn))

    async def _form_submitted(self, sid: str, data: Json) -> Json:
        values = incoming.contact_values(data)
        conversation_id = await self._visitor(sid, data, self._messages)
        shown = plain_response("say_form_sent")
        parsed = contact_form.parsed(shown, contact_form.checked(values))
        turn = Turn(conversation_id, values.message_id, shown, parsed)
        return await patiently(lambda: self._run(sid, turn))

    async def _run(self, sid: str, turn: Turn) -> Json:
        """Run the turn, and tell every tab what the record then has."""
        room = turn.conversation_id
        load().check(self._turns.channel, room)  # first: a refusal has to cost little
        if self._colleague(room) is None:
            await self._transport.emit("bot_typing", {"typing": True}, room=room)
        try:
            answer = await self._turns.run(turn)
            await self._deliver(sid, room, answer)
        except TurnFailedError as error:
            logger.error("turn.silent: conversation %s: %s", room, error)
            raise RefusedError("failed", "say_apology") from error
        finally:
            await self._transport.emit("bot_typing", {"typing": False}, room=room)
        return {"status": "ok", "duplicate": True} if answer.is_repeat else {"status": "ok"}

    async def _deliver(self, sid: str, room: str, answer: Answer) -> None:
        """The message as the record has it, then the answer, to every tab.

        The sender's tab learns by it that the message was saved, before the acknowledgement, so
        the answer stands below it. A repeated message is news only to the tab that sent it.
        """
        to = sid if answer.is_repeat else room
        await self._transport.emit("user_echo", answer.message.as_json(), to=to)
        for reply in answer.replies:
            await self._transport.emit("bot_uttered", reply.as_json(), to=to)

    async def _show(self, room: str, messages: list[Message]) -> None:
        """What the tabs of this process were not told when another one saved it."""
        for event, data in as_events(messages):
            await self._transport.emit(event, data, room=room, ignore_queue=True)
        if any(isinstance(message, BotMessage) and message.is_notice for message in messages):
            agent = {"agent": self._colleague(room)}
            await self._transport.emit("agent_changed", agent, room=room, ignore_queue=True)

    # -- Feedback

    async def _thumb(self, sid: str, data: Json) -> None:
        thumb = incoming.thumb(data)
        conversation_id = await self._visitor(sid, data, self._feedback)
        conversation = self._record.read(conversation_id)
        rated = conversation.reply(thumb.message)
        if thumb.message > conversation.bot_messages or (rated and not rated.is_answer):
            raise incoming.bad_request()
        with transaction(self._engine) as session:
            rate_answer(session, conversation_id, thumb.message, thumb.value, datetime.now(UTC))

    async def _stars(self, sid: str, data: Json) -> None:
        stars = incoming.stars(data)
        conversation_id = await self._visitor(sid, data, self._feedback)
        with transaction(self._engine) as session:
            rate_conversation(
                session, conversation_id, stars.stars, stars.comment, datetime.now(UTC)
            )


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
