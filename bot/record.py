"""What was said in a conversation, read from the table of events: the only source of replies.

Bot messages are numbered by their place in the record, so that they have the same number in every
tab, after a reload and after a restart. Nothing here needs Rasa: the desk reads it too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import ujson
from sqlalchemy.engine import Engine

EVENTS = sa.table(  # of Rasa's table of events, what is read here
    "events",
    sa.column("id", sa.Integer),
    sa.column("sender_id", sa.String),
    sa.column("type_name", sa.String),
    sa.column("data", sa.Text),
)
WORD_JOINER = "\u2060"  # invisible: keeps Rasa from reading a visitor's "/..." as a command
MOST_CONVERSATIONS = 256  # kept in memory; others are read anew
LONGEST_HISTORY = 1_000  # messages; older ones are neither shown nor recognised as repeated
USER, BOT = "user", "bot"
Json = dict[str, Any]
Said = tuple[int, int]  # a row of the table: its number and the hash of its data
ROWS_FROM = (  # built once: building it took three quarters of a read, of which a turn has several
    sa.select(EVENTS.c.id, EVENTS.c.data)
    .where(EVENTS.c.sender_id == sa.bindparam("conversation"), EVENTS.c.id >= sa.bindparam("row"))
    .where(EVENTS.c.type_name.in_([USER, BOT]))
    .order_by(EVENTS.c.id)
)


@dataclass(frozen=True)
class VisitorMessage:
    """What the visitor wrote, or the title of the button that was pressed."""

    text: str = field(repr=False)
    at: str
    message_id: str | None
    heard_by: str | None = None  # the colleague who had the conversation then, instead of the bot

    def as_json(self) -> Json:
        """`UserMessage` of the protocol."""
        return {"from": "user", "text": self.text, "at": self.at, "message_id": self.message_id}


@dataclass(frozen=True)
class BotMessage:
    """One message of the assistant, or of a colleague (`author`).

    What came through the outbox has its key; a `notice` says who came or went.
    """

    number: int
    at: str
    text: str = field(repr=False)
    buttons: tuple[tuple[str, str], ...] = ()  # (title, payload)
    custom: Json | None = None
    author: str | None = None
    outbox_key: str | None = None
    is_notice: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether the assistant said it, so that a visitor can say how good it was."""
        return self.author is None and not self.is_notice

    def as_json(self) -> Json:
        """`BotMessage` of the protocol; also what Rasa's own widgets read."""
        found: Json = {"from": "bot", "number": self.number, "at": self.at, "text": self.text}
        if self.buttons:
            found["quick_replies"] = [
                {"title": title, "payload": payload, "content_type": "text"}
                for title, payload in self.buttons
            ]
        if self.custom is not None:  # the widget draws by itself, from the data
            found["custom"] = {name: v for name, v in self.custom.items() if name != "svg"}
        if self.author is not None:
            found["author"] = self.author
        if self.is_notice:
            found["notice"] = True
        return found


Message = VisitorMessage | BotMessage


class Conversation:
    """The messages of one conversation, oldest first."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.bot_messages = 0
        self.issued: dict[str, str] = {}  # payload of a button that was shown -> its title

    def answer_to(self, message_id: str) -> list[BotMessage] | None:
        """What the bot said to the message; None when the record does not have the message."""
        said: list[BotMessage] = []
        for message in reversed(self.messages):
            if isinstance(message, BotMessage):
                said.append(message)
            elif message.message_id == message_id:
                return said[::-1]
            else:
                said = []
        return None

    def message(self, message_id: str) -> VisitorMessage | None:
        """The visitor's message with this id, or None."""
        return next(
            (
                message
                for message in reversed(self.messages)
                if isinstance(message, VisitorMessage) and message.message_id == message_id
            ),
            None,
        )

    def reply(self, number: int) -> BotMessage | None:
        """The bot message with this number; None when there is none, or it is too long ago."""
        return next((message for message in self._replies() if message.number == number), None)

    def relayed(self, outbox_key: str) -> list[BotMessage]:
        """What was said for this row of the outbox; [] when nothing was."""
        return [message for message in self._replies() if message.outbox_key == outbox_key]

    def since(self, last_seen: int) -> Sequence[Message]:
        """What came after the bot message of this number; everything for 0."""
        for position, message in enumerate(self.messages):
            if isinstance(message, BotMessage) and message.number == last_seen:
                return self.messages[position + 1 :]
        return self.messages if last_seen < self._first_number() else []

    def _first_number(self) -> int:
        first = next(self._replies(), None)
        return first.number if first else self.bot_messages + 1

    def _replies(self) -> Iterator[BotMessage]:
        return (message for message in self.messages if isinstance(message, BotMessage))

    def add_event(self, event: Json) -> None:
        """Take in one stored event of Rasa, `user` or `bot`."""
        if event["event"] == BOT:
            self._add_reply(event)
        elif event.get("text") is not None:
            self._add_visitors(event)
        del self.messages[:-LONGEST_HISTORY]

    def _add_reply(self, event: Json) -> None:
        data, metadata = event.get("data") or {}, event.get("metadata") or {}
        shown = [button for button in data.get("buttons") or [] if button.get("title")]
        buttons = tuple((str(b["title"]), str(b.get("payload") or b["title"])) for b in shown)
        self.bot_messages += 1
        self.issued.update({payload: title for title, payload in buttons})
        self.messages.append(
            BotMessage(
                self.bot_messages,
                _time(event),
                event.get("text") or "",
                buttons,
                data.get("custom") or None,
                metadata.get("author"),
                metadata.get("outbox"),
                bool(metadata.get("notice")),
            )
        )

    def _add_visitors(self, event: Json) -> None:
        text = event["text"].removeprefix(WORD_JOINER)
        heard_by = (event.get("metadata") or {}).get("heard_by")
        message = VisitorMessage(
            self.issued.get(text, text), _time(event), event.get("message_id"), heard_by
        )
        self._drop_unanswered(message.message_id)
        self.messages.append(message)

    def _drop_unanswered(self, message_id: str | None) -> None:
        """A message that failed and was sent again shows once."""
        last = self.messages[-1] if self.messages else None
        if isinstance(last, VisitorMessage) and message_id and last.message_id == message_id:
            self.messages.pop()


@dataclass
class _Known:
    """A conversation as far as it was read: up to a row, which tells whether it goes on there."""

    conversation: Conversation = field(default_factory=Conversation)
    last_row: int = 0
    last_hash: int = hash("")  # of its data

    def is_continued_by(self, rows: Sequence[Any]) -> bool:
        """False when it was erased, even if the database has given the row's number again."""
        return bool(rows) and (rows[0].id, hash(rows[0].data)) == (self.last_row, self.last_hash)


class Record:
    """The conversations in the database. Reads only what came since it looked last."""

    def __init__(self, engine: Engine, most: int = MOST_CONVERSATIONS) -> None:
        self._engine, self._most = engine, most
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def read(self, conversation_id: str, said: Said | None = None) -> Conversation:
        """The conversation as it stands in the database now; empty when there is none.

        `said`: what was said last, when somebody has just looked. Nothing new is not read again.
        """
        known = self._known.get(conversation_id, _Known())
        if said is not None and said == (known.last_row, known.last_hash):
            return known.conversation
        rows = self._rows_from(conversation_id, known.last_row)
        if known.last_row and not known.is_continued_by(rows):
            known, rows = _Known(), self._rows_from(conversation_id, 0)
        for row in rows:
            if row.id > known.last_row:
                known.conversation.add_event(ujson.loads(row.data))
                known.last_row, known.last_hash = row.id, hash(row.data)
        self._keep(conversation_id, known)
        return known.conversation

    def answers(self) -> bool:
        """Whether the database does."""
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.select(EVENTS.c.id).limit(1)).first()
        except sa.exc.SQLAlchemyError:
            return False
        return True

    def _rows_from(self, conversation_id: str, row_id: int) -> list[Any]:
        asked = {"conversation": conversation_id, "row": row_id}
        with self._engine.connect() as connection:
            return list(connection.execute(ROWS_FROM, asked).all())

    def _keep(self, conversation_id: str, known: _Known) -> None:
        if not known.last_row:
            return
        self._known[conversation_id] = known
        self._known.move_to_end(conversation_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


def _time(event: Json) -> str:
    at = datetime.fromtimestamp(event.get("timestamp") or 0, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
