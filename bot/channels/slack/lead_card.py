"""A lead as a message in the sales channel: what is known, where it stands, what can be done.

Pure: the lead and what belongs to it go in, blocks come out. What visitors wrote is escaped, links
nowhere and pings nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.channels.slack.blocks import LONGEST_FALLBACK, LONGEST_SECTION, SlackText
from bot.channels.slack.mrkdwn import escape, parts
from sales.leads.lead import Lead
from sales.leads.need_wording import need_line, need_rows
from sales.leads.workflow import CLOSED_STATES, LEVEL_NAMES, LEVELS, OPEN_STATES

LONGEST_BLOCKS = 12_000  # characters of JSON; Slack refuses a message somewhere above 13,000
LONGEST_HEAD = 400  # characters before what somebody said: mentions, a name
MOST_PRODUCTS, LAST_LINES = 8, 6
LONGEST_LINE = 400  # characters of a transcript line in the card
LONGEST_TOLD_LINE = 2_600  # and in the thread
SHRINKING = (1.0, 0.5, 0.25, 0.1)  # of each text, until the message fits
PINGS = re.compile(r"@(?=(?:channel|here|everyone)\b)", re.IGNORECASE)
PLAIN_ADDRESS = re.compile(r"[\w.+@-]+")
WORD_JOINER = "\u2060"  # unseen, between the @ and what would be everybody
SAID_BY = {"visitor": "Visitor", "bot": "Assistant"}
CLAIM, REPLY, ESCALATE, WON, LOST = (
    "lead.claim", "lead.reply", "lead.escalate", "lead.won", "lead.lost",
)  # fmt: skip
RELEASE, REOPEN, SNOOZE, DESK = "lead.release", "lead.reopen", "lead.snooze", "lead.desk"
SNOOZES = {"hour": "1 hour", "tomorrow": "Until tomorrow", "week": "Until next week"}
Json = dict[str, Any]


@dataclass(frozen=True)
class LeadCard:
    """Everything a card shows."""

    lead: Lead = field(repr=False)
    owner: str = field(repr=False)  # a name; "": nobody has it
    products: tuple[tuple[str, str], ...]  # (part number, title)
    speaker: str = field(default="", repr=False)  # who answers the visitor now; "": the assistant
    page: str | None = None  # of the lead in the desk


def card_message(card: LeadCard, now: datetime) -> SlackText:
    """The card as a message that Slack takes, however long the texts are."""
    for share in SHRINKING:
        blocks = _blocks(card, now, share)
        if len(json.dumps(blocks, ensure_ascii=False)) <= LONGEST_BLOCKS:
            break
    return SlackText(_fallback(card.lead), blocks)


def merged_message(old: str, lead: Lead) -> SlackText:
    """What becomes of the card of a lead that went into another; both by reference."""
    text = f"{old} is part of {lead.reference} now."
    return SlackText(text, [section(f"*{old}* is part of *{lead.reference}* now.")])


def transcript_messages(
    lines: Sequence[Mapping[str, Any]], told: int = 0
) -> Iterator[tuple[int, SlackText]]:
    """The lines after those that are told, in messages, each with how many are told then."""
    texts = [_said(line, LONGEST_TOLD_LINE) for line in lines]
    start = told
    while start < len(texts):
        end = start + 1
        while end < len(texts) and len("\n".join(texts[start : end + 1])) <= LONGEST_SECTION:
            end += 1
        text = "\n".join(texts[start:end])
        head = "The conversation so far" if start == 0 else "The conversation, continued"
        yield end, SlackText(cut(text, LONGEST_FALLBACK), [context(head), section(text)])
        start = end


def said_messages(who: str, text: str, mentions: str = "") -> Iterator[SlackText]:
    """What somebody said, for the lead's thread, in as many messages as its length needs."""
    head = f"{mentions}*{visitors(who)}:*\n" if who else mentions
    body = quoted(text) if who else visitors(text)
    for number, part in enumerate(parts(body, LONGEST_SECTION - LONGEST_HEAD)):
        words = part if number else f"{head}{part}"
        yield SlackText(words, [section(words)])


def visitors(text: str) -> str:
    """What somebody wrote, for a block that Slack shall not read anything into."""
    return PINGS.sub(f"@{WORD_JOINER}", escape(text))


def quoted(text: str) -> str:
    """The text as a quotation; each line begins with >."""
    return "\n".join(f">{line}" for line in visitors(text).splitlines())


def cut(text: str, longest: float) -> str:
    """The escaped text, or its beginning and an ellipsis."""
    if len(text) <= longest:
        return text
    return next(parts(text, max(int(longest) - 1, 1)), "") + "…"


def section(text: str) -> Json:
    """A paragraph in which Slack makes no links or mentions of its own accord."""
    return {"type": "section", "text": _mrkdwn(text)}


def context(text: str) -> Json:
    """A line in small print."""
    return {"type": "context", "elements": [_mrkdwn(text)]}


def date_text(at: datetime) -> str:
    """The time as each reader's own Slack shows it: "tomorrow 9:30 AM"."""
    shown = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{shown}>"


def _blocks(card: LeadCard, now: datetime, share: float) -> list[Json]:
    lead = card.lead
    texts = (
        ("", _standing(card, now), 1_500),
        ("Contact", _contact(lead), 900),
        ("Need", _need(lead), 1_800),
        ("Note", quoted(lead.note), 1_200),
        ("Recommendation", visitors(str((lead.recommendation or {}).get("text") or "")), 900),
        ("Products", _products(card.products), 1_200),
        (f"Priority: {lead.priority}", _bullets(lead.priority_reasons), 600),
        ("Last said", _last_said(lead), 2_400),
    )
    told = [_titled(title, cut(text, longest * share)) for title, text, longest in texts if text]
    whole = [context("The whole conversation is in the thread.")] if lead.transcript else []
    return [_header(lead), *told, *whole, *_actions(card)]


def _header(lead: Lead) -> Json:
    text = f"{lead.reference} · {lead.priority} priority · {lead.state}"
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _standing(card: LeadCard, now: datetime) -> str:
    """Who has it, what is due, who talks to the visitor."""
    lead = card.lead
    lines = [_whose(card), _due(lead, now)]
    if lead.level != LEVELS[0] and lead.state not in CLOSED_STATES:
        lines.append(f":arrow_up: Escalated to {LEVEL_NAMES[lead.level]}.")
    if lead.snoozed_until:
        lines.append(f":zzz: Snoozed until {date_text(lead.snoozed_until)}.")
    if card.speaker:
        lines.append(
            f":speech_balloon: {visitors(card.speaker)} answers the visitor; the assistant is "
            "silent. Write in this thread, `note:` in front keeps it among us, `release` ends it."
        )
    return "\n".join(line for line in lines if line)


def _whose(card: LeadCard) -> str:
    lead, owner = card.lead, visitors(card.owner)
    if lead.state in CLOSED_STATES:
        when = f" {date_text(lead.closed_at)}" if lead.closed_at else ""
        why = f"\n{quoted(lead.closed_reason)}" if lead.closed_reason else ""
        return f"*{lead.state.capitalize()}*{f' by {owner}' if owner else ''}{when}.{why}"
    if not owner:
        return f"Nobody has it yet. It came {date_text(lead.created_at)}."
    since = f" since {date_text(lead.claimed_at)}" if lead.claimed_at else ""
    contacted = f", contacted {date_text(lead.contacted_at)}" if lead.contacted_at else ""
    return f"*{owner}* has it{since}{contacted}."


def _due(lead: Lead, now: datetime) -> str:
    if lead.due_at is None or lead.state in CLOSED_STATES:
        return ""
    if lead.due_at < now:
        return f":warning: *Late*: somebody should have claimed it by {date_text(lead.due_at)}."
    return f":alarm_clock: To be claimed by {date_text(lead.due_at)}."


def _contact(lead: Lead) -> str:
    reach = (_link("mailto:", lead.email), _link("tel:", lead.phone))
    who = (visitors(lead.name), visitors(lead.company))
    source = f"by {lead.channel}" if lead.channel else ""
    return ", ".join(part for part in (*who, *reach, source) if part)


def _link(scheme: str, address: str | None) -> str:
    """A link to write or call, where nothing in the address could make it another one."""
    if not address:
        return ""
    if not PLAIN_ADDRESS.fullmatch(address):
        return visitors(address)
    return f"<{scheme}{address}|{address}>"


def _need(lead: Lead) -> str:
    return _bullets(f"{label}: {words}" for label, words in need_rows(lead.need))


def _products(products: Sequence[tuple[str, str]]) -> str:
    lines = [f"{sku}: {title}" if title else sku for sku, title in products[:MOST_PRODUCTS]]
    more = len(products) - MOST_PRODUCTS
    return _bullets([*lines, f"and {more} more"] if more > 0 else lines)


def _last_said(lead: Lead) -> str:
    return "\n".join(_said(line, LONGEST_LINE) for line in lead.transcript[-LAST_LINES:])


def _said(line: Mapping[str, Any], longest: int) -> str:
    who = str(line.get("who") or "")
    text = " ".join(str(line.get("text") or "").split())
    return f"*{visitors(SAID_BY.get(who, who))}:* {cut(visitors(text), longest)}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"• {visitors(line)}" for line in lines)


def _titled(title: str, text: str) -> Json:
    return section(f"*{title}*\n{text}" if title else text)


def _fallback(lead: Lead) -> str:
    """What notifications and screen readers say; no name, no address."""
    need = need_line(lead.need)
    text = (
        f"Lead {lead.reference}, {lead.priority} priority, {lead.state}{': ' if need else ''}{need}"
    )
    return cut(visitors(text), LONGEST_FALLBACK)


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text[:LONGEST_SECTION], "verbatim": True}


# -- Buttons


def _actions(card: LeadCard) -> list[Json]:
    """What can be done now; what the state refuses is not offered."""
    lead = card.lead
    is_open = lead.state in OPEN_STATES
    is_free = is_open and (not card.owner or lead.due_at is not None)
    elements = [
        is_free and _button(lead, CLAIM, "Claim", "primary"),
        is_open and _button(lead, REPLY, "Reply", "" if is_free else "primary"),
        bool(card.speaker) and _button(lead, RELEASE, "Release"),
        is_open and lead.level != LEVELS[-1] and _button(lead, ESCALATE, "Escalate"),
        is_open and bool(card.owner) and _button(lead, WON, "Won"),
        is_open and _button(lead, LOST, "Lost"),
        is_open and _snooze(lead),
        not is_open and _button(lead, REOPEN, "Reopen"),
        bool(card.page) and {**_button(lead, DESK, "Open in the desk"), "url": card.page},
    ]
    return [{"type": "actions", "elements": [one for one in elements if one]}]


def _button(lead: Lead, action: str, label: str, style: str = "") -> Json:
    text = {"type": "plain_text", "text": label, "emoji": False}
    button = {"type": "button", "action_id": action, "text": text, "value": str(lead.id)}
    return {**button, "style": style} if style else button


def _snooze(lead: Lead) -> Json:
    options = [
        {"text": {"type": "plain_text", "text": label}, "value": f"{lead.id}:{name}"}
        for name, label in SNOOZES.items()
    ]
    placeholder = {"type": "plain_text", "text": "Snooze"}
    return {
        "type": "static_select",
        "action_id": SNOOZE,
        "placeholder": placeholder,
        "options": options,
    }
