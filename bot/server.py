"""All in one process: Rasa's HTTP server, its channels, the custom actions, and the desk."""

from __future__ import annotations

import gc
import logging
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import NoReturn

import rasa.core.run
import rasa.utils.common
import rasa.utils.log_utils
from rasa.core.agent import Agent, load_agent
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.exceptions import RasaException
from sanic import Sanic
from threadpoolctl import threadpool_limits

from actions.topics import topics
from bot.channels.headers import forgive_accept
from bot.default_actions import keep_default_actions
from bot.file_checks import DAMAGE, FileError, refuse_damaged_model
from bot.graph import InOrder
from bot.http_guard import guard
from bot.in_process import InProcessActions
from bot.preparation import MODEL, TRAINED_FROM, PreparationError
from bot.watch import metrics, pages
from bot.watch.lag import watch_lag
from bot.watch.logs import quieten_rasa, set_up_logging
from bot.watch.outbox import OutboxCollector
from bot.watch.stopping import Stopping, leave
from desk.app import create_app
from desk.server import DeskServer
from sales.database import open_engine
from sales.settings import PROJECT, Settings

logger = logging.getLogger(__name__)
THREADS_SWITCH_S = 0.001
TOLD = (PreparationError, FileError)  # in a sentence, by the command
Ready = Callable[[], None]


async def load_assistant(loop: AbstractEventLoop | None = None) -> Agent:
    """The trained assistant with its actions in this process.

    A conversation that cannot be saved is an error of its turn: Rasa would answer from
    memory and forget it.
    """
    endpoints = AvailableEndpoints.read_endpoints(str(PROJECT / "endpoints.yml"))
    endpoints.action = InProcessActions()
    keep_default_actions(endpoints.action)
    agent = await load_agent(model_path=str(MODEL), endpoints=endpoints, loop=loop)
    if not agent.is_ready():
        raise PreparationError(f"{MODEL} could not be loaded; `make train` makes it anew.")
    if isinstance(agent.tracker_store, FailSafeTrackerStore):
        agent.tracker_store._on_tracker_store_error = _fail_the_turn
        agent.tracker_store.init_tracker = agent.tracker_store._tracker_store.init_tracker
    agent.processor.graph_runner = InOrder(agent.processor.graph_runner)
    # For each message Rasa compares the whole domain with an empty one.
    agent.processor.domain.is_empty = lambda: False
    return agent


def _fail_the_turn(error: Exception) -> NoReturn:
    raise error


def leave_alone_what_is_loaded() -> None:
    """Python looks for garbage among what turns make, not among a million lasting objects.

    That took a tenth of a second now and then, in the middle of somebody's turn.
    """
    gc.enable()  # `fiberbot run` does without it until here
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def configure_logging(log_format: str = "text") -> None:
    """Warnings and our own notices. Rasa's lower levels would log what visitors write."""
    set_up_logging(log_format)
    logging.getLogger("rasa").setLevel(logging.WARNING)
    rasa.utils.log_utils.configure_structlog(logging.WARNING)
    rasa.utils.common.update_sanic_log_level()
    quieten_rasa()


def _is_no_news(record: logging.LogRecord) -> bool:
    """False for an exception that ends in a sentence for the person at the keyboard."""
    return not (record.exc_info and isinstance(record.exc_info[1], TOLD))


def _without_damage(record: logging.LogRecord) -> bool:
    """A model that cannot be unpacked is told by name; where Rasa noticed it helps nobody."""
    if record.exc_info and isinstance(record.exc_info[1], DAMAGE):
        record.exc_info = None
    return True


def serve(settings: Settings, when_ready: Ready) -> None:
    """The assistant on its port and the desk on its own, until the process is told to stop."""
    configure_logging(settings.watch.log_format)
    logging.getLogger("sanic.error").addFilter(_is_no_news)
    logging.getLogger("rasa.core.agent").addFilter(_without_damage)
    try:
        channels = rasa.core.run.create_http_input_channels(None, str(PROJECT / "credentials.yml"))
    except RasaException as error:
        raise PreparationError(f"{PROJECT / 'credentials.yml'}: {error}") from error
    app = rasa.core.run.configure_app(channels, enable_api=False, port=settings.port)

    app.register_middleware(forgive_accept)

    async def load(app: Sanic, loop: AbstractEventLoop) -> None:
        try:
            app.ctx.agent = await load_assistant(loop)
        except Exception as error:  # to say by which file, when it can be told
            refuse_damaged_model(MODEL)
            if isinstance(error, RasaException):
                raise PreparationError(f"The assistant cannot be loaded: {error}") from error
            raise
        topics()  # read now, and not in the first turn that asks "did you mean"
        leave_alone_what_is_loaded()

    engine = open_engine(settings.database_url)
    desk = DeskServer(create_app(settings, engine), settings.desk)
    stopping = Stopping(app, settings.watch.shutdown_s)
    pages.add_to(app, settings)
    metrics.REGISTRY.register(OutboxCollector(engine))
    metrics.tell_build(TRAINED_FROM.read_text() if TRAINED_FROM.is_file() else "")
    metrics.begin_at_zero()

    async def open_desk(_app: Sanic, _loop: AbstractEventLoop) -> None:
        await desk.start()

    async def announce(_app: Sanic, loop: AbstractEventLoop) -> None:
        stopping.listen(loop)
        when_ready()

    async def close_desk(_app: Sanic, _loop: AbstractEventLoop) -> None:
        await desk.stop()

    # Before it answers: a Ctrl-C while listeners run afterwards could get lost in their tasks.
    app.register_listener(load, "before_server_start")
    app.register_listener(open_desk, "before_server_start")
    app.add_task(watch_lag())
    app.register_listener(announce, "after_server_start")
    app.register_listener(close_desk, "before_server_stop")
    app.register_listener(rasa.core.run.close_resources, "after_server_stop")
    protocol = guard(app, settings.request_timeout_s)
    # Its other threads would wait busily for the next message: a core of nothing (measured).
    threadpool_limits(1, user_api="blas")
    # NLU gives Python away fifty times a message (bot/understanding.py), and gets it back by then.
    sys.setswitchinterval(THREADS_SWITCH_S)
    app.run(host=settings.host, port=settings.port, protocol=protocol, workers=1, motd=False)
    if stopping.is_asked:
        leave(engine)
