"""Products, prices and stock, as the catalog holds them."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.base import (
    Events,
    SalesAction,
    entity_values,
    first_entity,
    text_of,
    values_among,
)
from actions.comparing import ActionCompareFeature
from actions.migration import back_to_the_plan
from actions.payloads import products_payload, side_by_side_payload
from actions.shop import shop
from actions.turns import last_said, response_name
from actions.wording import catalog_note, price_and_stock, product_lines, side_by_side
from sales.catalog.nearest import CABLES, Relaxation, in_stocked_length, nearest_products
from sales.catalog.product import Product, metres, usd
from sales.catalog.store import ProductQuery, catalog_date, close_skus, product_by_sku

MOST_SHOWN = 3
GENERIC_WANTED = re.compile(r"\bgeneric\b|\b(?:non|not|no)[- ]?mtp\b|\bunbranded\b", re.I)
BELOW = re.compile(r"\b(?:under|below|less than|cheaper than)\b|<", re.I)
BY_LENGTH = {
    "longest": re.compile(r"\blongest\b", re.I),
    "shortest": re.compile(r"\bshortest\b", re.I),
}
FEET = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)[\s-]*(?:ft|feet|foot|')", re.I)
DUPLEX = re.compile(r"\bduplex\b", re.I)
ANY_CABLE = re.compile(r"\bcables?\b", re.I)
FOR_PIECES = re.compile(
    r"\bfor (\d{1,5})(?:\s*(?:x\b|pcs|pieces?|units?|of)|\W*$)|"
    r"\b(\d{1,5}) (?:of (?:them|those|these|that|it))\b",
    re.I,
)
WITHOUT_LENGTH = ("CAS", "ADP", "ENC", "LPB", "ATT", "CLN", "INS", "TOL", "SVC")
HARDWARE_FAMILIES = ("CLN", "INS", "TOL")
# Kinds of cleaners, testers and tools, by the word in their titles.
HARDWARE = re.compile(
    r"\b(?P<word>pen|wipe|stick|fluid|refill|kit|probe|tip|microscope|locator|light source|"
    r"power meter|otdr|pin change|polarity change|guide pin|crimp)\w*\b",
    re.I,
)
# Entity -> field of ProductQuery, for those that are passed on as they are.
QUERY_FIELDS = (
    "brand",
    "family",
    "connector",
    "fiber",
    "fibers",
    "polarity",
    "polish",
    "gender",
    "jacket",
    "loss_grade",
    "length_m",
)


class ActionSearchProducts(SalesAction):
    """Finds products; a message without a new kind of product refines the search before it."""

    def name(self) -> str:
        return "action_search_products"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if plan := back_to_the_plan(tracker):
            return plan
        asked = query_of(tracker)
        before = tracker.get_slot("product_query") or {}
        query = refined(before, asked) if is_refinement(before, asked) else asked
        if not query:
            dispatcher.utter_message(response="say_ask_what_product")
            return []
        return show_products(dispatcher, ProductQuery(**query))


def query_of(tracker: Tracker) -> dict[str, Any]:
    """What the latest message says about the product wanted, as fields of ProductQuery."""
    return query_in(tracker.latest_message.get("entities") or [], text_of(tracker))


def query_in(entities: list[dict[str, Any]], text: str) -> dict[str, Any]:
    """What a message with these entities says about the product wanted."""
    values = {name: values_among(entities, name) for name in (*QUERY_FIELDS, "budget_usd")}
    found = {name: next(iter(values[name]), None) for name in QUERY_FIELDS}
    links = [name for name in values_among(entities, "link") if name[0].isdigit()]  # not "SR4"
    found["application"] = next(iter(links), None)
    budget = next(iter(values["budget_usd"]), None)
    found["length_ft"] = feet_in(entities, text)
    if found["family"] in WITHOUT_LENGTH:  # "cassettes, the racks are 8 m apart"
        found["length_m"] = found["length_ft"] = None
    is_cord = found["connector"] == "LC" and found["length_m"] and DUPLEX.search(text)
    if not found["family"] and not found["brand"] and is_cord:
        found["family"] = "LCP"  # "LC duplex OS2 10 m"
        found["connector"] = "LC-D"
    if not found["family"] and ANY_CABLE.search(text):
        found["words"] = CABLES
    if GENERIC_WANTED.search(text):
        found["brand"] = "MPO"
    is_hardware = found["family"] in HARDWARE_FAMILIES  # for an MPO plug, of whatever brand
    if found["brand"] == "MPO" and not (is_hardware or GENERIC_WANTED.search(text)):
        found["brand"] = None  # the usual word for both: every MTP is an MPO
    if is_hardware and (kind := HARDWARE.search(text)):
        found["words"] = kind["word"].lower()
    if budget:
        found["max_price_cents"] = budget * 100 - (1 if BELOW.search(text) else 0)
    sorts = values_among(entities, "sort")
    found["sort"] = "cheapest" if "cheapest" in sorts else None
    for word, pattern in BY_LENGTH.items():
        if pattern.search(text):
            found["sort"] = word
    found["in_stock"] = True if "in_stock" in sorts else None
    if found["in_stock"]:
        found["pieces"] = next(iter(values_among(entities, "quantity")), None)
    return {name: value for name, value in found.items() if value is not None}


def feet_in(entities: list[dict[str, Any]], text: str) -> float | None:
    """The length as it was written, when it was written in feet."""
    for entity in entities:
        if entity.get("entity") == "length_m" and not text.startswith("/"):
            match = FEET.match(text, int(entity.get("start") or 0))
            return float(match[1]) if match else None
    return None


def is_refinement(before: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether a search goes on: there was one, and no other kind of product is named."""
    return bool(before) and asked.get("family", before.get("family")) == before.get("family")


def refined(before: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The earlier search with what is asked now. Polish and application follow a new fiber."""
    kept = dict(before)
    if "fiber" in asked:
        kept = {k: v for k, v in kept.items() if k not in ("polish", "application")}
    if "length_m" in asked:
        kept.pop("length_ft", None)
        if kept.get("sort") in BY_LENGTH:
            kept.pop("sort")
    if "family" in asked and kept.get("words") == CABLES:
        kept.pop("words")
    return {**kept, **asked}


def show_products(dispatcher: CollectingDispatcher, query: ProductQuery, lead: str = "") -> Events:
    """Up to three products, exact or nearest with what was relaxed."""
    with shop() as session:
        query = in_stocked_length(session, query)
        products, relaxed = nearest_products(session, query, MOST_SHOWN)
        date = catalog_date(session)
    if not products:
        dispatcher.utter_message(response="say_no_products")
        return []
    intro, note = intro_of(products, relaxed), catalog_note(date, products)
    intro = lead + with_feet(intro, query, products)
    dispatcher.utter_message(
        response="say_products_found",
        intro=intro,
        products=product_lines(products),
        note=note,
        json_message=products_payload(products, intro, note),
        buttons=compare_button(products),
    )
    return remember(query, products)


def compare_button(products: list[Product]) -> list[dict[str, str]]:
    """The button that compares the products shown, when there are several."""
    payload = '/compare_products{"mention": "both"}'
    return [{"title": "Compare them", "payload": payload}] if len(products) > 1 else []


def intro_of(products: list[Product], relaxed: tuple[Relaxation, ...]) -> str:
    """ "These fit:" or what had to give for the nearest ones."""
    if relaxed:
        return " ".join(["Nothing fits exactly.", *(change.text for change in relaxed)])
    return "This fits:" if len(products) == 1 else "These fit:"


def with_feet(intro: str, query: ProductQuery, products: list[Product]) -> str:
    """The intro, saying which length in meters stands for the one asked in feet."""
    if query.length_ft is None or any(p.length_m != query.length_m for p in products):
        return intro
    return f"{query.length_ft:g} ft is our {metres(query.length_m or 0)}. {intro}"


def remember(query: ProductQuery, products: list[Product]) -> Events:
    """What the next "cheapest one" or "compare these two" refers to."""
    fields = {name: value for name, value in asdict(query).items() if value not in (None, "", ())}
    return [
        SlotSet("product_query", fields),
        SlotSet("shown_skus", [product.sku for product in products]),
    ]


class ActionPrice(SalesAction):
    """The list price and stock of one part."""

    def name(self) -> str:
        return "action_price"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        with shop() as session:
            date = catalog_date(session)
            sku = first_entity(tracker, "sku")
            if sku:
                product = product_by_sku(session, sku)
                if product is None:
                    return unknown_sku(dispatcher, session, sku)
            else:
                product = next(iter(spoken_of(tracker, session)), None)
        if product is not None:
            dispatcher.utter_message(
                response="say_price",
                product=f"{product.sku}: {product.title}\n{price_and_stock(product)}.",
                breaks=breaks_of(product) + total_of(product, pieces_asked(tracker)),
                note=catalog_note(date, [product]),
            )
            shown = tracker.get_slot("shown_skus") or []
            return [] if product.sku in shown else [SlotSet("shown_skus", [product.sku])]
        if any(response_name(m).startswith("say_comparison") for m in last_said(tracker)):
            return ActionCompareFeature().answer(dispatcher, tracker)  # "and the price?"
        query = query_of(tracker)
        if query:
            return show_products(dispatcher, ProductQuery(**query))
        dispatcher.utter_message(response="say_ask_which_product")
        return []


def breaks_of(product: Product) -> str:
    """ "From 10 pieces $110.20 each, from 50 pieces $104.40 each." """
    steps = [
        f"from {s.from_quantity} pieces {usd(s.price_cents)} each" for s in product.price_breaks
    ]
    return f"List price breaks: {', '.join(steps)}.\n" if steps else ""


def pieces_asked(tracker: Tracker) -> int | None:
    """How many pieces the latest message asks the price of; None when it says no number."""
    text = text_of(tracker)
    match = None if text.startswith("/") else FOR_PIECES.search(text)
    number = int(match[1] or match[2]) if match else first_entity(tracker, "quantity")
    return number if number and number > 1 else None


def total_of(product: Product, pieces: int | None) -> str:
    """ "60 pieces at $115.00 each: $6,900.00. That is the list price, not an offer." """
    each = product.unit_price_cents(pieces or 1)
    if not pieces or each is None:
        return ""
    total = f"{pieces:,} pieces at {usd(each)} each: {usd(each * pieces)}."
    return f"{total} That is the list price, not an offer.\n"


def unknown_sku(dispatcher: CollectingDispatcher, session: Session, asked: str) -> Events:
    """Says so, and names the closest part numbers of the catalog."""
    close = close_skus(session, asked, MOST_SHOWN)
    named = "\n".join(f"- {product.sku}: {product.title}" for product in close)
    dispatcher.utter_message(
        response="say_unknown_sku",
        asked=asked,
        close=f" The closest are:\n{named}" if close else " Nothing is close; describe it instead?",
        buttons=[
            {"title": product.sku, "payload": f'/ask_price{{"sku": "{product.sku}"}}'}
            for product in close
        ],
    )
    return [SlotSet("shown_skus", [product.sku for product in close])] if close else []


def mentioned(tracker: Tracker, session: Session) -> list[Product]:
    """The products a message points at: by part number, by place in the list shown, or the list."""
    skus = entity_values(tracker, "sku")
    if not skus:
        shown = list(tracker.get_slot("shown_skus") or [])
        skus = pointed_at(shown, entity_values(tracker, "mention"))
        if "cheapest" in entity_values(tracker, "sort") and shown:
            products = [product_by_sku(session, sku) for sku in shown]
            priced = [p for p in products if p is not None and p.price_cents is not None]
            return sorted(priced, key=lambda p: p.price_cents or 0)[:1]
    found = [product_by_sku(session, sku) for sku in skus]
    return [product for product in found if product is not None]


def spoken_of(tracker: Tracker, session: Session) -> list[Product]:
    """The products a message points at; when it names none, the one that was priced last."""
    is_named = entity_values(tracker, "mention") or entity_values(tracker, "sort")
    return mentioned(tracker, session) if is_named else meant_products(tracker, session)


def meant_products(tracker: Tracker, session: Session) -> list[Product]:
    """The product that was spoken about last, or all of the list that was shown."""
    shown = shown_products(tracker, session)
    said = " ".join(str(message.get("text") or "") for message in last_said(tracker))
    named = [product for product in shown if product.sku in said]
    return named or shown


def shown_products(tracker: Tracker, session: Session) -> list[Product]:
    """The products of the last list or comparison."""
    found = [product_by_sku(session, sku) for sku in tracker.get_slot("shown_skus") or []]
    return [product for product in found if product is not None]


def catalog_note_for(session: Session, products: list[Product]) -> str:
    """Of which day these products' prices and stock are, and how to get a quote."""
    return catalog_note(catalog_date(session), products)


def pointed_at(shown: list[str], mentions: list[Any]) -> list[str]:
    """Part numbers for "the first one" (1), "the last" (-1), "both" or nothing (all shown)."""
    places = [m for m in mentions if isinstance(m, int) and m != 0 and abs(m) <= len(shown)]
    if places:
        return [shown[m - 1 if m > 0 else m] for m in places]
    return shown[:2] if "both" in mentions else shown


class ActionCompareProducts(SalesAction):
    """Two or three products side by side."""

    def name(self) -> str:
        return "action_compare_products"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        with shop() as session:
            for sku in entity_values(tracker, "sku"):
                if product_by_sku(session, sku) is None:
                    return unknown_sku(dispatcher, session, sku)
            products = mentioned(tracker, session)
            date = catalog_date(session)
        if len(products) < 2:
            dispatcher.utter_message(response="say_nothing_to_compare")
            return []
        compared, note = products[:MOST_SHOWN], catalog_note(date, products)
        dispatcher.utter_message(
            response="say_product_comparison",
            rows=side_by_side(compared),
            note=note,
            json_message=side_by_side_payload(compared, note),
        )
        return [SlotSet("shown_skus", [product.sku for product in products])]
