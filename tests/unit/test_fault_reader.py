"""What a visitor writes about a damaged connector becomes the facts that the triage needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.fault_reader import read_fault
from sales.rework import triage
from sales.rework_questions import (
    ANSWERS,
    QUESTIONS,
    SCRATCHED,
    UNSURE,
    assumptions,
    fault_of,
    in_words,
    next_question,
)


@pytest.mark.parametrize(
    ("text", "damage"),
    [
        ("my connector has a scratch on the core, can it be saved?", "scratch in the core"),
        ("scrached acros the core", "scratch in the core"),
        ("a scratch in the cladding", "scratch outside the core"),
        ("scratch, but not over the core", "scratch outside the core"),
        ("it is scratched", SCRATCHED),
        ("broken pin on an mpo plug", "bent or missing pin"),
        ("one guide pin is missing", "bent or missing pin"),
        ("cracked ferrule MTP APC", "ferrule damage"),
        ("craked ferule", "ferrule damage"),
        ("the latch snapped off", "broken housing"),
        ("fiber 7 is recessed", "fiber recessed"),
        ("a chip at the edge of fibre 3", "edge chip"),
        ("burn mark on the core", "pit in the core"),
        ("a forklift ran over the cable", "cable kinked or crushed"),
        ("there's oil on it", "film"),
        ("end face dirty", "dirt"),
        ("no dirt, but a crack", "crack"),
        ("no scratches, no dirt", "none"),
        ("looks clean under the scope", "none"),
        ("it is not clean", ""),
        ("we haven't looked at it", UNSURE),
        ("we have no microscope", UNSURE),
        ("is this worth repairing", ""),
    ],
)
def test_the_damage_is_read(text: str, damage: str) -> None:
    assert read_fault(text).get("fault_damage", "") == damage


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (
            "high loss on an MTP trunk, cleaned it twice, still dirty",
            {
                "fault_damage": "dirt",
                "fault_place": "trunk",
                "fault_ferrule": "mtp",
                "fault_cleaned": "yes",
                "fault_symptom": "high loss",
            },
        ),
        ("one of 12 fibers dark after somebody pulled it", {"fault_symptom": "some lanes fail"}),
        ("passes 1310 but fails 1550", {"fault_symptom": "fails at 1550 only"}),
        ("we haven't cleaned it yet", {"fault_cleaned": "no"}),
        ("LC patch cord", {"fault_place": "cord", "fault_ferrule": "lc"}),
        ("generic MPO cassette", {"fault_place": "cassette", "fault_ferrule": "mpo"}),
        ("it's behind the patch panel", {}),
    ],
)
def test_part_plug_symptom_and_what_was_tried_are_read(text: str, facts: dict[str, str]) -> None:
    assert read_fault(text) == facts


def test_mpo_alone_may_be_an_mtp_unless_that_was_the_question() -> None:
    assert "fault_ferrule" not in read_fault("an mpo plug")
    assert read_fault("an mpo plug", asked="fault_ferrule") == {"fault_ferrule": "mpo"}


def test_where_a_scratch_runs_is_understood_once_a_scratch_was_told() -> None:
    assert read_fault("it goes across") == {}
    assert read_fault("it goes across", damage=SCRATCHED) == {"fault_damage": "scratch in the core"}


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing_into_known_answers(text: str) -> None:
    for slot, value in read_fault(text).items():
        assert value in (
            *ANSWERS[slot],
            UNSURE,
            SCRATCHED,
            "high reflectance",
            "fails at 1550 only",
        )


@given(st.lists(st.integers(0, 30), min_size=5, max_size=5))
def test_at_most_three_questions_are_asked(choices: list[int]) -> None:
    known: dict[str, str | None] = {}
    for choice in choices:
        slot = next_question(known)
        if slot is None:
            break
        answers = (*ANSWERS[slot], UNSURE)
        known[slot] = answers[choice % len(answers)]
    assert next_question(known) is None
    assert len(known) <= 3
    assert triage(fault_of(known)).options


def test_only_what_decides_is_asked() -> None:
    trunk = {"fault_damage": "scratch in the core", "fault_place": "trunk"}
    assert next_question(trunk) == "fault_ferrule"
    assert next_question({**trunk, "fault_place": "cord"}) is None
    assert next_question({"fault_damage": "scratch outside the core"}) is None
    assert next_question({"fault_damage": "dirt"}) == "fault_cleaned"
    assert next_question({"fault_damage": SCRATCHED}) == "fault_damage"


def test_what_was_taken_for_granted_is_said() -> None:
    told = assumptions({"fault_damage": "edge chip", "fault_place": UNSURE})
    assert any("patch cord" in text for text in told)
    assert assumptions({"fault_damage": "edge chip", "fault_place": "cord"}) == ()


def test_sales_is_told_the_fault_in_a_line() -> None:
    known = dict.fromkeys(QUESTIONS) | {"fault_damage": "edge chip", "fault_place": "trunk"}
    assert in_words({**known, "fault_ferrule": "mtp"}) == "MTP trunk, edge chip"
