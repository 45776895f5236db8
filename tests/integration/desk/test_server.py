"""The desk as a server: inside another program's event loop, and alone."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import Engine

from desk.app import create_app
from desk.server import DeskServer
from sales.settings import Settings
from tests.integration.server import STOP_TIMEOUT_S, free_port

ALONE = """
import sys
from sales.database import open_engine
from sales.settings import Settings
from desk.server import serve
settings = Settings.from_env()
def ready():
    heavy = {"rasa", "tensorflow", "sanic"} & set(sys.modules)
    print("ready, without Rasa" if not heavy else f"loaded {heavy}", flush=True)
serve(settings, open_engine(settings.database_url), ready)
print("stopped", flush=True)
"""


@pytest.fixture
def on_a_free_port(settings: Settings) -> Settings:
    return replace(settings, desk=replace(settings.desk, port=free_port()))


def test_it_serves_beside_others_and_leaves_their_signals_alone(
    on_a_free_port: Settings, engine: Engine
) -> None:
    settings = on_a_free_port

    async def day() -> None:
        server = DeskServer(create_app(settings, engine), settings.desk)
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        await server.start()
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{settings.desk.address}/sign-in")
            assert "Sign in to the desk" in answer.text
            assert "server" not in answer.headers
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
        await server.stop()
        with pytest.raises(httpx.ConnectError):
            httpx.get(settings.desk.address)

    asyncio.run(day())


def test_a_port_that_is_taken_is_an_error_and_not_the_end_of_the_program(
    on_a_free_port: Settings, engine: Engine
) -> None:
    settings = on_a_free_port

    async def day() -> None:
        first, second = (DeskServer(create_app(settings, engine), settings.desk) for _ in "12")
        await first.start()
        try:
            with pytest.raises(OSError, match="in use"):
                await second.start()
            await second.stop()
        finally:
            await first.stop()

    asyncio.run(day())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_alone_it_needs_no_rasa_and_stops_when_told(
    on_a_free_port: Settings, database_url: str, tmp_path: Path, how: signal.Signals
) -> None:
    desk = on_a_free_port.desk
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "VAR_DIR": str(tmp_path),
        "DESK_PORT": str(desk.port),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE], env=env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == "ready, without Rasa\n"
        assert httpx.get(f"{desk.address}/health").json() == {"status": "ok"}
        process.send_signal(how)
        assert process.stdout.readline() == "stopped\n"
        assert process.wait(timeout=STOP_TIMEOUT_S) == 0
    finally:
        process.kill()
        process.wait()
