"""The databases of the integration tests, for files that are brought into one."""

from tests.integration.conftest import (
    database_url,
    engine,
    migrated_postgres,
    migrated_sqlite,
    postgres_server,
)

__all__ = ["database_url", "engine", "migrated_postgres", "migrated_sqlite", "postgres_server"]
