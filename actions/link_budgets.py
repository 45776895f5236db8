"""The link budget as a conversation: asks what is missing, calculates, goes on from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, active_form, intent_of, text_of
from actions.questions import AskForSlot
from actions.shop import shop
from actions.turns import QUESTION, last_said, misses_in_a_row, response_name, turns_backwards
from sales.link_budget import LinkBudgetError, fiber_loss
from sales.link_budget_answer import ToldBudget, told_budget
from sales.link_budget_figures import LinkBudgetFigures, link_budget_figures
from sales.link_budget_follow_up import (
    LINK_BUDGET,
    Span,
    asks_for_fixes,
    asks_for_typical,
    change_in,
    goes_on,
    is_bare_count,
    is_only_facts,
)
from sales.link_budget_reading import (
    FIBER,
    MOST_CHOICES,
    QUESTIONS,
    Facts,
    Reading,
    careful_fiber,
    choices_for,
    link_named,
    missing,
    query_of,
    read,
    with_bare_count,
)
from sales.link_budget_text import fiber_loss_lines, fix_lines, typical_text, verdict_text
from sales.link_budget_words import asks_fiber_loss, wavelengths_named
from sales.reference.values import Link

FORM = "link_budget_form"
MOST_MISSES = 3  # in a row; then the form lets go
STATEMENTS = (  # intents of messages that may answer, when they are no questions
    "inform",
    "ask_link",
    "nlu_fallback",
    "out_of_scope",
    "loss_sensitive",
    "loss_tolerant",
)
MISSES = ("nlu_fallback", "out_of_scope", "not_sure", "affirm", "deny", "inform")


class ValidateLinkBudgetForm(SalesAction):
    """Takes every fact out of the message, says what cannot be, and decides what to ask next."""

    def name(self) -> str:
        return "validate_link_budget_form"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        links = known_links()
        known = facts_before(tracker)
        asked = open_question(tracker)
        reading = read(readable_text(tracker), entities_of(tracker), known, links, asked)
        if (
            not asked
            and is_follow_up(tracker)
            and is_bare_count(text_of(tracker), spans_of(tracker))
        ):
            reading = Reading(with_bare_count(text_of(tracker), known))
        if asked == FIBER and intent_of(tracker) == "not_sure" and not reading.problem:
            reading = Reading(careful_fiber(known, links))
        if asked and not is_answer(tracker, known, reading):
            return _not_an_answer(tracker, known, asked)
        return _noted(dispatcher, tracker, reading, links)


def _noted(
    dispatcher: CollectingDispatcher, tracker: Tracker, reading: Reading, links: Sequence[Link]
) -> Events:
    problem, facts = reading.problem, reading.facts
    if not problem and wants_fiber_loss(tracker, facts):
        return [*remembered(facts, links), SlotSet("requested_slot", None)]
    questions = missing(facts, links)
    wanted = next(iter(questions), None)
    if problem:
        dispatcher.utter_message(response=problem.response, **problem.told)
        wanted = problem.slot if problem.slot in questions or not questions else wanted
        if misses_in_a_row(tracker) >= MOST_MISSES - 1:
            wanted = None
    return [*remembered(facts, links), SlotSet("requested_slot", wanted or None)]


def wants_fiber_loss(tracker: Tracker, facts: Facts) -> bool:
    """Whether the loss of a length of fiber is asked, with no optic and no joints."""
    is_link = facts.optic or facts.named or facts.rate_gbps is not None
    is_told = bool(facts.fiber) and facts.length_m is not None
    return is_told and not is_link and asks_fiber_loss(readable_text(tracker))


def _not_an_answer(tracker: Tracker, known: Facts, asked: str) -> Events:
    """Leaves the message to the rules, which answer it; lets go after several misses."""
    if intent_of(tracker) in MISSES and misses_in_a_row(tracker) >= MOST_MISSES:
        return [SlotSet("link_facts", known.as_slot()), SlotSet("requested_slot", None)]
    return [SlotSet("requested_slot", asked)]


def is_answer(tracker: Tracker, known: Facts, reading: Reading) -> bool:
    """Whether the message tells something about the link rather than asks something else."""
    if reading.problem is None and replace(reading.facts, offered=known.offered) == known:
        return False
    intent, text = intent_of(tracker), text_of(tracker)
    if intent == LINK_BUDGET or is_only_facts(text, spans_of(tracker), ("link", "data_rate")):
        return True
    if intent == "not_sure":
        return True
    return intent in STATEMENTS and not QUESTION.search(text)


def open_question(tracker: Tracker) -> str:
    """What the form has asked, "" while it starts (Rasa then already calls it active)."""
    asked = tracker.get_slot("requested_slot") if active_form(tracker) == FORM else None
    return asked if asked in QUESTIONS else ""


def facts_before(tracker: Tracker) -> Facts:
    """What holds before this message: nothing for a new budget, the last one for a follow-up.

    After an optic was looked up, "and with 4 connections?" is about that one.
    """
    if open_question(tracker) or is_follow_up(tracker):
        return Facts.of_slot(tracker.get_slot("link_facts"))
    was_looked_up = any(response_name(message) == "say_link" for message in last_said(tracker))
    change = change_in(readable_text(tracker), spans_of(tracker))
    if was_looked_up and change.says_something and not _names_an_optic(tracker):
        return Facts(optic=tracker.get_slot("last_link") or "")
    return Facts()


def _names_an_optic(tracker: Tracker) -> bool:
    return any(span.name in ("link", "data_rate") for span in spans_of(tracker))


def is_follow_up(tracker: Tracker) -> bool:
    """Whether the message goes on about the last budget."""
    turns = ([response_name(message) for message in said] for said in turns_backwards(tracker))
    return goes_on(text_of(tracker), spans_of(tracker), intent_of(tracker), turns)


def remembered(facts: Facts, links: Sequence[Link]) -> Events:
    """The facts as slots: all of them, and those that the form asks for one by one."""
    link = link_named(facts.optic, links)
    only = link.fibers[0].fiber if link and len(link.fibers) == 1 else None
    return [
        SlotSet("link_facts", facts.as_slot()),
        SlotSet("link_optic", facts.optic or None),
        SlotSet("link_fiber", facts.fiber or only),
        SlotSet("link_length_m", facts.length_m),
    ]


def readable_text(tracker: Tracker) -> str:
    """The message's words; none of a pressed button, whose facts are its entities."""
    text = text_of(tracker)
    return "" if text.startswith("/") else text


def entities_of(tracker: Tracker) -> dict[str, list[Any]]:
    """The values of the latest message's entities by name."""
    found: dict[str, list[Any]] = defaultdict(list)
    for entity in tracker.latest_message.get("entities") or []:
        found[entity["entity"]].append(entity["value"])
    return found


def spans_of(tracker: Tracker) -> list[Span]:
    """Where the entities of the latest message stand."""
    found = tracker.latest_message.get("entities") or []
    return [Span(e["entity"], e.get("start") or 0, e.get("end") or 0) for e in found]


def known_links() -> tuple[Link, ...]:
    """Every link of the reference."""
    with shop() as session:
        return link_budget_figures(session).links


class AskLinkOptic(AskForSlot):
    """With the optics that may be meant as buttons, when a name or a rate was said."""

    form, slot = FORM, "link_optic"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        facts = Facts.of_slot(tracker.get_slot("link_facts"))
        names = list(facts.offered) or [link.name for link in choices_for(facts, known_links())]
        if not names:
            return super().answer(dispatcher, tracker)
        buttons = _buttons("link", names)
        dispatcher.utter_message(response="say_link_budget_which_optic", buttons=buttons)
        return []


class AskLinkFiber(AskForSlot):
    """With the grades that the optic runs on as buttons."""

    form, slot = FORM, "link_fiber"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        facts = Facts.of_slot(tracker.get_slot("link_facts"))
        link = link_named(facts.optic, known_links())
        grades = list(facts.offered) or [figure.fiber for figure in (link.fibers if link else ())]
        dispatcher.utter_message(
            response="say_ask_link_budget_form_link_fiber",
            optic=facts.optic or "the link",
            buttons=[
                *_buttons("fiber", grades),
                {"title": "Not sure", "payload": "/not_sure"},
            ],
        )
        return []


class AskLinkLength(AskForSlot):
    form, slot = FORM, "link_length_m"


def _buttons(entity: str, names: Iterable[str]) -> list[dict[str, str]]:
    names = list(names)[:MOST_CHOICES]
    return [{"title": name, "payload": f'/link_budget{{"{entity}": "{name}"}}'} for name in names]


class ActionLinkBudget(SalesAction):
    """The verdict with its arithmetic and what would help; or only what a follow-up asks for."""

    def name(self) -> str:
        return "action_link_budget"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        facts = Facts.of_slot(tracker.get_slot("link_facts"))
        with shop() as session:
            figures = link_budget_figures(session)
            link = link_named(facts.optic, figures.links)
            if wants_fiber_loss(tracker, facts):
                _tell_fiber_loss(dispatcher, tracker, facts, figures)
                return []
            if link is None or missing(facts, figures.links):
                dispatcher.utter_message(response="say_link_budget_stopped")
                return remembered(Facts(), figures.links)
            try:
                told = told_budget(session, query_of(facts, link), figures)
            except LinkBudgetError as error:
                dispatcher.utter_message(
                    response="say_reask_link_budget_refused", reason=str(error)
                )
                return remembered(without_joints(facts), figures.links)
        _tell(dispatcher, tracker, told)
        return []


def _tell_fiber_loss(
    dispatcher: CollectingDispatcher, tracker: Tracker, facts: Facts, figures: LinkBudgetFigures
) -> None:
    named = wavelengths_named(text_of(tracker))
    length_m = facts.length_m or 0
    try:
        losses = fiber_loss(facts.fiber, length_m, named, figures.components)
    except LinkBudgetError as error:
        dispatcher.utter_message(response="say_reask_link_budget_refused", reason=str(error))
        return
    lines = "\n".join(fiber_loss_lines(facts.fiber, length_m, losses))
    dispatcher.utter_message(response="say_fiber_loss", lines=lines)


def without_joints(facts: Facts) -> Facts:
    """Without the counts and losses of parts, one of which was refused."""
    return replace(facts, connections=None, splices=None, cassettes=None, pair_loss_db=None)


def _tell(dispatcher: CollectingDispatcher, tracker: Tracker, told: ToldBudget) -> None:
    verdict = verdict_text(told.budget)
    if asks_again(tracker) and asks_for_typical(text_of(tracker)):
        typical = typical_text(told.budget)
        dispatcher.utter_message(
            response="say_link_budget_typical", typical=typical, verdict=verdict
        )
    elif asks_again(tracker) and told.fixes:
        fixes = "\n".join(fix_lines(told.fixes))
        dispatcher.utter_message(response="say_link_budget_fixes", verdict=verdict, fixes=fixes)
    elif asks_again(tracker) and told.budget.passes:
        dispatcher.utter_message(response="say_link_budget_fits", verdict=verdict)
    elif asks_again(tracker):
        dispatcher.utter_message(response="say_link_budget_no_fix", verdict=verdict)
    else:
        lines = "\n".join(told.lines)
        dispatcher.utter_message(response="say_link_budget", lines=lines, json_message=told.payload)


def asks_again(tracker: Tracker) -> bool:
    """Whether the message asks about the last budget without changing it."""
    text = readable_text(tracker)
    if not (asks_for_fixes(text) or asks_for_typical(text)):
        return False
    is_change = change_in(text, spans_of(tracker)).says_something
    return is_follow_up(tracker) and not _names_an_optic(tracker) and not is_change
