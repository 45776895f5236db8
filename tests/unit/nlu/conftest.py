"""A real encoder, built once for these tests from the installed weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.build_encoder import build_encoder


@pytest.fixture(scope="session")
def encoder_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    build_encoder(folder, progress=lambda _: None)
    return folder
