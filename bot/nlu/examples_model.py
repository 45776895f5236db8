"""A classifier over sentence vectors that also knows how close the nearest example was.

Logistic regression decides; its probability alone is a poor judge of what lies outside the
training data, so the confidence is `p ** 0.3 * cosine to the nearest example of the label`
(at 95 % of the good messages kept, 88 % of the foreign ones are refused, against 80 % with `p`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PROBABILITY_EXPONENT = 0.3
ARRAYS, LABELS = "model.npz", "labels.json"


@dataclass(frozen=True)
class Score:
    """How well one label fits a message."""

    label: str
    probability: float  # of all labels together they make 1
    cosine: float  # to the label's nearest training example, 0 to 1

    @property
    def confidence(self) -> float:
        return confidence(self.probability, self.cosine)


def confidence(probability: float, cosine: float) -> float:
    """0 to 1: high only when the label is likely and an example lies near."""
    return float(min(1.0, probability**PROBABILITY_EXPONENT * cosine))


@dataclass(frozen=True)
class ExamplesModel:
    """Fitted weights, and the training vectors as directions of length 1, grouped by label."""

    labels: tuple[str, ...]
    weights: Array  # (labels, dimensions)
    bias: Array  # (labels,)
    examples: Array  # (examples, dimensions)
    starts: Array  # (labels,): where each label's examples begin

    def score(self, vector: Array) -> list[Score]:
        """Every label's score for one message, in the order of `labels`."""
        probabilities = _softmax(self.weights @ vector + self.bias)
        near = np.maximum.reduceat(self.examples @ _unit(vector), self.starts).clip(0.0, 1.0)
        return [
            Score(label, float(probability), float(cosine))
            for label, probability, cosine in zip(self.labels, probabilities, near, strict=True)
        ]

    def save(self, folder: Path) -> None:
        (folder / LABELS).write_text(json.dumps(self.labels), encoding="utf-8")
        np.savez(
            folder / ARRAYS,
            weights=self.weights,
            bias=self.bias,
            examples=self.examples,
            starts=self.starts,
        )

    @classmethod
    def load(cls, folder: Path) -> ExamplesModel:
        """The model that `save` left in `folder`; raises OSError when there is none."""
        labels = json.loads((folder / LABELS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            return cls(tuple(labels), **{name: arrays[name] for name in arrays.files})


def fit(
    vectors: Array,
    labels: Sequence[str],
    strength: float = 1.0,
    balanced: bool = False,
    max_iter: int = 100,
) -> ExamplesModel:
    """Learn from one vector per label given; deterministic.

    The higher `strength` (C in textbooks), the closer it fits the examples; `balanced` gives
    rare labels the weight of frequent ones. Labels come out sorted. There must be
    at least one example.
    """
    order = np.argsort(np.array(labels), kind="stable")
    names = [labels[index] for index in order]
    vectors = vectors[order]
    distinct, starts = np.unique(np.array(names), return_index=True)
    weights, bias = _regress(vectors, names, strength, balanced, max_iter)
    units = np.stack([_unit(vector) for vector in vectors])
    return ExamplesModel(tuple(distinct.tolist()), weights, bias, units, starts)


def _regress(
    vectors: Array, labels: Sequence[str], strength: float, balanced: bool, max_iter: int
) -> tuple[Array, Array]:
    distinct = len(set(labels))
    if distinct == 1:  # nothing to decide: the one label is certain
        return np.zeros((1, vectors.shape[1]), np.float32), np.zeros(1, np.float32)
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=strength,
        class_weight="balanced" if balanced else None,
        max_iter=max_iter,
        multi_class="multinomial",
        solver="lbfgs",
        tol=0.1,  # of the summed loss: twice the steps change no answer
    ).fit(vectors.astype(np.float64), labels)
    weights, bias = model.coef_, model.intercept_
    if distinct == 2:  # scikit-learn keeps one row for two labels: the softmax wants two
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return weights.astype(np.float32), bias.astype(np.float32)


def _softmax(values: Array) -> Array:
    shifted: Array = np.exp(values - values.max())
    total: Array = shifted / shifted.sum()
    return total


def _unit(vector: Array) -> Array:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
