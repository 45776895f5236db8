"""How a database goes about a query: the statements that a call sends, and the plan of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from sales.database import transaction

POSTGRESQL = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY OFF) "
SQLITE = "EXPLAIN QUERY PLAN "


@dataclass(frozen=True)
class Plan:
    """One statement and how it is carried out, a step per line."""

    statement: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((self.statement, *(f"    {step}" for step in self.steps)))


def plans_of(engine: Engine, call: Callable[[Session], Any]) -> list[Plan]:
    """The plans of the different statements that the call sends, in their order."""
    with transaction(engine) as session:
        return plans_in(session, call)


def plans_in(session: Session, call: Callable[[Session], Any]) -> list[Plan]:
    """Those of a call in a transaction that has begun."""
    connection, sent = session.connection(), dict[str, Any]()

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.setdefault(statement, values)

    event.listen(connection, "before_cursor_execute", note)
    try:
        call(session)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return [_plan(connection, *item) for item in sent.items()]


def _plan(connection: Connection, statement: str, values: Any) -> Plan:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(SQLITE + statement, values).all()
        return Plan(_one_line(statement), tuple(str(row[3]) for row in rows))
    rows = connection.exec_driver_sql(POSTGRESQL + statement, values).all()
    return Plan(_one_line(statement), tuple(str(row[0]) for row in rows))


def _one_line(statement: str) -> str:
    """The statement without its list of columns, which says nothing about its plan."""
    text = " ".join(statement.split())
    if text.startswith("SELECT products.sku, products.sku_key"):
        text = "SELECT products.* FROM" + text.partition(" FROM")[2]
    return text if len(text) <= 700 else f"{text[:500]} ... {text[-200:]}"
