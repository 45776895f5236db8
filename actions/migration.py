"""Migration plans as a conversation: today's links, the target, what stays and what changes."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import (
    Events,
    SalesAction,
    active_form,
    entity_values,
    first_entity,
    intent_of,
    text_of,
)
from actions.migration_reader import bad_parts, read_migration
from actions.questions import AskForSlot
from actions.shop import shop
from actions.turns import has_just_begun, is_answer, response_name, turns_backwards
from sales.migration import Migration, Way, plan_migration
from sales.migration_needs import (
    QUESTIONS,
    UNSURE,
    completed,
    next_question,
    plant_of,
    problem,
    reach_lines,
)
from sales.migration_text import migration_lines, migration_sources
from sales.reference.store import all_links, source_titles
from sales.reference.values import rate_text

FORM = "migration_form"
INTENT = "plan_migration"
FACTS = ("data_rate", "fiber", "length_m")
OTHER_SUBJECTS = frozenset({"family", "sku", "feature", "email", "phone", "link", "quantity"})
ELLIPTIC = re.compile(
    r"\W*(?:(?:and|or|but|ok|okay|so|then)\W+)*"
    r"(?:and|or|what about|how about|what if|what with|with|at|over|on|for|if|same|now|make|to|"
    r"say|what would|would|does|is)\b",
    re.IGNORECASE,
)
LONGEST_FOLLOW_UP = 9  # words
TURNS_KEPT = 6
# What may be said in between without the plan being dropped; anything else is another topic.
SIDE_REMARKS = (
    "say_migration", "utter_faq", "utter_smalltalk", "utter_thanks", "utter_greet", "utter_help",
    "say_why_", "say_rephrase", "say_did_you_mean", "say_hand_over_", "utter_contact_details",
    "say_declined", "say_nothing_offered", "say_bad_migration", "say_reask_migration_form",
    "say_ask_migration_form",
)  # fmt: skip
PARTS = {  # what a step needs from the catalog
    "cords": ("Find MPO cords", "PAT"),
    "conversion": ("Find conversion cables", "CNV"),
    "trunk": ("Find trunks", "TRK"),
    "fiber": ("Find trunks", "TRK"),
}
PANELS, CASSETTES = ("Find adapter panels", "ADP"), ("Find cassettes", "CAS")
TALK = {"title": "Talk to a person", "payload": "/talk_to_person"}


class ValidateMigrationForm(SalesAction):
    """Reads what the message tells of plant and target, refuses what cannot be, asks the rest."""

    def name(self) -> str:
        return "validate_migration_form"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        begins = has_just_begun(tracker, FORM)
        goes_on = begins and follows_up_on_a_migration(tracker)
        asked = "" if begins else tracker.get_slot("requested_slot") or ""
        is_read = begins or is_answer(tracker, INTENT)
        told = told_facts(tracker, asked) if is_read else {}
        is_fresh = begins and not goes_on
        old = {} if is_fresh else {slot: tracker.get_slot(slot) for slot in QUESTIONS}
        if goes_on:
            told.pop("migration_today", None)  # the plant stays; only what is asked changes
        refused = refuse_parts(dispatcher, tracker) if is_read else {}
        with shop() as session:
            links = all_links(session)
        known = completed({**old, **told, **refused}, links)
        changed = {**dict.fromkeys(QUESTIONS), **known} if is_fresh else {**told, **refused}
        wrong = problem(known, links) if told else None
        if wrong:
            slot, kind, facts = wrong
            dispatcher.utter_message(response=f"say_bad_migration_{kind}", **facts)
            known = {**known, slot: None}
            changed[slot] = None
        elif known.get("migration_fiber") != old.get("migration_fiber"):
            changed["migration_fiber"] = known.get("migration_fiber")
        return [
            *(SlotSet(slot, value) for slot, value in changed.items()),
            SlotSet("requested_slot", next_question(known)),
        ]


def told_facts(tracker: Tracker, asked: str) -> dict[str, Any]:
    """The facts in the latest message: of its button, its words, or a plain "not sure"."""
    if text_of(tracker).startswith("/"):
        pressed = {slot: first_entity(tracker, slot) for slot in QUESTIONS}
        facts = {slot: value for slot, value in pressed.items() if value}
        if isinstance(facts.get("migration_today"), int):
            facts["migration_today"] = {"rate": facts["migration_today"]}
    else:
        entities = tracker.latest_message.get("entities") or []
        facts = read_migration(text_of(tracker), entities, asked)
    is_unsure = intent_of(tracker) == "not_sure" and asked and asked != "migration_target"
    return {asked: UNSURE} if is_unsure and not facts else facts


def refuse_parts(dispatcher: CollectingDispatcher, tracker: Tracker) -> dict[str, None]:
    """Says what of the message cannot be (0 m, OM7, an optic without figures); asked again."""
    entities = tracker.latest_message.get("entities") or []
    bad = {} if text_of(tracker).startswith("/") else bad_parts(text_of(tracker), entities)
    for slot, said in bad.items():
        dispatcher.utter_message(response=f"say_bad_{slot}", said=said)
    return dict.fromkeys(bad)


def follows_up_on_a_migration(tracker: Tracker) -> bool:
    """Whether the message changes one thing of the plan told before: "and at 150 m?"."""
    if not is_a_plan_open(tracker):
        return False
    text = text_of(tracker)
    if text.startswith("/"):
        return any(first_entity(tracker, slot) for slot in QUESTIONS)
    names = {e["entity"] for e in tracker.latest_message.get("entities") or []}
    facts = [value for name in FACTS for value in entity_values(tracker, name)]
    is_short = len(text.split()) <= LONGEST_FOLLOW_UP
    is_elliptic = len(text.split()) <= 2 * len(facts) or ELLIPTIC.match(text) is not None
    return bool(facts) and is_short and is_elliptic and not names & OTHER_SUBJECTS


def back_to_the_plan(tracker: Tracker) -> Events:
    """What takes a message up that changes the plan told before, [] for any other."""
    goes_on = not active_form(tracker) and follows_up_on_a_migration(tracker)
    return [FollowupAction(FORM)] if goes_on else []


def is_a_plan_open(tracker: Tracker) -> bool:
    """Whether a plan was told a few turns ago and no other topic has come up since."""
    for number, said in enumerate(turns_backwards(tracker)):
        names = [response_name(message) for message in said]
        if any(name.startswith("say_migration") for name in names):
            return True
        if number >= TURNS_KEPT or not all(name.startswith(SIDE_REMARKS) for name in names):
            return False
    return False


class ActionPlanMigration(SalesAction):
    """The ways to the target rate; without length or grade, how far the rate goes."""

    def name(self) -> str:
        return "action_plan_migration"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = {slot: tracker.get_slot(slot) for slot in QUESTIONS}
        if UNSURE in (known["migration_fiber"], known["migration_length"]):
            tell_reach(dispatcher, known)
            return []
        with shop() as session:
            links = all_links(session)
            plant, assumed = plant_of(known, links)
            plan = plan_migration(plant, known["migration_target"], links)
            sources = source_titles(session, migration_sources(plan))
        lines = migration_lines(plan, sources)
        dispatcher.utter_message(
            response="say_migration",
            plan="\n".join(laid_out(lines, assumed)),
            buttons=next_steps(plan),
        )
        return []


def laid_out(lines: tuple[str, ...], assumed: tuple[str, ...]) -> list[str]:
    """The plan with what was assumed under its headline and room between its parts."""
    head, *rest = lines
    told = [head, *assumed]
    for line in rest:
        is_part = re.match(r"\d+\. |Out of reach|Check the loss|Source: ", line)
        told += ["", line] if is_part else [f"- {line}"]
    return told


def tell_reach(dispatcher: CollectingDispatcher, known: dict[str, Any]) -> None:
    """How far the target rate goes on each grade, or on the one that is known."""
    fiber = known["migration_fiber"]
    with shop() as session:
        lines = reach_lines(
            known["migration_target"], None if fiber == UNSURE else fiber, all_links(session)
        )
    by_grade, on_grade = "say_migration_reach_fiber", "say_migration_reach_length"
    dispatcher.utter_message(
        response=by_grade if fiber == UNSURE else on_grade,
        rate=rate_text(known["migration_target"]),
        lines="\n".join(lines),
    )


def next_steps(plan: Migration) -> list[dict[str, str]]:
    """Buttons: the parts that the first way needs, its link budget, a person."""
    if not plan.ways:
        return [TALK]
    way = plan.ways[0]
    finds = [_find(way, *part) for step in way.steps if (part := _part(way, step))]
    budget = f"link budget for {way.link.name} over {plan.plant.length_m:g} m of {way.fiber}"
    return [*finds[:2], {"title": f"Link budget {way.link.name}", "payload": budget}, TALK]


def _part(way: Way, step: str) -> tuple[str, str] | None:
    if step == "cassettes":
        return PANELS if way.link.is_parallel else CASSETTES
    return PARTS.get(step)


def _find(way: Way, title: str, family: str) -> dict[str, str]:
    fiber = "" if family == "ADP" else f', "fiber": "{way.fiber}"'
    payload = f'/search_product{{"family": "{family}"{fiber}}}'
    return {"title": f"{title} ({way.fiber})" if fiber else title, "payload": payload}


class AskMigrationToday(AskForSlot):
    form, slot = FORM, "migration_today"


class AskMigrationFiber(AskForSlot):
    form, slot = FORM, "migration_fiber"


class AskMigrationLength(AskForSlot):
    form, slot = FORM, "migration_length"


class AskMigrationTarget(AskForSlot):
    form, slot = FORM, "migration_target"
