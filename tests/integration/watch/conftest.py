"""A company whose server can be given trouble, and what its metrics say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.sales.company import Company, company
from tests.integration.server import Server
from tests.integration.watch.troubled import SLOW_UNTIL

METRICS_TOKEN = "a token of the tests for those who read metrics"
TROUBLED = ("-m", "tests.integration.watch.troubled")
PROXIED = {"X-Forwarded-For": "203.0.113.7"}
PATIENCE_S = 60.0
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="package")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company with Slack, mail and a CRM, and JSON logs."""
    settings = {"LOG_FORMAT": "json", "METRICS_TOKEN": METRICS_TOKEN}
    folder = tmp_path_factory.mktemp("watched")
    settings[SLOW_UNTIL] = str(folder / SLOW_UNTIL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Server, "program", TROUBLED)
        with company(folder, **settings) as firm:
            yield firm


def get(server: Server, path: str, **headers: str) -> requests.Response:
    url = f"http://127.0.0.1:{server.port}{path}"
    return requests.get(
        url, headers={n.replace("_", "-"): v for n, v in headers.items()}, timeout=20
    )


def samples(server: Server) -> Samples:
    """Every sample of /metrics, as the official parser reads it."""
    families = text_string_to_metric_families(get(server, "/metrics").text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


async def until_in_hand(server: Server, turns: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await asyncio.to_thread(samples, server)
            if value(found, "fiberbot_turns_in_hand") >= turns:
                return
            await asyncio.sleep(0.05)
