"""What a log line may say, in both formats."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys

import pytest

from bot.watch.logs import JsonLines, Lines
from bot.watch.names import conversation_name

NAME = "Zebulon Quistgaard"


def record(logger: str, text: str, *args: object, **more: object) -> logging.LogRecord:
    found = logging.LogRecord(logger, logging.ERROR, __file__, 1, text, args, sys.exc_info())
    vars(found).update(more)
    return found


@pytest.mark.parametrize("formatter", [Lines(), JsonLines()])
def test_an_exception_tells_its_type_and_place_and_not_what_it_quotes(
    formatter: logging.Formatter,
) -> None:
    try:
        try:
            int(NAME)
        except ValueError as error:
            raise RuntimeError(f"{NAME} is no number") from error
    except RuntimeError:
        line = formatter.format(record("bot.turns", "turn.failed: conversation %s", "web-1"))

    assert "ValueError" in line
    assert "RuntimeError" in line
    assert "test_logs.py" in line
    assert "web-1" in line
    assert "Zebulon" not in line


@pytest.mark.parametrize("formatter", [Lines(), JsonLines()])
def test_what_the_database_or_the_system_says_is_told(formatter: logging.Formatter) -> None:
    try:
        sqlite3.connect(":memory:").execute("SELECT * FROM nowhere")
    except sqlite3.Error:
        assert "no such table: nowhere" in formatter.format(record("bot.turns", "turn.failed"))
    try:
        open(f"/nonexistent/{NAME}")  # noqa: PTH123, SIM115
    except OSError:
        line = formatter.format(record("bot.turns", "turn.failed"))
    assert "No such file or directory" in line
    assert "Zebulon" not in line


def test_of_libraries_only_what_stands_in_their_source_is_told() -> None:
    constant = json.loads(JsonLines().format(record("rasa.core", "a constant of this file")))
    template = json.loads(JsonLines().format(record("sanic.error", "Failed at uri: %s", NAME)))
    filled = json.loads(JsonLines().format(record("rasa.core", f"No intent for {NAME}")))

    assert constant["message"].startswith("a constant of this file (")
    assert template["message"].startswith("Failed at uri: %s (")
    assert "test_logs.py:1" in filled["message"]
    assert "Zebulon" not in str(filled)


def test_json_lines_have_the_facts_of_a_turn() -> None:
    facts = {"channel": "website", "conversation": "web-1", "outcome": "answered", "ms": 12.5}
    line = json.loads(JsonLines().format(record("bot.watch.load", "turn.done", **facts)))

    assert facts.items() <= line.items()
    assert line["event"] == "turn.done"
    assert line["time"].endswith("Z")


def test_a_line_break_in_a_fact_makes_no_second_line() -> None:
    line = JsonLines().format(record("bot.turns", "turn.failed: %s", "one\ntwo"))

    assert "\n" not in line


def test_conversations_that_a_client_named_are_hashed() -> None:
    assert conversation_name("web-0123") == "web-0123"
    assert conversation_name(NAME) == conversation_name(NAME)
    assert "Zebulon" not in conversation_name(NAME)
