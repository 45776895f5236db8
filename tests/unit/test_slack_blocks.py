"""What the assistant says, as Slack shows it. The checker knows what Slack would refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.slack.blocks import FORM, SAY, button_value, payload_of, reply_message
from bot.channels.slack.mrkdwn import parts, to_mrkdwn, to_plain
from tests.slack_checks import are_too_long, message_problems

Json = dict[str, Any]
PRODUCTS = {
    "kind": "products",
    "intro": "These fit:",
    "note": "Prices and stock: catalog of 2025-06-01.",
    "items": [
        {
            "sku": f"TRK-{n}",
            "title": "12F OM4 trunk <B>",
            "brand": "MTP",
            "price": "$125.00 each",
            "stock": "215 in stock",
            "in_stock": True,
            "facts": [{"label": "Fiber", "value": "OM4"}, {"label": "Polarity", "value": "Type B"}],
        }
        for n in range(3)
    ],
}
COMPARISON = {
    "kind": "comparison",
    "intro": "Side by side:",
    "note": "Source: the article.",
    "columns": ["MTP", "MPO"],
    "rows": [
        {"label": f"Feature {n}", "values": ["low", "moderate"], "better": 0} for n in range(8)
    ],
}


def drawn(*messages: Json, chosen: str = "") -> tuple[str, list[Json]]:
    """The message, which Slack would take."""
    found = reply_message(messages, chosen)
    assert message_problems(found.blocks) == []
    assert not are_too_long(found.blocks)
    assert found.text
    return found.text, found.blocks


def buttons(count: int, length: int = 10) -> list[Json]:
    return [{"title": f"Choice {n}", "payload": f"/p{n}" + "x" * length} for n in range(count)]


def pressable(blocks: list[Json]) -> list[Json]:
    return [e for b in blocks if b["type"] == "actions" for e in b["elements"]]


def test_a_turn_of_several_messages_is_one_message_in_slack() -> None:
    text, blocks = drawn({"text": "**Hello.**"}, {"text": "How can I help?"})

    assert text == "*Hello.*\n\nHow can I help?"
    assert [b["text"]["text"] for b in blocks] == ["*Hello.*", "How can I help?"]


@pytest.mark.parametrize("count", [1, 5, 6, 25, 26, 60])
def test_any_number_of_buttons_works(count: int) -> None:
    _, blocks = drawn({"text": "Which?", "buttons": buttons(count)})
    found = pressable(blocks)

    assert [e["value"] for e in found] == [b["payload"] for b in buttons(count)]
    assert len({e["action_id"] for e in found}) == count
    assert all(e["action_id"].startswith(SAY) for e in found)


def test_a_payload_too_long_for_a_button_is_found_again_among_those_issued() -> None:
    long = buttons(3, 5_000)
    _, blocks = drawn({"text": "Which?", "buttons": long})
    issued = [b["payload"] for b in long]

    assert [payload_of(e["value"], issued) for e in pressable(blocks)] == issued
    assert payload_of(button_value("/forged"), issued) is None


def test_a_long_title_is_cut() -> None:
    _, blocks = drawn({"text": "?", "buttons": [{"title": "word " * 40, "payload": "/p"}]})

    assert pressable(blocks)[0]["text"]["text"].endswith("…")


def test_a_long_text_is_split_where_words_end() -> None:
    words = [f"word{n}" for n in range(1_200)]
    _, blocks = drawn({"text": " ".join(words)})

    assert len(blocks) > 1
    assert " ".join(b["text"]["text"] for b in blocks).split() == words


def test_what_does_not_fit_into_one_message_is_said_to_be_missing_and_buttons_stay() -> None:
    _, blocks = drawn({"text": "line of text\n" * 5_000, "buttons": buttons(30)})

    assert len(pressable(blocks)) == 30
    assert "did not fit" in json.dumps(blocks)


def test_a_link_is_never_cut_in_two() -> None:
    text = "x" * 80 + "[our catalog](https://shop.example.com/a/long/address) " + "y" * 60

    found = list(parts(to_mrkdwn(text), 100))

    assert any("<https://shop.example.com/a/long/address|our catalog>" in part for part in found)


def test_products_are_cards_with_their_facts_as_fields() -> None:
    text, blocks = drawn({"text": "1. TRK-0: trunk", "custom": PRODUCTS, "buttons": buttons(1)})

    cards = [b for b in blocks if "fields" in b]
    assert "TRK-0" in text
    assert len(cards) == 3
    assert (
        "*TRK-0*  12F OM4 trunk &lt;B&gt;\n$125.00 each, 215 in stock" in cards[0]["text"]["text"]
    )
    assert [f["text"] for f in cards[0]["fields"]] == ["*Fiber*\nOM4", "*Polarity*\nType B"]
    assert "catalog of 2025-06-01" in json.dumps(blocks)


def test_a_comparison_has_its_columns_beside_each_other() -> None:
    _, blocks = drawn({"text": "MTP | MPO", "custom": COMPARISON})

    rows = [b for b in blocks if "fields" in b]
    assert len(rows) == 8
    assert [f["text"] for f in rows[0]["fields"]] == ["*MTP ✓*\nlow", "*MPO*\nmoderate"]


def test_a_form_of_an_unknown_kind_shows_its_text() -> None:
    _, blocks = drawn({"text": "Plain words.", "custom": {"kind": "hologram"}})

    assert blocks[0]["text"]["text"] == "Plain words."


def test_the_contact_form_is_an_offer_beside_the_question() -> None:
    custom = {"kind": "contact_form", "intro": "Leave your details", "consent": "Keep them"}
    _, blocks = drawn({"text": "What is your name?", "custom": custom})

    assert blocks[0]["text"]["text"] == "What is your name?"
    assert [e["action_id"] for e in pressable(blocks)] == [FORM]


def test_a_pressed_button_shows_what_was_chosen() -> None:
    text, blocks = drawn({"text": "Noted."}, chosen="400G & more")
    alone, _ = drawn(chosen="400G")

    assert blocks[0]["elements"][0]["text"] == "You chose *400G &amp; more*"
    assert text == "Noted."
    assert alone == "You chose 400G"


def test_a_colleagues_words_carry_the_colleagues_name() -> None:
    text, blocks = drawn({"text": "It ships on Monday.", "author": "Ann Lee"})

    assert text == "*Ann Lee:* It ships on Monday."
    assert blocks[0]["text"]["text"] == text


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**MTP** and **MPO**", "*MTP* and *MPO*"),
        ("- one\n- two", "• one\n• two"),
        ("[Call](tel:+14087967735)", "<tel:+14087967735|Call>"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("2 < 3 & 4 > 1", "2 &lt; 3 &amp; 4 &gt; 1"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("# Title", "*Title*"),
        ("3 * 4 * 5", "3 * 4 * 5"),
    ],
)
def test_markdown_becomes_what_slack_reads(markdown: str, mrkdwn: str) -> None:
    assert to_mrkdwn(markdown) == mrkdwn


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("<@U0BOT> how far can DR4 go?", "how far can DR4 go?"),
        ("how far <@U0BOT>?", "how far ?"),
        ("mail <mailto:ana@example.com|ana@example.com>", "mail ana@example.com"),
        ("see <https://example.com/x|example.com/x>", "see example.com/x"),
        ("see <https://example.com/x|this page>", "see this page (https://example.com/x)"),
        ("see <https://example.com>", "see https://example.com"),
        ("call <tel:+14085550123|(408) 555-0123>", "call (408) 555-0123"),
        ("in <#C1|general>, <!here>", "in #general, @here"),
        ("5 &lt; 7 &amp; 8", "5 < 7 & 8"),
        ("ask <@U2>", "ask <@U2>"),
    ],
)
def test_what_people_type_becomes_plain_text(typed: str, plain: str) -> None:
    assert to_plain(typed, "U0BOT") == plain
