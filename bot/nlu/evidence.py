"""What a message plainly says outweighs what it sounds like.

Sentence vectors hardly see word order and negation ("price over quality", "no margin"), and a
list of facts resembles the answers that mention them. These few rules correct the intent where
the entities or a telling word leave no doubt. They are tried in order; the first that fits wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entities = Mapping[str, Sequence[Any]]  # name -> values, in the order they were written

NEEDS = ("data_rate", "rework", "loss_sensitivity", "budget", "site", "timeframe")
PRODUCT_FACTS = (
    "connector",
    "fiber",
    "fibers",
    "length_m",
    "polarity",
    "polish",
    "jacket",
    "gender",
)
QUESTION = re.compile(
    r"\?|^\W*(?:(?:and|but|so|ok|hi|hello|hey|please)\W+)*(?:what|which|why|how|who|where|when|can|could|do|"
    r"does|did|is|are|was|will|would|should|shall|may|must|whats|hows|tell me|explain)\b",
    re.IGNORECASE,
)
COPPER = re.compile(
    r"\bcat\W?\s?[5-8]\w?\b|\bcopper\b|\brj\W?45\b|\bhdmi\b|\busb\b|\bcoax\w*\b", re.IGNORECASE
)
DISCOUNT = re.compile(
    r"\bdiscounts?\b|\brebates?\b|(?:%|\bper\s?cent)\s+off\b|\bvolume pric\w+|\bbulk pric\w+",
    re.IGNORECASE,
)
DELIVERED = r"(?:arriv\w+|came|delivered|delivery|parcel|shipment|received|got|sent|package|box)"
WRONG_ITEM = r"wrong (?:cable|item|part|product|order)\w*"
FAULTY = rf"(?:crack\w*|broken|damaged|defect\w*|faulty|smashed|scratched|{WRONG_ITEM})"
COMPLAINT = re.compile(
    rf"\b{FAULTY}\b.*\b{DELIVERED}\b|\b{DELIVERED}\b.*\b{FAULTY}\b", re.IGNORECASE
)
SHOPPING = ("search_product", "ask_price", "recommend", "inform", "compare_products")
UNSURE_OF_SUBJECT = ("faq", "ask_link", "out_of_scope", "nlu_fallback", "inform", "search_product")
OF_NEED = {
    "loss_sensitivity": {"high": "loss_sensitive", "low": "loss_tolerant"},
    "budget": {"tight": "budget_tight", "performance": "budget_flexible"},
    "rework": {"yes": "need_rework", "no": "no_rework"},
}


@dataclass(frozen=True)
class Heard:
    """A message with what the components before made of it."""

    text: str
    intent: str
    entities: Entities

    def has(self, name: str) -> bool:
        return bool(self.entities.get(name))

    def count(self, names: Sequence[str]) -> int:
        """How many of the entities are there."""
        return sum(1 for name in names if self.has(name))

    @property
    def is_question(self) -> bool:
        return QUESTION.search(self.text) is not None


def copper_is_not_fiber(heard: Heard) -> str | None:
    """Copper cabling is not ours; a fiber product must not be offered for it."""
    return "out_of_scope" if heard.intent in SHOPPING and COPPER.search(heard.text) else None


def discounts_go_to_sales(heard: Heard) -> str | None:
    """The assistant never talks about discounts."""
    return "request_quote" if DISCOUNT.search(heard.text) else None


def faulty_deliveries_are_complaints(heard: Heard) -> str | None:
    return "complaint" if COMPLAINT.search(heard.text) else None


def part_numbers_ask_for_their_price(heard: Heard) -> str | None:
    """A part number wants its price and stock; two want to be compared."""
    if heard.intent not in UNSURE_OF_SUBJECT or not heard.has("sku"):
        return None
    return "compare_products" if len(heard.entities["sku"]) > 1 else "ask_price"


def needs_keep_their_direction(heard: Heard) -> str | None:
    """ "No headroom" is not "headroom": the side of a need is the one that was read out."""
    for entity, intents in OF_NEED.items():
        values = heard.entities.get(entity) or ()
        if heard.intent in intents.values() and len(set(values)) == 1:
            return intents.get(values[0])
    return None


def several_facts_are_a_statement(heard: Heard) -> str | None:
    """ "10G, no rework, cheap" tells a need, whatever answer it resembles."""
    is_open = heard.intent in ("faq", "ask_link", "out_of_scope", "nlu_fallback")
    if is_open and not heard.is_question and heard.count(NEEDS) >= 2:
        return "inform"
    return None


def described_products_are_searched(heard: Heard) -> str | None:
    """ "Single mode cassettes, LC, type B" is a search, whatever answer it resembles."""
    is_open = heard.intent in ("faq", "out_of_scope", "nlu_fallback", "inform")
    described = heard.has("family") and heard.count(PRODUCT_FACTS) >= 2
    return "search_product" if is_open and described and not heard.is_question else None


RULES: tuple[Callable[[Heard], str | None], ...] = (
    copper_is_not_fiber,
    faulty_deliveries_are_complaints,
    discounts_go_to_sales,
    part_numbers_ask_for_their_price,
    needs_keep_their_direction,
    several_facts_are_a_statement,
    described_products_are_searched,
)


def corrected_intent(heard: Heard) -> str:
    """The intent after the first rule that fits, or the one that was heard."""
    return next((found for rule in RULES if (found := rule(heard))), heard.intent)
