"""What a backup holds: counts that people recognise, and the secrets kept in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sales.settings import Settings

COUNTS = {
    "conversations": "SELECT count(DISTINCT sender_id) FROM events",
    "leads": "SELECT count(*) FROM leads",
    "products": "SELECT count(*) FROM products",
}
REVISION = "SELECT version_num FROM alembic_version"
CONVERSATIONS = "events"  # Rasa's table, which no migration makes
KEPT_SECRETS = {"website.secret": "WEBSITE_SECRET", "desk.secret": "DESK_SECRET"}  # file: setting


def set_secrets(settings: Settings) -> tuple[str, ...]:
    """The settings that are used instead of a kept file."""
    is_set = {"WEBSITE_SECRET": settings.website.secret, "DESK_SECRET": settings.desk.secret}
    return tuple(name for name, secret in is_set.items() if secret)


def kept_secret_files(settings: Settings) -> dict[str, Path]:
    """The files that hold secrets in use, by name."""
    chosen = set_secrets(settings)
    files = {name: settings.var_dir / name for name in KEPT_SECRETS}
    return {
        n: file for n, file in files.items() if KEPT_SECRETS[n] not in chosen and file.is_file()
    }


def in_words(counts: Mapping[str, int]) -> str:
    """Such as "12 conversations, 3 leads, 528 products"."""
    return ", ".join(f"{count} {name}" for name, count in counts.items())
