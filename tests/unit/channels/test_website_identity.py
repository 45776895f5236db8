"""Tokens, origins and addresses: who is who on the website."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.channels.website.origins import client_address, is_allowed_origin
from bot.channels.website.tokens import BadTokenError, Tokens
from sales.kept_secret import kept_secret

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.fixture
def tokens() -> Tokens:
    return Tokens("a secret that is long enough for the tests", 30 * DAY)


def test_a_token_names_its_conversation_until_it_expires(tokens: Tokens) -> None:
    token = tokens.begin(NOON)

    assert tokens.read(token.text, NOON + 29 * DAY) == token
    with pytest.raises(BadTokenError):
        tokens.read(token.text, NOON + 30 * DAY)


def test_every_conversation_is_new(tokens: Tokens) -> None:
    assert len({tokens.begin(NOON).conversation_id for _ in range(100)}) == 100


def test_a_token_is_due_in_the_second_half_of_its_life(tokens: Tokens) -> None:
    token = tokens.begin(NOON)

    assert not token.is_due_for_renewal(NOON + 15 * DAY)
    assert token.is_due_for_renewal(NOON + 15 * DAY + timedelta(seconds=1))


def test_a_renewed_token_names_the_same_conversation(tokens: Tokens) -> None:
    old = tokens.begin(NOON)
    new = tokens.issue(old.conversation_id, NOON + 20 * DAY)

    assert tokens.read(new.text, NOON + 49 * DAY).conversation_id == old.conversation_id


def test_a_changed_secret_keeps_the_visitors_of_the_one_before_and_renews_their_tokens() -> None:
    old, new = "the secret of last year, long enough", "the secret of this year, long enough"
    before, after = Tokens(old, 30 * DAY), Tokens(new, 30 * DAY, also=old)
    token = before.begin(NOON)

    kept = after.read(token.text, NOON + DAY)
    renewed = after.issue(kept.conversation_id, NOON + DAY)

    assert kept.conversation_id == token.conversation_id
    assert kept.is_due_for_renewal(NOON + DAY)
    assert not after.read(renewed.text, NOON + DAY).is_due_for_renewal(NOON + DAY)
    with pytest.raises(BadTokenError):
        before.read(renewed.text, NOON + DAY)
    with pytest.raises(BadTokenError):
        Tokens(new, 30 * DAY).read(token.text, NOON + DAY)
    with pytest.raises(BadTokenError):
        after.read(token.text, NOON + 30 * DAY)


def test_a_token_does_not_show_in_a_log(tokens: Tokens) -> None:
    token = tokens.begin(NOON)

    assert token.text not in repr(token)


def test_processes_that_start_at_once_keep_one_secret(tmp_path: Path) -> None:
    file = tmp_path / "var" / "website.secret"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: kept_secret(file), range(8)))

    assert len({secret for secret, _ in found}) == 1
    assert sum(is_new for _, is_new in found) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["website.secret"]


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        (None, "chat.example.com", True),
        ("https://chat.example.com", "chat.example.com", True),
        ("https://chat.example.com", "chat.example.com:443", True),
        ("http://chat.example.com:80", "chat.example.com", True),
        ("http://Chat.example.com", "chat.EXAMPLE.com", True),
        ("https://[2001:db8::1]:5005", "[2001:db8::1]:5005", True),
        ("https://SHOP.example.com", "chat.example.com", True),
        ("https://shop.example.com:8443", "chat.example.com", False),
        ("https://chat.example.com:8443", "chat.example.com", False),
        ("https://chat.example.com", "", False),
        ("null", "chat.example.com", False),
        ("", "", False),
        ("https://", "", False),
        ("ftp://chat.example.com", "chat.example.com", False),
        ("https://x@chat.example.com:x", "chat.example.com", False),
    ],
)
def test_which_pages_may_chat(origin: str | None, host: str, is_allowed: bool) -> None:
    assert is_allowed_origin(origin, host, ("https://shop.example.com",)) is is_allowed


def test_a_star_allows_every_page() -> None:
    assert is_allowed_origin("https://anywhere.example", "chat.example.com", ("*",))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # a stranger's header counts for nothing
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
        ("10.0.0.1", "made up, 10.2.3.4", "10.2.3.4"),
        ("10.0.0.1", "10.2.3.4", "10.2.3.4"),
        ("fd00::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", "unknown"),
    ],
)
def test_the_visitors_address_is_believed_from_trusted_proxies_only(
    peer: str, forwarded: str, address: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == address
