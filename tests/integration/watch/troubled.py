"""The assistant as ever, save that some words of a visitor make its actions slow, or break them.

python -m tests.integration.watch.troubled run
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from rasa_sdk.executor import ActionExecutor

SLOW, BROKEN = "zzslow", "zzbroken"
SLOW_UNTIL = "SLOW_UNTIL"  # names the file whose being there ends what is slow
SLOW_WORDS = f"{SLOW} colourless green ideas"  # not understood: so an action of ours answers
_run = ActionExecutor.run


async def _run_with_trouble(executor: ActionExecutor, asked: dict[str, Any]) -> Any:
    text = asked["tracker"]["latest_message"].get("text") or ""
    if BROKEN in text:
        raise ValueError(f"Cannot handle {text!r}")  # as careless code would
    if SLOW in text:
        while not Path(os.environ[SLOW_UNTIL]).exists():
            await asyncio.sleep(0.02)
    return await _run(executor, asked)


if __name__ == "__main__":
    from bot.cli import main

    ActionExecutor.run = _run_with_trouble
    main()
