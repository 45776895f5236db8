"""The recommendation: at most four questions, a verdict with its reasons, real products."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import (
    Events,
    SalesAction,
    active_form,
    answer_or_none,
    entity_values,
    first_entity,
    intent_of,
    text_of,
)
from actions.channel import ActionChangeChannel, follows_up_on_a_channel
from actions.conversation import ask_again
from actions.links import ActionLink
from actions.migration import back_to_the_plan
from actions.payloads import products_payload
from actions.products import MOST_SHOWN, ActionSearchProducts, compare_button, query_of, remember
from actions.shop import shop
from actions.turns import QUESTION, has_just_begun
from actions.wording import catalog_note, fact_text, product_lines
from sales.advisor import Recommendation, Requirements, recommend
from sales.catalog.nearest import Relaxation, nearest_products
from sales.catalog.store import ProductQuery, catalog_date, find_products
from sales.reference.values import rate_text

FORM = "recommendation_form"
QUESTIONS = ("data_rate", "rework", "loss_sensitivity", "budget")
PRODUCT_QUESTIONS = ("fiber", "distance_m")  # asked when they decide which part fits
MOST_QUESTIONS = 4
ANSWERS = (*QUESTIONS, *PRODUCT_QUESTIONS)
PARALLEL_FROM_GBPS = 40  # from here on the optics use MPO, and fiber and length decide the part
DUPLEX_FIBERS = 2
LONGEST_CORD_M = 10  # up to here a patch cord, above a trunk
KNOWN_RATES = (1, 10, 25, 40, 50, 100, 200, 400, 800, 1_600, 3_200)
BARE_NUMBER = re.compile(r"\D{0,12}(\d{1,4})\D{0,8}")
YOUR_CHOICE = re.compile(
    r"\b(?:(?:would|do|should|can) (?:you|u) (?:pick|suggest|choose|recommend|advise|take|say)|"
    r"up to you|you (?:choose|pick|decide|tell me)|your (?:choice|pick|call|advice|suggestion))\b",
    re.IGNORECASE,
)
LEVELS = {"low": "low", "little": "low", "medium": "unsure", "high": "high", "very": "high"}
DEGREE = re.compile(
    rf"\W*(?:(?:it'?s|quite|rather|very|pretty|i guess)\s+)*({'|'.join(LEVELS)})"
    r"(?:\s+(?:loss )?sensitiv\w+)?\W*",
    re.IGNORECASE,
)
MOST_BARE_WORDS = 6
BARE_FACTS = {"fiber": "fiber", "distance_m": "length_m"}
LONGEST_NAME = 3  # words of an optic's name
NEED_ENTITIES = ("data_rate", "rework", "loss_sensitivity", "budget", "site", "timeframe")


class ValidateRecommendationForm(SalesAction):
    """Normalises the answers, says what it noted, and decides what to ask next."""

    def name(self) -> str:
        return "validate_recommendation_form"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        given = dict(tracker.slots_to_validate())
        wanted = tracker.get_slot("requested_slot")
        is_asked = wanted in ANSWERS and not has_just_begun(tracker, FORM)
        if wanted == "data_rate" and not given.get("data_rate"):
            given.update(bare_rate(text_of(tracker)) or named_rate(tracker))
        if is_asked and not is_interrupted(tracker):
            given.update(answers_between(tracker, wanted, given))
        if "cheapest" in entity_values(tracker, "sort") and not given.get("budget"):
            given["budget"] = "tight"
        kept = {slot: normalised(slot, value) for slot, value in given.items() if slot in ANSWERS}
        tell_what_was_noted(dispatcher, tracker, kept, wanted if is_asked else "")
        known = {**tracker.slots, **kept}
        return [
            *(SlotSet(slot, value) for slot, value in kept.items()),
            SlotSet("requested_slot", self._next(known, tracker)),
        ]

    def _next(self, known: dict[str, Any], tracker: Tracker) -> str | None:
        """After a result, a correction gets the new result without further questions."""
        if tracker.get_slot("recommendation"):
            return next((slot for slot in QUESTIONS if known.get(slot) is None), None)
        return next_question(known, questions_asked(tracker))


def normalised(slot: str, value: Any) -> Any:
    """The value as the slots keep it. A sum of money says nothing about what weighs more."""
    if slot == "data_rate" and value != "unsure":
        return int(value) if float(value) >= 1 else None
    if slot == "budget" and isinstance(value, int | float):
        return "balanced"
    return value


def bare_rate(text: str) -> dict[str, int]:
    """ "100" or "maybe 400" as an answer to "which data rate?"; {} when it is none."""
    found = BARE_NUMBER.fullmatch(text.strip())
    rate = int(found[1]) if found else 0
    return {"data_rate": rate} if rate in KNOWN_RATES else {}


def named_rate(tracker: Tracker) -> dict[str, Any]:
    """The rate of a message that names an optic, such as "SFP+ 10G LR", without asking."""
    rate = first_entity(tracker, "data_rate")
    is_told = rate is not None and intent_of(tracker) == "ask_link"
    return {"data_rate": rate} if is_told and not QUESTION.search(text_of(tracker)) else {}


def is_interrupted(tracker: Tracker) -> bool:
    """Whether something else has answered the latest message already."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "bot":
            return True
    return False


def answers_between(tracker: Tracker, wanted: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a message says in its words rather than by its intent, while `wanted` is asked.

    "You choose" is a "not sure", "low" is the side of the question that was asked, and a bare
    fact ("multimode", "50 m") is told, whatever answer it resembles.
    """
    text = text_of(tracker)
    if text.startswith("/"):
        return {}
    degree = DEGREE.fullmatch(text)
    if wanted == "loss_sensitivity" and degree:
        budget = value_before(tracker, "budget")
        return {wanted: LEVELS[degree[1].lower()], "budget": budget}
    if given.get(wanted) is None and YOUR_CHOICE.search(text):
        return {wanted: "unsure"}
    if len(text.split()) > MOST_BARE_WORDS or QUESTION.search(text):
        return {}
    facts = {slot: first_entity(tracker, entity) for slot, entity in BARE_FACTS.items()}
    return {slot: value for slot, value in facts.items() if value is not None}


def value_before(tracker: Tracker, slot: str) -> Any:
    """What the slot held before the latest message."""
    before_latest = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            before_latest = True
        elif before_latest and event.get("event") == "slot" and event.get("name") == slot:
            return event.get("value")
    return None


def questions_asked(tracker: Tracker) -> set[str]:
    """The questions put to the visitor since the form began."""
    asked: set[str] = set()
    for event in reversed(tracker.events):
        if event.get("event") == "active_loop" and event.get("name") == FORM:
            break
        if event.get("event") == "slot" and event.get("name") == "requested_slot":
            asked.add(event.get("value") or "")
    return asked - {""}


def next_question(known: dict[str, Any], asked: set[str]) -> str | None:
    """The next thing to ask, None when enough is known. Never more than four in all."""
    missing = [slot for slot in QUESTIONS if known.get(slot) is None]
    if missing:
        return missing[0]
    rate = known.get("data_rate")
    if not isinstance(rate, int) or rate < PARALLEL_FROM_GBPS:
        return None
    useful = [slot for slot in PRODUCT_QUESTIONS if known.get(slot) is None]
    open_question = next((slot for slot in useful if slot in asked), None)
    if open_question:
        return open_question
    return useful[0] if useful and len(asked) < MOST_QUESTIONS else None


def tell_what_was_noted(
    dispatcher: CollectingDispatcher, tracker: Tracker, kept: dict[str, Any], asked: str
) -> None:
    """Repeats facts that were not asked for, or corrected, so that a mistake is seen."""
    facts = [text for text in (fact_text(slot, value) for slot, value in kept.items()) if text]
    is_correction = any(was_told_before(tracker, slot, value) for slot, value in kept.items())
    is_beside = bool(asked and facts) and kept.get(asked) is None
    if is_correction or len(facts) > 1 or is_beside:
        dispatcher.utter_message(response="say_noted", facts=", ".join(facts))


def was_told_before(tracker: Tracker, slot: str, value: Any) -> bool:
    """Whether the slot held another value before the latest message."""
    return value_before(tracker, slot) not in (None, value)


class ActionRecommend(SalesAction):
    """The verdict, why, what it costs and saves, and products that fit."""

    def name(self) -> str:
        return "action_recommend"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        needs = requirements_of(tracker)
        advice = recommend(needs)
        dispatcher.utter_message(
            response="say_recommendation", verdict=advice.text, reasons=reasons_text(advice)
        )
        dispatcher.utter_message(
            response="say_recommendation_costs",
            costs=advice.costs,
            saves=advice.saves,
            against=against_text(advice),
            assumptions=assumptions_text(advice, tracker),
        )
        events = show_recommended(dispatcher, needs, advice)
        told = {"verdict": advice.verdict, "text": advice.text, "loss_grade": advice.loss_grade}
        return [SlotSet("recommendation", told), *events]


def requirements_of(tracker: Tracker) -> Requirements:
    """What the conversation knows, as the advisor reads it."""
    slot = {name: answer_or_none(tracker.get_slot(name)) for name in (*ANSWERS, "site")}
    return Requirements(
        data_rate_gbps=slot["data_rate"],
        rework={"yes": True, "no": False}.get(slot["rework"]),
        loss_sensitive={"high": True, "low": False}.get(slot["loss_sensitivity"]),
        budget=slot["budget"],
        site=slot["site"],
        future_upgrades=True if tracker.get_slot("future_upgrades") == "future" else None,
        distance_m=slot["distance_m"],
        fiber=slot["fiber"],
    )


def reasons_text(advice: Recommendation) -> str:
    """One line per reason, its source behind it."""
    return "\n".join(f"- {reason.text} ({reason.source})" for reason in advice.reasons_for)


def against_text(advice: Recommendation) -> str:
    """What speaks against the verdict, or ""."""
    lines = [f"- {reason.text} ({reason.source})" for reason in advice.reasons_against]
    title = "What would tip it" if advice.verdict == "either" else "What speaks against it"
    return f"\n\n{title}:\n" + "\n".join(lines) if lines else ""


def assumptions_text(advice: Recommendation, tracker: Tracker) -> str:
    """The assumptions made for answers that are missing, or ""."""
    told = [assumption.text for assumption in advice.assumptions]
    if tracker.get_slot("budget_usd") and tracker.get_slot("budget") == "balanced":
        told.append(
            f"Your budget of ${tracker.get_slot('budget_usd'):,} goes to sales with a quote."
        )
    return "\n\n" + " ".join(told) if told else ""


def show_recommended(
    dispatcher: CollectingDispatcher, needs: Requirements, advice: Recommendation
) -> Events:
    """Up to three products for the recommendation, with what each meets or what was relaxed."""
    query = query_for(needs, advice)
    with shop() as session:
        products, relaxed = nearest_products(session, query, MOST_SHOWN)
        if len(products) == 1:  # something to weigh it against: the other brand, any loss grade
            others = find_products(session, replace(query, brand=None, loss_grade=None), MOST_SHOWN)
            products += [other for other in others if other.sku != products[0].sku][
                : MOST_SHOWN - 1
            ]
        date = catalog_date(session)
    if not products:
        dispatcher.utter_message(response="say_no_products")
        return []
    intro, note = intro_for(needs, advice, relaxed), catalog_note(date, products)
    dispatcher.utter_message(
        response="say_products_recommended",
        intro=intro,
        products=product_lines(products),
        note=note,
        json_message=products_payload(products, intro, note),
        buttons=compare_button(products),
    )
    return remember(query, products)


def query_for(needs: Requirements, advice: Recommendation) -> ProductQuery:
    """The catalog search that the recommendation asks for."""
    hint = advice.product_hint
    is_cord = needs.distance_m is not None and needs.distance_m <= LONGEST_CORD_M
    connector = next(iter(hint.connectors), "MPO-12")
    return ProductQuery(
        family="PAT" if is_cord and hint.connectors else "TRK",
        brand=hint.brand,
        connector=connector,
        fibers=int(connector.removeprefix("MPO-")),  # one plug per end, not a bundle
        fiber=hint.fiber,
        polarity="B" if (hint.fibers_lit or 0) > DUPLEX_FIBERS else None,  # parallel optics
        polish=hint.polish,
        loss_grade=hint.loss_grade,
        length_m=needs.distance_m,
        sort="cheapest" if needs.budget == "tight" else "best",
    )


def intro_for(needs: Requirements, advice: Recommendation, relaxed: tuple[Relaxation, ...]) -> str:
    """For what the products are, and what had to give."""
    hint = advice.product_hint
    rate = f" for {rate_text(needs.data_rate_gbps)}" if needs.data_rate_gbps else ""
    optic = f", such as {hint.optic}" if hint.optic else ""
    note = f" {hint.note}" if hint.note else ""
    if not relaxed:
        return f"From the catalog{rate}{optic}:{note}"
    changes = " ".join(change.text for change in relaxed)
    return f"Nothing in the catalog fits exactly{rate}{optic}. {changes}{note}"


def is_bare_optic(tracker: Tracker) -> bool:
    """Whether the message is the name of an optic and nothing else: "sr4", "SFP+ 10G LR"."""
    names = {e["entity"] for e in tracker.latest_message.get("entities") or []}
    is_short = len(text_of(tracker).split()) <= LONGEST_NAME
    return is_short and "link" in names and names <= {"link", "data_rate"}


class ActionNoteNeed(SalesAction):
    """A fact about the need, outside a question: goes on with what was going on."""

    def name(self) -> str:
        return "action_note_need"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            ask_again(dispatcher, tracker)
            return []
        if plan := back_to_the_plan(tracker):
            return plan
        if follows_up_on_a_channel(tracker):
            return ActionChangeChannel().answer(dispatcher, tracker)
        if is_bare_optic(tracker):
            return ActionLink().answer(dispatcher, tracker)
        if not any(entity_values(tracker, name) for name in NEED_ENTITIES) and query_of(tracker):
            return ActionSearchProducts().answer(dispatcher, tracker)
        return [FollowupAction(FORM)]
