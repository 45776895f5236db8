"""The forms behind a card's buttons: what they ask, and what was filled in. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bot.channels.slack.lead_card import ESCALATE, LOST, REPLY, WON
from sales.leads.workflow import LEVEL_NAMES, LEVELS

LONGEST_TEXT = 3_000  # characters, Slack's limit for what somebody types
TEXT, LEVEL = "text", "level"  # the inputs, by block_id; the action_id is the same
TITLES = {REPLY: "Reply", ESCALATE: "Escalate", WON: "Won", LOST: "Lost"}
SUBMITS = {REPLY: "Send", ESCALATE: "Escalate", WON: "Mark as won", LOST: "Mark as lost"}
LABELS = {
    REPLY: "What the visitor reads",
    ESCALATE: "Why",
    WON: "What helped",
    LOST: "Why",
}
HINTS = {
    REPLY: "It goes out in your name, and the assistant is silent from then on.",
    ESCALATE: "The next person reads this first.",
}
NEEDED = {
    REPLY: "Write what the visitor should read.",
    ESCALATE: "Say why, so that the next person need not ask.",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Submission:
    """A form that was sent. `channel` is where it was opened."""

    action: str
    lead_id: int
    channel: str
    text: str = field(repr=False)
    level: str
    view_id: str


def modal(action: str, lead_id: int, channel: str) -> Json:
    """The form behind the button; `action` is a key of TITLES."""
    asked = [_level()] if action == ESCALATE else []
    where = json.dumps({"lead": lead_id, "channel": channel})
    return {
        "type": "modal",
        "callback_id": action,
        "private_metadata": where,
        "title": _plain(f"{TITLES[action]} L-{lead_id:06d}"),
        "submit": _plain(SUBMITS[action]),
        "close": _plain("Cancel"),
        "blocks": [*asked, _text(action)],
    }


def submission(payload: Json) -> Submission:
    """What was filled in. Raises KeyError or ValueError for a form that is not ours."""
    view = payload["view"]
    where, values = json.loads(view["private_metadata"]), view["state"]["values"]
    level = values.get(LEVEL, {}).get(LEVEL, {}).get("selected_option") or {}
    return Submission(
        action=view["callback_id"],
        lead_id=int(where["lead"]),
        channel=str(where["channel"]),
        text=str(values[TEXT][TEXT].get("value") or "").strip(),
        level=str(level.get("value") or ""),
        view_id=str(view["id"]),
    )


def problems(sent: Submission) -> dict[str, str]:
    """What is to be put right, by block_id; {} when the form is complete."""
    found = {}
    if not sent.text and sent.action in NEEDED:
        found[TEXT] = NEEDED[sent.action]
    if sent.action == ESCALATE and sent.level not in LEVELS[1:]:
        found[LEVEL] = "Choose who should look after it."
    return found


def _text(action: str) -> Json:
    element = {
        "type": "plain_text_input",
        "action_id": TEXT,
        "multiline": True,
        "max_length": LONGEST_TEXT,
    }
    asked = {
        "type": "input",
        "block_id": TEXT,
        "label": _plain(LABELS[action]),
        "element": element,
        "optional": action not in NEEDED,
    }
    return {**asked, "hint": _plain(HINTS[action])} if action in HINTS else asked


def _level() -> Json:
    options = [
        {"text": _plain(LEVEL_NAMES[level].split(" ", 1)[1].capitalize()), "value": level}
        for level in LEVELS[1:]
    ]
    element = {
        "type": "static_select",
        "action_id": LEVEL,
        "options": options,
        "initial_option": options[0],
    }
    return {"type": "input", "block_id": LEVEL, "label": _plain("To"), "element": element}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
