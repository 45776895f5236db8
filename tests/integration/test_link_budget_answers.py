"""A line of text becomes a link budget with the figures of the reference tables."""

from __future__ import annotations

from sqlalchemy.engine import Engine

from bot.link_budget_request import LinkBudgetAnswer, answer_link_budget
from sales.database import transaction
from sales.link_budget_figures import link_budget_figures
from sales.reference.files import known_links, read_components


def answer(engine: Engine, text: str) -> LinkBudgetAnswer:
    with transaction(engine) as session:
        return answer_link_budget(session, text)


def test_the_tables_give_what_the_files_say(sample_engine: Engine) -> None:
    with transaction(sample_engine) as session:
        figures = link_budget_figures(session)

    assert figures.components == {component.id: component for component in read_components()}
    assert figures.links == tuple(known_links().values())


def test_a_rep_gets_verdict_arithmetic_fixes_and_source(sample_engine: Engine) -> None:
    found = answer(sample_engine, "400GBASE-DR4 400 m 4 connections")

    assert found.lines[0] == "No: 400GBASE-DR4 over 400 m of OS2 loses 0.16 dB too much."
    assert "Total, worst case: 0.16 + 3.00 = 3.16 dB; limit 3.0 dB" in found.lines
    assert "1. Low-loss pairs: 1.56 of 3.0 dB" in found.lines
    assert found.lines[-1].startswith("Source: ")
    assert found.payload is not None
    assert (found.payload["total_db"], found.payload["passes"]) == (3.16, False)


def test_a_rep_who_left_something_out_is_asked_for_it(sample_engine: Engine) -> None:
    found = answer(sample_engine, "SR4 90 m OM4")

    assert found.lines == ("Which one: 40GBASE-SR4, 100GBASE-SR4, 200GBASE-SR4, 400GBASE-SR4?",)
    assert found.payload is None
