"""Reads a message while another turn is computed: NLU in a thread of its own.

Most of its time is spent in ONNX Runtime and BLAS, which leave Python to others meanwhile, so two
processors share what one would do alone.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

_READER = ThreadPoolExecutor(1, "nlu")  # one: messages are read in the order they came in


async def understood(agent: Agent, message: UserMessage) -> dict[str, Any] | None:
    """What NLU makes of the message, None without a model."""
    if agent.processor is None:
        return None
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_READER, _parse, agent.processor, message)


def _parse(processor: MessageProcessor, message: UserMessage) -> dict[str, Any]:
    """As Rasa's parse_message does; no component of ours looks at the conversation."""
    nobody = DialogueStateTracker.from_events(message.sender_id, [])
    parsed = processor._parse_message_with_graph(message, nobody)
    processor._update_full_retrieval_intent(parsed)
    return parsed
