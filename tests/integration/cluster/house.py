"""Three assistants on one PostgreSQL and one Redis, with a load balancer in front."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import open_engine
from sales.settings import PROJECT
from tests.integration.cluster.clock import MovableClock, movable_clock
from tests.integration.cluster.haproxy import HAProxy, balancer
from tests.integration.cluster.parts import Postgres, Redis, serving_postgres, serving_redis
from tests.integration.cluster.proxy import Proxy
from tests.integration.delivery.receiver import Receiver, receiving
from tests.integration.server import Server
from tests.integration.website.conftest import GENEROUS, SECRET

PROCESSES = int(os.environ.get("CHAOS_PROCESSES", "3"))
WEBHOOK_SECRET = "a secret between us and the CRM of the tests"


class Front(Server):
    """The load balancer, as a visitor's browser sees it."""

    def start(self) -> Server:
        raise AssertionError("The house starts it.")


@dataclass
class House:
    """The whole of it. `servers` may be killed and started at any time.

    `clock` is that of the last server.
    """

    folder: Path
    postgres: Postgres
    redis: Redis
    crm: Receiver
    servers: list[Server]
    proxy: Proxy | HAProxy
    front: Front
    engine: Engine = field(repr=False)
    clock: MovableClock | None = None

    def start_all(self) -> None:
        """All at the same moment, on an empty database."""
        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(lambda server: server.start(), self.servers))

    def kill(self, server: Server) -> None:
        assert server.process is not None
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()

    def stop_all(self) -> None:
        for server in self.servers:
            if server.process and server.process.poll() is None:
                server.process.send_signal(signal.SIGCONT)
                self.kill(server)

    @property
    def log(self) -> str:
        return "\n".join(server.log for server in self.servers)

    def events(self, conversation_id: str, *kinds: str) -> list[dict[str, Any]]:
        """What the record has of a conversation."""
        query = sa.text(
            "SELECT data FROM events WHERE sender_id = :who AND type_name = ANY(:kinds) ORDER BY id"
        )
        with self.engine.connect() as connection:
            found = connection.execute(query, {"who": conversation_id, "kinds": list(kinds)})
            return [json.loads(row.data) for row in found]


@contextmanager
def house(folder: Path) -> Iterator[House]:
    with ExitStack() as stack:
        postgres = stack.enter_context(serving_postgres())
        redis = stack.enter_context(serving_redis(folder))
        crm = stack.enter_context(receiving())
        servers = [_server(folder, n, postgres, redis, crm) for n in range(PROCESSES)]
        clock = movable_clock(folder)
        servers[-1].settings |= clock.settings if clock else {}
        proxy = balancer([server.port for server in servers], folder)
        front = Front(folder, port=proxy.port)
        engine = open_engine(postgres.url)
        found = House(folder, postgres, redis, crm, servers, proxy, front, engine, clock)
        stack.callback(engine.dispose)
        stack.callback(found.stop_all)
        found.start_all()
        proxy.start()
        stack.callback(proxy.stop)
        yield found


def settings(folder: Path, postgres: Postgres, redis: Redis, crm: Receiver) -> dict[str, str]:
    return {
        **GENEROUS,
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "VAR_DIR": str(folder),
        "ENCODER_DIR": str(PROJECT / "var" / "encoder"),
        "WEBSITE_SECRET": SECRET,
        "TRUSTED_PROXIES": "127.0.0.1",
        "WEBHOOK_URLS": crm.url,
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
        "WEBHOOK_ALLOW_PRIVATE": "yes",
    }


def _server(folder: Path, number: int, postgres: Postgres, redis: Redis, crm: Receiver) -> Server:
    own = folder / f"process-{number}"
    own.mkdir()
    return Server(own, settings(folder, postgres, redis, crm))
