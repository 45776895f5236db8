"""A person who used everything there is, and asks to be forgotten, leaves no trace in the data."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import sqlalchemy as sa

from tests.integration.hostile.browser import DeskBrowser, owner_at_desk
from tests.integration.sales.company import Company
from tests.integration.sales.guest import Guest, receive
from tests.integration.slack.house import NAMES, REP, SALES
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import Visitor, visit

NAME = "Zelda Quixote"
REACH = "zelda.quixote@example.com"
AGAIN = "zq-at-home@example.com"
PHONE = "+14087967733"
COMPANY = "Dulcinea Windmills"
WORDS = "glimflam sprockets for rocinante"
TRACES = ("zelda", "quixote", "zq-at-home", "4087967733", "796-7733", "dulcinea", "glimflam",
          "sprocket", "rocinante")  # fmt: skip
FILLED = {"events", "leads", "lead_events", "lead_aliases", "outbox", "slack_inbox", "slack_cards",
          "takeovers", "answer_feedback", "conversation_ratings", "unknown_questions"}  # fmt: skip
ERASED_BUT_NUMBERED = {"slack_inbox"}  # rows that know Slack's repeats, without words
IDS = re.compile(r"web-[0-9a-f]{32}")


def test_nothing_is_left_of_somebody_who_used_everything(firm: Company) -> None:
    desk = owner_at_desk(firm)
    conversations: list[str] = []
    tokens: list[str] = []

    async def scenario(zelda: Guest, home: Guest) -> None:
        await _chat(zelda)
        card = await _talk_with_colleague(firm, zelda)
        await _at_home(firm, home)
        tokens.extend(str(guest.token) for guest in (zelda, home))
        conversations.extend(conversation_of(token) for token in tokens)
        _work_at_the_desk(firm, desk, zelda.reference, home.reference)
        await asyncio.to_thread(_ask_about_her, firm, zelda.reference)
        await firm.until(lambda: not _unread(firm))
        await firm.everything_delivered()
        _check_that_she_is_everywhere(firm, conversations)

        number = int(zelda.reference[2:])
        gone = await asyncio.to_thread(
            desk.post, f"/leads/{number}/erase", reference=zelda.reference
        )
        assert gone.headers.get("Location") == "/inbox", gone.text
        await firm.everything_delivered()
        (deleted,) = [one for one in firm.slack.messages_in(SALES) if one["ts"] == card["ts"]]
        assert deleted["subtype"] == "tombstone"
        assert _told_in_slack(firm) == []

    receive(firm.server, scenario, NAME, "Home Alone")
    assert _traces(firm, TRACES) == []
    assert {name for name, _ in _traces(firm, tuple(conversations))} <= {"outbox"}  # "she left"
    _check_files(firm)
    _check_pages(firm, desk, tokens)


async def _chat(zelda: Guest) -> None:
    await zelda.arrive()
    await zelda.say("what is the difference between MTP and MPO?")
    await zelda.say(f"could you knit {WORDS} for my canary?")
    await zelda.say(f"could you knit {WORDS} for my canary, please, it is cold?")
    numbers = sorted(zelda.seen)
    token = {"session_id": zelda.token}
    rated = {**token, "message": numbers[0], "value": "up"}
    assert (await zelda.tab.send("feedback", rated))["status"] == "ok"
    stars = {**token, "stars": 2, "comment": f"No {WORDS}, says {NAME}"}
    assert (await zelda.tab.send("rating", stars))["status"] == "ok"
    await zelda.submit(reach=f"{REACH}, {PHONE}", company=COMPANY, note=WORDS)


async def _talk_with_colleague(firm: Company, zelda: Guest) -> dict[str, str]:
    card = await firm.card(zelda.reference)
    await firm.press(REP, card, "Claim")
    card = await firm.card(zelda.reference, "has it since")
    await firm.write(REP, card, f"Dear {NAME}, no {WORDS} here.")
    await zelda.until(lambda: zelda.agent)
    await zelda.say(f"A pity. I am {NAME} of {COMPANY}.")
    await firm.until(lambda: firm.visitor_said(zelda.reference))
    await firm.write(REP, card, f"note: {NAME} is from {COMPANY}")
    await firm.write(REP, card, f"escalate to engineering: {WORDS}")
    await firm.write(REP, card, "release")
    await zelda.until(lambda: zelda.agent is None)
    return card


async def _at_home(firm: Company, home: Guest) -> None:
    """The same person in another browser, with another address."""
    await home.arrive()
    await home.say(f"{WORDS}?")
    await home.submit(name=NAME, reach=AGAIN, company=COMPANY, note=WORDS)
    await firm.card(home.reference)


def _work_at_the_desk(firm: Company, desk: DeskBrowser, reference: str, other: str) -> None:
    page = f"/leads/{int(reference[2:])}"
    done = [
        desk.post(f"{page}/note", text=f"{NAME} called from {PHONE}"),
        desk.post(f"{page}/merge", other=str(int(other[2:]))),
    ]
    assert [answer.status_code for answer in done] == [303, 303], [a.text for a in done]


def _ask_about_her(firm: Company, reference: str) -> None:
    """A colleague asks in Slack, in words and by command."""
    for said in (f"lead {reference}", "leads"):
        firm.slack.mention(REP, SALES, said)
        firm.slack.slash(REP, SALES, "/fiber", said)
    for said in (
        f"is {NAME} of any interest?",
        f"{NAME.upper()}, {REACH}, or {AGAIN}, or {PHONE}?",
    ):
        firm.slack.say(REP, firm.slack.direct_messages(REP), said)


def _unread(firm: Company) -> int:
    """What Slack sent and the assistant has not worked on yet."""
    query = "SELECT count(*) FROM slack_inbox WHERE done_at IS NULL"
    with firm.engine.connect() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def _told_in_slack(firm: Company) -> list[str]:
    """What the assistant itself has in the channel and its threads of her."""
    found = firm.slack.channels[SALES].messages
    ours = (str(one).lower() for one in found if one.get("user") not in NAMES)
    return [text[:300] for text in ours if any(word in text for word in TRACES)]


def _tables(firm: Company) -> dict[str, str]:
    """All rows of each table as text in lower case."""
    found = {}
    with firm.engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()  # noqa: S608
            found[name] = "\n".join(map(str, rows)).lower()
    return found


def _traces(firm: Company, words: tuple[str, ...]) -> list[tuple[str, str]]:
    tables = _tables(firm)
    return [(name, word) for name, text in tables.items() for word in words if word in text]


def _check_that_she_is_everywhere(firm: Company, conversations: list[str]) -> None:
    there = {name for name, _ in _traces(firm, (*TRACES, *conversations))}
    with firm.engine.connect() as connection:
        for name in ("slack_cards", "lead_aliases"):  # numbers only
            if connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar():  # noqa: S608
                there.add(name)
    assert there >= FILLED - ERASED_BUT_NUMBERED, FILLED - there


def _check_files(firm: Company) -> None:
    """Nor in the bytes of the database, its log, or anything else that the server wrote."""
    folder = firm.server.folder
    for file in (path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes().lower()
        left = [word for word in TRACES if word.encode() in content]
        assert left == [], (file.name, left, _around(file, left[0]))


def _around(file: Path, word: str) -> bytes:
    content = file.read_bytes()
    place = content.lower().index(word.encode())
    return content[max(0, place - 80) : place + 80]


def _check_pages(firm: Company, desk: DeskBrowser, tokens: list[str]) -> None:
    for path in ("/inbox", "/questions", "/outbox", "/dashboard", "/inbox/export"):
        assert not [word for word in TRACES if word in desk.get(path).text.lower()]

    async def scenario(back: Visitor) -> None:
        await back.connect()
        for token in tokens:
            assert (await back.request_session(token))["history"] == []

    visit(firm.server, scenario)
