"""The channel check: what is at the ends and between them, and whether every joint fits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, active_form, first_entity, intent_of, text_of
from actions.conversation import ask_again
from actions.questions import AskForSlot
from actions.second_guess import answer_otherwise
from actions.shop import shop
from actions.turns import last_said, response_name, turns_backwards
from bot.channel_request import read_channel
from bot.nlu.evidence import QUESTION
from sales.channel_check import PASSES, ChannelCheck, check_channel
from sales.channel_described import (
    CORDS,
    ENDS,
    FITTING,
    NEAR,
    NO,
    QUESTIONS,
    SIDES,
    TRUNK,
    USUAL,
    described_channel,
    missing,
    with_facts,
)
from sales.channel_fixes import Fix, channel_fixes
from sales.channel_parts import ChannelError
from sales.channel_text import channel_lines, channel_payload, fix_lines
from sales.reference.store import all_links
from sales.reference.values import Link

FORM = "channel_check_form"
INTENTS = ("channel_check", "channel_change", "channel_fixes")
ANSWERED = "say_channel_"
KEEPS_TOPIC = (  # what the bot may say in between without the channel being forgotten
    "say_channel_", "say_ask_channel_check_form_", "say_reask_channel_check_form_", "say_rephrase",
    "say_did_you_mean", "say_nothing_offered", "say_declined", "say_comparison_row",
    "utter_faq", "utter_smalltalk", "utter_thanks", "utter_greet", "utter_help",
)  # fmt: skip
LONGEST_WAY_BACK = 6  # turns
NO_ANSWERS = (
    "cancel", "go_on", "start_over", "why_ask", "help", "greet", "goodbye", "thank",
    "talk_to_person", "leave_contact", "contact_details", "request_quote", "complaint",
    "recommend", "affirm",
)  # fmt: skip
DARK = re.compile(
    r"\b(?:dark(?! fib)|dead|no (?:light|link|signal)|(?:stays?|is|are|remains?) down"
    r"|(?:won't|wont|doesn'?t|does not|not) (?:come up|link|linking|light))\b",
    re.IGNORECASE,
)
SYMPTOM = "symptom"  # among the facts: what was seen when it was asked first
ABOUT = {TRUNK: "trunk", CORDS: "cord"}  # the part that a question is about
NOT_SURE = {TRUNK: {"trunk": USUAL}, CORDS: {"cords": FITTING}}
DENIED = {TRUNK: {"trunk": NO}, CORDS: {"cords": NO}}


class AskChannelEnds(AskForSlot):
    form, slot = FORM, ENDS


class AskChannelTrunk(AskForSlot):
    form, slot = FORM, TRUNK


class AskChannelCords(AskForSlot):
    form, slot = FORM, CORDS


class ActionReadChannel(SalesAction):
    """Starts with what the first message says of the channel; the form asks for the rest.

    A message that names no ends goes on about the channel that was just checked.
    """

    def name(self) -> str:
        return "action_read_channel"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker) == FORM:
            ask_again(dispatcher, tracker)
            return []
        said = read_channel(told_text(tracker))
        names_ends = any(key.startswith(SIDES) for key in said) or "cassette" in said
        if said and not names_ends and goes_on_about_a_channel(tracker):
            said = changed(tracker.get_slot("channel"), said)
        if said and DARK.search(text_of(tracker)):
            said = {**said, SYMPTOM: "dark"}
        return remembered(said, missing(said, known_links()))


class ValidateChannelCheckForm(SalesAction):
    """Reads an answer, with whatever else it says, and decides what to ask next."""

    def name(self) -> str:
        return "validate_channel_check_form"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        facts = dict(tracker.get_slot("channel") or {})
        said = answer_to(tracker.get_slot("requested_slot"), tracker)
        facts = with_facts(facts, said)
        left = missing(facts, known_links())
        events = remembered(facts, left) if said else []
        return [*events, SlotSet("requested_slot", left[0] if left else None)]


def answer_to(question: str | None, tracker: Tracker) -> dict[str, str]:
    """What the latest message answers; {} when it is about something else."""
    intent = intent_of(tracker)
    if question not in QUESTIONS or intent in NO_ANSWERS:
        return {}
    if intent == "not_sure":
        return dict(NOT_SURE.get(question, {}))
    said = read_channel(told_text(tracker), ABOUT.get(question, ""))
    if intent == "deny" and not said:
        return dict(DENIED.get(question, {}))
    if question == CORDS and said.get("cords") == FITTING:
        return said
    is_other_question = intent not in INTENTS and QUESTION.search(text_of(tracker))
    return {} if is_other_question else said


def told_text(tracker: Tracker) -> str:
    """What the visitor wrote, or what the pressed button stands for."""
    return str(first_entity(tracker, "channel_fact") or text_of(tracker))


def remembered(facts: dict[str, str], left: Sequence[str]) -> Events:
    """The facts, and which of the form's questions they answer."""
    known = {question: None if question in left else "known" for question in QUESTIONS}
    return [SlotSet("channel", facts), *(SlotSet(name, value) for name, value in known.items())]


def known_links() -> list[Link]:
    """The links of the reference tables."""
    with shop() as session:
        return all_links(session)


class ActionCheckChannel(SalesAction):
    """The verdict, joint by joint, and what would make the channel work."""

    def name(self) -> str:
        return "action_check_channel"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        tell_check(dispatcher, tracker.get_slot("channel") or {})
        return []


def tell_check(dispatcher: CollectingDispatcher, facts: dict[str, str]) -> None:
    """Says whether the channel works, or why that cannot be said."""
    try:
        check, fixes = checked(facts)
    except ChannelError as error:
        dispatcher.utter_message(response="say_channel_not_checked", reason=str(error))
        return
    dispatcher.utter_message(
        response="say_channel_check" if check.verdict == PASSES else "say_channel_check_failed",
        lines="\n".join(channel_lines(check, fixes)),
        json_message=channel_payload(check, fixes),
    )
    if check.verdict == PASSES and facts.get(SYMPTOM):
        dispatcher.utter_message(response="say_channel_dark")


def checked(facts: dict[str, str]) -> tuple[ChannelCheck, tuple[Fix, ...]]:
    """The check of the channel and what would fix it. Raises ChannelError."""
    check = check_channel(described_channel(facts, known_links()))
    return check, channel_fixes(check)


class ActionChangeChannel(SalesAction):
    """ "And with a type A cord at one end?": changes that part and checks again."""

    def name(self) -> str:
        return "action_change_channel"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            ask_again(dispatcher, tracker)
            return []
        said = read_channel(told_text(tracker))
        if not said or not goes_on_about_a_channel(tracker):
            return answer_otherwise(dispatcher, tracker, INTENTS)
        facts = changed(tracker.get_slot("channel"), said)
        tell_check(dispatcher, facts)
        return remembered(facts, ())


def changed(facts: dict[str, str], said: dict[str, str]) -> dict[str, str]:
    """The channel with what was said; of a channel of one cord the cord is meant."""
    if facts.get("trunk") == NO and "trunk" not in said:
        said = {place: value for key, value in said.items() for place in _of_the_cord(key)}
    kept = {key: value for key, value in facts.items() if key != SYMPTOM}
    return with_facts(kept, said)


def _of_the_cord(key: str) -> tuple[str, ...]:
    part, _, what = key.partition(".")
    if part != "trunk":
        return (key,)
    if what.endswith("gender"):
        side = what.partition(".")[0]
        return ("cord.near.outer",) if side == NEAR else ("cord.near.inner",)
    return tuple(f"cord.{side}.{what}" for side in SIDES)


class ActionChannelFixes(SalesAction):
    """ "What do I have to change?", of the channel that was checked."""

    def name(self) -> str:
        return "action_channel_fixes"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            ask_again(dispatcher, tracker)
            return []
        if not goes_on_about_a_channel(tracker):
            return answer_otherwise(dispatcher, tracker, INTENTS)
        try:
            check, fixes = checked(tracker.get_slot("channel"))
        except ChannelError as error:
            dispatcher.utter_message(response="say_channel_not_checked", reason=str(error))
            return []
        if check.verdict == PASSES:
            dispatcher.utter_message(response="say_channel_needs_no_change")
        elif fixes:
            lines = "\n".join(fix_lines(check, fixes))
            dispatcher.utter_message(response="say_channel_fixes", lines=lines)
        else:
            dispatcher.utter_message(response="say_channel_no_fix")
        return []


def goes_on_about_a_channel(tracker: Tracker) -> bool:
    """Whether a channel was checked lately and nothing but questions came between."""
    if not tracker.get_slot("channel"):
        return False
    for number, said in enumerate(turns_backwards(tracker), start=1):
        names = [response_name(message) for message in said]
        if any(name.startswith(ANSWERED) for name in names):
            return True
        if number == LONGEST_WAY_BACK or not all(name.startswith(KEEPS_TOPIC) for name in names):
            return False
    return False


def follows_up_on_a_channel(tracker: Tracker) -> bool:
    """Whether the bot has just checked a channel and the message tells of its parts."""
    was_told = any(response_name(message).startswith(ANSWERED) for message in last_said(tracker))
    return was_told and bool(read_channel(text_of(tracker)))
