"""All settings of a process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sales.office import Office, Routes
from sales.settings.desk import DeskSettings, desk_settings
from sales.settings.reader import HIGHEST_PORT, PROJECT, Reader, SettingsError
from sales.settings.selling import (
    MailSettings,
    RetentionSettings,
    SlackSettings,
    WebhookSettings,
    mail_settings,
    office,
    retention_settings,
    slack_settings,
    webhook_settings,
)
from sales.settings.watching import WatchSettings, watch_settings
from sales.settings.website import WebsiteSettings, website_settings


@dataclass(frozen=True)
class Settings:
    """Paths, addresses and secrets. `.env.example` lists every variable."""

    database_url: str = field(repr=False)  # may hold a password
    redis_url: str = field(repr=False)  # what several processes share; "": there is one process
    var_dir: Path
    encoder_dir: Path
    host: str
    port: int
    rest_token: str = field(repr=False)  # "": the REST channel answers this machine only
    request_timeout_s: int  # within which a request has to arrive
    website: WebsiteSettings
    desk: DeskSettings
    slack: SlackSettings | None
    mail: MailSettings | None
    webhooks: WebhookSettings | None
    retention: RetentionSettings
    office: Office
    watch: WatchSettings

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Raises SettingsError naming every unusable variable, not only the first."""
        reader = Reader(env)
        var_dir = Path(reader.text("VAR_DIR") or PROJECT / "var")
        desk, slack, mail = desk_settings(reader), slack_settings(reader), mail_settings(reader)
        webhooks = webhook_settings(reader)
        routes = Routes(bool(slack), bool(mail), webhooks.urls if webhooks else ())
        settings = cls(
            database_url=reader.text("DATABASE_URL", f"sqlite:///{var_dir / 'fiberbot.db'}"),
            redis_url=reader.redis_url("REDIS_URL"),
            var_dir=var_dir,
            encoder_dir=Path(reader.text("ENCODER_DIR") or var_dir / "encoder"),
            host=reader.text("HOST", "127.0.0.1"),
            port=reader.number("PORT", 5005, HIGHEST_PORT),
            rest_token=reader.secret("REST_TOKEN"),
            request_timeout_s=reader.number("REQUEST_TIMEOUT_S", 60),
            website=website_settings(reader),
            desk=desk,
            slack=slack,
            mail=mail,
            webhooks=webhooks,
            retention=retention_settings(reader),
            office=office(reader, routes, desk.address),
            watch=watch_settings(reader),
        )
        if reader.problems:
            raise SettingsError("\n".join(reader.problems))
        return settings
