"""Several processes as one assistant, whatever is killed, stopped, restarted or full.

CHAOS_SECONDS and CHAOS_VISITORS set how long and how hard (`make chaos`: 120 and 50).
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.redis_link import AWAY_S
from sales.database import transaction
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from sales.leads.tables import leads
from sales.outbox.tables import job_locks, outbox
from sales.takeover.store import Takeover, begin, say
from sales.team.store import add_member
from tests.integration.cluster.chatter import Chatter
from tests.integration.cluster.house import House, house
from tests.integration.cluster.parts import room_to_fill
from tests.integration.delivery.receiver import Answer
from tests.integration.server import Server
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import Json, Visitor

CHAOS_SECONDS = float(os.environ.get("CHAOS_SECONDS", "25"))
CHAOS_VISITORS = int(os.environ.get("CHAOS_VISITORS", "12"))
DONE_WITHIN_S = 240.0
DAY_S = 86_400
FORM = {"name": "Vi", "company": "", "note": "", "consent": True}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as found:
        yield found


_numbers = iter(range(CHAOS_VISITORS, 1_000))  # of the visitors that come later


# -- All at once


def test_killed_at_random_every_message_is_answered_once_and_in_its_order(shop: House) -> None:
    seed = random.randrange(10**6)  # noqa: S311 - no secret
    chance, killed = random.Random(seed), 0  # noqa: S311

    async def kill_at_random() -> None:
        nonlocal killed
        loop = asyncio.get_running_loop()
        give_up = loop.time() + CHAOS_SECONDS
        dead: dict[int, asyncio.Task[None]] = {}
        while loop.time() < give_up:
            await asyncio.sleep(chance.uniform(0.5, 3.0))
            dead = {n: task for n, task in dead.items() if not task.done()}
            alive = [n for n in range(len(shop.servers)) if n not in dead]
            if len(alive) > 1:  # somebody has to answer
                number = chance.choice(alive)
                await asyncio.to_thread(shop.kill, shop.servers[number])
                dead[number] = asyncio.create_task(_live_again(shop, number))
                killed += 1
        await asyncio.gather(*dead.values())

    visitors = [Chatter(shop, number) for number in range(CHAOS_VISITORS)]
    asyncio.run(_talk(visitors, kill_at_random))

    _check(visitors)
    with shop.engine.connect() as connection:
        found = connection.execute(sa.select(leads.c.email)).scalars().all()
    assert sorted(found) == sorted(visitor.guest.email for visitor in visitors)
    _check_webhooks(shop, len(visitors))
    assert killed
    print(f"\nseed {seed}: {killed} kills, {_told(visitors)}, {_noted(shop)}")


def test_postgresql_crashes_and_nobody_notices(shop: House) -> None:
    async def crash_twice() -> None:
        for _ in range(2):
            await asyncio.sleep(1.0)
            await asyncio.to_thread(shop.postgres.crash_and_start)
        await asyncio.sleep(1.0)

    visitors = [Chatter(shop, next(_numbers), pause_s=0.2) for _ in range(4)]
    asyncio.run(_talk(visitors, crash_twice))
    _check(visitors)
    print(f"\n{_told(visitors)}, refused for now: {sum(v.guest.refused for v in visitors)}")


def test_redis_dies_and_comes_back_empty_and_nobody_notices(shop: House) -> None:
    async def kill_and_empty() -> None:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(shop.redis.kill)
        await asyncio.sleep(2.0)
        await asyncio.to_thread(shop.redis.start)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(shop.redis.empty)

    visitors = [Chatter(shop, next(_numbers), pause_s=0.2) for _ in range(4)]
    asyncio.run(_talk(visitors, kill_and_empty))
    _check(visitors)
    assert all(visitor.guest.refused == 0 for visitor in visitors)


def test_the_disk_is_full_and_the_visitor_is_told(shop: House) -> None:
    """The table of conversations lies on a small disk, which is filled to the last byte."""
    with room_to_fill(shop.postgres, "events") as disk:

        async def scenario(ana: Visitor) -> None:
            await ana.arrive()
            assert await ana.say("hello", "m0") == {"status": "ok"}
            disk.fill()
            ids = [f"m{number}" for number in range(1, 16)]
            acks = [await ana.say("what is polarity?", i) for i in ids]
            refused = [i for i, ack in zip(ids, acks, strict=True) if ack["status"] != "ok"]
            assert refused, "there was room for everything"
            told = [ack for ack in acks if ack["status"] != "ok"]
            assert all(ack["code"] == "failed" and "(408) 796-7735" in ack["text"] for ack in told)
            disk.clear()
            for i in refused:
                assert await ana.say("what is polarity?", i) == {"status": "ok"}
            events = shop.events(conversation_of(ana.token), "user", "bot")
            said = [e["message_id"] for e in events if e["event"] == "user" and e.get("text")]
            assert sorted(said) == sorted(["m0", *ids])
            assert sum(e["event"] == "bot" for e in events) == len(said)

        _visit(scenario, shop.servers[0])


# -- Tabs at different processes


def test_tabs_at_different_processes_are_one_conversation(shop: House) -> None:
    async def scenario(ana: Visitor, tab: Visitor) -> None:
        await ana.arrive()
        await tab.arrive(ana.token, transport="polling")
        said = [one.say("what is polarity?", f"m{n}") for n in range(6) for one in (ana, tab)]
        acks = await asyncio.gather(*said)
        assert [ack["status"] for ack in acks] == ["ok"] * 12
        assert sum("duplicate" not in ack for ack in acks) == 6, "each was sent from both tabs"
        for one in (ana, tab):
            await _until(lambda one=one: len(_shown(one)) == 6)
            assert _shown(one) == list(range(1, 7))
        events = shop.events(conversation_of(ana.token), "user")
        assert Counter(e["message_id"] for e in events) == {f"m{n}": 1 for n in range(6)}

        await ana.send("restart", {"session_id": ana.token})
        old = conversation_of(ana.token)
        for one in (ana, tab):
            session = (await one.hears("session_confirm", 2))[-1]
            assert (session["resumed"], session["history"]) == (False, [])
            one.token = session["session_id"]
        assert conversation_of(ana.token) == conversation_of(tab.token) != old

    _visit(scenario, shop.servers[0], shop.servers[1])


@pytest.mark.parametrize("redis", ["works", "is away"])
def test_a_colleague_reaches_the_visitor_at_any_process(shop: House, redis: str) -> None:
    async def scenario(*visitors: Visitor) -> None:
        if redis == "is away":
            await asyncio.to_thread(shop.redis.kill)
        try:
            for number, vi in enumerate(visitors):
                await vi.arrive()
                await vi.say("hello", f"hello-{number}")
                ann = _takes_over(shop, conversation_of(vi.token))
                for line in range(5):
                    _says(shop, ann, f"line {line}")
            for vi in visitors:
                await _until(lambda vi=vi: len(_from_ann(vi)) == 5)
                assert _from_ann(vi) == [f"line {line}" for line in range(5)]
                assert (await vi.hears("agent_changed"))[-1] == {"agent": "Ann"}
                assert not [row for row in _receipts(shop, vi.token) if row["present"] is False]
        finally:
            if redis == "is away":
                await asyncio.to_thread(shop.redis.start)
                await asyncio.sleep(2 * AWAY_S)  # until every process asks it again

    _visit(scenario, *shop.servers)


def test_a_colleague_is_told_when_no_process_has_the_visitor(shop: House) -> None:
    async def scenario(vi: Visitor, tab: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        await tab.arrive(vi.token)
        ann = _takes_over(shop, conversation_of(vi.token))
        await vi.leave()
        _says(shop, ann, "one tab is still there")
        await tab.hears("bot_uttered", 2)
        await tab.leave()
        await asyncio.sleep(1.0)
        _says(shop, ann, "nobody is there")
        await _until(lambda: len(_receipts(shop, vi.token)) == 3)
        assert [row["present"] for row in _receipts(shop, vi.token)[1:]] == [True, False]

    _visit(scenario, shop.servers[0], shop.servers[1])


# -- A process that is stopped, and one whose clock is wrong


def test_a_process_that_slept_through_its_lock_saves_nothing_twice(shop: House) -> None:
    """Stopped with messages in hand, it wakes when others have answered them."""
    asleep = shop.servers[0]
    ids = [f"m{number}" for number in range(12)]

    async def scenario(ana: Visitor, again: Visitor) -> None:
        await ana.arrive()
        assert asleep.process
        for i in ids:
            await ana.socket.emit("user_uttered", _uttered(ana.token, i))
        await ana.hears("bot_uttered")  # it is in the midst of them
        asleep.process.send_signal(signal.SIGSTOP)
        try:
            await again.arrive(ana.token)
            for i in ids:
                await _say_until_ok(again, i)
        finally:
            asleep.process.send_signal(signal.SIGCONT)
        await _until(lambda: len(_shown(ana)) >= len(ids))
        events = shop.events(conversation_of(ana.token), "user", "bot")
        said = [e["message_id"] for e in events if e["event"] == "user" and e.get("text")]
        assert said == ids
        assert sum(e["event"] == "bot" for e in events) == len(ids)
        assert _shown(again) == list(range(1, len(ids) + 1))
        # What others said comes through Redis as it wakes, beside the one answer that it had in
        # hand; the widget puts them in order by their numbers.
        assert sorted(_shown(ana)) == _shown(again)

    _visit(scenario, asleep, shop.servers[1])
    print(f"\n{_noted(shop)}")


@pytest.mark.parametrize("days", [2, -2])
def test_a_process_whose_clock_is_wrong_harms_nobody(shop: House, days: int) -> None:
    """Tokens hold, rows are delivered at once and once, deadlines and jobs stay where they were."""
    if shop.clock is None:
        assert os.environ.get("CI") != "true", "a C compiler is needed: apt-get install gcc"
        pytest.skip("without a C compiler no process gets a clock of its own")
    begun = datetime.now(UTC)
    shop.crm.choose = lambda _posted: Answer(delay_s=1.5)  # in hand for a while, and not stolen
    shop.clock.move_to(days * DAY_S)
    wrong, right = shop.servers[-1], shop.servers[0]

    async def scenario(ana: Visitor, tab: Visitor) -> None:
        await ana.arrive()
        await ana.say("hello", "m0")
        session = await tab.arrive(ana.token)
        assert (session["resumed"], len(session["history"])) == (True, 2)
        for number in range(1, 5):
            one = (ana, tab)[number % 2]
            assert await one.say("what is polarity?", f"m{number}") == {"status": "ok"}
        emails = [f"{uuid.uuid4().hex}@example.com" for _ in range(4)]
        for number, email in enumerate(emails):
            one = Visitor((wrong, right)[number % 2])
            await one.arrive()
            assert (await one.submit(**FORM, reach=email))["status"] == "ok"
            await one.leave()
        await _until(lambda: _delivered(shop, emails))
        for email in emails:
            (lead,) = _leads(shop, leads.c.email == email)
            assert abs(lead.created_at - begun) < timedelta(hours=1)
            assert begun < lead.due_at < begun + timedelta(days=6), "a weekend may lie between"
        for one, first in ((ana, 1), (tab, 2)):  # the other tab had the first in its history
            await _until(lambda one=one, first=first: len(_shown(one)) == 6 - first)
            assert _shown(one) == list(range(first, 6))

    try:
        _visit(scenario, wrong, right)
    finally:
        shop.clock.move_to(0)
        shop.crm.choose = None
    _check_webhooks(shop)
    with shop.engine.connect() as connection:
        ends = connection.execute(sa.select(job_locks.c.until)).scalars().all()
    assert ends
    assert all(end < begun + timedelta(days=1, hours=1) for end in ends)


# -- What they do


async def _talk(visitors: list[Chatter], meanwhile: Callable[[], Awaitable[None]]) -> None:
    """The visitors talk for as long as `meanwhile` takes, and say what they began to say."""
    async with asyncio.timeout(CHAOS_SECONDS + DONE_WITHIN_S), asyncio.TaskGroup() as group:
        for visitor in visitors:
            group.create_task(visitor.run())
        await meanwhile()
        for visitor in visitors:
            visitor.stopping.set()


async def _live_again(shop: House, number: int) -> None:
    await asyncio.to_thread(shop.servers[number].start)


def _visit(scenario: Callable[..., Awaitable[None]], *servers: Server) -> None:
    """Run a scenario with a tab at each of these processes."""

    async def run() -> None:
        visitors = [Visitor(server) for server in servers]
        try:
            await scenario(*visitors)
        finally:
            for visitor in visitors:
                await visitor.leave()

    asyncio.run(run())


async def _until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.05)


async def _say_until_ok(one: Visitor, message_id: str) -> None:
    """As the widget: it waits for the acknowledgement, and sends again under the same id."""
    while (await one.say("what is polarity?", message_id))["status"] != "ok":
        await asyncio.sleep(0.5)


def _uttered(token: str, message_id: str) -> Json:
    return {"message": "what is polarity?", "session_id": token, "message_id": message_id}


def _takes_over(shop: House, conversation_id: str) -> Takeover:
    now, unique = datetime.now(UTC), uuid.uuid4().hex
    draft = LeadDraft(True, "Vi", f"{unique}@example.com", conversation_id=conversation_id)
    with transaction(shop.engine) as session:
        lead = take_lead(session, draft, now)
        ann = add_member(session, "Ann", f"ann-{unique}@example.com", "rep", now)
        return begin(session, conversation_id, lead.id, ann, now)


def _says(shop: House, takeover: Takeover, text: str) -> None:
    with transaction(shop.engine) as session:
        say(session, takeover, text, uuid.uuid4().hex, datetime.now(UTC))


# -- What came of it


def _check(visitors: Sequence[Chatter]) -> None:
    for visitor in visitors:
        visitor.check()


def _check_webhooks(shop: House, created: int = 0) -> None:
    """Each once, unless the process died that had it in hand: then again, with the same words."""
    give_up = time.monotonic() + 60
    while _waiting(shop):
        assert time.monotonic() < give_up, "not everything was delivered"
        time.sleep(0.1)
    bodies: dict[str, bytes] = {}
    for one in shop.crm.posted:
        assert bodies.setdefault(one.headers["Idempotency-Key"], one.body) == one.body
    told = [body for body in bodies.values() if b'"lead.created"' in body]
    assert not created or len(told) == created
    if not created:  # nobody was killed
        assert all(times == 1 for times in Counter(shop.crm.keys()).values())


def _waiting(shop: House) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.delivered_at.is_(None))
    with shop.engine.connect() as connection:
        return int(connection.execute(query).scalar() or 0)


def _delivered(shop: House, emails: Sequence[str]) -> bool:
    ids = [lead.id for lead in _leads(shop, leads.c.email.in_(emails))]
    rows = sa.select(outbox.c.delivered_at).where(outbox.c.lead_id.in_(ids))
    with shop.engine.connect() as connection:
        found = connection.execute(rows).scalars().all()
    return len(ids) == len(emails) and bool(found) and all(found)


def _leads(shop: House, condition: Any) -> list[Any]:
    with shop.engine.connect() as connection:
        return list(connection.execute(sa.select(leads).where(condition)).all())


def _receipts(shop: House, token: str) -> list[Json]:
    """What became of the words to a visitor, in their order."""
    rows = sa.select(outbox.c.receipt).where(
        outbox.c.conversation_id == conversation_of(token),
        outbox.c.channel == "visitor",
        outbox.c.delivered_at.is_not(None),
    )
    with shop.engine.connect() as connection:
        return list(connection.execute(rows.order_by(outbox.c.id)).scalars())


def _shown(one: Visitor) -> list[int]:
    """The numbers of the bot's messages in the order in which they first came."""
    return list(dict.fromkeys(reply["number"] for reply in one.replies))


def _from_ann(one: Visitor) -> list[str]:
    """What she said, in the order of the numbers, by which the widget puts it in its place."""
    by_number = {reply["number"]: reply for reply in one.replies if reply.get("author") == "Ann"}
    return [by_number[number]["text"] for number in sorted(by_number)]


def _told(visitors: Sequence[Chatter]) -> str:
    return f"{len(visitors)} visitors, {sum(len(v.said) for v in visitors)} messages"


def _noted(shop: House) -> str:
    names = ("turn.repeated", "turn.unlocked", "redis.away", "website.caught_up")
    return ", ".join(f"{name} {shop.log.count(name)}" for name in names)
