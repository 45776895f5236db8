"""What a lead needs reads like a colleague's words, not like the assistant's fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.catalog.store import ProductQuery
from sales.catalog.wording import NOT_SAID, SAYINGS, query_text
from sales.leads.need_wording import need_line, need_rows

TRUNK = {
    "brand": "MTP", "family": "TRK", "connector": "MPO-12", "fiber": "OS2", "fibers": 12,
    "polarity": "B", "polish": "APC", "loss_grade": "LL", "length_m": 30.0, "in_stock": False,
    "sort": "best",
}  # fmt: skip
TRUNK_WORDS = "MTP trunk cable, 12 fibers, OS2, MPO-12, type B, APC, low loss, 30 m"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=9), parts),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (TRUNK, TRUNK_WORDS),
        ({"family": "TRK", "brand": "MPO"}, "generic MPO trunk cable"),
        ({"family": "PAT", "fiber": "SM", "gender": "F"}, "patch cord, single mode, unpinned"),
        ({"family": "CLN", "words": "fluid", "in_stock": True}, "cleaner, fluid, in stock"),
        ({"jacket": "OFNP", "length_m": 0.5}, "plenum (OFNP), 0.5 m"),
        (
            {"application": "400GBASE-DR4", "max_price_cents": 20_000, "sort": "cheapest"},
            "for 400GBASE-DR4, at most $200.00 each",
        ),
        ({"polarity": "NA", "loss_grade": "ULL"}, "ultra low loss"),
        ({"sort": "best", "in_stock": False}, ""),
    ],
)
def test_a_product_asked_for_reads_like_an_order(query: dict[str, Any], words: str) -> None:
    assert query_text(query) == words


def test_everything_that_can_be_asked_for_has_its_words() -> None:
    assert {*SAYINGS, *NOT_SAID} == set(ProductQuery.__dataclass_fields__)


def test_the_need_is_told_in_words_what_decides_first() -> None:
    need = {
        "site": "data_center", "budget": "tight", "product_query": TRUNK, "quantity": 1_200,
        "rework": "unsure", "data_rate": 1_600, "fiber": "MM", "distance_m": 30.5,
    }  # fmt: skip

    assert need_rows(need) == [
        ("Data rate", "1.6T"),
        ("Quantity", "1,200 pieces"),
        ("Asked for", TRUNK_WORDS),
        ("Fiber", "multimode"),
        ("Length", "30.5 m"),
        ("Rework in the field", "unsure"),
        ("Budget", "lowest price"),
        ("Site", "data center"),
    ]


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (
            {"data_rate": 400, "quantity": 24, "fiber": "SM", "site": "test_lab", "rework": "yes"},
            "400G, 24 pieces, single mode, test lab",
        ),
        ({"data_rate": "unsure", "quantity": 1, "product_query": TRUNK}, "1 piece"),
        ({"data_rate": "unsure", "rework": "yes", "product_query": TRUNK}, TRUNK_WORDS),
        ({"rework": "yes"}, ""),
        ({}, ""),
    ],
)
def test_a_heading_tells_what_is_clear_without_a_label(need: dict[str, Any], words: str) -> None:
    assert need_line(need) == words


@given(st.dictionaries(st.sampled_from(["fiber", "data_rate", "other"]), ANYTHING), ANYTHING)
def test_whatever_a_need_holds_can_be_told(need: dict[str, Any], query: Any) -> None:
    need = {**need, "product_query": query}

    assert all(label and words for label, words in need_rows(need))
    assert isinstance(need_line(need), str)
