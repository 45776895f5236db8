"""Everything the environment decides, read once when a process starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent
LOWEST_PORT, HIGHEST_PORT = 1, 65_535
FEWEST_SECRET_CHARACTERS = 32
MOST = 1_000_000  # of whatever a number counts
Network = IPv4Network | IPv6Network


class SettingsError(ValueError):
    """A setting is missing or unusable; the text names it and says what would work."""


@dataclass(frozen=True)
class WebsiteSettings:
    """Who may chat on the website, how much, and where its files are."""

    secret: str = field(repr=False)  # signs the visitors' sessions; "": one is kept in var_dir
    allowed_origins: tuple[str, ...]  # besides the server's own host; "*": any
    trusted_proxies: tuple[Network, ...]  # whose X-Forwarded-For is believed
    folder: Path  # web/: the built widget and the demo page
    session_days: int
    message_burst: int  # at once, per conversation
    messages_per_minute: int  # in the long run, per conversation
    sessions_per_hour: int  # new ones, per address
    connections_per_address: int  # at the same time


@dataclass(frozen=True)
class Settings:
    """Paths, addresses and secrets. `.env.example` lists every variable."""

    database_url: str = field(repr=False)  # may hold a password
    var_dir: Path
    encoder_dir: Path
    host: str
    port: int
    website: WebsiteSettings

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Raises SettingsError naming every unusable variable, not only the first."""
        problems: list[str] = []
        var_dir = Path(env.get("VAR_DIR") or PROJECT / "var")
        settings = cls(
            database_url=env.get("DATABASE_URL") or f"sqlite:///{var_dir / 'fiberbot.db'}",
            var_dir=var_dir,
            encoder_dir=Path(env.get("ENCODER_DIR") or var_dir / "encoder"),
            host=env.get("HOST") or "127.0.0.1",
            port=_number("PORT", env.get("PORT"), 5005, problems, HIGHEST_PORT),
            website=_website(env, problems),
        )
        if problems:
            raise SettingsError("\n".join(problems))
        return settings


def _website(env: Mapping[str, str], problems: list[str]) -> WebsiteSettings:
    def number(name: str, given: str | None, default: int) -> int:
        return _number(name, given, default, problems)

    return WebsiteSettings(
        secret=_secret(env.get("WEBSITE_SECRET") or "", problems),
        allowed_origins=_origins(env.get("ALLOWED_ORIGINS") or "", problems),
        trusted_proxies=_networks(env.get("TRUSTED_PROXIES") or "", problems),
        folder=Path(env.get("WEB_DIR") or PROJECT / "web"),
        session_days=number("SESSION_DAYS", env.get("SESSION_DAYS"), 30),
        message_burst=number("MESSAGE_BURST", env.get("MESSAGE_BURST"), 20),
        messages_per_minute=number("MESSAGES_PER_MINUTE", env.get("MESSAGES_PER_MINUTE"), 30),
        sessions_per_hour=number("SESSIONS_PER_HOUR", env.get("SESSIONS_PER_HOUR"), 60),
        connections_per_address=number(
            "CONNECTIONS_PER_ADDRESS", env.get("CONNECTIONS_PER_ADDRESS"), 100
        ),
    )


def _number(
    name: str, given: str | None, default: int, problems: list[str], highest: int = MOST
) -> int:
    text = (given or "").strip() or str(default)
    if text.isascii() and text.isdecimal() and 1 <= int(text[:10]) <= highest:
        return int(text)
    problems.append(f"{name} is {given!r}; set it to a number from 1 to {highest}.")
    return default


def _secret(text: str, problems: list[str]) -> str:
    if text and len(text) < FEWEST_SECRET_CHARACTERS:
        problems.append(
            f"WEBSITE_SECRET has {len(text)} characters; use at least {FEWEST_SECRET_CHARACTERS} "
            "random ones (`openssl rand -hex 32`), or leave it blank to have one generated."
        )
    return text


def _origins(text: str, problems: list[str]) -> tuple[str, ...]:
    given = tuple(word.rstrip("/").lower() for word in _words(text))
    for origin in given:
        if origin != "*" and not _is_origin(origin):
            problems.append(
                f"ALLOWED_ORIGINS has {origin!r}; write scheme and host only, such as "
                "https://www.example.com, several with commas."
            )
    return given


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_good_port = parts.port != 0  # raises ValueError when it is no port at all
    except ValueError:
        return False
    is_bare = text == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
    return is_bare and parts.scheme in ("http", "https") and bool(parts.hostname) and has_good_port


def _networks(text: str, problems: list[str]) -> tuple[Network, ...]:
    found: list[Network] = []
    for word in _words(text):
        try:
            found.append(ip_network(word, strict=False))
        except ValueError:
            problems.append(
                f"TRUSTED_PROXIES has {word!r}; write addresses or networks, such as "
                "10.0.0.0/8, several with commas."
            )
    return tuple(found)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
