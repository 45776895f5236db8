"""Small things that every page of the desk relies on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk.auth.pages import _safe_goal
from desk.auth.throttle import site
from desk.headers import allowed_hosts, is_served_over_https
from desk.rendering import ago, plural, static_address, when
from sales.settings import Settings

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=-1), "1 min ago"),
        (timedelta(minutes=-59), "59 min ago"),
        (timedelta(hours=-3), "3 h ago"),
        (timedelta(hours=47, minutes=59), "in 47 h"),
        (timedelta(days=-2), "2 days ago"),
    ],
)
def test_how_long_ago(gap: timedelta, text: str) -> None:
    assert ago(NOW + gap, NOW) == text


def test_times_are_the_offices() -> None:
    shown = when(NOW, "America/Los_Angeles")

    assert "Nov 23, 2026, 10:00 PST" in shown
    assert 'datetime="2026-11-23T18:00:00+00:00"' in shown


def test_numbers_of_things() -> None:
    assert [plural(n, "lead") for n in (0, 1, 2_000)] == ["0 leads", "1 lead", "2,000 leads"]
    assert plural(2, "reply", "replies") == "2 replies"


def test_the_address_of_a_file_changes_with_the_file() -> None:
    assert static_address("desk.css").startswith("/static/desk.css?v=")


@pytest.mark.parametrize("goal", ["/", "/leads/17?tab=notes#end", "/catalog?q=a%20b"])
def test_pages_of_the_desk_are_safe_goals(goal: str) -> None:
    assert _safe_goal(goal) == goal


@pytest.mark.parametrize(
    "goal", [None, "", "//a.example", "http://a.example", "/\n/a", "x", "/\\a"]
)
def test_other_sites_are_not(goal: str | None) -> None:
    assert _safe_goal(goal) == "/"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_which_addresses_count_together(address: str, counted: str) -> None:
    assert site(address) == counted


@pytest.mark.parametrize(
    ("env", "hosts", "is_https"),
    [
        ({}, ["localhost", "127.0.0.1", "::1", "127.0.0.1"], False),
        ({"DESK_HOST": "0.0.0.0"}, ["*"], False),  # noqa: S104
        ({"DESK_URL": "https://desk.example.com"}, ["desk.example.com"], True),
        ({"DESK_URL": "http://desk.local:81", "DESK_HOST": "0.0.0.0"}, ["desk.local"], False),  # noqa: S104
    ],
)
def test_which_hosts_the_desk_answers_to(
    env: dict[str, str], hosts: list[str], is_https: bool
) -> None:
    desk = Settings.from_env(env).desk

    assert allowed_hosts(desk) == hosts
    assert is_served_over_https(desk) is is_https
