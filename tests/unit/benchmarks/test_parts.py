"""The parts of the benchmark: what is compared with what."""

from __future__ import annotations

from importlib import import_module
from itertools import islice

import pytest

from benchmarks import catalog, visitors
from benchmarks.__main__ import PARTS, chosen
from benchmarks.long_conversations import CYCLE, TURNS, around, slower
from benchmarks.memory import growth, messages
from benchmarks.turns import CONVERSATION, WORDINGS, Turn, worded


def test_every_part_can_be_measured() -> None:
    for part in PARTS:
        assert callable(import_module(f"benchmarks.{part.name}").measure)


def test_without_a_choice_everything_runs_that_need_not_be_asked_for() -> None:
    names = [part.name for part in chosen("")]

    assert "turns" in names
    assert "install" not in names
    assert [part.name for part in chosen(" install, turns")] == ["install", "turns"]


def test_an_unknown_part_is_refused_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match=r"no part 'turn'; there are turns, long"):
        chosen("start,turn")


def test_a_turn_is_answered_by_its_pattern_also_across_lines() -> None:
    turn = Turn("answer", "what is it?", "Multi-Fiber.*Push")

    assert turn.is_answered_by("It is the Multi-Fiber\nPush-On connector.")
    assert not turn.is_answered_by("I did not get that.")


def test_all_kinds_of_turns_are_measured() -> None:
    assert {turn.kind for turn in CONVERSATION} - {""} == {
        "answer", "comparison", "catalog search", "link budget", "form step",
    }  # fmt: skip


def test_memory_is_measured_with_one_conversation_after_another() -> None:
    length = len(CONVERSATION)
    said = list(islice(messages(), 2 * length))

    for turn, (_, text) in zip(CONVERSATION * 2, said, strict=True):
        assert text.lower().startswith(turn.text.lower())
    assert len({text for _, text in said}) == 2 * length
    assert len({sender for sender, _ in said[:length]}) == 1
    assert len({sender for sender, _ in said}) == 2


def test_every_wording_is_another_and_holds_the_message() -> None:
    wordings = {worded("what is an MPO connector?", number) for number in range(WORDINGS)}

    assert len(wordings) == WORDINGS
    assert all(text.lower().startswith("what is an mpo connector?") for text in wordings)


def test_growth_is_the_end_against_the_start() -> None:
    assert growth([(0, 400), (50, 900), (100, 420)]) == pytest.approx(5)


def test_a_late_turn_is_compared_with_an_early_one_of_the_same_kinds() -> None:
    times = {n: [float(n % len(CYCLE)) + (100 if n > 400 else 0)] for n in range(1, TURNS + 1)}

    assert around(times, 5) == 2
    assert around(times, 500) == 102
    assert slower(times) == 51


def test_a_catalog_is_judged_by_its_slowest_kind_of_search() -> None:
    fast, slow = catalog.rows(
        {
            "sqlite 1,000 | part number": [(1.0, 0.5)] * 2,
            "sqlite 1,000 | free words": [(3.0, 2.0)] * 2,
            "sqlite 100,000 | part number": [(2.0, 1.0)] * 2,
            "sqlite 100,000 | free words": [(12.0, 30.0)] * 2,
        }
    )

    assert (fast.ours, fast.note, fast.goal) == (3.0, "free words", "")
    assert (slow.ours, slow.verdict) == (12.0, "missed: 2.0 ms over")


def test_load_is_judged_by_its_usual_visitors_and_the_last_step_that_was_carried() -> None:
    well = {"errors": {}, "refusals": 0}
    usual, most = visitors.rows(
        [
            {"name": "visitors", "visitors": 200, "p95_ms": 48.0, "answered_per_s": 40.0, **well},
            {"name": "step 100", "visitors": 200, "p95_ms": 90.0, "answered_per_s": 99.0, **well},
            {"name": "step 140", "visitors": 280, "p95_ms": 240.0, "answered_per_s": 131.0,
             "errors": {"lost": 1}, "refusals": 0},
            {"name": "step 180", "visitors": 360, "p95_ms": 900.0, "answered_per_s": 150.0, **well},
            {"name": "recovery", "visitors": 40, "p95_ms": 20.0, "answered_per_s": 400.0, **well},
        ]
    )  # fmt: skip

    assert (usual.what, usual.verdict) == ("200 visitors at once, p95", "met")
    assert (most.ours, most.verdict) == (99.0, "missed: 21.0 /s short")
