"""Products and link budgets for colleagues, by the same reading of a message as for visitors."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.payloads import products_payload
from actions.products import intro_of, query_in
from actions.wording import catalog_note, product_lines
from bot.link_budget_request import answer_link_budget
from bot.nlu.entities import find_entities
from bot.nlu.entity_extractor import as_rasa
from sales.catalog.nearest import nearest_products
from sales.catalog.store import ProductQuery, catalog_date, close_skus, product_by_sku

MOST_FOUND = 5
NOTHING_READ = (
    "I could not read a product in that. Name a part number, or what it is: "
    "`find 12F OM4 trunk type B 30 m`."
)
NOTHING_FOUND = "The catalog has nothing like that, not even nearly."
Json = dict[str, Any]


def products_for(session: Session, text: str) -> list[Json]:
    """The products that the text describes or names, or the nearest with what had to give."""
    entities = [as_rasa(entity) for entity in find_entities(text)]
    sku = next((str(e["value"]) for e in entities if e["entity"] == "sku"), "")
    query = query_in(entities, text)
    if sku:
        known = product_by_sku(session, sku)
        products = [known] if known else close_skus(session, sku, MOST_FOUND)
        intro = "This is it:" if known else f"No product is called {sku}. The closest:"
    elif query:
        products, relaxed = nearest_products(session, ProductQuery(**query), MOST_FOUND)
        intro = intro_of(products, relaxed)
    else:
        return [{"text": NOTHING_READ}]
    if not products:
        return [{"text": NOTHING_FOUND}]
    note = catalog_note(catalog_date(session), products)
    text = f"{intro}\n{product_lines(products)}\n\n{note}"
    return [{"text": text, "custom": products_payload(products, intro, note)}]


def budget_of(session: Session, text: str) -> list[Json]:
    """The link budget that the text asks for, or what is missing for one."""
    answer = answer_link_budget(session, text)
    drawn = {"custom": answer.payload} if answer.payload else {}
    return [{"text": "\n".join(answer.lines), **drawn}]
