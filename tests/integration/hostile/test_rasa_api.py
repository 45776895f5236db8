"""Rasa's own HTTP API is not served beside our channels without a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.core.run import configure_app
from sanic import Sanic

from bot.channels.open_api import OpenApiError
from bot.channels.rest import RestChannel
from bot.channels.website import WebsiteChannel

SECRET = "f0e1d2c3b4a5968778695a4b3c2d1e0f"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'test.db'}")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(Sanic, "test_mode", True)  # several apps of one name


def served(**options: Any) -> Sanic:
    channels = [RestChannel.from_credentials(None), WebsiteChannel.from_credentials(None)]
    return configure_app(channels, **options)


def test_it_is_refused_without_a_token() -> None:
    with pytest.raises(OpenApiError, match="--auth-token"):
        served(enable_api=True)


@pytest.mark.parametrize("options", [{"auth_token": SECRET}, {"jwt_secret": SECRET}])
def test_it_may_be_served_with_one(options: dict[str, str]) -> None:
    if "jwt_secret" in options:
        options = {**options, "jwt_method": "HS256"}
    assert served(enable_api=True, **options)


def test_without_it_nothing_of_it_is_there() -> None:
    app = served(enable_api=False)

    assert not [route for route in app._future_routes if "conversations" in route.uri]
