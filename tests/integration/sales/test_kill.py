"""Killed at the worst moments, the assistant loses no word and says none twice.

Visitors and colleagues go on all the while: their widgets and Slack send again what was not
acknowledged. KILL_ROUNDS sets how often it is killed on each database.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from sales.leads.tables import leads
from tests.integration.delivery.receiver import Answer, Posted
from tests.integration.sales.company import SLACK_PAUSE_S, Company, company
from tests.integration.sales.guest import Guest
from tests.integration.slack.house import NAMES, OTHER_REP, REP, SALES
from tests.slack_workspace import Json

ROUNDS = int(os.environ.get("KILL_ROUNDS", "8"))  # on each of the two databases
GUESTS = 2  # new ones in each round
MOST_GUESTS = 16  # at a time
EXCHANGES, LINES = 2, 2  # of a colleague and a visitor, and how much each says in one
STRUCK_WITHIN_S = 20.0
DONE_WITHIN_S = 120.0 + 30.0 * ROUNDS  # a kill keeps what was in hand waiting for half a minute
MOMENTS = (
    "a form was acknowledged",
    "a card was posted",  # Slack has it, and nobody heard that
    "a thread was written in",
    "a card was changed",
    "a mail was taken",
    "a webhook was taken",
    "a button was acknowledged",
    "a colleague's words were acknowledged",
    "a visitor read a colleague",
    "a visitor's words were acknowledged",
    "some moment",
)


@dataclass
class Reaper:
    """Kills the server in the very moment that was agreed."""

    company: Company
    agreed: str = ""
    struck: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.company.slack.after = self._after_slack
        self.company.mail.after = lambda: self.now("a mail was taken")
        self.company.crm.choose = self._after_webhook

    def agree(self, moment: str) -> None:
        self.struck.clear()
        self.agreed = moment

    def now(self, moment: str) -> None:
        if moment != self.agreed:
            return
        self.agreed = ""
        self.kill()

    def kill(self) -> None:
        process = self.company.server.process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.struck.set()

    def _after_slack(self, method: str, args: Json) -> None:
        if method == "chat.postMessage":
            self.now("a thread was written in" if args.get("thread_ts") else "a card was posted")
        if method == "chat.update":
            self.now("a card was changed")

    def _after_webhook(self, _posted: Posted) -> Answer:
        self.now("a webhook was taken")
        return Answer()


@dataclass
class Talk:
    """A visitor who becomes a lead, and the colleague who looks after it."""

    company: Company
    reaper: Reaper
    guest: Guest
    rep: str

    @property
    def question(self) -> str:
        return f"what is polarity? asks {self.guest.name}"

    def answers(self) -> list[str]:
        return [line for n in range(EXCHANGES) for line in self._lines("answer", n)]

    def replies(self) -> list[str]:
        return [line for n in range(EXCHANGES) for line in self._lines("reply", n)]

    def _lines(self, kind: str, number: int) -> list[str]:
        return [f"{kind} {number}.{line} of {self.guest.name}" for line in range(LINES)]

    async def run(self) -> None:
        await self.guest.arrive()
        await self.guest.say(self.question)
        await self.guest.submit()
        self.reaper.now("a form was acknowledged")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._visitors_side())
            group.create_task(self._colleagues_side())

    async def _visitors_side(self) -> None:
        for number in range(EXCHANGES):
            await self.guest.until(partial(self._has_read, (number + 1) * LINES), DONE_WITHIN_S)
            self.reaper.now("a visitor read a colleague")
            for line in self._lines("answer", number):
                await self.guest.say(line)
                self.reaper.now("a visitor's words were acknowledged")

    async def _colleagues_side(self) -> None:
        find = partial(self.company.cards, self.guest.reference)
        (card,) = await self.company.until(find, DONE_WITHIN_S)
        while not (await self.company.press(self.rep, card, "Claim")).is_ok:
            await asyncio.sleep(SLACK_PAUSE_S)
        self.reaper.now("a button was acknowledged")
        for number in range(EXCHANGES):
            for line in self._lines("reply", number):
                await self.company.write(self.rep, card, line)
                self.reaper.now("a colleague's words were acknowledged")
            answered = partial(self._has_answered, (number + 1) * LINES)
            await self.company.until(answered, DONE_WITHIN_S)

    def _has_read(self, lines: int) -> bool:
        return len(self.guest.said_by(NAMES[self.rep])) >= lines

    def _has_answered(self, lines: int) -> bool:
        return len(self.company.visitor_said(self.guest.reference)) >= lines


@dataclass
class Tally:
    """What was expected and what came, over all conversations."""

    expected: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)

    def compare(self, what: str, expected: Sequence[str], came: Sequence[str]) -> None:
        self.expected[what] += len(expected)
        counted = Counter(came)
        self.lost += [f"{what}: {one}" for one in expected if not counted[one]]
        self.doubled += [f"{what}: {one}" for one, times in counted.items() if times > 1]
        if set(came) == set(expected) and list(dict.fromkeys(came)) != list(expected):
            self.misplaced.append(f"{what}: {list(came)}")
        self.misplaced += [f"{what}: {one} is a stranger" for one in counted if one not in expected]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.misplaced)


@pytest.fixture
def companies(tmp_path: Path, empty_postgresql_url: str) -> Iterator[list[Company]]:
    """Two at the same time, on SQLite and on PostgreSQL."""
    with ExitStack() as stack:
        found = []
        for name, url in (("sqlite", ""), ("postgresql", empty_postgresql_url)):
            (tmp_path / name).mkdir()
            found.append(stack.enter_context(company(tmp_path / name, url)))
        yield found


def test_killed_again_and_again_every_word_arrives_once_and_in_its_order(
    companies: list[Company],
) -> None:
    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for firm in companies:
                group.create_task(_survive(firm))

    asyncio.run(run())


async def _survive(firm: Company) -> None:
    seed = random.randrange(10**6)  # noqa: S311 - no secret
    chance, numbers, reaper = random.Random(seed), count(1), Reaper(firm)  # noqa: S311
    talks: list[Talk] = []
    going: set[asyncio.Task[None]] = set()
    missed: list[str] = []  # it was killed, but later than agreed
    first = 0 if "sqlite" in firm.engine.url.drivername else len(MOMENTS) // 2
    async with asyncio.TaskGroup() as group:
        for number in range(ROUNDS):
            while len(going) > MOST_GUESTS - GUESTS:
                going = (await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED))[1]
            moment = MOMENTS[(first + number) % len(MOMENTS)]
            reaper.agree(moment)
            for _ in range(GUESTS):
                n = next(numbers)
                guest = Guest(firm.server, f"Guest {_in_letters(n)}")
                talks.append(Talk(firm, reaper, guest, (REP, OTHER_REP)[n % 2]))
                going.add(group.create_task(talks[-1].run()))
            after_s = chance.uniform(0.1, 1.5) if moment == "some moment" else STRUCK_WITHIN_S
            if not await _killed(reaper, after_s):
                missed += [moment] * (moment != "some moment")
            await asyncio.to_thread(firm.server.start)
    await firm.everything_delivered()
    tally = await _count(firm, talks)
    told = (
        f"{ROUNDS} kills on {firm.engine.url.drivername}, seed {seed}, {dict(tally.expected)}, "
        f"{_repeats(firm)}, lost {len(tally.lost)}, doubled {len(tally.doubled)}"
    )
    print(f"\n{told}")
    assert tally.is_clean, f"{told}\n{tally}"
    assert not missed, f"these moments never came: {missed}"


async def _killed(reaper: Reaper, within_s: float) -> bool:
    """Whether the agreed moment came; when it does not, the server is killed all the same."""
    if await asyncio.to_thread(reaper.struck.wait, within_s):
        return True
    reaper.agree("")
    await asyncio.to_thread(reaper.kill)
    return False


async def _count(firm: Company, talks: Sequence[Talk]) -> Tally:
    tally = Tally()
    with firm.engine.connect() as connection:
        names = [row.name for row in connection.execute(sa.select(leads.c.name))]
    tally.compare("leads", sorted(names), sorted(talk.guest.name for talk in talks))
    roots = [m["ts"] for m in firm.slack.messages_in(SALES)]
    shown = [ref for talk in talks if (ref := talk.guest.reference) for _ in firm.cards(ref)]
    tally.compare("cards", [talk.guest.reference for talk in talks], shown)
    assert len(roots) == len(talks), "something else stands in the channel"
    for talk in talks:
        await _count_talk(firm, talk, tally)
        await talk.guest.leave()
    firm.check_webhooks()
    return tally


async def _count_talk(firm: Company, talk: Talk, tally: Tally) -> None:
    guest, name, reference = talk.guest, NAMES[talk.rep], talk.guest.reference
    tally.compare("replies in the tab", talk.replies(), guest.said_by(name))
    reload = Guest(firm.server, guest.name)
    await reload.arrive(guest.token)
    await reload.leave()
    tally.compare("replies after a reload", talk.replies(), reload.said_by(name))
    joined = [text for text in map(str, reload.heard) if "joined the chat" in text]
    tally.compare("joined", [f"{name} from Infinite Networks joined the chat."], joined)
    tally.compare("visitor's words", talk.answers(), firm.visitor_said(reference))
    thread = firm.thread(reference)
    told = [talk.question for text in thread for _ in range(text.count(talk.question))]
    tally.compare("transcripts", [talk.question], told)
    own = [text for text in thread if text.startswith("reply ")]
    tally.compare("colleague's words in the thread", talk.replies(), own)
    changes = [f"lead.{what}" for what in ("created", "claimed", "contacted")]
    tally.compare("webhooks", changes, firm.crm_events(reference))
    ids = {str(mail["Message-ID"]) for mail in firm.mail.about(reference)}
    tally.compare("mails", [reference], [reference for _ in ids])


def _repeats(firm: Company) -> str:
    """What came more than once to those who can tell."""
    mails = Counter(str(mail["Message-ID"]) for mail in firm.mail.mails)
    hooks = Counter(firm.crm.keys())
    again = [sum(times - 1 for times in each.values()) for each in (mails, hooks)]
    return f"repeated with their keys: {again[0]} mails, {again[1]} webhooks"


def _in_letters(number: int) -> str:
    """A name for the number; names have no digits."""
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:03d}")
