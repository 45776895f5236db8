"""How late the event loop is: what keeps it from serving everybody else."""

from __future__ import annotations

import asyncio

from bot.watch import metrics

EVERY_S = 0.25


async def watch_lag() -> None:
    """Measure it until the loop ends."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_S
        await asyncio.sleep(EVERY_S)
        metrics.loop_lag_seconds.observe(max(loop.time() - due, 0.0))
