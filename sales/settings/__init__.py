"""Everything the environment decides, read once when a process starts."""

from sales.settings.desk import DeskSettings
from sales.settings.env_file import read_env_file
from sales.settings.reader import PROJECT, Network, SettingsError
from sales.settings.safety import refuse_unsafe, refuse_unsafe_desk
from sales.settings.selling import (
    MailSettings,
    RetentionSettings,
    SlackSettings,
    WebhookSettings,
)
from sales.settings.settings import Settings
from sales.settings.watching import WatchSettings
from sales.settings.website import WebsiteSettings

__all__ = [
    "PROJECT",
    "DeskSettings",
    "MailSettings",
    "Network",
    "RetentionSettings",
    "Settings",
    "SettingsError",
    "SlackSettings",
    "WatchSettings",
    "WebhookSettings",
    "WebsiteSettings",
    "read_env_file",
    "refuse_unsafe",
    "refuse_unsafe_desk",
]
