"""The classifier beneath the components: what it learns, keeps and thinks of strangers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.examples_model import ExamplesModel, confidence, fit

Vectors = np.ndarray


def examples(labels: list[str], each: int = 6) -> tuple[Vectors, list[str]]:
    """Around every label's own direction, `each` vectors of length 5."""
    noise = np.random.default_rng(7)
    rows, names = [], []
    for index, label in enumerate(labels):
        for _ in range(each):
            row = noise.normal(scale=0.2, size=16)
            row[index] += 1
            rows.append(5 * row / np.linalg.norm(row))
            names.append(label)
    return np.array(rows, dtype=np.float32), names


def best(model: ExamplesModel, vector: Vectors) -> str:
    return max(model.score(vector), key=lambda score: score.probability).label


@pytest.mark.parametrize("labels", [["a"], ["a", "b"], ["c", "a", "b"]])
def test_it_tells_its_labels_apart(labels: list[str]) -> None:
    vectors, names = examples(labels)

    model = fit(vectors, names)

    assert [best(model, vector) for vector in vectors] == names
    assert sum(score.probability for score in model.score(vectors[0])) == pytest.approx(1, abs=1e-5)


def test_an_example_is_as_close_as_can_be_and_a_stranger_is_not() -> None:
    vectors, names = examples(["a", "b", "c"])
    model = fit(vectors, names)
    stranger = np.eye(16, dtype=np.float32)[15] * 5

    own = next(score for score in model.score(vectors[0]) if score.label == names[0])
    strange = max(model.score(stranger), key=lambda score: score.probability)

    assert own.cosine == pytest.approx(1, abs=1e-4)
    assert own.confidence > 0.9
    assert strange.confidence < 0.6


def test_confidence_needs_a_likely_label_and_a_near_example() -> None:
    assert confidence(1.0, 1.0) == 1.0
    assert confidence(1.0, 0.0) == confidence(0.0, 1.0) == 0.0
    assert confidence(0.5, 1.0) == pytest.approx(0.707, abs=0.001)


def test_what_was_saved_scores_the_same_and_holds_no_pickle(tmp_path: Path) -> None:
    vectors, names = examples(["a", "b", "c"])
    model = fit(vectors, names, balance=1.0)

    model.save(tmp_path)
    loaded = ExamplesModel.load(tmp_path)

    assert loaded.score(vectors[3]) == model.score(vectors[3])
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz", ".npy", ".onnx"}
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_learning_twice_gives_the_same_model() -> None:
    vectors, names = examples(["a", "b", "c"])
    once, again = fit(vectors, names), fit(vectors, names)

    assert np.array_equal(once.weights, again.weights)
    assert np.array_equal(once.pulls, again.pulls)


def test_rare_labels_count_for_more_when_balanced() -> None:
    vectors, names = examples(["often", "rare"], each=12)
    kept = [row for row, name in enumerate(names) if name == "often"]
    kept += [row for row, name in enumerate(names) if name == "rare"][:3]
    vectors, names = vectors[kept], [names[row] for row in kept]
    between = 5 * (np.eye(16)[0] + np.eye(16)[1]).astype(np.float32) / np.sqrt(2)

    def rare(balance: float) -> float:
        scores = fit(vectors, names, balance=balance).score(between)
        return next(score.probability for score in scores if score.label == "rare")

    assert rare(1.0) > rare(0.0)
