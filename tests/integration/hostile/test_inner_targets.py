"""A webhook never reaches into the private network, whatever its name resolves to, and when."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.integration.delivery.receiver import receiving
from tests.integration.test_delivery_webhook import refused, send

PUBLIC = "192.0.2.1"  # documentation's own, so never answered; taken for public here
REAL_LOOKUP = socket.getaddrinfo
Found = list[tuple[Any, ...]]


class Names:
    """A name server that answers as it is told; the last answer stays."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Found:
        if host != "crm.example.test":
            return list(REAL_LOOKUP(host, port, *args, **kwargs))
        self.asked += 1
        now = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [_found(address, int(port)) for address in now]


def _found(address: str, port: int) -> tuple[Any, ...]:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))


@pytest.mark.parametrize(
    "answers",
    [
        [("127.0.0.1",)],
        [("::1",)],
        [("::ffff:127.0.0.1",)],
        [("10.0.0.1", "127.0.0.1")],  # a second address to fall back to
        [(PUBLIC,), ("127.0.0.1",)],  # another answer a moment later
        [("169.254.169.254",)],  # a cloud's own settings
    ],
)
def test_a_name_that_leads_inside_reaches_nobody(
    monkeypatch: pytest.MonkeyPatch, answers: list[tuple[str, ...]]
) -> None:
    names = Names(*answers)
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with receiving() as receiver:
        for _ in answers:
            refused(f"http://crm.example.test:{receiver.port}/hook", allow_private=False)

        assert names.asked
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


def test_with_leave_the_private_network_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the tests above refuse for the right reason."""
    monkeypatch.setattr(socket, "getaddrinfo", Names(("127.0.0.1",)))
    with receiving() as receiver:
        send(f"http://crm.example.test:{receiver.port}/hook", allow_private=True)

        assert len(receiver.posted) == 1
