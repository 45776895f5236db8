"""Deletes a person's data when they ask for it: lead, history, conversations, notifications.

Where others wrote of them to the assistant in Slack, their name and contact are taken out.

What has left the house (mails, a CRM, messages in the person's own Slack) is not here to delete;
Slack is told to delete the lead's card and thread and what colleagues were answered about the lead
as long as the outbox remembers it (two weeks); webhooks are told that the lead was erased.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.contact import parse_phone
from sales.feedback.tables import answer_feedback, conversation_ratings
from sales.leads.lead import Lead
from sales.leads.rows import lock_lead, take_turn
from sales.leads.tables import lead_aliases, lead_events, leads
from sales.leads.workflow import NoSuchLeadError
from sales.office import Routes
from sales.outbox.store import Notification, enqueue
from sales.outbox.tables import outbox, slack_cards, slack_inbox
from sales.questions.tables import unknown_questions
from sales.rasa_events import delete_events
from sales.redaction import SHORTEST_NAME, redact_in_slack
from sales.takeover.store import ERASED, current_of_lead, end
from sales.takeover.tables import takeovers
from sales.team.roles import Member, check

Json = Any
NO_ROUTES = Routes()
IN_HAND = timedelta(seconds=90)  # by then, what a worker holds now has been sent
SAID_IN = (answer_feedback, conversation_ratings, unknown_questions)  # by conversation_id


@dataclass(frozen=True)
class Erased:
    """What an erasure deleted: how many leads, conversations and events of conversations."""

    leads: int
    conversations: int
    events: int


def erase_person(
    session: Session,
    *,
    actor: Member,
    now: datetime,
    lead_id: int | None = None,
    email: str | None = None,
    phone: str | None = None,
    routes: Routes = NO_ROUTES,
) -> Erased:
    """Delete everything about the people of these leads, in the caller's transaction.

    The leads are those with this id (also a merged one's), e-mail or phone number. All of their
    conversations go, and their words in the transcripts of others who shared one. Call it before
    other reads of the transaction. Raises NotAllowedError; NoSuchLeadError for an unknown id;
    ContactError for an unusable number. An unknown e-mail or number is no error: there is nothing.
    """
    check(actor, "erase")
    take_turn(session)
    found = _leads_of(session, lead_id, email, phone)
    names = _names_of(session, found)
    conversations = _conversations_of(session, found, names)
    _tell(session, found, names, conversations, now, routes)
    _forget_inbox(session, found, names, conversations, now)
    _clean_other_transcripts(session, found, conversations)
    _forget_questions_about(session, found)
    events = delete_conversations(session, conversations)
    redact_in_slack(session, found, names)
    _delete_leads(session, names)
    return Erased(len(found), len(conversations), events)


def delete_conversations(session: Session, conversations: Collection[str]) -> int:
    """Delete what was said in these conversations and about them; how many events there were."""
    for table in SAID_IN:
        session.execute(sa.delete(table).where(table.c.conversation_id.in_(conversations)))
    return delete_events(session, conversations)


def _leads_of(
    session: Session, lead_id: int | None, email: str | None, phone: str | None
) -> list[Lead]:
    ways = []
    if email:
        ways.append(leads.c.email_key == email.strip().lower())
    if phone:
        ways.append(leads.c.phone == parse_phone(phone))
    query = sa.select(leads.c.id).where(sa.or_(sa.false(), *ways)).order_by(leads.c.id)
    by_contact = session.execute(query).scalars().all()
    known = {one: lock_lead(session, one) for one in _ids(lead_id, by_contact)}
    if lead_id is not None and known[lead_id] is None:
        raise NoSuchLeadError(lead_id)
    return list({lead.id: lead for lead in known.values() if lead}.values())


def _ids(lead_id: int | None, others: Iterable[int]) -> list[int]:
    return sorted({*others, *([] if lead_id is None else [lead_id])})


def _names_of(session: Session, found: Iterable[Lead]) -> list[int]:
    """The ids of the leads, and those of leads that were merged into them."""
    ids = [lead.id for lead in found]
    query = sa.select(lead_aliases.c.old_id).where(lead_aliases.c.lead_id.in_(ids))
    return [*ids, *session.execute(query).scalars()]


def _conversations_of(session: Session, found: Iterable[Lead], names: Collection[int]) -> list[str]:
    """Every conversation that the leads ever had, also those before the last one."""
    known = {lead.conversation_id for lead in found}
    for table in (takeovers, outbox):
        query = sa.select(table.c.conversation_id).where(table.c.lead_id.in_(names))
        known |= set(session.execute(query).scalars())
    query = sa.select(lead_events).where(lead_events.c.lead_id.in_(names))
    for event in session.execute(query):
        known |= set(_named_in(event.what, event.before)) | set(_named_in(event.what, event.after))
    return sorted(known - {""})


def _named_in(what: str, value: Json) -> Iterator[str]:
    """Conversation ids in one side of a change."""
    if isinstance(value, str) and what == "conversation_id":
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _named_in(key, part)


def _tell(
    session: Session,
    found: Collection[Lead],
    names: Collection[int],
    conversations: Collection[str],
    now: datetime,
    routes: Routes,
) -> None:
    """Nothing about the leads is delivered any more, but that they are gone."""
    query = sa.select(slack_cards).where(slack_cards.c.lead_id.in_(names))
    cards = session.execute(query).all()
    about = sa.or_(_about(names, conversations), _answer_to_colleague(found))
    late = _is_in_hand(session, about, now)
    answers = _answers_in_slack(session, found)
    session.execute(sa.delete(outbox).where(about))
    for lead_id in names:
        if takeover := current_of_lead(session, lead_id):
            end(session, takeover, ERASED, now)
    rows = [*(_erasure(card.channel, card.ts) for card in cards), *answers]
    enqueue(session, rows, now, due_at=now + IN_HAND if late else now)
    news = [_webhook(url, lead, now) for lead in found for url in routes.webhooks]
    enqueue(session, news, now)
    session.execute(sa.delete(slack_cards).where(slack_cards.c.lead_id.in_(names)))


def _answers_in_slack(session: Session, found: Collection[Lead]) -> list[Notification]:
    """Have deleted what a colleague was told who asked about one of the leads."""
    is_there = sa.and_(outbox.c.channel == "slack", outbox.c.delivered_at.is_not(None))
    query = sa.select(outbox.c.receipt).where(is_there, _answer_to_colleague(found))
    receipts = [receipt or {} for receipt in session.execute(query).scalars()]
    return [_erasure(told["channel"], told["ts"], alone=True) for told in receipts if "ts" in told]


def _erasure(channel: str, ts: str, *, alone: bool = False) -> Notification:
    """Have a message deleted; with the thread below it, unless it is `alone`."""
    place = {"channel": channel, "ts": ts}
    return Notification(
        channel="slack",
        kind="erase",
        key=f"slack:erase:{channel}:{ts}",
        stream=f"slack:{channel}:{ts}",
        payload={**place, "alone": True} if alone else place,
    )


def _webhook(url: str, lead: Lead, now: datetime) -> Notification:
    target = hashlib.sha256(url.encode()).hexdigest()[:12]  # an address may hold a token
    told = {"id": lead.id, "reference": lead.reference}
    at = now.isoformat(timespec="seconds")
    return Notification(
        channel="webhook",
        kind="lead.erased",
        key=f"webhook:lead:{lead.id}:erased:{target}",
        stream=f"webhook:{url}:{lead.id}",
        payload={"url": url, "event": "lead.erased", "lead": told, "at": at},
        lead_id=lead.id,
    )


def _is_in_hand(session: Session, about: Any, now: datetime) -> bool:
    query = sa.select(outbox.c.id).where(about, outbox.c.leased_until > now).limit(1)
    return session.execute(query).first() is not None


def _about(names: Collection[int], conversations: Collection[str]) -> Any:
    """The condition that an outbox row is about the leads or their conversations."""
    return sa.or_(outbox.c.lead_id.in_(names), outbox.c.conversation_id.in_(conversations))


def _answer_to_colleague(found: Collection[Lead]) -> Any:
    """The condition that an outbox row answers a colleague who asked about one of the leads."""
    named = [lead.name for lead in found if len(lead.name) >= SHORTEST_NAME]
    words = [*_contacts(found), *named, *(lead.reference for lead in found)]
    is_loose = sa.and_(outbox.c.lead_id.is_(None), outbox.c.conversation_id == "")
    return sa.and_(is_loose, _holds(outbox.c.payload, words))


def _contacts(found: Iterable[Lead]) -> list[str]:
    return [text for lead in found for text in (lead.email, lead.phone) if text]


def _holds(payload: Any, words: Iterable[str]) -> Any:
    """The condition that one of the words, in any case, is in the JSON."""
    text = sa.func.lower(sa.cast(payload, sa.Text))
    written = (json.dumps(word)[1:-1].lower() for word in words)
    return sa.or_(sa.false(), *(text.contains(word, autoescape=True) for word in written))


def _forget_inbox(
    session: Session,
    found: Iterable[Lead],
    names: Collection[int],
    conversations: Collection[str],
    now: datetime,
) -> None:
    """What came from Slack and was not worked on yet loses its words.

    The rows stay, so that Slack's repeats are known. A click carries the whole card, whatever its
    stream: it is found by the contact in it.
    """
    streams = {*conversations, *(f"lead:{lead_id}" for lead_id in names)}
    holds = _holds(slack_inbox.c.payload, _contacts(found))
    session.execute(
        sa.update(slack_inbox)
        .where(slack_inbox.c.done_at.is_(None))
        .where(sa.or_(slack_inbox.c.stream.in_(streams), holds))
        .values(payload={}, stream="", done_at=now)
    )


def _forget_questions_about(session: Session, found: Collection[Lead]) -> None:
    """What others asked and was not known goes when it has the contact or the whole name in it."""
    names = [lead.name for lead in found if len(lead.name.split()) > 1]
    text = sa.func.lower(unknown_questions.c.text)
    words = [word.lower() for word in (*_contacts(found), *names)]
    has_one = sa.or_(sa.false(), *(text.contains(word, autoescape=True) for word in words))
    session.execute(sa.delete(unknown_questions).where(has_one))


def _clean_other_transcripts(
    session: Session, found: Iterable[Lead], conversations: Collection[str]
) -> None:
    """Others who sat at the same browser keep their own words only."""
    ids = [lead.id for lead in found]
    lines = [line for lead in found for line in lead.transcript]
    query = sa.select(leads.c.id, leads.c.transcript).where(
        leads.c.id.not_in(ids), leads.c.id.in_(_sharing(conversations))
    )
    for other in session.execute(query).all():
        kept = [line for line in other.transcript if line not in lines]
        session.execute(sa.update(leads).where(leads.c.id == other.id).values(transcript=kept))


def _sharing(conversations: Collection[str]) -> Any:
    """A subquery: the ids of leads that have or had one of these conversations."""
    told = [json.dumps(conversation) for conversation in conversations]
    before, after = (sa.cast(lead_events.c[side], sa.Text) for side in ("before", "after"))
    had = sa.select(lead_events.c.lead_id).where(
        lead_events.c.what == "conversation_id", sa.or_(before.in_(told), after.in_(told))
    )
    return had.union(sa.select(leads.c.id).where(leads.c.conversation_id.in_(conversations)))


def _delete_leads(session: Session, names: Collection[int]) -> None:
    for table in (takeovers, lead_events, lead_aliases):
        session.execute(sa.delete(table).where(table.c.lead_id.in_(names)))
    session.execute(sa.delete(leads).where(leads.c.id.in_(names)))
