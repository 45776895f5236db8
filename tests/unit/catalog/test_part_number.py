"""A part number says everything about its product, or it is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.catalog.part_number import (
    BRAND_CODES,
    FIBER_CODES,
    GRADE_CODES,
    JACKET_CODES,
    PLUG_CODES,
    POLARITY_CODES,
    POLISH_CODES,
    End,
    PartNumber,
    PartNumberError,
    build,
    link_code,
    parse,
)
from sales.catalog.sample_parts import SAMPLE_NUMBERS
from sales.reference.files import known_links

mpo_ends = st.builds(
    End,
    st.sampled_from(["MPO-8", "MPO-12", "MPO-16", "MPO-24"]),
    st.sampled_from("MFX"),
    st.integers(1, 24),
)
plug_ends = st.builds(
    End,
    st.sampled_from([name for name in PLUG_CODES.values() if name != "MMC-16"]),
    st.just(""),
    st.integers(1, 24),
)
mmc_ends = st.builds(End, st.just("MMC-16"), st.sampled_from("MFX"))
far_ends = st.one_of(mpo_ends, plug_ends, mmc_ends)


@st.composite
def cables(draw: st.DrawFn) -> PartNumber:
    ends = (draw(far_ends), draw(far_ends))
    has_mpo = any(end.is_mpo for end in ends)
    return PartNumber(
        draw(st.sampled_from(["TRK", "PAT", "HRN", "CNV", "LCP", "VSF"])),
        draw(st.sampled_from(list(FIBER_CODES.values()))),
        draw(st.sampled_from(list(BRAND_CODES.values()))) if has_mpo else "",
        ends,
        draw(st.sampled_from(list(POLISH_CODES.values()))),
        draw(st.sampled_from(list(POLARITY_CODES.values()))),
        draw(st.sampled_from(list(GRADE_CODES.values()))),
        draw(st.sampled_from(list(JACKET_CODES.values()))),
        draw(st.booleans()),
        float(draw(st.integers(1, 999))) if draw(st.booleans()) else 0.5,
    )


@given(cables())
def test_every_attribute_of_a_cable_comes_back_out_of_its_number(part: PartNumber) -> None:
    assert parse(build(part)) == part


@given(st.text(max_size=40))
def test_any_text_is_either_a_number_or_refused_with_a_reason(text: str) -> None:
    for candidate in (text, f"INX-{text}", f"INX-PAT-M4-{text}-PB-LP-003M"):
        with suppress(PartNumberError):  # nothing else may be raised
            assert build(parse(candidate)) == candidate


@pytest.mark.parametrize("number", SAMPLE_NUMBERS)
def test_every_sample_number_reads_back_as_itself(number: str) -> None:
    assert build(parse(number)) == number


def test_a_cord_says_brand_connectors_gender_polarity_grade_jacket_and_length() -> None:
    facts = parse("INX-PAT-M4-T12F12FP-PB-LP-003M").facts()

    assert facts == {
        "family": "PAT",
        "brand": "MTP",
        "fiber": "OM4",
        "connector_a": "MPO-12",
        "connector_b": "MPO-12",
        "gender_a": "F",
        "gender_b": "F",
        "polarity": "B",
        "polish": "PC",
        "loss_grade": "LL",
        "jacket": "OFNP",
        "construction": "3 mm round",
        "length_m": 3.0,
        "fibers": 12,
    }


@pytest.mark.parametrize(
    ("number", "fibers"),
    [
        ("INX-HRN-M4-T12F4LCP-PB-LP-003M", 8),
        ("INX-HRN-M4-T24F12LCP-PB-LP-003M", 24),
        ("INX-CNV-M4-T24M3X8FP-PB-LP-001M", 24),
        ("INX-TRK-S2-T12X12M12X12MA-PB-LP-030M", 144),
        ("INX-CAS-M4-T3X8M12LCP-U2-L-00", 24),
        ("INX-ADP-MM-T12P-PB-S06", 72),
        ("INX-ENC-4U-12X24-S", 288),
        ("INX-XCV-QDD-400GDR4", 8),
        ("INX-CLN-MPO12-PEN", None),
    ],
)
def test_the_fibers_in_use_are_counted_from_the_number(number: str, fibers: int | None) -> None:
    assert parse(number).fibers == fibers


def test_half_a_metre_is_written_h05() -> None:
    assert parse("INX-LCP-M4-LCLCP-PN-SR-H05").length_m == 0.5


def test_a_twin_port_module_has_two_mpo_12_instead_of_one_mpo_16() -> None:
    assert parse("INX-XCV-OSF-800GDR8").end_a.connector == "MPO-16"
    assert parse("INX-XCV-OST-800GDR8").end_a.connector == "MPO-12"


def test_each_link_has_a_code_of_its_own() -> None:
    assert len({link_code(name) for name in known_links()}) == len(known_links())


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("inx-PAT-M4-T12F12FP-PB-LP-003M", "must begin INX-"),
        ("INX-FOO-M4-T12F12FP-PB-LP-003M", "family 'FOO'"),
        ("INX-PAT-M9-T12F12FP-PB-LP-003M", "fiber 'M9'"),
        ("INX-PAT-M4-12F12FP-PB-LP-003M", "needs T (MTP) or G (generic MPO)"),
        ("INX-LCP-M4-TLCLCP-PN-SR-003M", "brand letter but no MPO"),
        ("INX-PAT-M4-T13F13FP-PB-LP-003M", "configuration"),
        ("INX-PAT-M4-T12F12FQ-PB-LP-003M", "configuration"),
        ("INX-PAT-M4-T12F12FP-PX-LP-003M", "polarity 'PX'"),
        ("INX-PAT-M4-T12F12FP-PB-XP-003M", "loss grade 'X'"),
        ("INX-PAT-M4-T12F12FP-PB-LQ-003M", "jacket 'Q'"),
        ("INX-PAT-M4-T12F12FP-PB-LP-3M", "length '3M'"),
        ("INX-PAT-M4-T12F12FP-PB-LP-000M", "length 000M"),
        ("INX-PAT-M4-T12F12FP-PB-LP", "it needs <fiber>-<ends>"),
        ("INX-PAT-M4-T1X12F12FP-PB-LP-003M", "it would be written"),
        ("INX-XCV-QDD-999GDR4", "link '999GDR4'"),
        ("INX-XCV-ZZZ-400GDR4", "form factor 'ZZZ'"),
        ("INX-SVC-HOLIDAY", "service 'HOLIDAY'"),
        ("INX-CLN-MPO13-PEN", "connector 'MPO13'"),
        ("INX-ENC-1U-4-F", "slots '4'"),
    ],
)
def test_a_code_that_is_unknown_is_refused_by_name(number: str, hint: str) -> None:
    with pytest.raises(PartNumberError) as refusal:
        parse(number)

    assert hint in refusal.value.reason
