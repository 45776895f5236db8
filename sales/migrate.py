"""Brings a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from sales.database import open_engine

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def upgrade_database(url: str) -> None:
    """Creates or upgrades every table; does nothing when the schema is the newest already."""
    config = _config(url)
    if _current_revision(url) != ScriptDirectory.from_config(config).get_current_head():
        command.upgrade(config, "head")


def downgrade_database(url: str, revision: str = "base") -> None:
    """Goes back to a revision ("base": no tables). The rows of dropped tables are lost."""
    command.downgrade(_config(url), revision)


def is_known_revision(revision: str) -> bool:
    """Whether this version of the code has the migration; a newer one's it has not."""
    scripts = ScriptDirectory.from_config(_config("sqlite://"))
    return any(script.revision == revision for script in scripts.walk_revisions())


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = url
    return config


def _current_revision(url: str) -> str | None:
    with open_engine(url).connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()
        return found.first()
