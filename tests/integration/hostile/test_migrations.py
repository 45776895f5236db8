"""Every revision goes down and up again with data in every table, on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from sales.database import Base, open_engine
from sales.migrate import MIGRATIONS, SchemaError, downgrade_database, upgrade_database

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WORDS = {  # what a column's rules ask for; by its name
    "state": "claimed", "level": "rep", "priority": "normal", "role": "rep", "status": "open",
    "value": "up", "stars": 4, "from_quantity": 5, "stock": 3, "price_cents": 100, "who": "Ann",
    "what": "taken", "kind": "new", "channel": "website", "transcript": [], "need": {},
    "phone": "+14087967735",
}  # fmt: skip
OTHERS = {
    ("components", "kind"): "fiber",
    ("unknown_questions", "kind"): "out_of_scope",
    ("product_kinds", "id"): "00c0ffee00c0ffee",  # hexadecimal
}
Rows = dict[str, list[dict[str, Any]]]


def revisions() -> list[str]:
    """Every revision that is found, oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def reflected(connection: Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(connection, only=lambda name, _: name in Base.metadata.tables)
    return metadata


def ours(connection: Connection) -> list[sa.Table]:
    """The tables as they are, in an order in which rows can be written; no full-text index."""
    known = set(Base.metadata.tables)
    return [table for table in reflected(connection).sorted_tables if table.name in known]


def filled(connection: Connection) -> None:
    """One row in every table."""
    for table in ours(connection):
        if connection.execute(sa.select(table).limit(1)).first() is None:
            connection.execute(sa.insert(table).values(_row(connection, table)))


def _row(connection: Connection, table: sa.Table) -> dict[str, Any]:
    return {
        column.name: _value(connection, table, column)
        for column in table.columns
        if not (column.primary_key and isinstance(column.type, sa.Integer) and _is_counted(column))
        and column.computed is None
    }


def _is_counted(column: Any) -> bool:
    """Whether the database counts it up by itself."""
    return column.name == "id" and not column.foreign_keys


def _value(connection: Connection, table: sa.Table, column: Any) -> Any:
    for key in column.foreign_keys:
        return connection.execute(sa.select(key.column).limit(1)).scalar_one()
    if (table.name, column.name) in OTHERS:
        return OTHERS[table.name, column.name]
    if column.name in WORDS:
        return WORDS[column.name]
    described = Base.metadata.tables[table.name].columns.get(column.name)
    kind = column.type if described is None else described.type
    return _of_type(kind, column)


def _of_type(kind: Any, column: Any) -> Any:
    if isinstance(kind, sa.types.TypeDecorator):
        return NOON if isinstance(column.type, sa.DateTime) else str(NOON)
    if isinstance(kind, sa.JSON):
        return {"kept": "\u00fc"} if isinstance(column.type, sa.JSON) else '{"kept": "\u00fc"}'
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return 1
    if isinstance(kind, sa.Float | sa.Numeric):
        return 0.35
    if isinstance(kind, sa.DateTime):
        return NOON
    if isinstance(kind, sa.Date):
        return date(2026, 5, 4)
    longest = getattr(column.type, "length", None) or 32
    return f"\u00fcber {uuid.uuid4().hex}"[:longest]


def contents(connection: Connection) -> Rows:
    """Every row of every table, by column."""
    return {
        table.name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
        for table in ours(connection)
    }


def kept(before: Rows, after: Rows) -> Iterator[str]:
    """What the older schema could have held and has lost or changed."""
    for name, rows in after.items():
        if name not in before:
            continue  # it is new
        if len(rows) != len(before[name]):
            yield f"{name}: {len(rows)} rows of {len(before[name])}"
        for old, new in zip(before[name], rows, strict=False):
            yield from (
                f"{name}.{column}: {old[column]!r} became {new[column]!r}"
                for column in old.keys() & new.keys()
                if old[column] != new[column]
            )


def test_data_survives_every_step_down_and_every_step_up(empty_database_url: str) -> None:
    """Nothing is lost but what the older schema has no place for; nothing at all on the way up."""
    url = empty_database_url
    engine = open_engine(url)
    upgrade_database(url)
    with engine.begin() as connection:
        filled(connection)
        newest = before = contents(connection)
    assert all(newest.values()), "a table is empty"

    for below in [*revisions()[-2::-1], "base"]:
        downgrade_database(url, below)
        with engine.connect() as connection:
            older = contents(connection)
        assert [*kept(before, older)] == [], below
        before = older
    assert before == {}, "the base has no table of ours"

    for revision in revisions():
        _upgrade_to(url, revision)
        with engine.begin() as connection:
            now = contents(connection)
            assert before.keys() <= now.keys()
            assert [*kept(before, now)] == [], revision
            filled(connection)
            before = contents(connection)
    assert before.keys() == newest.keys()
    assert all(before.values())


def _upgrade_to(url: str, revision: str) -> None:
    config = _config()
    config.attributes["database_url"] = url
    command.upgrade(config, revision)


def test_a_database_of_another_program_is_left_alone(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE leads (told TEXT)")
        connection.exec_driver_sql("INSERT INTO leads VALUES ('theirs')")

    with pytest.raises(SchemaError, match="another program"):
        upgrade_database(empty_database_url)

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT told FROM leads").scalar() == "theirs"
        assert sa.inspect(connection).get_table_names() == ["leads"]


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    with open_engine(database_url).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaError, match="newer version of the assistant"):
        upgrade_database(database_url)
