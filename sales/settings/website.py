"""Who may chat on the website, and how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sales.settings.reader import PROJECT, Network, Reader


@dataclass(frozen=True)
class WebsiteSettings:
    """Who may chat on the website, how much, and where its files are."""

    secret: str = field(repr=False)  # signs the visitors' sessions; "": one is kept in var_dir
    secret_also: str = field(repr=False)  # accepted too, while secrets are changed; "": none
    allowed_origins: tuple[str, ...]  # besides the server's own host; "*": any
    trusted_proxies: tuple[Network, ...]  # whose X-Forwarded-For is believed
    folder: Path  # web/: the built widget and the demo page
    session_days: int
    message_burst: int  # at once, per conversation
    messages_per_minute: int  # in the long run, per conversation
    sessions_per_hour: int  # new ones, per address
    connections_per_address: int  # at the same time


def website_settings(env: Reader) -> WebsiteSettings:
    """As the environment has it."""
    return WebsiteSettings(
        secret=env.secret("WEBSITE_SECRET"),
        secret_also=env.secret("WEBSITE_SECRET_ALSO"),
        allowed_origins=env.origins("ALLOWED_ORIGINS"),
        trusted_proxies=env.networks("TRUSTED_PROXIES"),
        folder=Path(env.text("WEB_DIR") or PROJECT / "web"),
        session_days=env.number("SESSION_DAYS", 30),
        message_burst=env.number("MESSAGE_BURST", 20),
        messages_per_minute=env.number("MESSAGES_PER_MINUTE", 30),
        sessions_per_hour=env.number("SESSIONS_PER_HOUR", 60),
        connections_per_address=env.number("CONNECTIONS_PER_ADDRESS", 100),
    )
