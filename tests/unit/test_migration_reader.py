"""What a visitor writes about a move to a faster rate becomes plant and target."""

from __future__ import annotations

from typing import Any

import pytest

from actions.migration_reader import bad_parts, read_migration
from bot.nlu.entities.find import find_entities
from sales.migration_needs import completed, next_question, plant_of, problem, reach_lines
from sales.reference.files import known_links

LINKS = tuple(known_links().values())
SR4 = {"optic": "100GBASE-SR4", "rate": 100}


def entities(text: str) -> list[dict[str, Any]]:
    found = find_entities(text)
    return [
        {"entity": each.name, "value": each.value, "start": each.start, "end": each.end}
        for each in found
    ]


def read(text: str, asked: str = "") -> tuple[Any, ...]:
    """Today's optic or rate, fiber, length and target, as the text tells them."""
    facts = read_migration(text, entities(text), asked)
    today = facts.get("migration_today", {})
    return (
        today.get("optic") or today.get("rate") or today.get("connector"),
        facts.get("migration_fiber"),
        facts.get("migration_length"),
        facts.get("migration_target"),
    )


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (
            "we run 40G SR4 on OM3, 80 m, how do we get to 400G?",
            ("40GBASE-SR4", "OM3", 80.0, 400),
        ),
        ("upgrade path from 100G SR4 over OM4 to 800G", ("100GBASE-SR4", "OM4", None, 800)),
        ("can I reuse my OM4 trunks for 400G at 70 m", ("MPO-12", "OM4", 70.0, 400)),
        ("migrate 10G LC duplex OM3 150m to 100G", (10, "OM3", 150.0, 100)),
        ("can I run 400G on my existing OM4 MTP trunks, 90 m?", ("MPO-12", "OM4", 90.0, 400)),
        ("to 400G from 100G, OM4 60 m", (100, "OM4", 60.0, 400)),
        ("from 400G to 100G over OM4", (400, "OM4", None, 100)),
        ("40g 400g om4 80m", (40, "OM4", 80.0, 400)),
        ("our 25G links, OM4, 100 feet, what do we need for 200G", (25, "OM4", 30.48, 200)),
        ("100G LR4 on single mode, 2 km, want 400G", ("100GBASE-LR4", "OS2", 2000.0, 400)),
        ("we run SR4 over OM4 and want to go to 400", ("SR4", "OM4", None, 400)),
        ("and at 150 m?", (None, None, 150.0, None)),
        ("what about 800G?", (None, None, None, 800)),
        ("and with OM5?", (None, "OM5", None, None)),
    ],
)
def test_plant_and_target_are_read(text: str, facts: tuple[Any, ...]) -> None:
    assert read(text) == facts


def test_an_answer_takes_the_role_that_was_asked() -> None:
    assert read("100G", "migration_today") == (100, None, None, None)
    assert read("100G", "migration_target") == (None, None, None, 100)
    assert read("400", "migration_target") == (None, None, None, 400)
    assert read("80", "migration_length") == (None, None, 80.0, None)


def test_what_is_said_of_the_cabling_is_kept() -> None:
    text = "two 24 fiber MTP trunks type B with cassettes, OM4, 50 m, 40G to 100G"
    today = read_migration(text, entities(text))["migration_today"]
    assert today == {
        "rate": 40, "connector": "MPO-24", "has_cassettes": True, "trunks": 2, "polarity": "B",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("0 m of OM4", "migration_length"),
        ("-5 m", "migration_length"),
        ("9000 km", "migration_length"),
        ("OM7 fiber", "migration_fiber"),
        ("we run 100G ZR9", "migration_today"),
        ("10GBASE-T today", "migration_today"),
    ],
)
def test_what_cannot_be_is_found(text: str, slot: str) -> None:
    assert slot in bad_parts(text, entities(text))


@pytest.mark.parametrize("text", ["10 m of OM4", "100 m", "40GBASE-SR4, 0.5 km", "dr4 400g", "OS1"])
def test_what_can_be_is_not_refused(text: str) -> None:
    assert bad_parts(text, entities(text)) == {}


def test_a_target_must_be_above_todays_rate_and_in_the_reference() -> None:
    for target in (40, 100):
        found = problem({"migration_today": SR4, "migration_target": target}, LINKS)
        assert found is not None
        assert found[:2] == ("migration_target", "below")
    unknown = problem({"migration_today": SR4, "migration_target": 3200}, LINKS)
    assert unknown is not None
    assert unknown[1] == "rate"
    assert problem({"migration_today": SR4, "migration_target": 400}, LINKS) is None


def test_the_fiber_must_carry_todays_optic() -> None:
    found = problem({"migration_today": SR4, "migration_fiber": "OS2"}, LINKS)
    assert found is not None
    assert found[:2] == ("migration_fiber", "mode")


def test_a_single_mode_optic_needs_no_question_about_the_fiber() -> None:
    known = completed({"migration_today": {"optic": "100GBASE-LR4", "rate": 100}}, LINKS)
    assert known["migration_fiber"] == "OS2"
    assert next_question(known) == "migration_length"


@pytest.mark.parametrize(
    ("today", "fiber", "connector", "is_assumed"),
    [
        (SR4, "OM4", "MPO-12", False),
        ({"optic": "SR4"}, "OM4", "MPO-12", False),
        ({"optic": "10GBASE-SR", "rate": 10}, "OM3", "LC", False),
        ({"rate": 10}, "OM3", "LC", True),
        ({"rate": 40}, "OM3", "MPO-12", True),
        ({"rate": 10, "connector": "MPO-12", "has_cassettes": True}, "OM3", "MPO-12", False),
        ("unsure", "OM4", "MPO-12", True),
    ],
)
def test_the_plug_follows_from_todays_link_and_an_assumption_is_said(
    today: Any, fiber: str, connector: str, is_assumed: bool
) -> None:
    known = {"migration_today": today, "migration_fiber": fiber, "migration_length": 30.0}
    plant, told = plant_of(known, LINKS)
    assert plant.connector == connector
    assert any("took today's cabling" in text for text in told) == is_assumed


def test_a_run_beyond_todays_own_reach_is_pointed_out() -> None:
    known = {"migration_today": SR4, "migration_fiber": "OM4", "migration_length": 150.0}
    _, told = plant_of(known, LINKS)
    assert any("specified for 100 m on OM4" in text for text in told)


def test_without_a_grade_each_one_is_told_with_its_reach() -> None:
    lines = reach_lines(400, None, LINKS)
    assert [line.split(":")[0] for line in lines] == ["- OM3", "- OM4", "- OM5", "- OS2"]
    assert "400GBASE-SR8 up to 70 m" in lines[0]
    assert reach_lines(1600, "OM4", LINKS) == ["- OM4: no link in our reference"]
