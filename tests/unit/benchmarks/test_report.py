"""The page of figures, the table in README, and the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import plots
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Row
from benchmarks.machine import circumstances
from benchmarks.part import Result
from benchmarks.report import (
    Measured,
    page,
    publish,
    read_parts,
    short_table,
    table,
    write_part,
)

FACTS = circumstances()
TURNS = Measured(
    "turns",
    "One turn",
    [
        Row("Turn: answer, p50", "ms", 5, 50, share=1 / 5),
        Row("Turn: answer, p95", "ms", 8, 70),
    ],
    ["20 conversations each."],
    {},
    FACTS,
    is_quick=False,
)


def test_a_line_has_both_figures_the_ratio_the_goal_and_the_verdict() -> None:
    assert table(TURNS.rows)[2:] == [
        "| Turn: answer, p50 | 5.0 ms | 50.0 ms | 0.10 | ≤ 1/5 of stock | met |",
        "| Turn: answer, p95 | 8.0 ms | 70.0 ms | 0.11 |  |  |",
    ]


def test_the_page_has_every_part_with_its_notes_and_where_it_was_measured() -> None:
    text = page([TURNS])

    for told in ("## One turn\n", "p95", "- 20 conversations each.", "cores", "rasa 3.6.21"):
        assert told in text


def test_a_quick_run_is_told_as_such() -> None:
    quick = replace(TURNS, is_quick=True)

    assert "quick run" in page([quick])
    assert "quick run" in short_table([quick])
    assert "quick run" not in page([TURNS]) + short_table([TURNS])


def test_readme_shows_the_figures_with_a_goal_only() -> None:
    assert "p50" in short_table([TURNS])
    assert "p95" not in short_table([TURNS])


def test_a_part_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    curves = {"memory, ours": [(0.0, 400.0)]}
    write_part(tmp_path, "turns", "One turn", Result(TURNS.rows, TURNS.notes, curves), FACTS, False)

    assert read_parts(tmp_path, ["memory", "turns"]) == [
        replace(TURNS, curves={"memory, ours": [[0.0, 400.0]]})
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"part": "turns"}'])
def test_a_damaged_result_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "turns.json").write_text(text)

    with pytest.raises(BenchmarkError, match=r"turns\.json is not a result.*run that part again"):
        read_parts(tmp_path, ["turns"])


def test_publishing_replaces_what_stands_between_the_marks_only(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("Before\n<!-- figures -->\nold\n<!-- end of figures -->\nAfter\n")

    publish("new\\1\n", readme)

    assert readme.read_text() == (
        "Before\n<!-- figures -->\nnew\\1\n<!-- end of figures -->\nAfter\n"
    )


def test_publishing_without_marks_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("Before\n")

    with pytest.raises(BenchmarkError, match="put them in"):
        publish("new\n", readme)
    assert readme.read_text() == "Before\n"


def test_the_picture_comes_with_its_figures_in_words(tmp_path: Path) -> None:
    words = plots.draw([TURNS], tmp_path / "costs.png")

    assert (tmp_path / "costs.png").read_bytes().startswith(b"\x89PNG")
    assert "Turn: answer, p50: 5.0 ms against 50.0 ms" in words
    assert "p95" not in words


def test_without_anything_to_draw_there_is_no_picture(tmp_path: Path) -> None:
    assert plots.draw([replace(TURNS, name="install")], tmp_path / "costs.png") == ""
    assert not (tmp_path / "costs.png").exists()


def test_the_two_sides_differ_without_color() -> None:
    ours, stock = plots.LOOKS.values()

    assert ours.line != stock.line
    assert ours.hatch != stock.hatch
