"""Colleagues in Slack: commands, and the thread of a lead's card, which is a line to the visitor.

A command is done in the transaction that closes its row of the inbox, so it is done once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.channels.slack import inbox, interactions
from bot.channels.slack.commands import Command, read_command, read_in_thread
from bot.channels.slack.desk_commands import Desk, execute
from bot.channels.slack.inbox import Job
from bot.channels.slack.interactions import UnknownMemberError
from bot.channels.slack.messages import Message
from bot.channels.slack.places import Place, answer, whisper
from sales.database import transaction
from sales.leads import handling
from sales.leads.workflow import LeadActionError
from sales.office import Office
from sales.outbox.store import Notification, enqueue
from sales.outbox.tables import outbox, slack_cards
from sales.takeover.store import NoConversationError, current_of_lead
from sales.team.roles import Member, NotAllowedError
from sales.team.store import TeamError, member_by_slack

MENTION = re.compile(r"<@([A-Z0-9]+)>")
REFUSALS = (LeadActionError, NotAllowedError, TeamError, NoConversationError)
NOT_SENT = "Nothing was sent to the visitor."
NOT_A_CARD = (
    "This thread belongs to no lead that I know, so nothing was sent to a visitor. "
    "`reply 17 ...` reaches the visitor of lead 17."
)
NOT_UNDERSTOOD = (
    "I did not understand that, and nothing was sent to the visitor. `help` shows more."
)
TAKEN_OVER = (
    "You have taken over: the visitor reads what you write in this thread. Lines that begin with "
    "`note:` stay here; `release` hands the visitor back to the assistant."
)
NO_FILES = "Files do not reach the visitor; only your text does. A link would work."
Json = dict[str, Any]


class Colleagues:
    """Does what members of the team ask for. Everything here blocks: call it in a thread."""

    def __init__(self, engine: Engine, office: Office) -> None:
        self._engine, self._office = engine, office

    def look_up(self, message: Message) -> tuple[int | None, Member | None]:
        """The lead whose card the message hangs on, and the member who wrote it."""
        with transaction(self._engine) as session:
            lead_id = _lead_of_card(session, message.channel, message.thread_ts)
            return lead_id, member_by_slack(session, message.user)

    def awaits_cards(self) -> bool:
        """Whether a card may stand in Slack already whose place nobody has written down."""
        begun = (outbox.c.channel == "slack", outbox.c.kind == "lead_card", outbox.c.attempts > 0)
        is_open = (outbox.c.delivered_at.is_(None), outbox.c.dead_at.is_(None))
        with transaction(self._engine) as session:
            query = sa.select(outbox.c.id).where(*begun, *is_open).limit(1)
            return session.execute(query).first() is not None

    def member(self, user: str) -> Member | None:
        """The active member behind a Slack user, or None."""
        with transaction(self._engine) as session:
            return member_by_slack(session, user)

    def command(self, job: Job, member: Member, command: Command, place: Place, key: str) -> None:
        """Does the command and answers."""

        def work(session: Session, now: datetime) -> list[Notification]:
            desk = Desk(session, member, now, self._office, key)
            return [answer(place, key, execute(desk, command))]

        self._do(job, work, lambda text: [answer(place, key, [{"text": text}])])

    def in_thread(self, job: Job, member: Member | None, message: Message, lead_id: int) -> None:
        """A message in a lead's thread: a command, a note, or words for the visitor."""
        place = Place(message.channel, message.thread_ts, message.user)
        if member is None:
            self.refuse(job, place, message.key, f"{UnknownMemberError(message.user)} {NOT_SENT}")
            return
        command = read_in_thread(message.text)
        if command is None and message.is_to_us:  # said to us, so never to the visitor
            command = read_command(message.text) or Command("unclear", text=NOT_UNDERSTOOD)
        if command is None:
            self._to_visitor(job, member, message, lead_id, place)
        else:
            self._thread_command(job, member, message, lead_id, command, place)

    def interaction(self, job: Job, payload: Json) -> None:
        """A button of a lead's card, or a form behind one."""
        now = datetime.now(UTC)

        def finish(session: Session) -> None:
            inbox.finish(session, job, now)

        if interactions.is_about_lead(payload):
            interactions.work_on(self._engine, payload, finish, now, self._office)
        else:  # a link, or the button of a form that has opened
            with transaction(self._engine) as session:
                finish(session)

    def refuse(self, job: Job, place: Place, key: str, text: str) -> None:
        """Tells the person why nothing was done."""
        self._do(job, lambda _session, _now: [whisper(place, key, [{"text": text}])], None)

    def _thread_command(
        self, job: Job, member: Member, message: Message, lead_id: int, command: Command,
        place: Place,
    ) -> None:  # fmt: skip
        command = command if command.lead else replace(command, lead=str(lead_id))

        def work(session: Session, now: datetime) -> list[Notification]:
            if command.name == "note" and command.lead == str(lead_id):  # it stands there already
                handling.note(
                    session, lead_id, member, command.text, now, self._office, said_in="slack"
                )
                return []
            desk = Desk(session, member, now, self._office, message.key)
            return [whisper(place, message.key, execute(desk, command))]

        self._do(job, work, lambda text: [whisper(place, message.key, [{"text": text}])])

    def _to_visitor(
        self, job: Job, member: Member, message: Message, lead_id: int, place: Place
    ) -> None:
        def work(session: Session, now: datetime) -> list[Notification]:
            before = current_of_lead(session, lead_id)
            told = [NO_FILES] if message.has_files else []
            if message.text:
                text = _with_names(session, message.text)
                handling.reply(
                    session, lead_id, member, text, message.key, now, self._office, said_in="slack"
                )
                told += [TAKEN_OVER] if not before or before.member_id != member.id else []
            return [whisper(place, message.key, [{"text": text} for text in told])] if told else []

        self._do(job, work, lambda text: [whisper(place, message.key, [{"text": text}])])

    def _do(
        self,
        job: Job,
        work: Callable[[Session, datetime], Sequence[Notification]],
        refused: Callable[[str], Sequence[Notification]] | None,
    ) -> None:
        """The work and the end of the row, in one transaction; a refusal is told in words."""
        now = datetime.now(UTC)
        try:
            with transaction(self._engine) as session:
                inbox.finish(session, job, now)
                enqueue(session, work(session, now), now)
        except REFUSALS as error:
            if refused is None:
                raise
            with transaction(self._engine) as session:
                inbox.finish(session, job, now)
                enqueue(session, refused(str(error)), now)


def is_card_thread(session: Session, channel: str, thread_ts: str) -> bool:
    """Whether the thread hangs on a lead's card."""
    return _lead_of_card(session, channel, thread_ts) is not None


def _lead_of_card(session: Session, channel: str, thread_ts: str) -> int | None:
    if not thread_ts:
        return None
    query = sa.select(slack_cards.c.lead_id).where(
        slack_cards.c.channel == channel, slack_cards.c.ts == thread_ts
    )
    found: int | None = session.execute(query).scalar()
    return found


def _with_names(session: Session, text: str) -> str:
    """The text with colleagues by their names: a visitor cannot read <@U123>."""

    def named(found: re.Match[str]) -> str:
        member = member_by_slack(session, found[1])
        return member.name if member else "a colleague"

    return MENTION.sub(named, text)
