"""A classifier over sentence vectors that also knows how close the nearest example was.

Two classifiers vote: logistic regression, which draws one boundary per label, and kernel ridge
regression, in which every example pulls at the messages near it. Together they are right more
often than either (benchmarks/NLU.md). Their probability alone is a poor judge of what lies
outside the training data, so the confidence is `p ** 0.5 * cosine to the label's nearest example`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.nlu.directions import Directions, directions_of

Array = NDArray[Any]

PROBABILITY_EXPONENT = 0.5
TEMPERATURE = 0.05  # turns what the examples pull (about 0 to 1) into logits
SHORTLIST = 48  # labels, by the regression, that the examples may pull to: the rest have no chance
ARRAYS, LABELS = "model.npz", "labels.json"


class Score(NamedTuple):
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
    """Fitted weights, and the directions of the training vectors, grouped by label."""

    labels: tuple[str, ...]
    weights: Array  # (labels, dimensions)
    bias: Array  # (labels,)
    examples: Directions
    pulls: Array  # (labels, examples): what a message at this example adds to each label
    starts: Array  # (labels,): where each label's examples begin

    def score(self, vector: Array) -> list[Score]:
        """Every label's score for one message, in the order of `labels`."""
        cosines = self.examples.cosines(_unit(vector))
        drawn = self.weights @ vector + self.bias
        likely = np.argpartition(drawn, -min(SHORTLIST, len(drawn)))[-SHORTLIST:]
        kernel = np.exp(cosines - 1)
        # One label at a time: together, their 4 MB would be copied first.
        pulled = np.array([self.pulls[label] @ kernel for label in likely]) / TEMPERATURE
        probabilities = np.zeros_like(drawn)
        probabilities[likely] = _softmax((drawn[likely] + pulled) / 2)
        near = np.maximum.reduceat(cosines, self.starts).clip(0.0, 1.0)
        return list(map(Score, self.labels, probabilities.tolist(), near.tolist()))

    def save(self, folder: Path) -> None:
        (folder / LABELS).write_text(json.dumps(self.labels), encoding="utf-8")
        self.examples.save(folder)
        np.savez(
            folder / ARRAYS,
            weights=self.weights,
            bias=self.bias,
            pulls=self.pulls,
            starts=self.starts,
        )

    @classmethod
    def load(cls, folder: Path) -> ExamplesModel:
        """The model that `save` left in `folder`; raises OSError when there is none."""
        labels = json.loads((folder / LABELS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        return cls(tuple(labels), examples=Directions.load(folder), **found)


def fit(
    vectors: Array,
    labels: Sequence[str],
    strength: float = 2.0,
    max_iter: int = 50,
    ridge: float = 0.1,
    balance: float = 0.5,
) -> ExamplesModel:
    """Learn from one vector per label given; deterministic.

    The higher `strength` (C in textbooks) and the lower `ridge`, the closer it fits the examples;
    `balance` gives rare labels the weight of frequent ones, from 0 (not) to 1 (altogether).
    Labels come out sorted. There must be at least one example.
    """
    order = np.argsort(np.array(labels), kind="stable")
    vectors = vectors[order].astype(np.float32)
    distinct, starts, numbers = np.unique(
        np.array(labels)[order], return_index=True, return_inverse=True
    )
    targets = np.eye(len(distinct), dtype=np.float32)[numbers]
    weights, bias = _regress(vectors, targets, strength, max_iter)
    units = np.stack([_unit(vector) for vector in vectors])
    pulls = _pulls(units, targets, ridge, balance)
    examples = directions_of(units)
    return ExamplesModel(tuple(distinct.tolist()), weights, bias, examples, pulls, starts)


def _regress(vectors: Array, targets: Array, strength: float, steps: int) -> tuple[Array, Array]:
    """Multinomial logistic regression: weights and bias per label.

    Single precision and these few steps choose the same answers as scikit-learn's, ten times
    as fast.
    """
    from scipy.optimize import minimize

    rows = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)])
    shape = (targets.shape[1], rows.shape[1])

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(shape).astype(np.float32)
        logits = rows @ weights.T
        logits -= logits.max(axis=1, keepdims=True)
        fitting = float(np.sum(logits * targets, dtype=np.float64))
        np.exp(logits, out=logits)
        totals = logits.sum(axis=1, keepdims=True)
        logits /= totals
        logits -= targets
        penalized = weights / np.float32(strength)
        penalized[:, -1] = 0  # the bias is free
        cost = float(np.log(totals).sum(dtype=np.float64)) - fitting
        cost += 0.5 * float(np.sum(penalized * weights, dtype=np.float64))
        slope = (logits.T @ rows + penalized) / len(rows)
        return cost / len(rows), slope.ravel().astype(np.float64)

    options = {"maxiter": steps, "gtol": 1e-7, "ftol": 1e-9}
    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    weights = found.x.reshape(shape).astype(np.float32)
    return np.ascontiguousarray(weights[:, :-1]), np.ascontiguousarray(weights[:, -1])


def _pulls(units: Array, targets: Array, ridge: float, balance: float) -> Array:
    """Kernel ridge regression on the targets: the dual coefficients.

    The kernel, a Gaussian of the distance, is 1 for the same direction. It takes 4 bytes for every
    pair of examples (1.6 GB for 20,000), so it is made and factored in place.
    """
    from scipy.linalg import cho_factor, cho_solve

    sizes = targets.sum(axis=0)
    relative = (targets @ sizes) / np.median(targets @ sizes)
    kernel: Array = units @ units.T
    np.subtract(kernel, 1, out=kernel)
    np.exp(kernel, out=kernel)
    kernel[np.diag_indices(len(kernel))] += ridge * relative**balance
    factored = cho_factor(kernel.T, overwrite_a=True, check_finite=False)  # .T: as LAPACK wants it
    solved = cho_solve(factored, targets - 1 / len(sizes), check_finite=False)
    return np.ascontiguousarray(solved.T, dtype=np.float32)


def _softmax(values: Array) -> Array:
    shifted: Array = np.exp(values - values.max())
    total: Array = shifted / shifted.sum()
    return total


def _unit(vector: Array) -> Array:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
