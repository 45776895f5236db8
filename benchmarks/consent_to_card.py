"""How long a lead's card takes to reach Slack, counted from the visitor's consent.

    .venv/bin/python -m benchmarks.consent_to_card [leads]

Starts the assistant with a Slack, a mail server and a CRM on loopback. Real Slack adds its own
time to answer, a few hundred milliseconds.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from tests.integration.sales.company import Company, company
from tests.integration.sales.guest import Guest

LEADS = 40
AT_ONCE = 4  # visitors who consent in the same moment


async def one_lead(firm: Company, number: int) -> tuple[float, float]:
    """Seconds that the form's acknowledgement took, and from there on the card.

    A card may be there before the acknowledgement; that counts as none.
    """
    guest = Guest(firm.server, "Ana " + "".join("abcdefghij"[int(digit)] for digit in str(number)))
    await guest.arrive()
    await guest.say("which one should I choose for 400G, no rework?")
    began = time.monotonic()
    await guest.submit()
    acknowledged = time.monotonic()
    await firm.card(guest.reference)
    seen = time.monotonic()
    await guest.leave()
    return acknowledged - began, seen - acknowledged


async def measure(firm: Company, leads: int, at_once: int) -> None:
    await one_lead(firm, 0)  # the first one warms up
    found: list[tuple[float, float]] = []
    for first in range(1, leads + 1, at_once):
        ones = (one_lead(firm, at_once * 1_000 + n) for n in range(first, first + at_once))
        found += await asyncio.gather(*ones)
    print(f"{len(found)} leads, {at_once} at a time:")
    _tell("the form is acknowledged", [acknowledged for acknowledged, _ in found])
    _tell("from there to the card", [card for _, card in found])


def _tell(what: str, seconds: list[float]) -> None:
    steps = quantiles(seconds, n=100)
    told = f"p50 {steps[49]:.3f} s, p95 {steps[94]:.3f} s, longest {max(seconds):.3f} s"
    print(f"  {what}: {told}")


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else LEADS
    with company(Path(tempfile.mkdtemp())) as firm:
        for at_once in (1, AT_ONCE):
            asyncio.run(measure(firm, asked, at_once))
