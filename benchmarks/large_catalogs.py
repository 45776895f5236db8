"""Catalogs of any size, made of the sample's families: every product is one the importer takes.

The same size gives the same products each time. `named` writes each part number into its title, as
many shops do, so that no two products share their words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sales.catalog.part_number import CABLES, POLARITY_CODES, End, PartNumber, build, parse
from sales.catalog.product import Product
from sales.catalog.sample import sample_product
from sales.catalog.sample_parts import SAMPLE_NUMBERS
from sales.catalog.tables import kind_links, price_breaks, product_kinds, products
from sales.catalog.validity import LENGTHS_M, broken_link_rules, broken_rules
from sales.reference.files import known_links

SEED = 20261122
FIBERS = ("OM3", "OM4", "OM4", "OM5", "OS2", "OS2")  # in their shares
GRADES = ("STD", "LL", "LL", "ULL")
JACKETS = ("OFNP", "OFNP", "OFNR", "LSZH", "OSP", "IND")
POLARITIES = tuple(value for value in POLARITY_CODES.values() if value != "NA")
GENDERS = (("M", "M"), ("F", "F"), ("M", "F"), ("X", "X"))
TRUNK_PLUGS = (1, 1, 2, 3, 4, 6, 8, 12, 24)
PRICE_SPREAD = 0.09  # vendors differ by about that much
FEWEST_LENGTHS, MOST_LENGTHS = 8, 60  # of one cable


def large_catalog(size: int, *, named: bool = False) -> Iterator[Product]:
    """`size` different products: the sample first, then variations of its cables."""
    chance = random.Random(SEED)  # noqa: S311  # the same each time, on purpose
    seen: set[str] = set()
    for number in _numbers(chance):
        if number in seen:
            continue
        product = sample_product(number)
        if broken_link_rules(product, known_links()):
            continue  # too long for any link it was made for
        seen.add(number)
        yield _priced(product, chance, named)
        if len(seen) == size:
            return


def _numbers(chance: random.Random) -> Iterator[str]:
    yield from SAMPLE_NUMBERS
    cables = [parse(number) for number in SAMPLE_NUMBERS if number.split("-")[1] in CABLES]
    weights = [4 if part.family == "TRK" else 1 for part in cables]
    while True:
        varied = _varied(chance.choices(cables, weights)[0], chance)
        if _is_sold(varied):
            yield from (build(replace(varied, length_m=m)) for m in _lengths(varied, chance))


def _varied(part: PartNumber, chance: random.Random) -> PartNumber:
    """Another cable of the same make-up, in any fiber, polarity, grade and jacket."""
    fiber = chance.choice(FIBERS)
    varied = replace(
        part,
        fiber=fiber,
        loss_grade=chance.choice(GRADES),
        jacket=chance.choice(JACKETS),
        is_armored=chance.random() < 0.15,
    )
    if not part.end_a.is_mpo:
        return replace(varied, polish=chance.choice(("UPC", "APC")) if fiber == "OS2" else "PC")
    polish = "APC" if fiber == "OS2" or chance.random() < 0.15 else "PC"
    genders = chance.choice(GENDERS)
    plugs = chance.choice(TRUNK_PLUGS) if part.family == "TRK" else 0
    ends = tuple(
        End(end.connector, gender if end.gender else "", plugs or end.count)
        for end, gender in zip(part.ends, genders, strict=False)
    )
    polarity = chance.choice(POLARITIES) if part.polarity != "NA" else "NA"
    brand = chance.choice(("MTP", "MTP", "MPO"))
    return replace(varied, polish=polish, ends=ends, polarity=polarity, brand=brand)


def _is_sold(part: PartNumber) -> bool:
    """Whether the house's own rules let it be."""
    if part.family not in LENGTHS_M:
        return False
    product = sample_product(build(replace(part, length_m=10.0)))
    return not (broken_rules(product) or broken_link_rules(product, known_links()))


def _lengths(part: PartNumber, chance: random.Random) -> list[float]:
    shortest, longest = LENGTHS_M[part.family]
    every = [metres for metres in (0.5, *range(1, int(longest) + 1)) if metres >= shortest]
    count = chance.randint(FEWEST_LENGTHS, MOST_LENGTHS)
    return sorted(map(float, chance.sample(every, min(count, len(every)))))


def _priced(product: Product, chance: random.Random, named: bool) -> Product:
    factor = 1 + chance.uniform(-PRICE_SPREAD, PRICE_SPREAD)
    title = f"{product.title}, {product.sku}" if named else product.title
    cents = product.price_cents and round(product.price_cents * factor)
    steps = tuple(
        replace(step, price_cents=int(step.price_cents * factor)) for step in product.price_breaks
    )
    return replace(product, title=title, price_cents=cents, price_breaks=steps)


def sold_by_others(connection: Connection, makers: int) -> None:
    """Adds the whole range of the catalog once more for each of so many other makers.

    Inside the database, which is how a million products are made in a minute or two.
    """
    for number in range(1, makers + 1):
        maker = f"M{number:02d}"
        values = {
            product_kinds: {
                "id": _marked(product_kinds.c.id, maker),
                "number": product_kinds.c.number + number,
                "words": product_kinds.c.words + f" {maker.lower()}",
            },
            kind_links: {"kind_id": _marked(kind_links.c.kind_id, maker)},
            products: {
                "sku": _marked(products.c.sku, maker),
                "sku_key": _marked(products.c.sku_key, maker),
                "sku_key_reversed": _marked_at_end(products.c.sku_key_reversed, maker),
                "kind_id": _marked(products.c.kind_id, maker),
                "price_cents": products.c.price_cents + number,
            },
            price_breaks: {"sku": _marked(price_breaks.c.sku, maker)},
        }
        for table, changed in values.items():
            columns = [changed.get(column.name, column) for column in table.c]
            rows = sa.select(*columns).where(_is_first(table))
            connection.execute(sa.insert(table).from_select([c.name for c in table.c], rows))


def _is_first(table: sa.Table) -> Any:
    """Rows that were there before any other maker's."""
    key = next(column for column in table.c if column.name in ("id", "sku", "kind_id"))
    return sa.not_(key.like("M__%"))


def _marked(column: Any, maker: str) -> Any:
    return sa.literal(maker).concat(sa.func.substr(column, len(maker) + 1))


def _marked_at_end(column: Any, maker: str) -> Any:
    kept = sa.func.substr(column, 1, sa.func.length(column) - len(maker))
    return kept.concat(maker[::-1])
