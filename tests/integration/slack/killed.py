"""A process that takes a job out of the inbox and dies as if the power had gone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from bot.channels.slack.inbox import Job
from bot.channels.slack.work import Worker
from sales.database import open_engine


class KilledHands:
    """Never gets to the end."""

    async def handle(self, job: Job) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    async def give_up(self, job: Job) -> None:
        raise AssertionError("The process is gone by then.")


if __name__ == "__main__":
    asyncio.run(Worker(open_engine(sys.argv[1]), KilledHands()).run_once())
