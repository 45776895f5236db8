"""A visitor, a team, and short ways to act on a lead and to see what came of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads import handling
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import lead_by_id, lead_history, take_lead
from sales.leads.tables import lead_aliases, lead_events, leads
from sales.leads.workflow import LeadActionError
from sales.office import HOUSE, Routes
from sales.outbox.tables import outbox
from sales.takeover.tables import takeovers
from sales.team.roles import Member, NotAllowedError

NINE = datetime(2025, 7, 1, 16, tzinfo=UTC)  # a Tuesday, 9:00 in California
LATER = NINE + timedelta(minutes=10)
HOOK = "https://crm.example.com/hook"
OFFICE = replace(
    HOUSE, routes=Routes(slack=True, email=True, webhooks=(HOOK,)), desk_url="https://desk.example"
)
ZOE = LeadDraft(
    consent=True,
    name="Zoe Visitor",
    email="zoe@example.com",
    note="20 trunks",
    need={"data_rate": 400},
    products=("INX-A",),
    conversation_id="c1",
    transcript=({"who": "visitor", "text": "hello", "at": 1.0},),
)
Team = dict[str, Member]


def take(engine: Engine, draft: LeadDraft, now: datetime = NINE) -> Lead:
    with transaction(engine) as session:
        return take_lead(session, draft, now, OFFICE)


def do(
    engine: Engine, action: Callable[..., Any], *args: Any, now: datetime = LATER, **more: Any
) -> Any:
    """One action in a transaction of its own."""
    with transaction(engine) as session:
        return action(session, *args, now=now, office=OFFICE, **more)


def sla(engine: Engine, now: datetime) -> int:
    with transaction(engine) as session:
        return handling.run_sla(session, now, OFFICE)


def reread(engine: Engine, lead: Lead) -> Lead:
    with transaction(engine) as session:
        found = lead_by_id(session, lead.id)
    assert found is not None
    return found


def rows(engine: Engine, *channels: str) -> list[dict[str, Any]]:
    query = sa.select(outbox).where(outbox.c.channel.in_(channels)).order_by(outbox.c.id)
    with transaction(engine) as session:
        return [dict(row) for row in session.execute(query).mappings()]


def kinds(engine: Engine, *channels: str) -> list[str]:
    return [row["kind"] for row in rows(engine, *channels)]


def thread_lines(engine: Engine) -> list[tuple[str, list[str]]]:
    found = [row["payload"] for row in rows(engine, "slack") if row["kind"] == "thread"]
    return [(payload["text"], payload["mention_roles"]) for payload in found]


def events(engine: Engine, lead: Lead) -> list[tuple[str, str]]:
    with transaction(engine) as session:
        return [(event.who, event.what) for event in lead_history(session, lead)]


def everything(engine: Engine) -> list[Any]:
    """All rows that handling writes, to see whether anything changed at all."""
    tables = (leads, lead_events, lead_aliases, takeovers, outbox)
    with transaction(engine) as session:
        return [session.execute(sa.select(table)).all() for table in tables]


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job gave or raised, started in threads at the same moment."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return job()
        except (LeadActionError, NotAllowedError) as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
