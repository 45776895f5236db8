"""Limits let a visitor work and stop a flood, in bounded memory."""

from __future__ import annotations

import pytest

from bot.channels.website.limits import Limit
from sales.settings import Settings, SettingsError


def test_a_burst_and_then_a_steady_rate() -> None:
    limit = Limit(burst=3, per_second=0.5)

    assert [limit.take("ana", now=0) for _ in range(4)] == [True, True, True, False]
    assert not limit.take("ana", now=1.9)
    assert limit.take("ana", now=2.0)
    assert not limit.take("ana", now=2.1)


def test_a_long_rest_earns_no_more_than_the_burst() -> None:
    limit = Limit(burst=2, per_second=1)
    limit.take("ana", now=0)

    assert [limit.take("ana", now=1e9) for _ in range(3)] == [True, True, False]


def test_one_does_not_pay_for_another() -> None:
    limit = Limit(burst=1, per_second=1)
    limit.take("ana", now=0)

    assert limit.take("bo", now=0)


def test_only_so_many_are_remembered() -> None:
    limit = Limit(burst=1, per_second=0.001, most_keys=100)
    for number in range(1_000):
        limit.take(f"address {number}", now=0)

    assert len(limit) == 100
    assert not limit.take("address 999", now=0)


def test_every_wrong_setting_is_named_at_once() -> None:
    wrong = {
        "PORT": "http", "WEBSITE_SECRET": "short", "ALLOWED_ORIGINS": "example.com, https://a/b",
        "TRUSTED_PROXIES": "proxy", "MESSAGE_BURST": "0", "SESSIONS_PER_HOUR": "-1",
    }  # fmt: skip
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(wrong)

    assert all(name in str(refused.value) for name in wrong)
    assert "'short'" not in str(refused.value)


def test_settings_of_the_website() -> None:
    website = Settings.from_env(
        {
            "WEBSITE_SECRET": "0123456789abcdef" * 2,
            "ALLOWED_ORIGINS": "https://Shop.example.com/, http://localhost:3000",
            "TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
        }
    ).website

    assert website.allowed_origins == ("https://shop.example.com", "http://localhost:3000")
    assert [str(network) for network in website.trusted_proxies] == ["10.0.0.1/32", "fd00::/8"]
    assert (website.message_burst, website.messages_per_minute) == (20, 30)
    assert "x" * 32 not in repr(website)
