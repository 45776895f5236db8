"""Slows down guessing: failed sign-ins are counted in the database, so over all processes.

An attempt is written down before the password is looked at, and taken back when it was right;
a hundred attempts at the same moment are therefore a hundred and not one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.team.tables import sign_in_failures

IPV6_SITE = 64  # bits; one household or office has all addresses below


@dataclass(frozen=True)
class Limit:
    """So many failures within a time."""

    failures: int
    within: timedelta


ACCOUNT_FROM_ADDRESS = Limit(5, timedelta(minutes=15))
ADDRESS = Limit(30, timedelta(minutes=15))  # an office shares one
ACCOUNT = Limit(100, timedelta(hours=24))  # from everywhere; high, or anybody could lock one out
LONGEST = timedelta(hours=24)


class TooManyAttemptsError(Exception):
    """Wait before trying again."""

    def __init__(self, wait: timedelta) -> None:
        self.minutes = max(1, -(-int(wait.total_seconds()) // 60))
        unit = "minute" if self.minutes == 1 else "minutes"
        super().__init__(f"There were too many attempts. Try again in {self.minutes} {unit}.")


@dataclass(frozen=True)
class Attempt:
    """One try to sign in, counted as failed until it is taken back."""

    rows: tuple[int, ...]
    keys: tuple[str, ...]


def begin_attempt(engine: Engine, email: str, address: str, now: datetime) -> Attempt:
    """Counts the attempt; raises TooManyAttemptsError when there were too many before it."""
    limits = _limits(email, address)
    with transaction(engine) as session:  # its own: others must see it before it is judged
        session.execute(sa.delete(sign_in_failures).where(sign_in_failures.c.at < now - LONGEST))
        rows = tuple(
            session.execute(
                sa.insert(sign_in_failures).values(key=key, at=now)
            ).inserted_primary_key[0]  # type: ignore[attr-defined]  # a CursorResult
            for key in limits
        )
    attempt = Attempt(rows, tuple(limits))
    wait = max(_wait(engine, key, limit, now) for key, limit in limits.items())
    if wait > timedelta():
        _forget_rows(engine, attempt)  # refused attempts do not make the wait longer
        raise TooManyAttemptsError(wait)
    return attempt


def succeeded(engine: Engine, attempt: Attempt) -> None:
    """Takes the attempt back, and the earlier failures of this person at this address.

    Those of the address as a whole stay: whoever has an account could otherwise guess others'.
    """
    _forget_rows(engine, attempt)
    with transaction(engine) as session:
        table = sign_in_failures
        session.execute(sa.delete(table).where(table.c.key == attempt.keys[0]))


def _limits(email: str, address: str) -> dict[str, Limit]:
    person, place = email.strip().lower(), site(address)
    return {
        _key("account-address", person, place): ACCOUNT_FROM_ADDRESS,
        _key("address", place): ADDRESS,
        _key("account", person): ACCOUNT,
    }


def site(address: str) -> str:
    """The address as it counts: an IPv6 one with its whole site."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, IPV6_SITE), strict=False))
    return str(parsed)


def _wait(engine: Engine, key: str, limit: Limit, now: datetime) -> timedelta:
    """How long until one more attempt is allowed; zero or less when this one is."""
    c = sign_in_failures.c
    query = sa.select(c.at).where(c.key == key, c.at > now - limit.within).order_by(c.at.desc())
    with transaction(engine) as session:
        newest = list(session.execute(query.limit(limit.failures + 1)).scalars())
    if len(newest) <= limit.failures:
        return timedelta()
    oldest: datetime = newest[-1]
    return oldest + limit.within - now


def _forget_rows(engine: Engine, attempt: Attempt) -> None:
    with transaction(engine) as session:
        session.execute(sa.delete(sign_in_failures).where(sign_in_failures.c.id.in_(attempt.rows)))


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
