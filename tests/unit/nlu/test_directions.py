"""How close a message is to each example, when the examples are kept in bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.directions import Directions, directions_of

DIMENSIONS = 384
WORST = 0.0001


def units(rows: int, seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal((rows, DIMENSIONS)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@given(st.integers(0, 1_000), st.integers(1, 300))
def test_a_cosine_is_as_good_as_exact(seed: int, rows: int) -> None:
    examples, (message,) = units(rows, seed), units(1, seed + 1)

    found = directions_of(examples).cosines(message)

    assert found.shape == (rows,)
    assert np.abs(found - examples @ message).max() < WORST


def test_an_example_is_its_own_nearest() -> None:
    examples = units(2_000, 1)
    directions = directions_of(examples)

    for place in (0, 7, 1_999):
        cosines = directions.cosines(examples[place])
        assert cosines.argmax() == place
        assert cosines[place] == pytest.approx(1, abs=WORST)


def test_a_message_without_direction_is_near_nothing() -> None:
    assert not directions_of(units(10, 1)).cosines(np.zeros(DIMENSIONS, np.float32)).any()


def test_they_come_back_from_their_files_as_they_were(tmp_path: Path) -> None:
    (message,) = units(1, 2)
    saved = directions_of(units(50, 1))
    saved.save(tmp_path)

    loaded = Directions.load(tmp_path)

    assert (loaded.cosines(message) == saved.cosines(message)).all()


def test_a_folder_without_them_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"directions\.npy"):
        Directions.load(tmp_path)
