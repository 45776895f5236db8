"""Statistics of samples, and how a figure is judged."""

from __future__ import annotations

import pytest

from benchmarks.figures import Row, as_record, from_record, percentile, shown, turn_rows


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1), (50, 3), (75, 4), (95, 4.8), (100, 5)]
)  # fmt: skip
def test_a_percentile_lies_between_its_neighbours(percent: float, value: float) -> None:
    assert percentile([5, 1, 4, 2, 3], percent) == pytest.approx(value)


def test_one_sample_is_every_percentile_of_itself() -> None:
    assert percentile([7.0], 95) == 7.0


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("turn", "ms", 10, 50, share=1 / 5), "met"),
        (Row("turn", "ms", 20, 50, share=1 / 5), "missed: 2.00 times the goal"),
        (Row("start", "s", 8, 30, share=1 / 3, most=8), "met"),
        (Row("start", "s", 9.5, 30, share=1 / 3, most=8), "missed: 1.5 s over"),
        (Row("start", "s", 12, 30, share=1 / 3, most=8),
         "missed: 1.20 times the goal, 4.0 s over"),
        (Row("rate", "/s", 130, least=120), "met"),
        (Row("rate", "/s", 33, least=120), "missed: 87.0 /s short"),
        (Row("growth", "%", -1, 3, most=5), "met"),
        (Row("start", "s", 3, None, share=1 / 3), ""),  # nothing to compare with
        (Row("disk", "MB", 1_000), ""),
    ],
)  # fmt: skip
def test_a_goal_is_met_or_missed_by_something(row: Row, verdict: str) -> None:
    assert row.verdict == verdict


def test_a_goal_reads_as_a_share_of_stock_and_a_bound() -> None:
    row = Row("start", "s", 5, 30, share=1 / 3, most=8)

    assert row.goal == "≤ 1/3 of stock and ≤ 8 s"
    assert row.ratio == pytest.approx(1 / 6)


@pytest.mark.parametrize("stock", [None, 0])
def test_without_a_figure_of_stock_there_is_no_ratio(stock: float | None) -> None:
    assert Row("turn", "ms", 10, stock).ratio is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0"), (0.123, "0.12"), (4.26, "4.3"), (99.94, "99.9"), (431.4, "431"), (1421, "1,421")],
)
def test_figures_are_shown_with_about_three_digits(value: float, text: str) -> None:
    assert shown(value) == text


def test_the_median_of_a_turn_has_the_goal_and_its_tail_has_none() -> None:
    middle, tail = turn_rows("Turn: answer", [4, 5, 6], [40, 50, 60], 1 / 5)

    assert (middle.ours, middle.stock, middle.goal) == (5, 50, "≤ 1/5 of stock")
    assert tail.ours == pytest.approx(5.9)
    assert tail.goal == ""


def test_a_row_comes_back_from_its_record_unchanged() -> None:
    row = Row("start", "s", 5, 30, share=1 / 3, most=8, note="warm")

    assert from_record(as_record(row)) == row
