"""Posts changes of leads, signed, to the addresses in the settings; see docs/webhooks.md."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import aiohttp

from bot.delivery.worker import Json, SendError
from sales.outbox.store import Delivery
from sales.settings import WebhookSettings

TIMEOUT_S = 10.0
USER_AGENT = "fiberbot-webhooks/1"
GONE = 410
BUSY = (429, 503)
NAT64 = ip_network("64:ff9b::/96")  # IPv4 addresses written as IPv6
Address = IPv4Address | IPv6Address


class InnerTargetError(OSError):
    """The address lies inside our network, where a webhook has no business."""


class WebhookSender:
    """Posts each change to its address: signed, without redirects, never into our own network.

    Inner addresses are refused when the connection is made, with the address that is connected
    to: a name that resolves to something else a moment later gains nothing.
    """

    def __init__(
        self,
        webhooks: WebhookSettings,
        *,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._webhooks, self._timeout_s, self._clock = webhooks, timeout_s, clock

    async def send(self, delivery: Delivery) -> Json | None:
        url = str(delivery.payload["url"])
        if url not in self._webhooks.urls:
            raise SendError("The address is no longer in WEBHOOK_URLS.", is_permanent=True)
        body = body_of(delivery)
        status, retry_after = await self._post(url, body, self._headers(delivery, body))
        if not 200 <= status < 300:
            raise self._refusal(status, retry_after)
        return {"status": status}

    def _headers(self, delivery: Delivery, body: bytes) -> Mapping[str, str]:
        timestamp = str(int(self._clock().timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Idempotency-Key": delivery.key,
            "X-Fiberbot-Event": delivery.kind,
            "X-Fiberbot-Timestamp": timestamp,
            "X-Fiberbot-Signature": signature(self._webhooks.secret, timestamp, body),
        }

    async def _post(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str | None]:
        """Status and Retry-After. The rest of the answer is not read."""
        timeout = aiohttp.ClientTimeout(total=self._timeout_s)
        connector = aiohttp.TCPConnector(socket_factory=self._open_socket, force_close=True)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.status, answer.headers.get("Retry-After")
        except aiohttp.ClientConnectorError as error:
            raise _connection_error(error) from None
        except (aiohttp.InvalidURL, ValueError):
            raise SendError("The address is not usable.", is_permanent=True) from None
        except aiohttp.ClientError as error:
            raise SendError(f"{type(error).__name__} on the way.", is_uncertain=True) from None
        except TimeoutError:
            text = f"No answer within {self._timeout_s:g} s."
            raise SendError(text, is_uncertain=True) from None

    def _open_socket(self, target: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = target
        if not self._webhooks.allow_private and is_inner(address[0]):
            raise InnerTargetError
        return socket.socket(family, kind, protocol)

    def _refusal(self, status: int, retry_after: str | None) -> SendError:
        wait_s = retry_after_s(retry_after, self._clock()) if status in BUSY else None
        return SendError(f"HTTP {status}.", wait_s, is_permanent=status == GONE)


def body_of(delivery: Delivery) -> bytes:
    """The JSON that is posted: what happened, the lead, and the key that repeats share."""
    told = {name: value for name, value in delivery.payload.items() if name != "url"}
    return json.dumps({"id": delivery.key, **told}, ensure_ascii=False).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What proves that we sent this body at this time."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def retry_after_s(text: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which has seconds or a date; None if unreadable."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0.0)


def is_inner(address: str) -> bool:
    """Whether the IP address is none of the public internet's."""
    plain = _plain(ip_address(address.partition("%")[0]))
    return not plain.is_global or plain.is_multicast or plain.is_reserved


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, IPv4Address):
        return address
    teredo = address.teredo[1] if address.teredo else None
    nat64 = IPv4Address(int(address) & 0xFFFF_FFFF) if address in NAT64 else None
    return address.ipv4_mapped or address.sixtofour or teredo or nat64 or address


def _connection_error(error: aiohttp.ClientConnectorError) -> SendError:
    if isinstance(getattr(error, "os_error", None), InnerTargetError):  # some have no such cause
        text = "The address lies in a private network; WEBHOOK_ALLOW_PRIVATE=yes permits that."
        return SendError(text, is_permanent=True)
    return SendError(f"No connection: {type(error).__name__}.")
