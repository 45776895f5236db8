"""What a colleague's words in Slack mean; and which words are left to the assistant."""

from __future__ import annotations

import pytest

from bot.channels.slack.commands import (
    USAGE,
    Command,
    help_text,
    person_id,
    read_command,
    read_in_thread,
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("leads", Command("leads")),
        ("leads mine", Command("leads", view="mine")),
        ("Leads unclaimed", Command("leads", view="unclaimed")),
        ("leads late", Command("leads", view="breached")),
        ("leads acme", Command("leads", text="acme")),
        ("lead 17", Command("lead", lead="17")),
        ("lead L-000017", Command("lead", lead="L-000017")),
        ("claim 17", Command("claim", lead="17")),
        ("`claim 17`", Command("claim", lead="17")),
        ("/fiber claim 17", Command("claim", lead="17")),
        (
            "escalate 17 to engineering: custom 144F",
            Command("escalate", lead="17", level="engineer", text="custom 144F"),
        ),
        (
            "escalate 17 to management because it is huge",
            Command("escalate", lead="17", level="manager", text="it is huge"),
        ),
        ("escalate 17: custom 144F", Command("escalate", lead="17", text="custom 144F")),
        ("reply 17 Hello,\nit ships on Monday.",
         Command("reply", lead="17", text="Hello,\nit ships on Monday.")),
        ("note 17 wants a discount", Command("note", lead="17", text="wants a discount")),
        ("won 17", Command("won", lead="17")),
        ("lost 17 too expensive", Command("lost", lead="17", text="too expensive")),
        ("lost 17", Command("lost", lead="17")),
        ("reopen 17", Command("reopen", lead="17")),
        ("reassign 17 to <@U2>", Command("reassign", lead="17", person="<@U2>")),
        ("reassign 17 to Ann Lee", Command("reassign", lead="17", person="Ann Lee")),
        ("snooze 17 2h", Command("snooze", lead="17", minutes=120)),
        ("snooze 17 for 3 days", Command("snooze", lead="17", minutes=3 * 24 * 60)),
        ("release 17", Command("release", lead="17")),
        ("merge 17 18", Command("merge", lead="17", other="18")),
        ("merge 18 into 17", Command("merge", lead="17", other="18")),
        ("find 12F OM4 trunk type B 30 m", Command("find", text="12F OM4 trunk type B 30 m")),
        ("budget 400GBASE-DR4 400 m 4 connections",
         Command("budget", text="400GBASE-DR4 400 m 4 connections")),
        ("help", Command("help")),
    ],
)  # fmt: skip
def test_a_command_is_read_as_it_is_documented(said: str, meant: Command) -> None:
    assert read_command(said) == meant


@pytest.mark.parametrize("usage", [u for name, u in USAGE.items() if name != "leads"])
def test_every_example_in_the_help_works(usage: str) -> None:
    command = read_command(usage)

    assert command is not None
    assert command.name == usage.split()[0]
    assert usage in help_text()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("who has lead 17?", Command("owner", lead="17")),
        ("Who's got 17", Command("owner", lead="17")),
        ("is 17 taken?", Command("owner", lead="17")),
        ("what's open?", Command("leads")),
        ("what\u2019s open?", Command("leads")),
        ("any new leads?", Command("leads", view="unclaimed")),
        ("show me my leads", Command("leads", view="mine")),
        ("What do I have?", Command("leads", view="mine")),
        ("show me lead 17", Command("lead", lead="17")),
        ("take lead 17", Command("claim", lead="17")),
        ("I'll take 17", Command("claim", lead="17")),
        ("we won 17!", Command("won", lead="17")),
        ("close 17 as lost: too dear", Command("lost", lead="17", text="too dear")),
    ],
)
def test_the_common_ones_may_be_said_in_plain_english(said: str, meant: Command) -> None:
    assert read_command(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "what is the difference between MTP and MPO?",
        "lead time for MTP trunks?",
        "who makes MTP?",
        "lost 12 dB on my link",
        "take 12 meters of cable",
        "give me 12",
        "budget is tight",
        "find out who makes MTP",
        "claim seventeen",
        "400G",
        "17",
        "yes",
        "",
    ],
)
def test_other_questions_are_left_to_the_assistant(said: str) -> None:
    assert read_command(said) is None


@pytest.mark.parametrize("said", ["claim", "note", "find", "snooze 17", "escalate 17", "merge 17"])
def test_a_command_that_lacks_something_is_answered_with_how_to_write_it(said: str) -> None:
    command = read_command(said)

    assert command is not None
    assert command.name == "unclear"
    assert f"`{USAGE[said.split()[0]]}`" in command.text


def test_an_escalation_to_nobody_in_particular_is_not_guessed() -> None:
    command = read_command("escalate 17 to Bob: he knows")

    assert command is not None
    assert command.name == "unclear"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("release", Command("release")),
        ("Claim", Command("claim")),
        ("won!", Command("won")),
        ("lost: bought elsewhere", Command("lost", text="bought elsewhere")),
        (
            "escalate to engineering: custom 144F",
            Command("escalate", level="engineer", text="custom 144F"),
        ),
        ("snooze 2h", Command("snooze", minutes=120)),
        ("reassign to <@U3>", Command("reassign", person="<@U3>")),
        ("note: knows our CEO", Command("note", text="knows our CEO")),
        ("NOTE : two\nlines", Command("note", text="two\nlines")),
    ],
)
def test_in_a_leads_thread_a_few_words_are_commands(said: str, meant: Command) -> None:
    assert read_in_thread(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "Hello, this is Ann.",
        "lost cables are replaced free of charge",
        "Claim your discount with code 12",
        "We released a new OM5 trunk",
        "please note: it ships on Monday",
        "won 17",
        "leads",
    ],
)
def test_in_a_leads_thread_everything_else_is_for_the_visitor(said: str) -> None:
    assert read_in_thread(said) is None


def test_texts_and_people_stay_out_of_the_log() -> None:
    command = read_command("reassign 17 to Ann Lee")

    assert "Ann" not in repr(command)
    assert "secret" not in repr(read_command("note 17 secret"))


def test_a_mention_names_a_slack_user() -> None:
    assert person_id("<@U123>") == "U123"
    assert person_id("<@U123|ann>") == "U123"
    assert person_id("Ann") is None
