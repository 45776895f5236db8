"""Rework triage: every fault gets advice with a source, the cheapest first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.rework import triage, triage_lines
from sales.rework_rules import ACTIONS, DAMAGES, PLACES, RULES, SYMPTOMS, Fault

FAULTS = st.builds(
    Fault,
    st.sampled_from(SYMPTOMS),
    st.sampled_from(["MPO", "LC"]),
    st.sampled_from(["", *DAMAGES]),
    st.sampled_from(PLACES),
    st.sampled_from([True, False, None]),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        (Fault(), "clean"),
        (Fault("high loss"), "clean"),
        (Fault("high loss", was_cleaned=True), "inspect"),
        (Fault(damage="dirt"), "clean"),
        (Fault(damage="dirt", was_cleaned=True), "replace"),
        (Fault("fails at 1550 only"), "look elsewhere"),
        (Fault("no light", damage="none"), "look elsewhere"),
        (Fault(damage="scratch outside the core"), "keep"),
        (Fault(damage="scratch in the core", place="trunk", is_mtp=True), "re-polish"),
        (Fault(damage="scratch in the core", place="cord", is_mtp=True), "replace"),
        (Fault(damage="scratch in the core", place="trunk", is_mtp=False), "replace"),
        (Fault(damage="scratch in the core", place="trunk", is_mtp=None), "replace"),
        (Fault(damage="pit in the core", place="trunk", ferrule="LC"), "re-polish"),
        (Fault(damage="fiber recessed", place="trunk"), "re-terminate"),
        (Fault(damage="shattered fiber", place="trunk", ferrule="LC"), "re-terminate"),
        (Fault(damage="shattered fiber", place="cord"), "replace"),
        (Fault(damage="crack", place="trunk", is_mtp=True), "replace"),
        (Fault(damage="ferrule damage"), "replace"),
        (Fault(damage="bent or missing pin"), "replace"),
        (Fault(damage="scratch in the core", place="transceiver", is_mtp=True), "replace"),
        (Fault(damage="cable kinked or crushed", place="trunk"), "replace"),
    ],
)
def test_the_advice(fault: Fault, action: str) -> None:
    assert triage(fault).action == action


def test_every_rule_has_a_source_and_is_reached() -> None:
    reached = {
        triage(Fault(symptom, ferrule, damage, place, is_mtp, cleaned)).rule.id
        for symptom in SYMPTOMS
        for ferrule in ("MPO", "LC")
        for damage in ("", *DAMAGES)
        for place in PLACES
        for is_mtp in (True, False, None)
        for cleaned in (True, False)
    }
    assert all(rule.source and rule.why for rule in RULES)
    assert reached == {rule.id for rule in RULES}
    assert len(reached) == len(RULES)


def test_an_mtp_trunk_may_be_re_polished_by_the_supplier_and_a_generic_one_not() -> None:
    damage, place = "scratch in the core", "trunk"
    mtp = triage(Fault(damage=damage, place=place, is_mtp=True))
    generic = triage(Fault(damage=damage, place=place, is_mtp=False))
    assert [option.action for option in mtp.options] == ["re-polish", "re-terminate", "replace"]
    assert [option.action for option in generic.options] == ["re-terminate", "replace"]
    assert mtp.send_in
    assert not generic.send_in


@given(FAULTS)
def test_every_fault_gets_sourced_advice_cheapest_first(fault: Fault) -> None:
    found = triage(fault)
    assert found.action in ACTIONS
    assert found.options
    assert found.action in {option.action for option in found.options}
    costs = [option.cost for option in found.options]
    assert costs == sorted(costs)
    assert all(found.sources)
    text = "\n".join(triage_lines(found))
    assert "$" not in text
    assert "Source: " in text


@given(FAULTS)
def test_nothing_is_polished_on_site_and_a_generic_mpo_never(fault: Fault) -> None:
    found = triage(fault)
    polish = [option for option in found.options if option.action == "re-polish"]
    assert all("Send it in" in option.text for option in polish)
    if fault.ferrule == "MPO" and fault.is_mtp is False:
        assert not polish


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Fault(damage="sad")
