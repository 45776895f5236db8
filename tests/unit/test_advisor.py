"""The recommendation agrees with the supplier's article and says openly where answers conflict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sales.advisor import Recommendation, Requirements, recommend
from sales.advisor_products import MULTIMODE, SINGLE_MODE
from sales.advisor_rules import RULES, Budget, Site

LINKS = Path(__file__).parents[2] / "data/reference/links.yml"
FOUR_QUESTIONS = ("data_rate_gbps", "rework", "loss_sensitive", "budget")
TOWARDS_MTP = ("MPO", "either", "MTP")
TWELVE_OR_EIGHT = ("MPO-12", "MPO-8")
FIBERS = (None, "OM1", "OM2", "OM3", "OM4", "OM5", "OS1", "OS2", "SM", "MM", "om4", "?")

any_requirements = st.builds(
    Requirements,
    data_rate_gbps=st.none()
    | st.sampled_from([10, 25, 40, 50, 100, 200, 400, 800, 1600])
    | st.integers(-10, 5000),
    rework=st.none() | st.booleans(),
    loss_sensitive=st.none() | st.booleans(),
    budget=st.none() | st.sampled_from(get_args(Budget)),
    site=st.none() | st.sampled_from(get_args(Site)),
    future_upgrades=st.none() | st.booleans(),
    distance_m=st.none() | st.floats(0, 20_000),
    fiber=st.sampled_from(FIBERS),
)


def rules_of(recommendation: Recommendation) -> set[str]:
    told = recommendation.reasons_for + recommendation.reasons_against
    return {reason.rule for reason in told}


@pytest.mark.parametrize(
    ("answers", "verdict", "row"),
    [
        ({"site": "small_office"}, "MPO", "small enterprise office"),
        ({"site": "central_office"}, "either", "telecom central office"),
        ({"site": "data_center"}, "MTP", "cloud or data center"),
        ({"site": "backbone", "data_rate_gbps": 100}, "MTP", "100G/400G backbone"),
        ({"site": "backbone", "data_rate_gbps": 400}, "MTP", "100G/400G backbone"),
        ({"budget": "tight", "distance_m": 10.0}, "MPO", "budget-limited short run"),
        ({"future_upgrades": True}, "MTP", "future upgrades expected"),
        ({"data_rate_gbps": 10}, "MPO", "when to choose MPO"),
        ({"site": "test_lab"}, "MPO", "when to choose MPO"),
        ({"site": "legacy_panel"}, "MPO", "when to choose MPO"),
        ({"budget": "tight"}, "MPO", "when to choose MPO"),
        ({"rework": False, "loss_sensitive": False}, "MPO", "when to choose MPO"),
        ({"data_rate_gbps": 40}, "MTP", "when to choose MTP"),
        ({"data_rate_gbps": 1600}, "MTP", "when to choose MTP"),
        ({"loss_sensitive": True}, "MTP", "when to choose MTP"),
        ({"rework": True}, "MTP", "re-polishing"),
        ({"budget": "performance"}, "MTP", "when to choose MTP"),
    ],
)
def test_each_row_of_the_article_is_kept_and_cited(
    answers: dict[str, Any], verdict: str, row: str
) -> None:
    told = recommend(Requirements(**answers))

    assert told.verdict == verdict
    reasons = [*told.reasons_for, *told.reasons_against]
    assert any(row in reason.source for reason in reasons)
    assert told.reasons_for[0].source.startswith("Infinite Networks")


def test_400g_on_a_tight_budget_stays_low_loss_mtp_and_says_what_can_be_saved() -> None:
    told = recommend(Requirements(400, rework=False, loss_sensitive=False, budget="tight"))

    assert (told.verdict, told.loss_grade) == ("MTP", "LL")
    assert "although" in told.text
    assert "the budget is tight" in told.text
    assert "generic low-loss MPO (0.35 dB at most per pair, with a test report)" in told.saves
    assert "shortest length" in told.saves
    assert "price breaks" in told.saves


def test_a_small_office_with_10g_takes_standard_mpo() -> None:
    told = recommend(Requirements(10, site="small_office"))

    assert (told.verdict, told.loss_grade) == ("MPO", "STD")
    assert told.reasons_against == ()


@pytest.mark.parametrize("rate", [40, 100])
def test_a_cheap_short_parallel_link_takes_mpo_with_the_loss_budget_as_the_check(rate: int) -> None:
    told = recommend(
        Requirements(rate, rework=False, loss_sensitive=False, budget="tight", distance_m=20.0)
    )

    assert told.verdict == "MPO"
    assert "0.75 dB for each standard pair" in told.reasons_for[0].text
    assert "every 40G to 800G parallel optic uses this plug" in told.reasons_for[0].text
    assert f"{rate}G is high bandwidth" in told.text


def test_a_stated_short_run_is_cheap_even_when_nothing_was_said_about_loss() -> None:
    told = recommend(Requirements(100, budget="tight", distance_m=10.0))

    assert told.verdict == "MPO"


def test_a_long_cheap_parallel_link_takes_mtp() -> None:
    told = recommend(
        Requirements(100, rework=False, loss_sensitive=False, budget="tight", distance_m=300.0)
    )

    assert told.verdict == "MTP"
    assert "long_run" in rules_of(told)


def test_rework_is_said_to_be_bench_work() -> None:
    told = recommend(Requirements(10, rework=True, budget="tight", site="small_office"))

    assert told.verdict == "MTP"
    assert "bench work" in told.reasons_for[0].text
    assert "not field work" in told.reasons_for[0].text
    assert "cost comes first" in told.text
    assert "a small office" in told.text


def test_two_rows_that_disagree_are_both_named() -> None:
    told = recommend(Requirements(10, site="data_center", budget="tight", distance_m=5.0))

    assert told.verdict == "either"
    assert "data center says MTP" in told.text
    assert "MPO" in told.text
    assert {reason.speaks_for for reason in told.reasons_against} == {"MTP", "MPO"}


def test_a_fast_small_office_is_told_that_its_answers_pull_both_ways() -> None:
    told = recommend(Requirements(100, site="small_office"))

    assert (told.verdict, told.loss_grade) == ("either", "LL")
    assert "100G speaks for MTP, while a small office speaks for MPO" in told.text


def test_a_slow_backbone_takes_either() -> None:
    assert recommend(Requirements(10, site="backbone")).verdict == "either"


def test_a_missing_loss_answer_is_assumed_by_speed() -> None:
    slow, fast = recommend(Requirements(10)), recommend(Requirements(400))

    assert "0.75 dB each, are fine" in slow.assumptions[1].text
    assert "little loss can be spared" in fast.assumptions[1].text


def test_mtp_is_said_to_cost_more_and_to_pay_back() -> None:
    told = recommend(Requirements(400))

    assert "costs more" in told.costs
    assert "fewer failures" in told.costs


@pytest.mark.parametrize(
    ("answers", "connectors", "polish", "fiber", "optic"),
    [
        ({"data_rate_gbps": 40}, TWELVE_OR_EIGHT, "PC", "OM4", "40GBASE-SR4"),
        ({"data_rate_gbps": 100, "fiber": "OM3"}, TWELVE_OR_EIGHT, "PC", "OM3", "100GBASE-SR4"),
        ({"data_rate_gbps": 100, "fiber": "SM"}, TWELVE_OR_EIGHT, "APC", "OS2", "100G-PSM4"),
        ({"data_rate_gbps": 400}, TWELVE_OR_EIGHT, "APC", "OS2", "400GBASE-DR4"),
        ({"data_rate_gbps": 400, "fiber": "OM4"}, TWELVE_OR_EIGHT, "APC", "OM4", "400GBASE-SR4"),
        ({"data_rate_gbps": 800}, ("MPO-16", "MPO-12"), "APC", "OS2", "800GBASE-DR8"),
        ({"data_rate_gbps": 1600}, ("MPO-16", "MPO-12"), "APC", "OS2", "1.6TBASE-DR8"),
        ({"data_rate_gbps": 10}, ("MPO-12",), "PC", "OM4", "10GBASE-SR"),
        ({"data_rate_gbps": 100, "distance_m": 300.0}, TWELVE_OR_EIGHT, "APC", "OS2", "100G-PSM4"),
    ],
)  # fmt: skip
def test_the_data_rate_suggests_connector_polish_and_fiber(
    answers: dict[str, Any], connectors: tuple[str, ...], polish: str, fiber: str, optic: str
) -> None:
    hint = recommend(Requirements(**answers)).product_hint

    assert (hint.connectors, hint.polish, hint.fiber, hint.optic) == (
        connectors, polish, fiber, optic,
    )  # fmt: skip
    assert optic in hint.source


def test_multimode_beyond_its_reach_is_turned_down_with_the_reach() -> None:
    hint = recommend(Requirements(100, fiber="OM3", distance_m=90.0)).product_hint

    assert hint.fiber == "OS2"
    assert "100GBASE-SR4 reaches 70 m on OM3" in hint.note


def test_legacy_fiber_is_kept_out_of_new_links() -> None:
    hint = recommend(Requirements(10, fiber="OM1")).product_hint

    assert hint.fiber == "OM4"
    assert "OM1 is a legacy grade" in hint.note


def test_a_rate_nobody_sells_gets_a_verdict_but_no_invented_optic() -> None:
    told = recommend(Requirements(333))

    assert told.verdict == "MTP"
    assert (told.product_hint.optic, told.product_hint.connectors) == (None, ())


def test_the_suggested_optics_agree_with_the_link_reference() -> None:
    links = {link["name"]: link for link in yaml.safe_load(LINKS.read_text())["links"]}

    for rate, optic in [*MULTIMODE.items(), *SINGLE_MODE.items()]:
        link = links[optic.name]
        assert (link["rate_gbps"], link["fibers_used"]) == (rate, optic.fibers_lit)
        assert {grade: link["reach_m"][grade] for grade in optic.reach_m} == optic.reach_m
        if "MPO" in link["connector"]:
            assert optic.connectors[0] in link["connector"]
            assert optic.polish in link["polish"]


def test_single_mode_mpo_is_always_apc() -> None:
    assert {optic.polish for optic in SINGLE_MODE.values()} == {"APC"}
    assert {optic.polish for rate, optic in MULTIMODE.items() if rate < 400} == {"PC"}


def test_every_rule_has_its_own_name_and_a_source() -> None:
    names = [rule.id for rule in RULES]

    assert len(names) == len(set(names))
    assert all(rule.source and rule.text and rule.clause for rule in RULES)


@given(any_requirements)
def test_every_visitor_gets_a_sourced_recommendation(needs: Requirements) -> None:
    told = recommend(needs)

    assert told.reasons_for
    assert all(r.source and r.text for r in told.reasons_for)
    texts = [told.text, *(r.text for r in told.reasons_for + told.reasons_against)]
    assert all(text.endswith(".") and "{" not in text for text in texts)
    assert all(r.speaks_for == told.verdict for r in told.reasons_for)
    assert told.costs
    assert told.saves


@given(any_requirements)
def test_assumptions_are_named_for_exactly_the_missing_answers(needs: Requirements) -> None:
    assumed = [assumption.answer for assumption in recommend(needs).assumptions]

    assert assumed == [name for name in FOUR_QUESTIONS if getattr(needs, name) is None]


@given(any_requirements, st.integers(1, 1600), st.integers(1, 1600))
def test_a_higher_rate_never_leads_away_from_mtp(needs: Requirements, one: int, two: int) -> None:
    slow, fast = sorted((one, two))
    slower, faster = (recommend(replace(needs, data_rate_gbps=rate)) for rate in (slow, fast))

    assert TOWARDS_MTP.index(faster.verdict) >= TOWARDS_MTP.index(slower.verdict)


@given(any_requirements)
def test_the_product_hint_follows_the_verdict(needs: Requirements) -> None:
    told = recommend(needs)

    assert told.product_hint.brand == (None if told.verdict == "either" else told.verdict)
    assert told.product_hint.loss_grade == told.loss_grade
    assert not (told.verdict == "MPO" and told.loss_grade == "LL")
