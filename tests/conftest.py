"""One loaded assistant for all tests that talk to it, on a database of its own."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conversations.talk import Visitor

os.environ["ENV_FILE"] = "none"  # what a developer has in .env changes no test


def pytest_collection_finish() -> None:
    """Ten thousand tests stay to the end; looking through them again and again took time."""
    gc.freeze()


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def agent(
    loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[object]:
    from bot.preparation import is_model_current, prepare_database, prepare_encoder, train
    from sales.settings import Settings

    folder: Path = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        settings = Settings.from_env()
        prepare_encoder(settings, print)
        if not is_model_current(settings):
            train(settings, print)
        restored = os.environ.get("RESTORED_DATABASE_URL")  # make test-restored
        patch.setenv("DATABASE_URL", restored or f"sqlite:///{folder / 'test.db'}")
        prepare_database(Settings.from_env(), print)
        from bot.server import configure_logging, leave_alone_what_is_loaded, load_assistant

        configure_logging()

        loaded = loop.run_until_complete(load_assistant(loop))
        leave_alone_what_is_loaded()
        yield loaded


@pytest.fixture
def visitor(agent: object, loop: asyncio.AbstractEventLoop) -> Visitor:
    return Visitor(agent, loop)  # type: ignore[arg-type]
