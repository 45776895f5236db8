"""The sentence encoder: built once, checked at every start, the same vector every time."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import build_encoder as building
from bot.nlu.build_encoder import build_encoder, quantise
from bot.nlu.encoder import MANIFEST, MODEL, Encoder, EncoderError


@pytest.fixture(scope="module")
def encoder(encoder_dir: Path) -> Encoder:
    return Encoder(encoder_dir)


def weights_dir() -> Path:
    files = metadata.files(building.WEIGHTS_PACKAGE) or []
    return next(Path(str(f.locate())).parent for f in files if f.name == building.WEIGHTS)


def test_a_current_encoder_is_not_built_again(encoder_dir: Path) -> None:
    before = (encoder_dir / MODEL).stat().st_mtime_ns
    said: list[str] = []

    build_encoder(encoder_dir, progress=said.append)

    assert (encoder_dir / MODEL).stat().st_mtime_ns == before
    assert "up to date" in said[0]


def test_a_damaged_encoder_is_refused_and_then_rebuilt(encoder_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(encoder_dir, folder)
    with (folder / MODEL).open("ab") as model:
        model.write(b"x")

    with pytest.raises(EncoderError, match="make setup"):
        Encoder(folder)

    build_encoder(folder, weights_dir(), progress=lambda _: None)
    assert Encoder(folder).encode("MTP").any()
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, MODEL, "tokenizer.json"]


def test_a_missing_encoder_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="make setup"):
        Encoder(tmp_path)


def test_an_unreadable_manifest_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("[]")
    with pytest.raises(EncoderError, match="make setup"):
        Encoder(tmp_path)


def test_weights_with_a_wrong_checksum_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(EncoderError, match=r"wrong sha256.*make setup"):
        build_encoder(tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


def test_missing_weights_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"missing.*make setup"):
        build_encoder(tmp_path / "out", tmp_path / "nothing here")


def test_a_missing_package_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "WEIGHTS_PACKAGE", "no-such-package-of-weights")
    with pytest.raises(EncoderError, match=r"not installed.*make setup"):
        build_encoder(tmp_path / "out")


def test_a_vector_has_384_numbers_and_length_one(encoder: Encoder) -> None:
    vector = encoder.encode("What is the difference between MTP and MPO?")

    assert vector.shape == (384,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_a_text_without_content_has_no_direction(encoder: Encoder, text: str) -> None:
    assert not encoder.encode(text).any()


@pytest.mark.parametrize(
    ("text", "alike", "other"),
    [
        ("Which one is cheaper?", "what costs less", "are the pins included"),
        ("how far does 400G reach", "maximum distance of a 400G link", "I want to return a cable"),
        ("are you a robot?", "am I talking to a bot", "do you stock OM4 trunks"),
    ],
)
def test_sentences_of_one_meaning_are_close(
    encoder: Encoder, text: str, alike: str, other: str
) -> None:
    vector = encoder.encode(text)
    assert vector @ encoder.encode(alike) > vector @ encoder.encode(other) + 0.2


def test_the_same_text_gives_the_same_vector_in_another_encoder(
    encoder: Encoder, encoder_dir: Path
) -> None:
    text = "no rework, OM4, 30 m"
    assert np.array_equal(encoder.encode(text), Encoder(encoder_dir).encode(text))


@pytest.mark.parametrize(
    "text", ["fiber " * 5_000, "x" * 100_000, "\ud800 half", "\x00", "🙂" * 500]
)
def test_any_text_can_be_encoded(encoder: Encoder, text: str) -> None:
    assert np.isfinite(encoder.encode(text)).all()


def test_whole_numbers_stand_for_the_weights() -> None:
    weights = np.random.default_rng(1).normal(size=(20, 30)).astype(np.float32)

    numbers, scales = quantise(weights, axis=0)

    assert numbers.dtype == np.int8
    assert abs(int(numbers.max())) <= 64
    assert np.abs(numbers * scales - weights).max() <= scales.max() / 2 + 1e-6
    assert not quantise(np.zeros((2, 2), np.float32), axis=0)[0].any()
