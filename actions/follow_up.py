"""A message that goes on with what was spoken about: "and OM5?", "is it more expensive?"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, entity_values, first_entity, text_of
from actions.comparing import say_features
from actions.context import (
    CHEAPER,
    COMPARISON,
    LINK,
    LONGER,
    PRODUCTS,
    SHORTER,
    TOPIC,
    TOPIC_RESPONSE,
    Subject,
    asks_price_of_pieces,
    asks_worth,
    continued_subject,
    other_wanted,
    place_chosen,
    points_at_it,
)
from actions.link_questions import remembered
from actions.links import ActionLink, catalog_button
from actions.product_facts import FACTS, attributes_asked, fact_rows, is_it, verdict
from actions.products import (
    ActionPrice,
    ActionSearchProducts,
    catalog_note_for,
    meant_products,
    pieces_asked,
    show_products,
    shown_products,
    total_of,
)
from actions.shop import shop
from actions.wording import price_text
from sales.catalog.product import Product, metres
from sales.catalog.store import ProductQuery, length_near
from sales.reference.link_details import PRICE, details_asked
from sales.reference.link_search import link_lines
from sales.reference.store import all_links
from sales.reference.values import Link

MOST_COMPARED = 4
# What an answer of data/faq/ says about a thing named in passing; the first that was not just said.
TOPICS = {
    ("fiber", "OM1"): ("legacy_om1_om2",),
    ("fiber", "OM2"): ("legacy_om1_om2",),
    ("fiber", "OM3"): ("fiber_grades", "mix_om3_om4"),
    ("fiber", "OM4"): ("fiber_grades", "mix_om3_om4"),
    ("fiber", "OM5"): ("om5_worth", "fiber_grades"),
    ("fiber", "OS1"): ("os1_os2",),
    ("fiber", "OS2"): ("os1_os2", "single_or_multi"),
    ("fiber", "SM"): ("single_or_multi", "os1_os2"),
    ("fiber", "MM"): ("single_or_multi", "fiber_grades"),
    ("polish", "APC"): ("upc_or_apc", "multimode_apc"),
    ("polish", "UPC"): ("upc_or_apc", "polish_comparison"),
    ("polish", "PC"): ("polish_comparison", "upc_or_apc"),
    ("polarity", "A"): ("polarity_types", "polarity_methods"),
    ("polarity", "B"): ("polarity_types", "polarity_methods"),
    ("polarity", "C"): ("polarity_types", "polarity_methods"),
    ("polarity", "U1"): ("universal_polarity",),
    ("polarity", "U2"): ("universal_polarity",),
}


class ActionFollowUp(SalesAction):
    """Answers about the open subject. Which messages come here: `context.continued_subject`."""

    def name(self) -> str:
        return "action_follow_up"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        subject = continued_subject(tracker)
        if subject is None:
            dispatcher.utter_message(response="say_not_clear")
            return []
        return ANSWERS[subject.kind](dispatcher, tracker, subject)


def about_links(dispatcher: CollectingDispatcher, tracker: Tracker, _subject: Subject) -> Events:
    text = text_of(tracker)
    if asks_worth(text) and PRICE not in details_asked(text):
        return which_link_is_better(dispatcher, tracker)
    before = remembered(tracker)
    if asks_worth(text) and before and not entity_values(tracker, "link"):
        buttons = [catalog_button(name) for name in before.links]
        dispatcher.utter_message(response="say_no_optic_prices", buttons=buttons)
        return []
    return ActionLink().answer(dispatcher, tracker)


def which_link_is_better(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """No verdict: the figures of the optic and of those of its rate on the same kind of fiber."""
    before = remembered(tracker)
    with shop() as session:
        known = all_links(session)
    compared = beside(before.links or before.choices if before else (), known)
    if compared:
        lines = "\n".join(link_lines(compared))
        dispatcher.utter_message(response="say_link_better", lines=lines)
    else:
        dispatcher.utter_message(response="say_not_clear")
    return []


def beside(names: tuple[str, ...], known: list[Link]) -> list[Link]:
    """These links, and with only one its neighbours of the same rate and kind of fiber."""
    links = [link for link in known if link.name in names]
    if len(links) != 1:
        return links
    (own,) = links
    alike = [
        link
        for link in known
        if (link.rate_gbps, link.fiber_mode, link.family)
        == (own.rate_gbps, own.fiber_mode, own.family)
        and link != own
    ]
    return [own, *alike][:MOST_COMPARED]


def about_products(dispatcher: CollectingDispatcher, tracker: Tracker, _subject: Subject) -> Events:
    answer = about_the_shown(dispatcher, tracker)
    if answer is not None:
        return answer
    if not asks_worth(text_of(tracker)) or entity_values(tracker, "sort"):
        return ActionSearchProducts().answer(dispatcher, tracker)
    if PRICE not in details_asked(text_of(tracker)):
        dispatcher.utter_message(response="say_better_product")
        return []
    return order_by_price(dispatcher, tracker)


def about_the_shown(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events | None:
    """Of one product shown, of its price for many pieces, or others than those; None: neither."""
    message, text = tracker.latest_message, text_of(tracker)
    if place := place_chosen(message):
        return one_of_the_list(dispatcher, tracker, place)
    if asks_price_of_pieces(message):
        return price_of_pieces(dispatcher, tracker)
    if wanted := other_wanted(text):
        return others_than_shown(dispatcher, tracker, wanted)
    asked = {name: first_entity(tracker, name) for name in FACTS}
    asked = {name: value for name, value in asked.items() if value is not None}
    if not (labels := attributes_asked(text)) or not points_at_it(text):
        return None
    return say_facts(dispatcher, tracker, labels, asked) if is_it(text) or not asked else None


def one_of_the_list(dispatcher: CollectingDispatcher, tracker: Tracker, place: int) -> Events:
    """The product at that place with its price; or how many there are, when the list is shorter."""
    shown = tracker.get_slot("shown_skus") or []
    if abs(place) <= len(shown):
        return ActionPrice().answer(dispatcher, tracker)
    count = "one product" if len(shown) == 1 else f"{len(shown)} products"
    dispatcher.utter_message(response="say_no_such_place", count=count)
    return []


def say_facts(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    labels: tuple[str, ...],
    asked: dict[str, Any],
) -> Events:
    """What the catalog holds on the attributes asked, for each product that is meant."""
    with shop() as session:
        products = meant_products(tracker, session)
    if not products:
        dispatcher.utter_message(response="say_not_clear")
        return []
    lead = f"{verdict(products, asked)} " if asked else ""
    dispatcher.utter_message(
        response="say_product_facts", lead=lead, lines=fact_rows(products, labels)
    )
    return []


def price_of_pieces(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """The list price of that many pieces of each product shown."""
    with shop() as session:
        products = meant_products(tracker, session)
        note = catalog_note_for(session, products)
    if len(products) < 2:
        return ActionPrice().answer(dispatcher, tracker)
    pieces = pieces_asked(tracker) or 1
    lines = "\n".join(
        f"- {product.sku}: {total_of(product, pieces).strip() or price_text(product)}"
        for product in products
    )
    dispatcher.utter_message(response="say_price_order", lead="", lines=lines, note=note)
    return []


def others_than_shown(dispatcher: CollectingDispatcher, tracker: Tracker, wanted: str) -> Events:
    """The same search, cheapest first, or in the next shorter or longer length."""
    query = search_before(tracker)
    with shop() as session:
        shown = shown_products(tracker, session)
        lengths = [product.length_m for product in shown if product.length_m]
        if wanted != CHEAPER and lengths:
            edge = (min if wanted == SHORTER else max)(lengths)
            query = replace(query, length_m=edge, length_ft=None, sort="best")
            found = length_near(session, query, longer=wanted == LONGER)
            if found is None:
                told = f"{wanted} than {metres(edge)}"
                dispatcher.utter_message(response="say_no_other_length", told=told)
                return []
            return show_products(dispatcher, replace(query, length_m=found))
    return show_products(dispatcher, replace(query, sort="cheapest"), "Cheapest first. ")


def search_before(tracker: Tracker) -> ProductQuery:
    """The search that brought what was shown; after a part number, one for that kind of part."""
    with shop() as session:
        shown = shown_products(tracker, session)
    before = tracker.get_slot("product_query")
    if before or not shown:
        return ProductQuery(**(before or {}))
    (own, *_) = shown
    return ProductQuery(
        family=own.family,
        fiber=own.fiber or None,
        fibers=own.fibers,
        connector=own.connector_a or None,
        length_m=own.length_m,
    )


def order_by_price(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """The products shown with their list prices, cheapest first."""
    with shop() as session:
        products = shown_products(tracker, session)
        note = catalog_note_for(session, products)
    priced = sorted(products, key=lambda product: product.price_cents or 0)
    if not priced:
        dispatcher.utter_message(response="say_not_clear")
        return []
    lines = "\n".join(f"- {product.sku}: {price_text(product)}" for product in priced)
    dispatcher.utter_message(
        response="say_price_order", lead=price_lead(priced), lines=lines, note=note
    )
    return []


def price_lead(products: list[Product]) -> str:
    """Which of the products is the cheapest and which the dearest, by list price."""
    known = [product for product in products if product.price_cents is not None]
    if len(known) < 2 or known[0].price_cents == known[-1].price_cents:
        return "By list price:"
    return f"{known[-1].sku} costs the most and {known[0].sku} the least, by list price:"


def about_the_comparison(
    dispatcher: CollectingDispatcher, tracker: Tracker, subject: Subject
) -> Events:
    if not asks_worth(text_of(tracker)):
        return about_a_topic(dispatcher, tracker, subject)
    if PRICE in details_asked(text_of(tracker)):
        return say_features(dispatcher, ["cost"])
    dispatcher.utter_message(response=f"{TOPIC_RESPONSE}mtp_always_better")
    return []


def about_a_topic(dispatcher: CollectingDispatcher, tracker: Tracker, subject: Subject) -> Events:
    """The answer on the fiber, polish or polarity that the message names."""
    topic = next(iter(topics_named(tracker, subject)), None)
    response = f"{TOPIC_RESPONSE}{topic}" if topic else "say_not_clear"
    dispatcher.utter_message(response=response)
    return []


def topics_named(tracker: Tracker, subject: Subject) -> list[str]:
    """The topics that the message's entities stand for, without the one just answered."""
    return [
        topic
        for kind in ("fiber", "polish", "polarity")
        for value in entity_values(tracker, kind)
        for topic in TOPICS.get((kind, value), ())
        if topic != subject.topic
    ]


ANSWERS: dict[str, Callable[[CollectingDispatcher, Tracker, Subject], Events]] = {
    LINK: about_links,
    PRODUCTS: about_products,
    COMPARISON: about_the_comparison,
    TOPIC: about_a_topic,
}
