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

from sales.reference.link_details import LOSS, REACH, details_asked

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
ASKING = (
    r"what|which|why|how|who|where|when|can|could|do|does|did|is|are|was|will|would|should|shall|"
    r"may|must|whats|hows|tell me|explain"
)
LEADING_IN = r"(?:(?:and|but|so|ok|hi|hello|hey|please)\W+)*"
QUESTION = re.compile(
    rf"\?|\bwhich (?:one|of)\b|, which\b|^\W*{LEADING_IN}(?:{ASKING})\b", re.IGNORECASE
)
A_THING = re.compile(r"\W*(?:an?|some|any)\s", re.IGNORECASE)  # "a microscope for end faces"
THINGS_FOR = re.compile(r"\W*[a-z]+s for [\w-]+\W*", re.IGNORECASE)  # "attenuators for LC"
QUOTE = re.compile(r"\b(?:quot(?:e|ation|es)|rfq)\b", re.IGNORECASE)
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
PLANT_FACTS = ("link", "fiber", "length_m", "connector", "fibers", "family")
WHAT_OR_HOW = re.compile(r"\b(?:what|how|which)\b", re.IGNORECASE)
WHY = re.compile(rf"\W*{LEADING_IN}(?:why|what does|how come|is it normal)\b", re.IGNORECASE)
OWN_PLAN = re.compile(r"\b(?:(?:migration|upgrade) plan|plan (?:me|my|our|a|the))\b", re.IGNORECASE)
LINK_FACTS = ("data_rate", "fiber", "length_m")
LONGEST_HYPOTHESIS = 8  # words
HYPOTHESIS = re.compile(
    r"\W*(?:(?:and|but|ok|so)\W+)*(?:what if|and (?:at|with|on|over|for|if))\b", re.IGNORECASE
)
JOINTS = re.compile(  # what a loss budget counts: "4 connections", "three low-loss MTP pairs"
    r"\b(?:\d{1,6}|a|one|two|three|four|five|six|seven|eight|nine|ten|no|zero)\s*(?:x\s*)?"
    r"(?:[\w-]+\s+){0,4}?"
    r"(?:con+ec[kt]?[ts]?ions?|con+ec?k?t+[oe]rs|pairs?|joints?|panels?|splices?|cas+et+es?)\b",
    re.IGNORECASE,
)
OF_LOSS = re.compile(r"\b(?:loss|lose|margin|budget|dbs?|headroom)\b", re.IGNORECASE)
LOSS_BUDGET = re.compile(
    r"\b(?:loss|link|power|optical) bud\w+|\bbudget (?:of|for)\b", re.IGNORECASE
)
LINK_BUDGET = re.compile(r"\blink bud\w+", re.IGNORECASE)
BARE_BUDGET = re.compile(
    r"\W*(?:(?:a|the|my|new|please|calculate|calc|compute|do|check|ok|hi)\W+)*"
    r"(?:link|loss|optical|power)[\s-]*budget(?:\s+(?:calculat\w+|check|tool))?(?:\s+please)?\W*",
    re.IGNORECASE,
)
BUDGET_FIRST = re.compile(r"\W*(?:link|loss|optical|power)[\s-]*budget\b", re.IGNORECASE)
EXPLAINED = re.compile(r"\bwhy\b|\bexamples?\b|\bdifference\b|\bdefin\w+|\bexplain", re.IGNORECASE)
BUYING = re.compile(
    r"\b(?:need|want|buy|order|price|cost|quote|stock|sell|looking for|ship)\b", re.IGNORECASE
)
NO_BUDGET_YET = ("faq", "ask_link", "out_of_scope", "nlu_fallback", "inform", "search_product",
                 "recommend", "compare_feature", "compare_mtp_mpo", "loss_sensitive",
                 "loss_tolerant", "custom_build", "ask_price", "compare_products")  # fmt: skip
# A channel: parts of it named together, and a change to one of them.
CHANNEL_PARTS = tuple(
    re.compile(rf"\b(?:{words})s?\b", re.IGNORECASE)
    for words in (
        r"trunk|trunck",
        r"cord|jumper|patch ?cord|patch ?cable",
        r"cass?ett?e",
        "adapter",
    )
)
ORDERING = re.compile(
    r"\b(?:pric\w+|cost\w*|quot\w+|offer|stock|buy|sell|orders?|ship\w*|pcs|pieces|deliver\w*)\b",
    re.IGNORECASE,
)
CHANGED = re.compile(
    r"\W*(?:ok(?:ay)?\W+)?(?:what if|what about|how about|same (?:channel|link|but)|"
    r"(?:and|now|but) (?:if|with|without)\b|would it work with|does it work if|suppose)\b",
    re.IGNORECASE,
)
PART_FACTS = ("polarity", "gender", "polish")
LONGEST_LOOK_UP = 12  # words
# Reasons, instructions, faults and sums are answers of their own, and so are plans for a plant.
MORE_THAN_A_FIGURE = re.compile(
    r"\bwhy\b|\breason\b|\bhow (?:do|does|can|come|should|would)\b|\bshould\b|\bexamples?\b|"
    r"\bworked\b|\bcalculat\w+|\bbudget\b|\btest\w*|\bcertif\w+|\bclean\w*|\blane \d|\binstead\b|"
    r"\bupgrad\w+|\bmigrat\w+|\btrunks?\b|\bcassettes?\b|\bpanels?\b|\bservers?\b|\bcorrect\b|"
    r"\bconnections?\b|\bexplain\w*|\bversus\b|\bvs\b|"
    r"\bsplices?\b|\bdead\b|\bno light\b|\bpin\b|\b\d(?:\.\d+)? ?db\b",
    re.IGNORECASE,
)
WANTED = re.compile(
    rf"\W*{LEADING_IN}(?:(?:i|we)\W+)?(?:need|want|looking for|buy|order|get me|show me|find)\b",
    re.IGNORECASE,
)
NO_THING = re.compile(  # "need to know how ...", "show me how", "want a report"
    r"\b(?:to|know|how|why|help|info\w*|expla\w+|report|labels?|warranty|advice|difference|sure)\b",
    re.IGNORECASE,
)
POINTING = re.compile(r"\b(?:ones?|them|those|these)\b", re.IGNORECASE)
BARE_LENGTH = re.compile(
    r"\W*(?:(?:about|around|roughly|up to)\s+)?\d[\d.,]*\s*(?:k?m|met(?:er|re)s?|ft|feet|foot)\W*",
    re.IGNORECASE,
)
HAVING = re.compile(r"\b(?:have|run|running|today|current\w*|existing|are (?:on|at))\b", re.I)
GETTING = re.compile(
    r"\b(?:want|need|plan\w*|upgrad\w+|migrat\w+|mov\w+|go(?:ing)?|get|step) ?(?:up|to|on)?\b", re.I
)
GOING_ON = re.compile(
    r"\W*(?:(?:ok(?:ay)?|please|let'?s|yes|just)\W+)*"
    r"(?:continue|go on|carry on|keep going|next(?: question)?|resume)(?: please)?\W*",
    re.IGNORECASE,
)
CHANGED_NEED = re.compile(
    rf"\W*{LEADING_IN}(?:(?:actually|sorry|no)\W+)*(?:change|set|correct|switch|make)\s+"
    r"(?:the |my |that )?(?:data ?rate|rate|speed|length|distance|fiber|budget)\b",
    re.IGNORECASE,
)
BARE_OPTIC = re.compile(
    r"(?:[\s,/+-]*(?:[oqx]?sfp(?:28|56|112|dd)?|cfp\d?|"  # `++`: "dr4dr4dr4..." is read one way
    r"\d[\d.]*\s*[gt](?:bps|bit|igs|ig|b(?!ase)|e)?(?:base)?|"
    r"[sldefzv]r\d*|optics?|transceivers?|module))++\W*",
    re.IGNORECASE,
)
MOVING = re.compile(
    r"\b(?:to|upgrad\w*|migrat\w*|mov\w+|want|plan\w*|go(?:ing)?|get|then|later|next)\b", re.I
)
OF_CHANGE = re.compile(
    r"\b(?:upgrad\w*|migrat\w*|mov(?:e|es|ing)|from|(?:get|go|going|step) (?:up )?to|today|"
    r"current\w*|now|existing|instal\w+|have|running|reus\w*|keep\w*|replac\w*|switch(?:ing)?|chang\w*|plan\w*|"
    r"next|future|want|grow\w*|old|our|my|we|i)\b|->|=>|\u2192",
    re.IGNORECASE,
)
BREAKING_OUT = re.compile(r"\bbreak\w*\W?out\b", re.IGNORECASE)
FROM_TO = re.compile(r"\bfrom\b.*\bto\b|\bto\b.*\bfrom\b", re.IGNORECASE)
OWN_WISH = re.compile(
    r"^\W*(?:i|we)(?:'d|'ll)?\b.*\b(?:migrat|upgrad|mov|go|step|get)(?:e|ing|up)?\b", re.IGNORECASE
)
GENERATION = re.compile(r"\b(?:edr|hdr|ndr|xdr)\b", re.IGNORECASE)
BARE_DETAIL = re.compile(
    r"\W*(?:and )?(?:what|which) (?:connectors?|polish|plug|wave ?length)\W*", re.IGNORECASE
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
    others: Sequence[str] = ()  # the further guesses at the intent, likeliest first

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


def quotes_for_a_part_go_to_sales(heard: Heard) -> str | None:
    """ "Quote for INX-TRK-..., qty 200" wants an offer, not the list price."""
    is_open = heard.intent in ("ask_price", "faq", "search_product", "nlu_fallback", "inform")
    return "request_quote" if is_open and heard.has("sku") and QUOTE.search(heard.text) else None


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


def questions_state_no_need(heard: Heard) -> str | None:
    """ "And how about return loss" asks; it does not say that loss matters."""
    needs = {intent for pair in OF_NEED.values() for intent in pair.values()}
    if heard.intent not in needs or not heard.is_question or heard.count(NEEDS):
        return None
    if heard.has("feature"):
        return "compare_feature"
    return next((intent for intent in heard.others if intent not in needs), None)


def hypotheses_go_on_about_a_link(heard: Heard) -> str | None:
    """ "What if it were OM4?" and "and at 150 m?" go on with what was told before."""
    is_open = heard.intent in ("faq", "out_of_scope", "nlu_fallback")
    is_short = len(heard.text.split()) <= LONGEST_HYPOTHESIS
    if not (is_open and is_short and HYPOTHESIS.match(heard.text)):
        return None
    is_other = heard.count(("family", "feature", "connector", "polish", "sku")) > 0
    return "ask_link" if heard.count(LINK_FACTS) and not is_other else None


def needs_are_no_fault(heard: Heard) -> str | None:
    """ "10G, nothing gets repaired there, loss is uncritical" wants a connector, not a repair."""
    if heard.intent != "rework_triage" or heard.count(NEEDS) < 2 or not heard.has("data_rate"):
        return None
    return next((name for name in heard.others if name in ("recommend", "inform")), "inform")


def explanations_are_no_triage(heard: Heard) -> str | None:
    """ "Why are some fibers dark" wants to understand; whoever has a damaged plug asks for help."""
    if heard.intent != "rework_triage" or not WHY.match(heard.text):
        return None
    return "faq" if "faq" in heard.others[:3] else None


def plans_name_the_plant(heard: Heard) -> str | None:
    """ "What does a move from 10G to 400G look like" asks in general: no plant, no plan."""
    is_general = heard.count(PLANT_FACTS) == 0 and WHAT_OR_HOW.search(heard.text)
    if heard.intent != "plan_migration" or not is_general or OWN_PLAN.search(heard.text):
        return None
    return "faq" if "faq" in heard.others[:3] else None


def several_facts_are_a_statement(heard: Heard) -> str | None:
    """ "10G, no rework, cheap" tells a need, whatever answer it resembles."""
    is_open = heard.intent in ("faq", "ask_link", "out_of_scope", "nlu_fallback")
    if is_open and not heard.is_question and heard.count(NEEDS) >= 2:
        return "inform"
    return None


def described_products_are_searched(heard: Heard) -> str | None:
    """ "Single mode cassettes, LC, type B" is a search, whatever answer it resembles."""
    is_named = heard.has("family")
    if heard.is_question or not (is_named or WANTED.match(heard.text)):
        return None
    is_thing = A_THING.match(heard.text)
    is_thing_for = THINGS_FOR.fullmatch(heard.text) and heard.has("connector")
    if heard.intent == "faq" and is_named and (is_thing or is_thing_for):
        return "search_product"
    is_plan = heard.intent == "plan_migration" and not (heard.has("link") or heard.has("data_rate"))
    is_open = is_plan or heard.intent in ("faq", "out_of_scope", "nlu_fallback", "inform")
    return "search_product" if is_open and heard.count(PRODUCT_FACTS) >= 2 else None


def wanted_products_are_searched(heard: Heard) -> str | None:
    """ "Need an MPO cleaning pen" wants the thing, "need to clean an MPO" an answer."""
    is_open = heard.intent in ("faq", "out_of_scope", "nlu_fallback") and heard.has("family")
    is_thing = WANTED.match(heard.text) and not NO_THING.search(heard.text)
    return "search_product" if is_open and is_thing and not heard.is_question else None


def the_cheapest_of_them_is_a_search(heard: Heard) -> str | None:
    """ "Just the cheapest one" sorts what was shown."""
    is_short = len(heard.text.split()) <= LONGEST_HYPOTHESIS
    is_pointing = heard.has("sort") and POINTING.search(heard.text)
    is_own = heard.intent in ("ask_price", "compare_products", "plan_migration")
    return "search_product" if is_pointing and is_short and not is_own else None


def bare_lengths_are_statements(heard: Heard) -> str | None:
    """ "-50 m" answers the question before, or tells a need."""
    return "inform" if BARE_LENGTH.fullmatch(heard.text) else None


def going_on_is_no_stop(heard: Heard) -> str | None:
    """ "Continue" sounds like "I don't want to continue"."""
    return "go_on" if GOING_ON.fullmatch(heard.text) else None


def changed_needs_are_told(heard: Heard) -> str | None:
    """ "Change the data rate to 40G" corrects an answer; it moves no plant."""
    is_open = heard.intent in ("plan_migration", "channel_change", "ask_link", "faq")
    is_change = is_open and CHANGED_NEED.match(heard.text) and heard.count(LINK_FACTS)
    return "inform" if is_change and not heard.has("link") else None


def reach_of_one_optic_is_looked_up(heard: Heard) -> str | None:
    """ "40G SR4 OM3 120 m?" and "SFP+ 10G LR" name one optic and nowhere to go from it."""
    links, rates = heard.entities.get("link") or (), heard.entities.get("data_rate") or ()
    is_open = heard.intent in ("plan_migration", "recommend", "inform", "faq", "nlu_fallback")
    if not is_open or len(set(links)) != 1 or len(set(rates)) > 1 or heard.has("family"):
        return None
    if BARE_OPTIC.fullmatch(heard.text):
        return "ask_link"
    is_asked = heard.intent == "plan_migration" and heard.has("length_m") and heard.has("fiber")
    is_moving = MOVING.search(heard.text) or HAVING.search(heard.text)
    return "ask_link" if is_asked and not is_moving else None


def plants_with_a_target_are_planned(heard: Heard) -> str | None:
    """ "We have 100GBASE-LR4 over 2 km and want 400G" names today's link and a faster one."""
    is_open = heard.intent in ("ask_link", "faq", "nlu_fallback")
    has_both = heard.has("link") and len(set(heard.entities.get("data_rate", ()))) >= 2
    is_told = HAVING.search(heard.text) and GETTING.search(heard.text)
    return "plan_migration" if is_open and has_both and is_told else None


def own_moves_are_planned(heard: Heard) -> str | None:
    """ "I want to migrate from 10G to 40G" plans; "how do I ...?" asks in general."""
    is_open = heard.intent in (*UNSURE_OF_SUBJECT, "recommend")
    has_both = len(set(heard.entities.get("data_rate", ()))) >= 2
    is_own = OWN_WISH.match(heard.text) and FROM_TO.search(heard.text)
    return "plan_migration" if is_open and has_both and is_own and not heard.is_question else None


def reaches_are_no_plans(heard: Heard) -> str | None:
    """ "100G over 80 m OM3 options" names no plant of one's own and no change: a look-up."""
    rates = set(heard.entities.get("data_rate", ()))
    is_one = len(rates) == 1 or BREAKING_OUT.search(heard.text)
    if heard.intent != "plan_migration" or not is_one or not heard.count(("fiber", "length_m")):
        return None
    is_wish = re.search(r"\bdo i need\b", heard.text, re.IGNORECASE)
    return "ask_link" if is_wish or not OF_CHANGE.search(heard.text) else None


def generations_are_looked_up(heard: Heard) -> str | None:
    """ "NDR reach" asks for a row of the link table."""
    is_open = heard.intent in UNSURE_OF_SUBJECT and len(heard.text.split()) <= LONGEST_HYPOTHESIS
    if not is_open or not GENERATION.search(heard.text) or MORE_THAN_A_FIGURE.search(heard.text):
        return None
    return "ask_link" if REACH in details_asked(heard.text) else None


def bare_details_go_on_about_an_optic(heard: Heard) -> str | None:
    """ "What connector" goes on about the optic; "which connector do I need" wants advice."""
    return "ask_link" if heard.intent == "recommend" and BARE_DETAIL.fullmatch(heard.text) else None


def links_with_joints_are_calculated(heard: Heard) -> str | None:
    """ "100G SR4, 80 m OM4, 3 connections" asks whether the link holds, whatever it resembles.

    Without joints or a word about loss it may be a question of reach, which is another.
    """
    is_plain = BUDGET_FIRST.match(heard.text) and heard.has("link") and heard.has("length_m")
    if BARE_BUDGET.fullmatch(heard.text) or is_plain:
        return "link_budget"
    if heard.intent not in NO_BUDGET_YET or heard.has("sku"):
        return None
    if not heard.has("length_m"):
        is_named = heard.has("link") and LINK_BUDGET.search(heard.text)
        return "link_budget" if is_named and not EXPLAINED.search(heard.text) else None
    if (
        heard.has("budget_usd")
        or heard.has("budget")
        or EXPLAINED.search(heard.text)
        or set(heard.entities.get("family") or ()) - {"CAS"}
    ):
        return None
    has_optic = heard.has("link") or (heard.has("data_rate") and not BUYING.search(heard.text))
    if JOINTS.search(heard.text):
        is_of_loss = OF_LOSS.search(heard.text) and not BUYING.search(heard.text)
        return "link_budget" if has_optic or is_of_loss else None
    words = OF_LOSS if heard.has("link") else LOSS_BUDGET
    return "link_budget" if has_optic and words.search(heard.text) else None


def changed_parts_change_the_channel(heard: Heard) -> str | None:
    """ "And with a type A cord at one end?", "what if the trunk is male?"."""
    is_of_a_part = any(part.search(heard.text) for part in CHANNEL_PARTS)
    is_change = CHANGED.match(heard.text) and is_of_a_part and heard.count(PART_FACTS)
    is_shopping = ORDERING.search(heard.text) or heard.has("length_m") or heard.has("link")
    return "channel_change" if is_change and not is_shopping else None


def described_channels_are_checked(heard: Heard) -> str | None:
    """ "SR4 to SR4, type B trunk, type A cords": parts from end to end are no search."""
    is_open = heard.intent in ("search_product", *UNSURE_OF_SUBJECT, "recommend", "custom_build")
    kinds = sum(1 for part in CHANNEL_PARTS if part.search(heard.text))
    is_shopping = ORDERING.search(heard.text) or heard.has("length_m") or heard.has("quantity")
    if not is_open or is_shopping or not heard.count(PART_FACTS):
        return None
    has_ends = heard.has("link") or re.search(r"\b[qo]sfp", heard.text, re.IGNORECASE)
    return "channel_check" if kinds >= 2 and has_ends else None


def figures_of_an_optic_are_looked_up(heard: Heard) -> str | None:
    """ "Polish of 400G-SR4?" asks for a row of the link table, whatever answer it resembles.

    A bare "SR4" shares its polish and breakout with answers of ours, but not its reach and loss.
    """
    links = {str(name) for name in heard.entities.get("link") or ()}
    is_open = heard.intent in ("faq", "out_of_scope", "nlu_fallback", "compare_feature", "inform")
    is_short = len(heard.text.split()) <= LONGEST_LOOK_UP
    if len(links) != 1 or not (is_open and is_short) or MORE_THAN_A_FIGURE.search(heard.text):
        return None
    details = set(details_asked(heard.text))
    if not re.match(r"\d|IB-", links.pop()):
        details &= {REACH, LOSS}
    is_asked = heard.is_question or heard.intent != "inform"
    return "ask_link" if is_asked and details else None


RULES: tuple[Callable[[Heard], str | None], ...] = (
    copper_is_not_fiber,
    faulty_deliveries_are_complaints,
    discounts_go_to_sales,
    quotes_for_a_part_go_to_sales,
    part_numbers_ask_for_their_price,
    going_on_is_no_stop,
    bare_lengths_are_statements,
    changed_needs_are_told,
    links_with_joints_are_calculated,
    reach_of_one_optic_is_looked_up,
    plants_with_a_target_are_planned,
    own_moves_are_planned,
    reaches_are_no_plans,
    generations_are_looked_up,
    bare_details_go_on_about_an_optic,
    the_cheapest_of_them_is_a_search,
    needs_keep_their_direction,
    questions_state_no_need,
    hypotheses_go_on_about_a_link,
    needs_are_no_fault,
    explanations_are_no_triage,
    plans_name_the_plant,
    several_facts_are_a_statement,
    changed_parts_change_the_channel,
    described_channels_are_checked,
    described_products_are_searched,
    wanted_products_are_searched,
    figures_of_an_optic_are_looked_up,
)


def evident_intent(heard: Heard) -> str | None:
    """The intent of the first rule that fits, or None when none does."""
    return next((found for rule in RULES if (found := rule(heard))), None)
