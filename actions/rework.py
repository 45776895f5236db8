"""Rework triage as a conversation: what is wrong, at most three questions, what to do first."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, first_entity, intent_of, text_of
from actions.fault_reader import read_fault
from actions.questions import AskForSlot
from actions.turns import has_just_begun, is_answer
from sales.rework import Triage, triage, triage_lines
from sales.rework_questions import (
    ANSWERS,
    QUESTIONS,
    SCRATCHED,
    UNSURE,
    assumptions,
    fault_of,
    in_words,
    next_question,
)
from sales.rework_rules import CLEAN, ELSEWHERE, INSPECT, REPLACE, RETERMINATE

FORM = "rework_form"
INTENT = "rework_triage"
FAMILIES = {
    "cord": ("Find a new cord", "PAT"),
    "trunk": ("Find a new trunk", "TRK"),
    "cassette": ("Find a new cassette", "CAS"),
}
WHERE_TO_LOOK = {
    "title": "Where else to look",
    "payload": "the link does not come up, where do I look?",
}
TALK = {"title": "Talk to a person", "payload": "/talk_to_person"}
HOW_TO_CLEAN = {"title": "How to clean it", "payload": "how do I clean an MPO?"}
HOW_TO_INSPECT = {"title": "How to inspect it", "payload": "how do I inspect an MPO end face?"}
TOOLS = {"title": "Find cleaning tools", "payload": '/search_product{"family": "CLN"}'}
BUDGET = {"title": "Link budget", "payload": "link budget with one more splice"}
VAGUE = ("none", "dirt", "film", UNSURE)
YES_NO = {"affirm": "yes", "deny": "no"}


class ValidateReworkForm(SalesAction):
    """Reads what the message tells of the fault and decides what to ask next."""

    def name(self) -> str:
        return "validate_rework_form"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        begins = has_just_begun(tracker, FORM)
        asked = "" if begins else tracker.get_slot("requested_slot") or ""
        told = told_facts(tracker, asked) if begins or is_answer(tracker, INTENT) else {}
        old = {} if begins else {slot: tracker.get_slot(slot) for slot in QUESTIONS}
        known = {**old, **told}
        changed: dict[str, str | None] = dict(told)
        if begins:  # another fault than before: nothing is known of it
            changed = {**dict.fromkeys(QUESTIONS), **told}
        return [
            *(SlotSet(slot, value) for slot, value in changed.items()),
            SlotSet("requested_slot", next_question(known)),
        ]


def told_facts(tracker: Tracker, asked: str) -> dict[str, str]:
    """The facts in the latest message: of its button, its words, or a plain yes, no, not sure."""
    pressed = {slot: first_entity(tracker, slot) for slot in QUESTIONS}
    facts = {
        slot: str(value)
        for slot, value in pressed.items()
        if value in ANSWERS[slot] or value == UNSURE
    }
    intent = intent_of(tracker)
    if facts or text_of(tracker).startswith("/"):
        return facts or _unsure(asked, intent)
    damage: str = (tracker.get_slot("fault_damage") or "") if asked else ""
    facts = read_fault(text_of(tracker), asked, damage)
    is_settled = damage not in ("", SCRATCHED) and asked != "fault_damage"
    if is_settled and facts.get("fault_damage") in VAGUE:
        del facts["fault_damage"]  # "it is clean now" is not about the crack told before
    if asked == "fault_cleaned" and not facts and intent in YES_NO:
        return {asked: YES_NO[intent]}
    return facts or _unsure(asked, intent)


def _unsure(asked: str, intent: str) -> dict[str, str]:
    return {asked: UNSURE} if asked and intent == "not_sure" else {}


class ActionReworkTriage(SalesAction):
    """The cheapest thing to do first, when to send the part in and what to tell sales."""

    def name(self) -> str:
        return "action_rework_triage"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = {slot: tracker.get_slot(slot) for slot in QUESTIONS}
        found = triage(fault_of(known))
        *advice, source = triage_lines(found)
        dispatcher.utter_message(
            response="say_triage",
            advice="\n".join([*advice, *assumptions(known)]),
            source=source,
            buttons=[] if found.send_in else next_steps(found),
        )
        if found.send_in:
            dispatcher.utter_message(
                response="say_triage_send_in", fault=in_words(known), buttons=next_steps(found)
            )
        return []


def next_steps(found: Triage) -> list[dict[str, str]]:
    """Buttons for what the advice needs."""
    steps = []
    if found.action in (CLEAN, INSPECT):
        steps += [HOW_TO_CLEAN, HOW_TO_INSPECT, TOOLS]
    if found.action == ELSEWHERE:
        steps.append(WHERE_TO_LOOK)
    actions = {option.action for option in found.options}
    if REPLACE in actions and found.fault.place in FAMILIES:
        title, family = FAMILIES[found.fault.place]
        steps.append({"title": title, "payload": f'/search_product{{"family": "{family}"}}'})
    if RETERMINATE in actions:
        steps.append(BUDGET)
    return [*steps, TALK]


class AskFaultDamage(AskForSlot):
    """Asks what is seen; a scratch is asked for its place, as that decides."""

    form, slot = FORM, "fault_damage"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        is_open = tracker.get_slot("fault_damage") == SCRATCHED
        name = "say_ask_rework_form_scratch" if is_open else "say_ask_rework_form_fault_damage"
        dispatcher.utter_message(response=name)
        return []


class AskFaultPlace(AskForSlot):
    form, slot = FORM, "fault_place"


class AskFaultCleaned(AskForSlot):
    form, slot = FORM, "fault_cleaned"


class AskFaultFerrule(AskForSlot):
    form, slot = FORM, "fault_ferrule"


class AskFaultSymptom(AskForSlot):
    form, slot = FORM, "fault_symptom"
