"""Searching the catalog, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.catalog.nearest import nearest_products
from sales.catalog.product import Product
from sales.catalog.sample import sample_product
from sales.catalog.store import (
    ProductQuery,
    catalog_date,
    close_skus,
    count_products,
    find_products,
    product_by_sku,
)
from sales.database import transaction

CORD = "INX-PAT-M4-T12F12FP-PB-LP-003M"


@pytest.fixture
def session(sample_engine: Engine) -> Iterator[Session]:
    with transaction(sample_engine) as opened:
        yield opened


def skus(found: list[Product]) -> list[str]:
    return [product.sku for product in found]


def test_a_product_comes_out_as_it_went_in(session: Session) -> None:
    assert product_by_sku(session, CORD) == sample_product(CORD)


def test_a_number_is_found_without_its_dashes_and_in_any_case(session: Session) -> None:
    found = product_by_sku(session, "inx pat m4 t12f12fp pb lp 003m")

    assert found is not None

    assert found.sku == CORD
    assert product_by_sku(session, "INX-NOTHING") is None


def test_the_usual_trunk_comes_first(session: Session) -> None:
    query = ProductQuery(family="TRK", fiber="OM4", connector="MPO-12", polarity="B", length_m=10)

    found = find_products(session, query, limit=20)

    assert found[0].sku == "INX-TRK-M4-T12M12MP-PB-LP-010M"
    assert all(item.fiber == "OM4" and item.length_m == 10 for item in found)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        (ProductQuery(brand="MPO", family="PAT"), lambda p: p.brand == "MPO"),
        (ProductQuery(fiber="SM", family="CAS"), lambda p: p.fiber == "OS2"),
        (ProductQuery(fiber="MM", family="TRK"), lambda p: p.fiber in ("OM3", "OM4", "OM5")),
        (ProductQuery(connector="LC", family="HRN"), lambda p: p.connector_b == "LC-D"),
        (ProductQuery(jacket="LSZH"), lambda p: p.jacket == "LSZH"),
        (ProductQuery(in_stock=True, family="ENC"), lambda p: p.stock > 0),
        (ProductQuery(application="800GBASE-DR8"), lambda p: "800GBASE-DR8" in p.applications),
        (ProductQuery(gender="M", family="TRK"), lambda p: p.gender_a in ("M", "X")),
        (ProductQuery(words="armored"), lambda p: p.construction == "armored"),
        (ProductQuery(words="uniboot jumper"), lambda p: p.connector_a == "LC-U"),
        (ProductQuery(max_price_cents=1_000), lambda p: p.price_cents <= 1_000),
        (ProductQuery(brand="MTP", family="CLN"), lambda p: p.connector_a.startswith("MPO")),
        (ProductQuery(fibers=144), lambda p: p.fibers == 144),
        (ProductQuery(connector="MPO-12", fibers=8, family="TRK"), lambda p: p.fibers == 8),
    ],
)
def test_every_product_found_is_as_asked(session: Session, query: ProductQuery, holds) -> None:  # type: ignore[no-untyped-def]
    found = find_products(session, query, limit=50)

    assert found
    assert all(holds(product) for product in found)


def test_the_cheapest_come_in_order_of_price(session: Session) -> None:
    found = find_products(session, ProductQuery(family="TRK", sort="cheapest"), limit=30)

    prices = [product.price_cents or 0 for product in found]
    assert prices == sorted(prices)
    everything = find_products(session, ProductQuery(family="TRK"), limit=200)
    assert prices[0] == min(product.price_cents or 0 for product in everything)


def test_what_is_in_stock_comes_before_what_is_not(session: Session) -> None:
    found = find_products(session, ProductQuery(family="TRK"), limit=200)

    assert len(found) == 90
    flags = [product.in_stock for product in found]
    assert flags == sorted(flags, reverse=True)


def test_wildcards_in_words_are_plain_letters(session: Session) -> None:
    assert find_products(session, ProductQuery(words="%")) == []
    assert find_products(session, ProductQuery(words="_____")) == []


def test_the_catalogs_date_is_its_newest_row(session: Session) -> None:
    assert catalog_date(session) == date(2026, 11, 2)
    assert count_products(session) == 528


def test_an_empty_catalog_has_no_date_and_no_products(engine: Engine) -> None:
    with transaction(engine) as opened:
        assert catalog_date(opened) is None
        assert find_products(opened, ProductQuery()) == []
        assert nearest_products(opened, ProductQuery(family="TRK")) == ([], ())
        assert close_skus(opened, CORD) == []


@pytest.mark.parametrize(
    "typed",
    [
        "INX-PTA-M4-T12F12FP-PB-LP-003M",
        "INX-PAT-M4-T12F12PF-PB-LP-003M",
        "PAT-M4-T12F12FP-PB-LP-003M",
        "inxpatm4t12f12fppblp003m",
        "INX-PAT-M4-T12F12FP-PB-LP-0033M",
    ],
)
def test_a_mistyped_number_finds_the_product(session: Session, typed: str) -> None:
    assert skus(close_skus(session, typed, limit=3))[0] == CORD


def test_the_beginning_of_a_number_finds_what_begins_so(session: Session) -> None:
    found = close_skus(session, "inx-trk-m5")

    assert found

    assert all(product.sku.startswith("INX-TRK-M5") for product in found)


@pytest.mark.parametrize("typed", ["", "cat", "weather in paris", "%%%%%%%%"])
def test_text_that_is_no_number_finds_nothing(session: Session, typed: str) -> None:
    assert close_skus(session, typed) == []


@pytest.mark.parametrize(
    ("query", "constraint", "offered"),
    [
        (ProductQuery(family="TRK", fiber="OM4", length_m=45.72), "length_m", "50 m"),
        (ProductQuery(family="TRK", fiber="OM4", length_m=400), "length_m", "100 m"),
        (ProductQuery(family="TRK", fiber="OM5", jacket="OFNR"), "jacket", "OFNP"),
        (ProductQuery(family="CAS", fiber="OM5", loss_grade="STD"), "loss_grade", "LL"),
        (ProductQuery(family="TRK", fiber="OM5", polarity="A"), "polarity", "another polarity"),
        (ProductQuery(family="TRK", fiber="OM5", brand="MPO"), "brand", "MTP"),
        (ProductQuery(family="TRK", fiber="OS1"), "fiber", "OS2"),
        (ProductQuery(family="TRK", fiber="OM2"), "fiber", "OM3"),
        (ProductQuery(family="TRK", fiber="OM4", fibers=36), "fibers", "48 fibers"),
        (ProductQuery(family="TRK", fibers=144, in_stock=True), "in_stock", "to order"),
        (ProductQuery(family="XCV", max_price_cents=100), "max_price_cents", "above it"),
        (ProductQuery(family="XCV", words="purple"), "words", "without these words"),
    ],
)
def test_one_constraint_is_relaxed_and_named(
    session: Session, query: ProductQuery, constraint: str, offered: str
) -> None:
    found, made = nearest_products(session, query)

    assert found
    assert [(step.constraint, step.offered) for step in made] == [(constraint, offered)]
    assert made[0].text.endswith(".")


def test_two_constraints_are_relaxed_where_one_is_not_enough(session: Session) -> None:
    query = ProductQuery(family="TRK", fiber="OM5", brand="MPO", length_m=25)

    found, made = nearest_products(session, query)

    assert skus(found) == ["INX-TRK-M5-T12M12MP-PB-LP-030M"]
    assert {step.constraint for step in made} == {"brand", "length_m"}


def test_an_exact_fit_relaxes_nothing(session: Session) -> None:
    found, made = nearest_products(session, ProductQuery(family="TRK", fiber="OM4", length_m=10))

    assert found

    assert made == ()


@pytest.mark.parametrize(
    "query",
    [
        ProductQuery(family="TRK", fiber="OM1"),
        ProductQuery(family="LCP", connector="MPO-12"),
        ProductQuery(family="PAT", fiber="OS2", application="100GBASE-SR4"),
        ProductQuery(family="PAT", fiber="OS2", polish="PC"),
        ProductQuery(family="TRK", connector="SC"),
        ProductQuery(family="TRK", fiber="OM4", jacket="OSP"),
    ],
)
def test_mode_connector_link_polish_and_jacket_safety_are_never_given_up(
    session: Session, query: ProductQuery
) -> None:
    assert nearest_products(session, query) == ([], ())


def test_a_plenum_jacket_is_never_replaced(session: Session) -> None:
    query = ProductQuery(family="TRK", fiber="OS2", jacket="OFNP", fibers=24, length_m=200)

    found, made = nearest_products(session, query)

    assert all(product.jacket == "OFNP" for product in found)
    assert "jacket" not in {step.constraint for step in made}


def test_pinned_is_never_passed_off_as_unpinned_without_saying_so(session: Session) -> None:
    query = ProductQuery(family="TRK", fiber="OM5", gender="F")

    _, made = nearest_products(session, query)

    assert [step.constraint for step in made] == ["gender"]
    assert "opposite" in made[0].text
