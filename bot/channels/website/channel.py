"""The channel as Rasa sees it; named in credentials.yml."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic

from bot.channels.website.broadcaster import Broadcaster
from bot.channels.website.cluster import Cluster
from bot.channels.website.events import Events
from bot.channels.website.pages import Pages
from bot.channels.website.tokens import Tokens
from bot.channels.website.transport import Transport, TransportBlueprint
from bot.deliveries import deliver_while_serving
from bot.record import Record
from bot.turns import Turns, ready_agent
from sales.database import open_engine
from sales.kept_secret import kept_secret
from sales.settings import Settings

logger = logging.getLogger(__name__)
CHANNEL = "website"
SECRET_FILE = "website.secret"  # noqa: S105  the name of a file


class WebsiteChannel(InputChannel):
    """Everything of the website under one prefix, /webhooks/website."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebsiteChannel:
        """The channel with the settings of the environment. Raises SettingsError."""
        return cls(Settings.from_env())

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Called by Rasa, which serves the routes.

        This channel is always there, so deliveries run as long as it is served. For them,
        `app.ctx.broadcaster` reaches the visitors.
        """
        website, engine = self._settings.website, open_engine(self._settings.database_url)
        redis_url, record = self._settings.redis_url, Record(engine)
        cluster = Cluster(redis_url, engine) if redis_url else None
        transport = Transport(website, cluster.manager if cluster else None)
        broadcaster = Broadcaster(transport, cluster.presence if cluster else None)
        routes = TransportBlueprint(transport, broadcaster)

        def agent() -> Agent | None:
            return ready_agent(routes.ctx.app)

        life = timedelta(days=website.session_days)
        tokens = Tokens(self._secret(), life, also=website.secret_also)
        turns, news = Turns(record, agent, CHANNEL), self._settings.office.routes
        Events(website, transport, tokens, turns, record, engine, news, cluster)
        Pages(website.folder, website.allowed_origins).add_to(routes)
        if cluster:
            _join_while_serving(routes, cluster)
        deliver_while_serving(routes, self._settings, engine)
        return routes

    def _secret(self) -> str:
        if self._settings.website.secret:
            return self._settings.website.secret
        file = self._settings.var_dir / SECRET_FILE
        secret, is_new = kept_secret(file)
        if is_new:
            logger.warning(
                "website.secret_made: WEBSITE_SECRET is not set, so the sessions of visitors are "
                "signed with a secret kept in %s. Several processes need the same one.",
                file,
            )
        return secret


def _join_while_serving(routes: Blueprint, cluster: Cluster) -> None:
    async def start(_app: Sanic, _loop: Any) -> None:
        cluster.start()

    async def stop(_app: Sanic, _loop: Any) -> None:
        await cluster.stop()

    routes.before_server_start(start)
    routes.before_server_stop(stop)
