"""A visitor who talks about one need of their own, and knows what each answer has to say."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sales.leads.tables import leads
from tests.integration.cluster.house import House
from tests.integration.sales.guest import Guest
from tests.integration.website.test_identity import conversation_of

LENGTHS = ("distance_m", "link_length_m")  # slots that only this visitor's words can fill
FORM = "Contact details sent"


@dataclass
class Said:
    text: str
    answer: str  # what the answer has to match


def talks(length_m: int) -> tuple[list[Said], ...]:
    """Conversations about a length that no other visitor has."""
    own = rf"\b{length_m}(\.0)? m\b"
    return (
        [
            Said("hello", "fiber assistant"),
            Said(f"looking for a 12 strand MTP trunk, OM4, polarity B, {length_m} metres", own),
            Said("what is polarity?", "Polarity means"),
            Said("thanks", "welcome"),
        ],
        [
            Said("help me choose a connector for my network", "data rate"),
            Said(f"400G over {length_m} m", own),
            Said("yes our people repair the connectors", "sensitive"),
            Said("yes, every dB counts", "weighs more"),
            Said("performance matters more", "MTP, because"),
            Said("what does APC mean?", "green"),
        ],
        [
            Said("what's the difference between MTP and MPO?", "US Conec"),
            Said(f"link budget for 100GBASE-SR4, {length_m} m OM4, 2 MTP connections", own),
            Said("what does insertion loss mean?", "takes away"),
        ],
    )


def further_questions(length_m: int) -> list[Said]:
    """What can be asked again and again: the answer does not depend on what was said before."""
    return [
        Said("what is polarity?", "Polarity means"),
        Said(
            f"link budget for 100GBASE-SR4, {length_m} m OM4, 2 MTP connections",
            rf"\b{length_m}(\.0)? m\b",
        ),
        Said("what does insertion loss mean?", "takes away"),
    ]


@dataclass
class Chatter:
    """Talks until told to stop, then leaves contact details; `check` compares with the record."""

    house: House
    number: int
    pause_s: float = 0.6
    said: list[Said] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.guest = Guest(self.house.front, f"Guest {in_letters(self.number)}")
        self.length_m = 11 + self.number  # below 100 m, the reach of 100GBASE-SR4 over OM4
        self._chance = random.Random(self.number)  # noqa: S311 - no secret

    async def run(self) -> None:
        await self.guest.arrive()
        await self._say_all(talks(self.length_m)[self.number % 3])
        await self.leave_contact()
        while not self.stopping.is_set():
            await self._say_all(further_questions(self.length_m))
        await self.guest.until(lambda: self._has_seen_all())

    async def _say_all(self, lines: list[Said]) -> None:
        for said in lines:
            await self.say(said)
            await asyncio.sleep(self._chance.uniform(0.2, 1.8) * self.pause_s)

    async def say(self, said: Said) -> None:
        self.said.append(said)
        await self.guest.say(said.text)

    async def leave_contact(self) -> None:
        self.said.append(Said(FORM, r"L-\d{6}"))
        await self.guest.submit(note=f"about {self.length_m} m")

    @property
    def conversation_id(self) -> str:
        assert self.guest.token is not None
        return conversation_of(self.guest.token)

    def _has_seen_all(self) -> bool:
        numbers = sorted(self.guest.seen)
        return bool(numbers) and numbers == list(range(1, len(numbers) + 1))

    def check(self) -> None:
        """Everything once, in order, and nothing of anybody else."""
        events = self.house.events(self.conversation_id, "user", "bot")
        asked = [e for e in events if e["event"] == "user" and e.get("text")]
        words = [e["text"] for e in asked]
        assert words == [said.text for said in self.said], self._told(words)
        ids = [e["message_id"] for e in asked]
        assert len(set(ids)) == len(ids)
        self._check_answers(events)
        self._check_slots()
        self._check_lead()

    def _check_answers(self, events: list[dict[str, Any]]) -> None:
        answers: list[list[str]] = []
        for event in events:
            if event["event"] == "user" and event.get("text"):
                answers.append([])
            elif event["event"] == "bot":
                answers[-1].append(event.get("text") or "")
        for said, told in zip(self.said, answers, strict=True):
            assert re.search(said.answer, "\n".join(told)), (self.number, said, told)
        shown = [self.guest.seen[number]["text"] for number in sorted(self.guest.seen)]
        recorded = [text for told in answers for text in told]
        assert shown == recorded, self._told(shown)

    def _check_slots(self) -> None:
        for event in self.house.events(self.conversation_id, "slot"):
            value = event["value"]
            if event["name"] in LENGTHS and value is not None:
                assert value == self.length_m, (self.number, event)
            if event["name"] == "product_query" and value and value.get("length_m"):
                assert value["length_m"] == self.length_m, (self.number, event)

    def _check_lead(self) -> None:
        query = sa.select(leads).where(leads.c.email == self.guest.email)
        with self.house.engine.connect() as connection:
            (lead,) = connection.execute(query).all()
        assert lead.conversation_id == self.conversation_id
        assert lead.note == f"about {self.length_m} m"
        if self.number % 3 != 2:  # a link budget is no need of the lead
            assert lead.need["distance_m"] == self.length_m, (self.number, lead.need)
        visitors = [line["text"] for line in lead.transcript if line["who"] == "visitor"]
        own = [said.text for said in self.said]
        assert visitors == own[: len(visitors)], (self.number, visitors)

    def _told(self, found: list[str]) -> str:
        return f"guest {self.number} ({self.conversation_id}): {found}"


def in_letters(number: int) -> str:
    """A name for the number; names have no digits."""
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:03d}")
