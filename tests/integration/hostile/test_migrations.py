"""Every revision goes down and up again with data in every table, on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
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
OTHERS = {("components", "kind"): "fiber", ("unknown_questions", "kind"): "out_of_scope"}
Rows = dict[str, list[dict[str, Any]]]


def revisions() -> list[str]:
    """Every revision that is found, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    return [script.revision for script in scripts.walk_revisions()][::-1]


def reflected(connection: Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(connection, only=lambda name, _: not name.startswith("alembic"))
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
            continue
        if len(rows) != len(before[name]):
            yield f"{name}: {len(rows)} rows of {len(before[name])}"
        for old, new in zip(before[name], rows, strict=False):
            yield from (
                f"{name}.{column}: {old[column]!r} became {new[column]!r}"
                for column in old.keys() & new.keys()
                if old[column] != new[column]
            )


@pytest.mark.parametrize("below", ["base", *revisions()[:-1]])
def test_data_survives_the_way_down_to_a_revision_and_up_again(
    empty_database_url: str, below: str
) -> None:
    url = empty_database_url
    upgrade_database(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        filled(connection)
        newest = contents(connection)
    assert all(newest.values()), "a table is empty"

    downgrade_database(url, below)
    with engine.connect() as connection:
        older = contents(connection)
        leftover = reflected(connection).tables.keys() & Base.metadata.tables.keys()
    assert [*kept(newest, older)] == []
    assert below != "base" or not leftover

    upgrade_database(url)
    with engine.begin() as connection:
        again = contents(connection)
        assert again.keys() == newest.keys()
        assert [*kept(older, again)] == []
        filled(connection)  # what was lost with its table can be written anew
        assert all(contents(connection).values())


def test_each_revision_was_reached_with_data_from_below(empty_database_url: str) -> None:
    """As a house that has upgraded all along: data at each step, and none lost on the way up."""
    url, before = empty_database_url, Rows()
    for revision in revisions():
        _upgrade_to(url, revision)
        with open_engine(url).begin() as connection:
            now = contents(connection)
            assert [*kept(before, {name: now[name] for name in before if name in now})] == []
            filled(connection)
            before = contents(connection)
    assert before.keys() >= {"leads", "products", "outbox", "takeovers"}


def _upgrade_to(url: str, revision: str) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
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
