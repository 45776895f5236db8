"""One message, run once: a repeat is answered from the record, a failure may be sent again.

While a colleague has the conversation, a message is kept and not answered.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Sanic

from bot.channels.admission import admitted
from bot.conversations import colleague_of, last_said
from bot.fencing import LostTurnError
from bot.record import BotMessage, Record, Said, VisitorMessage
from bot.understanding import understood
from bot.watch.load import in_line, watched
from sales.database import noting_away

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
MOST_RUNS = 5  # of one turn that somebody else came before


class TurnFailedError(RuntimeError):
    """The assistant did not answer; nothing stands in the way of trying again."""


@dataclass(frozen=True)
class Turn:
    """A message to run. `parsed` takes the place of NLU for what a form carries."""

    conversation_id: str
    message_id: str
    text: str = field(repr=False)
    parsed: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """What the record now holds of a turn; no replies where a colleague will answer."""

    message: VisitorMessage
    replies: list[BotMessage]
    is_repeat: bool


class SilentOutput(OutputChannel):
    """Sends nothing: replies leave once they are saved, and are read from the record."""

    def __init__(self, channel: str) -> None:
        self._channel = channel

    def name(self) -> str:
        """The channel whose variants of a response are chosen."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Called by Rasa for each message."""


class Turns:
    """Runs the turns of one channel, one at a time in each conversation."""

    def __init__(self, record: Record, agent: Callable[[], Agent | None], channel: str) -> None:
        self._record, self._agent, self.channel = record, agent, channel

    @watched
    async def run(self, turn: Turn) -> Answer:
        """The saved answer. Raises BusyError, TooLongError, TurnFailedError, or why it failed."""
        agent = self._agent()
        if agent is None or agent.processor is None:
            raise TurnFailedError("No model is loaded.")
        return await in_turn(agent, turn.conversation_id, lambda: self._once(agent, turn))

    async def _once(self, agent: Agent, turn: Turn) -> Answer:
        known: Answer | None = None

        def is_known(tracker: DialogueStateTracker) -> bool:
            nonlocal known
            known = self._recorded(turn, is_repeat=True, said=last_said(tracker))
            return known is not None

        message = UserMessage(
            turn.text
            if turn.parsed
            else admitted(turn.text, lambda: self._record.read(turn.conversation_id).issued),
            SilentOutput(self.channel),
            turn.conversation_id,
            parse_data=turn.parsed,
            input_channel=self.channel,
            message_id=turn.message_id,
        )
        if turn.parsed is None:
            message.parse_data = await understood(agent, message)
        await take_in(agent, message, is_known)
        answer = known or self._recorded(turn, is_repeat=False)
        if answer is None:  # Rasa swallows what goes wrong in a response
            raise TurnFailedError("The turn left no answer in the record.")
        return answer

    def _recorded(self, turn: Turn, is_repeat: bool, said: Said | None = None) -> Answer | None:
        """None when the message is not there, or was neither answered nor heard by a colleague."""
        conversation = self._record.read(turn.conversation_id, said)
        message = conversation.message(turn.message_id)
        replies = conversation.answer_to(turn.message_id) or []
        is_answered = any(reply.outbox_key is None for reply in replies)
        if message is None or not (message.heard_by or is_answered):
            return None
        return Answer(message, replies, is_repeat)


async def in_turn(
    agent: Agent, conversation_id: str, work: Callable[[], Awaitable[Result]]
) -> Result:
    """What `work` gives, while nobody else changes the conversation.

    When somebody did all the same, so that it could not be saved, the work is done anew on what
    the conversation is then. Raises TurnFailedError.
    """
    for _ in range(MOST_RUNS):
        try:
            async with agent.lock_store.lock(conversation_id):
                return await work()
        except LostTurnError:
            logger.warning("turn.repeated: conversation %s", conversation_id)
        except LockError as error:
            raise TurnFailedError(str(error)) from error
    raise TurnFailedError(f"Somebody else came first {MOST_RUNS} times.")


@in_line
async def take_in(
    agent: Agent,
    message: UserMessage,
    is_known: Callable[[DialogueStateTracker], bool] = lambda _tracker: False,
) -> bool:
    """Have the message answered and saved; False when a colleague has the conversation.

    `is_known` is asked about the conversation as it was read, and when it says yes nothing is
    done: what somebody else saves from then on makes this turn a lost one (bot/fencing.py), and
    asked any earlier, it could miss what was saved in between.

    For a colleague the message is only kept: Rasa's own handle_message would fill slots and forms
    with words that were not meant for the assistant, and go on answering a paused conversation
    once its session has expired. Raises the error of a database that was away when an action
    asked it: nothing is saved then, and the whole turn can be taken anew.
    """
    processor = agent.processor
    if processor is None:
        raise TurnFailedError("No model is loaded.")
    tracker = await processor.log_message(message, should_save_tracker=False)
    colleague = colleague_of(tracker)
    if is_known(tracker):
        return colleague is None
    if colleague is None:
        with noting_away() as errors:
            await processor.run_action_extract_slots(message.output_channel, tracker)
            await processor._run_prediction_loop(message.output_channel, tracker)
        if errors:
            raise errors[0]
    elif tracker.latest_message is not None:
        tracker.latest_message.metadata["heard_by"] = colleague.author
    await processor.save_tracker(tracker)
    return colleague is None


def ready_agent(app: Sanic) -> Agent | None:
    """The assistant of this server; None while it is not loaded."""
    found = getattr(app.ctx, "agent", None)
    return found if found is not None and found.is_ready() else None
