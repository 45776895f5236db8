"""What the assistant said in one turn, as one Slack message: sections, cards, fields, buttons.

Slack refuses a message as a whole when one of its limits is passed, so every limit is kept here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bot.channels.slack.mrkdwn import escape, parts, to_mrkdwn

MOST_BLOCKS = 50
LONGEST_SECTION = 3_000  # characters, also of a context
LONGEST_FIELD = 2_000
MOST_FIELDS = 10  # in a section
MOST_BUTTONS = 25  # in an actions block
LONGEST_TITLE = 75
LONGEST_VALUE = 500  # Slack allows 2,000, but counts them into the size of the message
LONGEST_JSON = 12_500  # characters of all blocks; from about 13,200 Slack refuses the message
LONGEST_FALLBACK = 4_000  # the text of notifications and of readers without blocks
SAY = "say."  # how the action ids of the assistant's own buttons begin
FORM = "form.contact"  # the action id of the button that opens the contact form
DIGEST = "sha256:"
CUT = "_The rest did not fit into one message; please ask for it._"
Json = dict[str, Any]


@dataclass(frozen=True)
class SlackText:
    """A message for Slack: its blocks, and the text for where blocks are not shown."""

    text: str = field(repr=False)
    blocks: list[Json] = field(repr=False)


def reply_message(messages: Sequence[Mapping[str, Any]], chosen: str = "") -> SlackText:
    """One message of a turn: {text, buttons: [{title, payload}], custom, author} each.

    `chosen` is the title of the button that was pressed; Slack itself does not show it.
    """
    heads = [_context(f"You chose *{escape(chosen)}*")] if chosen else []
    said = [block for message in messages for block in _body(message)]
    actions = _actions([button for m in messages for button in m.get("buttons") or []])
    actions = (_form_actions() if _asks_by_form(messages) else []) + actions
    return SlackText(_fallback(messages, chosen), [*_fitting([*heads, *said], actions), *actions])


def button_value(payload: str) -> str:
    """The payload as a button's value; too long for one, its digest."""
    if len(payload) <= LONGEST_VALUE:
        return payload
    return DIGEST + hashlib.sha256(payload.encode()).hexdigest()


def payload_of(value: str, issued: Iterable[str]) -> str | None:
    """The payload that the button with this value carries; None when the bot never issued it."""
    return next((payload for payload in issued if button_value(payload) == value), None)


def text_blocks(markdown: str) -> list[Json]:
    """The text as sections, as many as its length needs."""
    return [_section(part) for part in parts(to_mrkdwn(markdown), LONGEST_SECTION)]


def _fitting(blocks: list[Json], actions: list[Json]) -> list[Json]:
    """As many of the blocks as fit into one message with the actions."""
    most, longest = MOST_BLOCKS - len(actions), LONGEST_JSON - _size(actions)
    if len(blocks) <= most and _size(blocks) <= longest:
        return blocks
    cut = _context(CUT)
    kept = blocks[: most - 1]
    while kept and _size([*kept, cut]) > longest:
        kept.pop()
    return [*kept, cut]


def _size(blocks: list[Json]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False))


def _fallback(messages: Sequence[Mapping[str, Any]], chosen: str) -> str:
    texts = [_authored(message) + to_mrkdwn(message.get("text") or "") for message in messages]
    text = "\n\n".join(text for text in texts if text.strip()) or f"You chose {escape(chosen)}"
    return next(parts(text, LONGEST_FALLBACK), "")


def _authored(message: Mapping[str, Any]) -> str:
    return f"*{escape(message['author'])}:* " if message.get("author") else ""


def _body(message: Mapping[str, Any]) -> list[Json]:
    custom = message.get("custom") or {}
    draw = DRAWN.get(str(custom.get("kind")))
    drawn = draw(custom) if draw else []
    if drawn:
        return drawn
    text = _authored(message) + to_mrkdwn(message.get("text") or "")
    return [_section(part) for part in parts(text, LONGEST_SECTION)]


# -- Richer forms; docs/protocol.md is their schema


def _products(custom: Json) -> list[Json]:
    blocks = text_blocks(custom.get("intro") or "")
    for item in custom.get("items") or []:
        head = f"*{escape(item['sku'])}*  {escape(item['title'])}"
        terms = escape(f"{item['price']}, {item['stock']}")
        facts = [(fact["label"], fact["value"]) for fact in item.get("facts") or []]
        blocks += [{"type": "divider"}, *_with_fields(f"{head}\n{terms}", facts)]
    return [*blocks, *_note(custom)]


def _comparison(custom: Json) -> list[Json]:
    columns, blocks = custom.get("columns") or [], text_blocks(custom.get("intro") or "")
    for row in custom.get("rows") or []:
        better = row.get("better")
        heads = [f"{name} ✓" if n == better else name for n, name in enumerate(columns)]
        blocks += _with_fields(
            f"*{escape(row['label'])}*", list(zip(heads, row["values"], strict=False))
        )
    return [*blocks, *_note(custom)]


def _link_budget(custom: Json) -> list[Json]:
    verdict = "fits" if custom.get("passes") else "does not fit"
    total = f"{custom['total_db']:.2f} dB of {custom['limit_db']:.2f} dB: it {verdict}."
    rows = [(part["label"], f"{part['loss_db']:.2f} dB") for part in custom.get("parts") or []]
    head = f"*{escape(str(custom.get('title') or 'Link budget'))}*\n{total}"
    return [*_with_fields(head, rows), *_note(custom)]


def _channel_check(custom: Json) -> list[Json]:
    """Every joint and the fiber order in words; the drawing comes as a picture of its own."""
    told = [f"{'✗' if joint['fails'] else '•'} {joint['text']}" for joint in custom["joints"]]
    answer, *advice = (custom.get("note") or "").split("\n")
    text = "\n".join([f"**{custom['title']}**", answer, *told, *custom["order"]])
    return [*text_blocks(text), *_note({"note": "\n".join(advice)})]


DRAWN = {
    "products": _products,
    "comparison": _comparison,
    "link_budget": _link_budget,
    "channel_check": _channel_check,
}


def _note(custom: Json) -> list[Json]:
    return [_context(part) for part in parts(to_mrkdwn(custom.get("note") or ""), LONGEST_SECTION)]


def _with_fields(text: str, rows: Sequence[tuple[str, str]]) -> list[Json]:
    """A section with label and value pairs beside each other, and more sections for many."""
    fields = [
        {"type": "mrkdwn", "text": f"*{escape(label)}*\n{escape(str(value))}"[:LONGEST_FIELD]}
        for label, value in rows
    ]
    blocks = [_section(text[:LONGEST_SECTION])]
    for chunk in _chunks(fields, MOST_FIELDS):
        if "fields" in blocks[-1]:
            blocks.append({"type": "section"})
        blocks[-1]["fields"] = chunk
    return blocks


# -- Buttons


def _actions(buttons: Sequence[Mapping[str, str]]) -> list[Json]:
    elements = [
        _button(button["title"], f"{SAY}{number}", button_value(button["payload"]))
        for number, button in enumerate(buttons)
    ]
    return [{"type": "actions", "elements": row} for row in _chunks(elements, MOST_BUTTONS)]


def _asks_by_form(messages: Sequence[Mapping[str, Any]]) -> bool:
    return any((m.get("custom") or {}).get("kind") == "contact_form" for m in messages)


def _form_actions() -> list[Json]:
    """The form is an offer: whoever just answers in the chat is asked question by question."""
    return [{"type": "actions", "elements": [_button("Fill in a form instead", FORM, FORM)]}]


def _button(title: str, action_id: str, value: str) -> Json:
    short = title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
    text = {"type": "plain_text", "text": short, "emoji": False}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _chunks(items: Sequence[Json], size: int) -> Iterator[list[Json]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
