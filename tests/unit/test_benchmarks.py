"""The benchmark of the NLU: what it reads, counts and says (measuring takes minutes and is not
done here)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import nlu
from benchmarks.data_sets import DataSet, draw

COLORS = DataSet(
    "Colors",
    [(f"{color} {number}", color) for color in ("red", "green", "blue") for number in range(20)],
    [("reddish", "red"), ("greenish", "green"), ("bluish", "blue")],
    ["loud"],
)


def test_without_the_data_sets_it_is_skipped_with_a_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["nlu", "--data", str(tmp_path)])

    assert nlu.main() == 0
    assert "skipped" in capsys.readouterr().out


def test_a_draw_is_the_same_again_and_has_the_asked_examples_of_the_asked_intents() -> None:
    drawn = draw(COLORS, shots=5, seed=3, intents=2)

    assert drawn == draw(COLORS, shots=5, seed=3, intents=2)
    assert drawn.train != draw(COLORS, shots=5, seed=4, intents=2).train
    assert len(set(drawn.train)) == 10
    assert {intent for _, intent in drawn.test} == {intent for _, intent in drawn.train}
    assert drawn.out_of_scope == ["loud"]


def test_refused_is_what_lies_below_the_threshold_that_keeps_the_rest() -> None:
    from benchmarks.pipelines import Outcome

    confidence = np.arange(1, 101) / 100
    outcome = Outcome(np.ones(100, bool), confidence, np.array([0.01, 0.04, 0.5, 0.9]), 1.0, 1.0)

    assert outcome.refused_at(0.95) == 0.5
    assert outcome.refused_at(0.40) == 0.75


@pytest.mark.parametrize(
    ("percent", "verdict"), [(95.0, "met"), (94.96, "met"), (94.9, "missed by 0.1")]
)
def test_a_goal_is_judged_on_the_figure_as_shown(percent: float, verdict: str) -> None:
    figure = nlu.Figure("share", percent, 95.0)

    assert figure.verdict == verdict
    assert verdict in nlu.report([figure], [])


def test_publishing_replaces_the_last_run_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "NLU.md"
    page.write_text("Before\n<!-- last run -->\nold\n<!-- end of last run -->\nAfter\n")
    monkeypatch.setattr(nlu, "PUBLISHED", page)

    nlu.publish("new\n")

    assert page.read_text() == ("Before\n<!-- last run -->\nnew\n<!-- end of last run -->\nAfter\n")
