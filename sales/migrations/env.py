"""Runs the migrations on the database of the settings, or on the one `upgrade_database` names.

The whole upgrade is one transaction that holds a lock, so two processes that start together
do not create the same tables twice, and a failure leaves the database as it was.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from alembic import context
from sqlalchemy.engine import Connection

from sales.database import Base, open_engine
from sales.settings import Settings

LOCK_KEY = 5_180_005  # any number, the same in every process
TABLE_MODULES = (
    "sales.catalog.tables",
    "sales.reference.tables",
    "sales.leads.tables",
    "sales.feedback.tables",
    "sales.team.tables",
    "sales.outbox.tables",
    "sales.takeover.tables",
    "sales.questions.tables",
)


def import_tables() -> None:
    """Registers every table with Base.metadata; a module that is not there yet is passed over."""
    for name in TABLE_MODULES:
        if find_spec(name.rpartition(".")[0]) and find_spec(name):
            import_module(name)


def lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")


def run() -> None:
    import_tables()
    url = context.config.attributes.get("database_url") or Settings.from_env().database_url
    engine = open_engine(url)
    with engine.connect() as connection, connection.begin():
        lock(connection)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def run_offline() -> None:
    import_tables()
    url = context.config.attributes.get("database_url") or Settings.from_env().database_url
    context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run()
