"""Which subject is open: what the bot spoke about last, how many turns ago, and whether the
latest message goes on with it ("and OM5?", "does it break out?")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

from actions.base import active_form, intent_of, text_of
from actions.product_facts import attributes_asked
from actions.turns import response_name, turns_backwards
from sales.reference.link_details import BREAKOUT, details_asked

LINK, PRODUCTS, COMPARISON, TOPIC = "link", "products", "comparison", "topic"
OLDEST = 5  # turns; what was said before that is no longer meant by "it"
TOPIC_RESPONSE = "utter_faq/"
SUBJECTS = {
    LINK: ("say_link", "say_links", "say_link_needs", "say_which_link", "say_no_optic_prices",
           "say_link_better", "say_ask_which_link"),
    PRODUCTS: ("say_products_found", "say_price", "say_price_order",
               "say_product_comparison", "say_unknown_sku", "say_product_facts",
               "say_no_other_length", "say_no_such_place"),
    COMPARISON: ("say_comparison", "say_comparison_row"),
}  # fmt: skip
# Answers that leave the subject open: courtesies, and what was not understood.
PASSING = (
    "utter_thanks", "utter_greet", "utter_smalltalk", "utter_help", "utter_contact_details",
    "say_did_you_mean", "say_rephrase", "say_offer_person", "say_declined", "say_nothing_offered",
    "say_apology", "say_not_clear",
)  # fmt: skip
# Intents that say something of their own, whatever was spoken about before.
OWN_SUBJECTS = (
    "greet", "goodbye", "thank", "help", "affirm", "deny", "talk_to_person", "leave_contact",
    "complaint", "custom_build", "contact_details", "cancel", "start_over", "why_ask",
    "compare_products", "link_budget",
)  # fmt: skip
ONLY_OF_PRODUCTS = ("jacket", "loss_grade", "gender")
FACTS = ("fiber", "polish", "data_rate", "length_m", "connector", "link", "fibers", "polarity",
         *ONLY_OF_PRODUCTS)  # fmt: skip
PRODUCT_FACTS = ("fiber", "polish", "length_m", "connector", "fibers", "polarity",
                 *ONLY_OF_PRODUCTS)  # fmt: skip
TOPIC_FACTS = ("fiber", "polish", "polarity")
NEW_SUBJECTS = ("sku", "email", "phone", "lead_ref", "budget_usd", "quantity", "site")
MOST_WORDS, MOST_BARE_WORDS = 10, 4
_OPENING = re.compile(
    r"^\W*(?:(?:ok|okay|so|hm+|well|thanks|great|cool)\b\W*)*"
    r"(?:and|or|but|then|also|what about|how about|what if|same (?:for|on|with)|"
    r"the same (?:for|on|with|but)|(?:on|over|with|for|in|at|instead)\b)",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|its|it's|that|this|they|them|these|those|one|ones|which of)\b", re.IGNORECASE
)
_WORTH = re.compile(
    r"\b(?:better|worse|best|(?:more |less )?expensive|pric(?:e|ey|ier)|cheap(?:er|est)?|"
    r"costs?|worth it)\b",
    re.IGNORECASE,
)
MOST_WORDS_OF_A_CHOICE = 6
CHEAPER, SHORTER, LONGER = "cheaper", "shorter", "longer"
_OTHERS = {  # "cheaper?", "show me cheaper ones", "anything shorter", "a longer one please"
    CHEAPER: re.compile(r"\b(?:cheaper|less expensive|less costly|lower[- ]priced?)\b", re.I),
    SHORTER: re.compile(r"\bshorter\b", re.I),
    LONGER: re.compile(r"\blonger\b", re.I),
}
_ASKING_WHICH = re.compile(
    r"^\W*(?:(?:and|but|so|ok)\W+)*(?:is|are|was|which|why|does|do|how|what(?: makes|'?s| is)|"
    r"lasts?)\b|\b(?:than|no|not|last)\b|\bmtp|\bmpo",
    re.IGNORECASE,
)
_HAVE_YOU = re.compile(r"^\W*do(?:es)? (?:you|they|it)\b|^\W*is there\b|^\W*are there\b", re.I)
_PRICE_OF_PIECES = re.compile(
    r"\b(?:how much|price|cost|costs|total|what (?:about|would|do))\b.*\b\d+|"
    r"^\W*(?:and\W+)?for \d+(?: (?:pcs|pieces?|units?))?\W*$",
    re.IGNORECASE,
)
_OFFER = re.compile(r"\b(?:quot\w+|discounts?|offers?|rebates?)\b", re.IGNORECASE)
_DEFINITION = re.compile(r"^\W*(?:what(?: is|'?s| are)|define|explain)\b", re.IGNORECASE)
_ASKING = re.compile(r"\?|\b(?:is|are|which|what|whats|what's|does|do|how)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """What is being spoken about; `age` is 1 when the bot's last answer was about it."""

    kind: str
    age: int
    topic: str = ""  # of a TOPIC: its key in data/faq/


def open_subject(tracker: Tracker) -> Subject | None:
    """The subject of the last answer that had one, at most OLDEST turns ago; None if there is none.

    Any other answer (a recommendation, a handed-over request, a stop) closes what was open.
    """
    for age, said in enumerate(turns_backwards(tracker), start=1):
        if age > OLDEST:
            return None
        names = [response_name(message) for message in said]
        subject = next((found for name in reversed(names) if (found := _subject(name, age))), None)
        if subject or not all(name.startswith(PASSING) for name in names):
            return subject
    return None


def _subject(response: str, age: int) -> Subject | None:
    if response.startswith(TOPIC_RESPONSE):
        return Subject(TOPIC, age, response.removeprefix(TOPIC_RESPONSE))
    kind = next((kind for kind, names in SUBJECTS.items() if response in names), "")
    return Subject(kind, age) if kind else None


def continued_subject(tracker: Tracker) -> Subject | None:
    """The open subject, when the latest message goes on with it; None when it stands by itself."""
    if active_form(tracker) or not is_follow_up(tracker.latest_message):
        return None
    subject = open_subject(tracker)
    return subject if subject and _bears_on(tracker, subject) else None


def is_follow_up(message: dict[str, Any]) -> bool:
    """Whether a message cannot be understood by itself: it opens with "and", points, or is bare."""
    text, entities = (message.get("text") or "").strip(), _kinds(message)
    words = len(text.split())
    if text and not text.startswith("/") and "sku" not in entities and of_shown_products(message):
        return True
    if not text or text.startswith("/") or words > MOST_WORDS or entities & set(NEW_SUBJECTS):
        return False
    facts = entities & set(FACTS)
    is_about_something = bool(
        facts or details_asked(text) or asks_worth(text) or attributes_asked(text)
    )
    if _OPENING.search(text) or _POINTING.search(text):
        return is_about_something
    is_bare = words <= MOST_BARE_WORDS and not _DEFINITION.search(text)
    return is_bare and len(facts) == 1 and "link" not in facts


def of_shown_products(message: dict[str, Any]) -> bool:
    """Whether a message chooses among products: "the second one", "anything shorter", "for 60?"."""
    text = message.get("text") or ""
    return bool(place_chosen(message) or other_wanted(text) or asks_price_of_pieces(message))


def place_chosen(message: dict[str, Any]) -> int:
    """The one place in the list that a short message names (-1 is the last), 0 for none."""
    entities = message.get("entities") or []
    places = [e["value"] for e in entities if e["entity"] == "mention"]
    is_short = len((message.get("text") or "").split()) <= MOST_WORDS_OF_A_CHOICE
    is_one = is_short and len(places) == 1 and isinstance(places[0], int)
    return places[0] if is_one and not _kinds(message) & {*FACTS, "family", "site"} else 0


def other_wanted(text: str) -> str:
    """What other products than those shown are wanted: CHEAPER, SHORTER, LONGER, or ""."""
    is_question = _ASKING_WHICH.search(text) and not _HAVE_YOU.search(text)
    if is_question or len(text.split()) > MOST_WORDS_OF_A_CHOICE:
        return ""
    return next((name for name, wanted in _OTHERS.items() if wanted.search(text)), "")


def asks_price_of_pieces(message: dict[str, Any]) -> bool:
    """ "How much for 60 pieces", "and for 100?"; not a quote, nor anything else with a number."""
    text, kinds = message.get("text") or "", _kinds(message)
    if kinds & {*FACTS, "family", "site", "budget_usd", "phone"} or len(text.split()) > MOST_WORDS:
        return False
    return bool(_PRICE_OF_PIECES.search(text)) and not _OFFER.search(text)


def points_at_it(text: str) -> bool:
    """Whether a text speaks of what was shown: "is it type B", "the loss of that"."""
    return _POINTING.search(text) is not None


def asks_worth(text: str) -> bool:
    """Whether a text asks which is better or dearer; not "better make that 24 fibers"."""
    return _WORTH.search(text) is not None and _ASKING.search(text) is not None


def _bears_on(tracker: Tracker, subject: Subject) -> bool:
    """Whether the message says something that this kind of subject has an answer to."""
    if intent_of(tracker) in OWN_SUBJECTS:
        return False
    text, kinds = text_of(tracker), _kinds(tracker.latest_message)
    if of_shown_products(tracker.latest_message) and subject.kind in (LINK, PRODUCTS, TOPIC):
        return subject.kind == PRODUCTS
    if subject.kind == LINK and not kinds.isdisjoint(ONLY_OF_PRODUCTS):
        return False
    if subject.kind == LINK:
        is_product = "family" in kinds and BREAKOUT not in details_asked(text)
        return not is_product and "feature" not in _only_comparable(kinds, text)
    if subject.kind == PRODUCTS:
        return not kinds & {"link", "family"} and (
            bool(kinds & set(PRODUCT_FACTS))
            or asks_worth(text)
            or bool(attributes_asked(text) and points_at_it(text))
        )
    if subject.kind == COMPARISON and asks_worth(text):
        return True
    is_short = len(text.split()) <= MOST_BARE_WORDS  # a longer question is one of its own
    return is_short and bool(kinds & set(TOPIC_FACTS)) and "link" not in kinds


def _only_comparable(kinds: set[str], text: str) -> set[str]:
    """The features of MTP against MPO that an optic has no figure for."""
    return kinds & {"feature"} if not details_asked(text) and not asks_worth(text) else set()


def _kinds(message: dict[str, Any]) -> set[str]:
    entities: Iterable[dict[str, Any]] = message.get("entities") or []
    return {str(entity["entity"]) for entity in entities}
