"""The sample catalog: always the same, marked as sample, and covering what people ask for."""

from __future__ import annotations

from collections import Counter

import pytest

from sales.catalog.sample import SAMPLE_FILE, sample_csv, sample_product, sample_products

BY_SKU = {product.sku: product for product in sample_products()}
COUNTS = {
    "TRK": 90, "PAT": 80, "HRN": 70, "CNV": 40, "LCP": 50, "VSF": 20, "CAS": 45, "ADP": 20,
    "ENC": 12, "LPB": 14, "ATT": 14, "CLN": 18, "INS": 12, "TOL": 12, "XCV": 25, "SVC": 6,
}  # fmt: skip


def test_the_sample_file_is_what_the_generator_writes() -> None:
    written = SAMPLE_FILE.read_text(encoding="utf-8")

    assert written == sample_csv(), "run `python -m sales.catalog.sample`"


def test_the_generator_writes_the_same_twice() -> None:
    assert sample_csv() == sample_csv()


def test_each_family_has_the_planned_number_of_products() -> None:
    assert Counter(product.family for product in BY_SKU.values()) == COUNTS


def test_every_row_says_that_it_is_a_sample() -> None:
    assert all(item.is_sample and "Sample" in item.notes for item in BY_SKU.values())
    assert all("Sample" in item.lead_time_text for item in BY_SKU.values())


@pytest.mark.parametrize("length", [10, 15, 20, 30, 50])
def test_om4_type_b_trunks_come_as_mtp_and_as_generic_mpo(length: int) -> None:
    mtp = BY_SKU[f"INX-TRK-M4-T12M12MP-PB-LP-{length:03d}M"]
    mpo = BY_SKU[f"INX-TRK-M4-G12M12MP-PB-LP-{length:03d}M"]

    assert (mtp.brand, mpo.brand) == ("MTP", "MPO")


def test_mtp_elite_always_costs_more_than_the_generic_standard_of_the_same_cable() -> None:
    pairs = [
        (product, BY_SKU[generic])
        for sku, product in BY_SKU.items()
        if (generic := sku.replace("-T", "-G").replace("-LP-", "-SP-")) in BY_SKU and generic != sku
    ]

    assert len(pairs) > 30
    assert all((mtp.price_cents or 0) > (mpo.price_cents or 0) for mtp, mpo in pairs)


@pytest.mark.parametrize(
    ("sku", "price"),
    [
        ("INX-PAT-M4-T12F12FP-PB-LP-001M", "$59.00"),
        ("INX-PAT-M4-T12F12FP-PB-LP-005M", "$116.00"),
        ("INX-HRN-M4-T8F4LCP-PB-LP-001M", "$59.00"),
        ("INX-CNV-M4-T16F2X8FA-PB-LP-001M", "$150.00"),
        ("INX-CAS-S2-T12F6LCA-PB-L-00", "$110.00"),
        ("INX-CAS-M5-T12F6LCP-PB-L-00", "$139.00"),
        ("INX-SVC-LENGTH", "price on request"),
    ],
)
def test_prices_keep_to_the_levels_seen_in_public(sku: str, price: str) -> None:
    assert BY_SKU[sku].price_usd == price


@pytest.mark.parametrize(
    ("sku", "served", "not_served"),
    [
        ("INX-PAT-M4-T12F12FP-PB-LP-003M", "100GBASE-SR4", "400GBASE-SR4"),
        ("INX-PAT-M4-T12F12FA-PB-LP-003M", "400GBASE-SR4", "100GBASE-SR4"),
        ("INX-PAT-M4-T16F16FA-PB-LP-003M", "800GBASE-SR8", "400GBASE-SR4"),
        ("INX-PAT-S2-T12F12FA-PB-LP-003M", "400GBASE-DR4", "100GBASE-SR4"),
        ("INX-TRK-M4-T12M12MP-PC-LP-010M", "10GBASE-SR", "40GBASE-SR4"),
        ("INX-TRK-M4-T12M12MP-PB-LP-100M", "100GBASE-SR4", "100GBASE-VR1"),
        ("INX-LCP-S2-LCLCU-PN-SR-003M", "400GBASE-FR4", "10GBASE-SR"),
    ],
)
def test_a_product_names_the_links_it_can_carry(sku: str, served: str, not_served: str) -> None:
    assert served in BY_SKU[sku].applications
    assert not_served not in BY_SKU[sku].applications


def test_a_piece_gets_cheaper_with_the_number_of_pieces() -> None:
    cord = sample_product("INX-PAT-M4-T12F12FP-PB-LP-005M")

    assert [cord.unit_price_cents(n) for n in (1, 9, 10, 50)] == [11600, 11600, 11136, 10672]
