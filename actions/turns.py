"""Reading the conversation so far: what the bot said lately, how often it did not understand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from sales.rasa_events import said_before

MISSES = ("say_reask_", "say_rephrase", "say_did_you_mean", "say_offer_person")
STARTS = ("recommend", "rework_triage", "plan_migration")  # of a conversation of their own
NO_ANSWERS = ("cancel", "go_on", "start_over", "why_ask", "help", "talk_to_person", "leave_contact")
QUESTION = re.compile(
    r"\?|^\W*(wh(at|ich|y|en|ere|o)|how|can|could|do|does|is|are|will|would|should)\b", re.I
)
WHO = {"user": "visitor", "bot": "bot"}
LONGEST_LOOK_BACK = 400  # events; older turns decide nothing


def turns_backwards(tracker: Tracker) -> Iterator[list[dict[str, Any]]]:
    """The bot's messages (Rasa `bot` events) per turn, the turn before the latest message first."""
    said: list[dict[str, Any]] = []
    reached_latest = False
    for event in reversed(tracker.events[-LONGEST_LOOK_BACK:]):
        if event.get("event") == "bot" and reached_latest:
            said.insert(0, event)
        elif event.get("event") == "user":
            if reached_latest:
                yield said
                said = []
            reached_latest = True
    if said:
        yield said


def response_name(message: dict[str, Any]) -> str:
    """The name of the response behind a bot message, such as "utter_greet", or ""."""
    return str((message.get("metadata") or {}).get("utter_action") or "")


def last_said(tracker: Tracker) -> list[dict[str, Any]]:
    """What the bot answered to the message before the latest one."""
    return next(turns_backwards(tracker), [])


def has_just_begun(tracker: Tracker, form: str) -> bool:
    """Whether the latest message is the one that started the form."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "active_loop" and event.get("name") == form:
            return True
    return False


def is_answer(tracker: Tracker, intent: str) -> bool:
    """Whether the latest message may answer an open question of the form that `intent` starts.

    Short answers resemble the answers' own topics ("a crack"), so it is the words, not the
    intent, that tell a question asked in between.
    """
    message = tracker.latest_message
    name = (message.get("intent") or {}).get("name") or ""
    if name in (intent, "not_sure"):
        return True
    return name not in (*NO_ANSWERS, *STARTS) and not QUESTION.search(message.get("text") or "")


def misses_in_a_row(tracker: Tracker) -> int:
    """How many turns, up to the latest message, ended with the bot not understanding."""
    count = 0
    for said in turns_backwards(tracker):
        if not any(response_name(message).startswith(MISSES) for message in said):
            break
        count += 1
    return count


def said_in(session: Session, tracker: Tracker) -> list[dict[str, Any]]:
    """Everything that was said in the conversation, as Rasa's events, oldest first.

    What was said before this turn comes from the database: a tracker has the latest turns only.
    """
    starts = [n for n, event in enumerate(tracker.events) if event.get("event") == "user"]
    this_turn = tracker.events[starts[-1] :] if starts else tracker.events
    if not this_turn:
        return []
    return [*said_before(session, tracker.sender_id, this_turn[0]["timestamp"]), *this_turn]


def transcript(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was said, as [{"who": "visitor" or "bot", "text", "at" (Unix seconds), "id"}].

    The id is that of the message, where it has one: a turn that is taken anew comes with another
    time. What a colleague said has their name as "who". A pressed button reads as its title rather
    than its payload.
    """
    titles: dict[str, str] = {}
    lines: list[dict[str, Any]] = []
    for event in events:
        text = event.get("text") or ""
        if event.get("event") == "bot":
            titles |= {b["payload"]: b["title"] for b in (event["data"].get("buttons") or [])}
        if event.get("event") in WHO and text:
            said = titles.get(text, text) if text.startswith("/") else text
            author = (event.get("metadata") or {}).get("author")
            who = author or WHO[event["event"]]
            line = {"who": who, "text": said, "at": event.get("timestamp")}
            lines.append(line | {"id": event["message_id"]} if event.get("message_id") else line)
    return lines
