"""What may not be sold: the hard rules of the trade."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sales.catalog.product import PriceBreak, Product
from sales.catalog.sample import sample_product, sample_products
from sales.catalog.validity import broken_link_rules, broken_rules
from sales.reference.files import known_links

CORD = "INX-PAT-M4-T12F12FP-PB-LP-003M"


def changed(number: str, **changes: Any) -> Product:
    """A sample row with another house's number, so that only the change can be wrong."""
    return replace(sample_product(number), sku="AB-1", **changes)


def all_rules(product: Product) -> list[str]:
    return broken_rules(product) + broken_link_rules(product, known_links())


@pytest.mark.parametrize("product", sample_products(), ids=lambda product: product.sku)
def test_every_sample_product_is_sound(product: Product) -> None:
    assert all_rules(product) == []


@pytest.mark.parametrize(
    ("number", "changes", "hint"),
    [
        ("INX-PAT-S2-T12F12FA-PB-LP-003M", {"polish": "PC"}, "single-mode MPO is always APC"),
        (CORD, {"polish": "UPC"}, "multimode MPO is PC"),
        (CORD, {"polish": "APC"}, "PC unless it serves 100G-lane optics"),
        (CORD, {"brand": ""}, "say whether it is MTP"),
        ("INX-LCP-M4-LCLCP-PN-SR-003M", {"brand": "MTP"}, "apply only to products with an MPO"),
        ("INX-LCP-S2-LCLCU-PN-SR-003M", {"polish": "PC"}, "UPC or APC"),
        (CORD, {"polarity": "NA"}, "says its polarity"),
        ("INX-PAT-M4-T24F24FP-PB-LP-003M", {"polarity": "C"}, "12 fibers only"),
        (CORD, {"polarity": "C"}, "cannot serve 40GBASE-SR4"),
        (CORD, {"length_m": 31.0}, "0.5 m to 30 m"),
        (CORD, {"length_m": None}, "needs a length"),
        ("INX-TRK-M4-T12M12MP-PB-LP-010M", {"length_m": 2.0}, "3 m to 300 m"),
        ("INX-TRK-M4-T12M12MP-PB-LP-010M", {"fibers": 20}, "a multiple of the 12"),
        ("INX-TRK-M4-T12M12MP-PB-LP-010M", {"gender_a": ""}, "gender_a"),
        (CORD, {"connector_b": "MPO-16"}, "the same MPO at both ends"),
        ("INX-HRN-M4-T12F4LCP-PB-LP-003M", {"fibers": 7}, "every duplex leg takes two"),
        ("INX-CAS-M4-T12F6LCP-PA-L-00", {"polarity": "NA"}, "labelled A, B or U2"),
        ("INX-CAS-M4-T12F6LCP-PA-L-00", {"gender_a": ""}, "pinned (M) or unpinned (F)"),
        ("INX-ADP-MM-T12P-PA-S01", {"connector_b": "MPO-16"}, "no adapter joins different"),
        ("INX-ADP-MM-T12P-PA-S01", {"polarity": "NA"}, "opposed key"),
        ("INX-VSF-S2-SNSNU-PN-LP-001M", {"fiber": "OM3"}, "OS2 or OM4 only"),
        ("INX-LPB-M4-T12FP-L", {"gender_a": "X"}, "F fits a transceiver port"),
        ("INX-ATT-S2-LCU-S-05D", {"fiber": "OM4"}, "for single mode"),
        ("INX-CLN-MPO12-PEN", {"gender_a": ""}, "cleans pinned"),
        ("INX-XCV-QDD-400GDR4", {"gender_a": "F"}, "is pinned (M)"),
        ("INX-XCV-QDD-400GDR4", {"applications": ()}, "exactly one link type"),
        ("INX-SVC-LABEL", {"price_cents": 100}, "sales quotes it"),
        (CORD, {"applications": ("400GBASE-DR4",)}, "does not run on OM4"),
        (CORD, {"applications": ("9GBASE-XX",)}, "not a link"),
        (CORD, {"max_insertion_loss_db": 0.5}, "above 0.35"),
        (CORD, {"jacket": "PAPER"}, "'PAPER' is unknown"),
        (CORD, {"price_breaks": (PriceBreak(10, 99_900),)}, "never cost more"),
        (CORD, {"price_breaks": (PriceBreak(10, 50), PriceBreak(10, 40))}, "rise"),
    ],
)
def test_an_unsound_product_is_named_with_its_reason(
    number: str, changes: dict[str, Any], hint: str
) -> None:
    assert any(hint in reason for reason in all_rules(changed(number, **changes)))


def test_columns_that_contradict_the_part_number_are_named() -> None:
    product = replace(sample_product(CORD), fiber="OM3", length_m=5.0)

    assert broken_rules(product) == [
        "fiber: 'OM3' but the part number says 'OM4'",
        "length_m: 5.0 but the part number says 3.0",
    ]


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("INX-HRN-M4-T12F5LCP-PB-LP-003M", "does not light"),
        ("INX-CNV-M4-T24F2X8FP-PB-LP-003M", "add up"),
        ("INX-CAS-M4-T12F4LCP-PA-L-00", "every rear fiber"),
        ("INX-TRK-M4-T12M2X12MP-PB-LP-010M", "both ends of a trunk"),
        ("INX-ATT-S2-LCU-S-04D", "attenuation is one of"),
        ("INX-TOL-MTP12-PIN", "field-changeable"),
        ("INX-INS-MPO12-TIP", "PC or APC"),
    ],
)
def test_leg_counts_and_the_like_are_checked_through_the_number(number: str, hint: str) -> None:
    sound = sample_product(CORD)
    product = replace(sound, sku=number)

    assert any(hint in reason for reason in broken_rules(product))


def test_another_houses_numbers_are_accepted_as_they_are() -> None:
    assert all_rules(changed(CORD)) == []
