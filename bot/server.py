"""All in one process: Rasa's HTTP server, its channels, the custom actions, and the desk."""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import NoReturn

import rasa.core.run
import rasa.utils.common
import rasa.utils.log_utils
from rasa.core.agent import Agent, load_agent
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from bot.channels.headers import forgive_accept
from bot.in_process import InProcessActions
from bot.preparation import MODEL
from desk.app import create_app
from desk.server import DeskServer
from sales.database import open_engine
from sales.settings import PROJECT, Settings

logger = logging.getLogger(__name__)
Ready = Callable[[], None]


async def load_assistant(loop: AbstractEventLoop | None = None) -> Agent:
    """The trained assistant with its actions in this process.

    A conversation that cannot be saved is an error of its turn: Rasa would answer from
    memory and forget it.
    """
    endpoints = AvailableEndpoints.read_endpoints(str(PROJECT / "endpoints.yml"))
    endpoints.action = InProcessActions()
    agent = await load_agent(model_path=str(MODEL), endpoints=endpoints, loop=loop)
    if not agent.is_ready():
        raise RuntimeError(f"{MODEL.name} could not be loaded; `make train` makes it anew.")
    if isinstance(agent.tracker_store, FailSafeTrackerStore):
        agent.tracker_store._on_tracker_store_error = _fail_the_turn
    return agent


def _fail_the_turn(error: Exception) -> NoReturn:
    raise error


def configure_logging() -> None:
    """Warnings and our own notices. Rasa's lower levels would log what visitors write."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("rasa").setLevel(logging.WARNING)
    logging.getLogger("actions").setLevel(logging.INFO)
    logging.getLogger("bot").setLevel(logging.INFO)
    logging.getLogger("desk").setLevel(logging.INFO)
    rasa.utils.log_utils.configure_structlog(logging.WARNING)


def serve(settings: Settings, when_ready: Ready) -> None:
    """The assistant on its port and the desk on its own, until the process is told to stop."""
    configure_logging()
    channels = rasa.core.run.create_http_input_channels(None, str(PROJECT / "credentials.yml"))
    app = rasa.core.run.configure_app(channels, enable_api=False, port=settings.port)

    app.register_middleware(forgive_accept)

    async def load(app: Sanic, loop: AbstractEventLoop) -> None:
        app.ctx.agent = await load_assistant(loop)

    desk = DeskServer(create_app(settings, open_engine(settings.database_url)), settings.desk)

    async def open_desk(_app: Sanic, _loop: AbstractEventLoop) -> None:
        await desk.start()

    async def announce(_app: Sanic, _loop: AbstractEventLoop) -> None:
        when_ready()

    async def close_desk(_app: Sanic, _loop: AbstractEventLoop) -> None:
        await desk.stop()

    # Before it answers: a Ctrl-C while listeners run afterwards could get lost in their tasks.
    app.register_listener(load, "before_server_start")
    app.register_listener(open_desk, "before_server_start")
    app.register_listener(announce, "after_server_start")
    app.register_listener(close_desk, "before_server_stop")
    app.register_listener(rasa.core.run.close_resources, "after_server_stop")
    rasa.utils.common.update_sanic_log_level()
    app.run(host=settings.host, port=settings.port, workers=1, motd=False)
