"""A webhook never reaches into the private network, whatever its name resolves to, and when."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.integration.delivery.receiver import receiving
from tests.integration.test_delivery_webhook import refused, send


class Names(AbstractResolver):
    """A name server that answers as it is told, each time the next; the last answer stays."""

    answers: list[tuple[str, ...]]
    asked: int

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        """As aiohttp makes it, for each connection."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        Names.asked += 1
        now = Names.answers.pop(0) if len(Names.answers) > 1 else Names.answers[0]
        return [_found(host, address, port) for address in now]

    async def close(self) -> None:
        """There is nothing to close."""


def _found(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=flags
    )


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> type[Names]:
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", Names)
    Names.answers, Names.asked = [], 0
    return Names


@pytest.mark.parametrize(
    "answers",
    [
        [("127.0.0.1",)],
        [("::1",)],
        [("::ffff:127.0.0.1",)],
        [("10.0.0.1", "127.0.0.1")],  # a second address to fall back to
        [("192.0.2.1",), ("127.0.0.1",)],  # another answer when it is tried again
        [("169.254.169.254",)],  # a cloud's own settings
    ],
)
def test_a_name_that_leads_inside_reaches_nobody(
    names: type[Names], answers: list[tuple[str, ...]]
) -> None:
    attempts = len(answers)
    names.answers = answers
    with receiving() as receiver:
        for _ in range(attempts):
            refused(f"http://crm.example.test:{receiver.port}/hook", allow_private=False)

        assert names.asked == attempts
        assert receiver.posted == []


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0177.0.0.1", "0x7f.0.0.1", "127.1", "[::ffff:7f00:1]", "[::]", "0",
     "localhost.", "[64:ff9b::7f00:1]", "127.0.0.1.", "user:pass@127.0.0.1", "[::1%25lo]"],
)  # fmt: skip
def test_no_spelling_of_an_inner_address_reaches_anybody(host: str) -> None:
    with receiving() as receiver:
        refused(f"http://{host}:{receiver.port}/hook", allow_private=False)

        assert receiver.posted == []


def test_with_leave_the_private_network_is_reached(names: type[Names]) -> None:
    """So the tests above refuse for the right reason."""
    names.answers = [("127.0.0.1",)]
    with receiving() as receiver:
        send(f"http://crm.example.test:{receiver.port}/hook", allow_private=True)

        assert len(receiver.posted) == 1
