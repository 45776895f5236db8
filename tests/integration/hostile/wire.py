"""Bytes as an attacker writes them: no client in between that would tidy them."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
HEAD = b"Host: 127.0.0.1\r\n"
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Said:
    """What the server answered until it closed the connection, or fell silent."""

    data: bytes
    is_closed: bool

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in STATUS.findall(self.data)]


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        yield connection


def exchange(port: int, data: bytes, silence_s: float = 0.3) -> Said:
    """Send the bytes; wait for an answer, and then until there is silence."""
    with connected(port) as connection:
        connection.sendall(data)
        heard = b""
        try:
            while part := connection.recv(65_536):
                heard += part
                connection.settimeout(silence_s)
        except TimeoutError:
            return Said(heard, is_closed=False)
        except ConnectionResetError:
            pass
        return Said(heard, is_closed=True)


def drip(port: int, first: bytes, drop: bytes, every_s: float, longest_s: float) -> float:
    """Send `first`, then `drop` again and again; after how many seconds the server cut it off."""
    began = monotonic()
    with connected(port) as connection:
        connection.sendall(first)
        connection.settimeout(every_s)
        while monotonic() - began < longest_s:
            try:
                if not connection.recv(65_536):
                    break
            except TimeoutError:
                pass
            except ConnectionResetError:
                break
            try:
                connection.sendall(drop)
            except OSError:
                break
        return monotonic() - began
