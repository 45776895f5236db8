"""Takes an erased person's name, e-mail and phone out of what others said in Slack.

A colleague may have asked the assistant about them. That conversation is the colleague's own and
stays; the words that name the person go, in it and in what was made of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import phonenumbers
import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.lead import Lead
from sales.leads.merging import contacts_in_note
from sales.leads.tables import lead_events, leads
from sales.outbox.tables import outbox
from sales.rasa_events import BOT, EVENTS, USER, are_kept

Json = Any
REDACTED = "[erased]"
IN_SLACK = "slack:"  # what the ids of its conversations begin with
BEHIND_SLACK = "slack;"  # the first text that begins with more
SHORTEST_NAME = 3  # characters; a shorter one is in every other word
PERSONAL = ("name", "email", "phone")
NOT_SAID = {  # keys of an event whose values are the assistant's own words, not what was said
    "event", "name", "entity", "extractor", "role", "group", "policy", "input_channel",
    "message_id",
}  # fmt: skip
ADDRESSES = {"channel", "thread_ts", "user", "response_url"}  # of a message in Slack
BETWEEN = r"[\s().\-/]*"  # the digits of a number, as people write it
LOCAL_DIGITS = 7  # of a North American number, without its area
WRITTEN_IN = ((outbox, outbox.c.payload), (leads, leads.c.transcript))  # and in the events


def redact_in_slack(session: Session, found: Iterable[Lead], names: Collection[int]) -> None:
    """Take out what names the people of these leads; `names` are all ids that the leads ever had.

    Call it while the history of the leads is still there. The database looks for the rows, in
    conversations in Slack only. A conversation's last row changes too: who remembers the
    conversation looks there whether it is still the same.
    """
    words = _words(session, found, names)
    if not words:
        return
    pattern, likes = _pattern(words), _likes(words)
    for table, column in WRITTEN_IN:
        here = sa.and_(table.c.conversation_id.startswith(IN_SLACK), _is_like(column, likes))
        for row in session.execute(sa.select(table.c.id, column).where(here)).all():
            _write(session, table, row.id, **{column.name: _redacted(row[1], pattern, ADDRESSES)})
    if are_kept(session):
        _redact_events(session, pattern, likes)


def _redact_events(session: Session, pattern: re.Pattern[str], likes: Collection[str]) -> None:
    query = sa.select(EVENTS.c.id, EVENTS.c.sender_id, EVENTS.c.data)
    here = sa.and_(_is_in_slack(session), _is_like(EVENTS.c.data, likes))
    changed = set()
    for row in session.execute(query.where(here)).all():
        before = json.loads(row.data)
        after = _redacted(before, pattern, NOT_SAID)
        if after != before:
            _write(session, EVENTS, row.id, data=json.dumps(after))
            changed.add(row.sender_id)
    for row_id in _last_rows(session, changed):
        _write(session, EVENTS, row_id, data=EVENTS.c.data + " ")  # the same JSON, another text


def _last_rows(session: Session, conversations: Collection[str]) -> set[int]:
    """Of each conversation the last row, and the last one that people see."""
    last = sa.select(sa.func.max(EVENTS.c.id)).where(EVENTS.c.sender_id.in_(conversations))
    last = last.group_by(EVENTS.c.sender_id)
    seen = last.where(EVENTS.c.type_name.in_([USER, BOT]))
    return {row_id for query in (last, seen) for row_id in session.execute(query).scalars()}


def _write(session: Session, table: Any, row_id: int, **values: Any) -> None:
    session.execute(sa.update(table).where(table.c.id == row_id).values(**values))


def _is_in_slack(session: Session) -> Any:
    """By the index: SQLite uses it for a range, and PostgreSQL may sort `:` elsewhere."""
    sender = EVENTS.c.sender_id
    if session.get_bind().dialect.name == "sqlite":
        return sa.and_(sender >= IN_SLACK, sender < BEHIND_SLACK)
    return sender.startswith(IN_SLACK)


def _words(session: Session, found: Iterable[Lead], names: Collection[int]) -> dict[str, set[str]]:
    """Names, e-mails and phones of the people, the earlier ones too; only kinds that there are."""
    words: dict[str, set[str]] = {kind: set() for kind in PERSONAL}
    for lead in found:
        for kind in PERSONAL:
            words[kind].add((getattr(lead, kind) or "").strip())
        for kind, text in contacts_in_note(lead.note):
            words[kind].add(text.strip())
    query = sa.select(lead_events).where(lead_events.c.lead_id.in_(names))
    for event in session.execute(query):
        for side in (event.before, event.after):
            for kind, text in _personal_in(event.what, side):
                words[kind].add(text.strip())
    words["name"] = {name for name in words["name"] if len(name) >= SHORTEST_NAME}
    words["phone"] = {phone for phone in words["phone"] if _is_number(phone)}
    return {kind: texts - {""} for kind, texts in words.items() if texts - {""}}


def _personal_in(what: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and what in PERSONAL:
        yield what, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _personal_in(key, part)


def _pattern(words: Mapping[str, Collection[str]]) -> re.Pattern[str]:
    """Finds the words as people write them: in any case, with any spaces; the number in groups."""
    ways = [re.escape(email) for email in words.get("email", ())]
    ways += [r"\s+".join(map(re.escape, name.split())) for name in words.get("name", ())]
    bounded = [rf"(?<!\w){way}(?!\w)" for way in ways]
    return re.compile("|".join([*bounded, *map(_number, words.get("phone", ()))]), re.I)


def _is_number(phone: str) -> bool:
    """False for what a visitor wrote into a note as if we had."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return False


def _number(phone: str) -> str:
    """A pattern for a number that we keep as +14087967735."""
    parsed = phonenumbers.parse(phone)
    digits = phonenumbers.national_significant_number(parsed)
    local = digits[-LOCAL_DIGITS:] if parsed.country_code == 1 else digits
    area = BETWEEN.join(digits[: -len(local)])
    abroad = rf"(?:\+|00)?{parsed.country_code}{BETWEEN}(?:\(0\)\s*)?"
    optional = rf"(?:{area}{BETWEEN})?" if area else ""
    return rf"(?<!\d)(?:{abroad}|0{BETWEEN})?\(?{optional}{BETWEEN.join(local)}(?!\d)"


def _likes(words: Mapping[str, Collection[str]]) -> list[str]:
    """Patterns of LIKE that whatever has one of the words in it is like; the rest is looked at."""
    likes = [like for k in ("name", "email") for word in words.get(k, ()) for like in _like(word)]
    for phone in words.get("phone", ()):
        international = phonenumbers.format_number(
            phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
        grouped = international.partition(" ")[2]
        likes += [f"%{phone[-4:]}%", f"%{_escaped(grouped)}%"]
    return likes


def _like(word: str) -> list[str]:
    """JSON has other letters than ASCII as \\u00ef, which the database knows no capital of."""
    known = re.findall(r"[a-z0-9]+", word.lower())
    if len("".join(known)) >= SHORTEST_NAME:
        return [f"%{'%'.join(known)}%"]
    cases = {word, word.lower(), word.upper(), word.title()}
    return [f"%{_escaped(json.dumps(text)[1:-1].lower())}%" for text in cases]


def _escaped(text: str) -> str:
    return re.sub(r"([|%_])", r"|\1", text)


def _is_like(column: Any, likes: Iterable[str]) -> Any:
    text = sa.func.lower(sa.cast(column, sa.Text))
    return sa.or_(sa.false(), *(text.like(like, escape="|") for like in likes))


def _redacted(value: Json, pattern: re.Pattern[str], kept: Collection[str]) -> Json:
    """The value with every match replaced, however deep it is, but not under the keys in `kept`."""
    if isinstance(value, str):
        return pattern.sub(REDACTED, value)
    if isinstance(value, list | tuple):
        return [_redacted(part, pattern, kept) for part in value]
    if isinstance(value, Mapping):
        return {k: v if k in kept else _redacted(v, pattern, kept) for k, v in value.items()}
    return value
