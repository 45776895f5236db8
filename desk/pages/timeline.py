"""The history of a lead in words: who did what, and when. No database here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sales.leads.lead import VISITOR
from sales.leads.store import LeadEvent
from sales.leads.workflow import LEVEL_NAMES

Json = Any
PEOPLE = {VISITOR: "The visitor", "assistant": "The assistant"}
FIELDS = {  # of a lead that a visitor's message changed
    "name": "the name",
    "email": "the e-mail address",
    "phone": "the phone number",
    "company": "the company",
    "note": "the note",
    "need": "the need",
    "recommendation": "the recommendation",
    "products": "the products",
    "conversation_id": "a new conversation",
    "transcript": "more of the conversation",
    "channel": "another channel",
    "priority": "the priority",
}
SILENT = ("conversation_id",)  # says nothing to a colleague when something else changed with it


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `quote` is what somebody wrote about it."""

    at: datetime
    who: str
    text: str
    quote: str = field(default="", repr=False)
    kind: str = ""  # note, late, good: how it looks
    until: datetime | None = None


def entries(history: Sequence[LeadEvent]) -> list[Entry]:
    """The history, latest first; what a visitor changed at once is one entry."""
    told: list[Entry] = []
    for (at, who, is_field), events in groupby(history, key=_together):
        if is_field:
            told.append(Entry(at, PEOPLE.get(who, who), _fields_text(list(events))))
        else:
            told += [_entry(event) for event in events]
    return told[::-1]


def _together(event: LeadEvent) -> tuple[datetime, str, bool]:
    is_written_here = event.what == "note" and isinstance(event.after, Mapping)
    return event.at, event.who, event.what in FIELDS and not is_written_here


def _fields_text(events: Sequence[LeadEvent]) -> str:
    names = [event.what for event in events]
    shown = [name for name in names if name not in SILENT] or names
    return f"updated {_joined([FIELDS[name] for name in shown])}"


def _joined(parts: Sequence[str]) -> str:
    *first, last = dict.fromkeys(parts)
    return f"{', '.join(first)} and {last}" if first else last


def _entry(event: LeadEvent) -> Entry:
    after = event.after if isinstance(event.after, Mapping) else {}
    say = SAYINGS.get(event.what)
    entry = Entry(event.at, PEOPLE.get(event.who, event.who), "")
    if say is None:
        return replace(entry, text=event.what.replace("_", " "))
    return say(entry, after, event.after)


Saying = Callable[[Entry, Mapping[str, Json], Json], Entry]


def _plain(text: str, kind: str = "", quoted: str = "reason") -> Saying:
    """A saying without facts of its own; what the detail `quoted` holds is quoted."""

    def say(entry: Entry, after: Mapping[str, Json], _whole: Json) -> Entry:
        return replace(entry, text=text, kind=kind, quote=str(after.get(quoted) or ""))

    return say


def _escalated(entry: Entry, after: Mapping[str, Json], _whole: Json) -> Entry:
    level = LEVEL_NAMES.get(str(after.get("level")), "the next level")
    return replace(
        entry, text=f"escalated it to {level}", kind="late", quote=str(after.get("reason") or "")
    )


def _reassigned(entry: Entry, after: Mapping[str, Json], _whole: Json) -> Entry:
    return replace(entry, text=f"handed it to {after.get('owner') or 'a colleague'}")


def _snoozed(entry: Entry, after: Mapping[str, Json], _whole: Json) -> Entry:
    until = after.get("snoozed_until")
    return replace(entry, text="put it to sleep until", until=_time(until))


def _merged(entry: Entry, after: Mapping[str, Json], _whole: Json) -> Entry:
    return replace(entry, text=f"merged {after.get('other') or 'another lead'} into it")


def _same_phone(entry: Entry, _after: Mapping[str, Json], whole: Json) -> Entry:
    return replace(entry, text=f"gave a phone number that belongs to {whole}", kind="late")


def _time(text: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


SAYINGS: Mapping[str, Saying] = {
    "taken": _plain("asked to be contacted", "good"),
    "claimed": _plain("claimed it", "good"),
    "contacted": _plain("answered the visitor for the first time", "good"),
    "replied": _plain("wrote to the visitor"),
    "released": _plain("gave the visitor back to the assistant"),
    "escalated": _escalated,
    "won": _plain("won it", "good", "closed_reason"),
    "lost": _plain("closed it as lost", "", "closed_reason"),
    "reopened": _plain("reopened it"),
    "reassigned": _reassigned,
    "snoozed": _snoozed,
    "snooze_ended": _plain("woke it: the time of sleep is over"),
    "note": _plain("noted", "note", "text"),
    "reminder": _plain("reminded everybody: nobody has claimed it in time", "late"),
    "breached": _plain("reminded the managers: it is still unclaimed", "late"),
    "merged": _merged,
    "phone_belongs_to": _same_phone,
}
