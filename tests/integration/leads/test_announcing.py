"""Every change reaches those concerned, with the change or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.database import transaction
from sales.leads import handling
from sales.leads.lead import Lead
from sales.office import HOUSE
from tests.integration.leads.work import (
    HOOK,
    LATER,
    OFFICE,
    ZOE,
    Team,
    do,
    everything,
    kinds,
    rows,
    take,
    thread_lines,
)


def test_a_webhook_tells_the_lead_as_plain_json(engine: Engine, team: Team, lead: Lead) -> None:
    do(engine, handling.claim, lead.id, team["Ann"])

    row = rows(engine, "webhook")[-1]
    payload = json.loads(json.dumps(row["payload"]))
    assert (row["kind"], row["stream"]) == ("lead.claimed", f"webhook:{HOOK}:{lead.id}")
    assert (payload["url"], payload["event"]) == (HOOK, "lead.claimed")
    assert payload["at"] == "2025-07-01T16:10:00+00:00"
    told = payload["lead"]
    assert (told["reference"], told["state"], told["priority"]) == (
        "L-000001", "claimed", "normal",
    )  # fmt: skip
    assert told["contact"] == {
        "name": "Zoe Visitor", "email": "zoe@example.com", "phone": None, "company": "",
    }  # fmt: skip
    assert (told["need"], told["products"]) == ({"data_rate": 400}, ["INX-A"])
    assert told["owner"] == {"name": "Ann", "email": "Ann@example.com"}
    assert told["url"] == "https://desk.example/leads/1"


def test_every_change_updates_the_card_and_has_keys_of_its_own(
    engine: Engine, team: Team, lead: Lead
) -> None:
    do(engine, handling.claim, lead.id, team["Ann"])
    do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1")
    do(engine, handling.snooze, lead.id, team["Ann"], LATER + timedelta(hours=1))
    do(engine, handling.release, lead.id, team["Ann"])
    do(engine, handling.close, lead.id, team["Ann"], "won")
    take(engine, replace(ZOE, note="more"), LATER)

    assert kinds(engine, "slack").count("lead_card") == 7
    every = rows(engine, "slack", "email", "webhook", "visitor")
    assert len({row["key"] for row in every}) == len(every)
    assert kinds(engine, "email") == ["lead_new", "lead_new"]  # new again when the visitor is back
    assert {row["stream"] for row in rows(engine, "slack")} == {f"lead:{lead.id}"}


def test_a_visitor_who_adds_something_is_told_to_the_thread(
    engine: Engine, team: Team, lead: Lead
) -> None:
    line = {"who": "visitor", "text": "bye", "at": 3.0}
    take(engine, replace(ZOE, company="Example Labs", transcript=(line,)), LATER)
    take(engine, replace(ZOE, transcript=({**line, "text": "bye bye"},)), LATER)

    assert thread_lines(engine) == [("The visitor added: company.", [])]


def test_without_routes_nobody_is_told_and_everything_else_works(
    engine: Engine, team: Team, lead: Lead
) -> None:
    before = len(rows(engine, "slack", "email", "webhook"))
    with transaction(engine) as session:
        handling.reply(session, lead.id, team["Ann"], "hello", "k1", LATER, HOUSE)

    assert len(rows(engine, "slack", "email", "webhook")) == before
    assert kinds(engine, "visitor") == ["joined", "said"]


def test_a_change_that_is_not_committed_is_announced_to_nobody(
    engine: Engine, team: Team, lead: Lead
) -> None:
    before = everything(engine)

    def reply_and_fail(session: Session) -> None:
        handling.reply(session, lead.id, team["Ann"], "hello", "k1", LATER, OFFICE)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError), transaction(engine) as session:
        reply_and_fail(session)
    assert everything(engine) == before
