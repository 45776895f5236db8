"""What a takeover is, and why one ends. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

RELEASED, TIMEOUT, CLOSED, ERASED = "released", "timeout", "closed", "erased"
RESTARTED = "restarted"  # the visitor began a new conversation
RELIEVED = "relieved"  # another colleague took over; the assistant stays silent


class NoConversationError(ValueError):
    """The lead did not come out of a chat, so there is nobody to chat with."""

    def __init__(self) -> None:
        super().__init__("This lead has no chat to answer in; use the contact in the card.")


@dataclass(frozen=True)
class Takeover:
    """One colleague's time in one conversation. `ended_at` is None while it lasts."""

    id: int
    conversation_id: str
    lead_id: int
    member_id: int
    author: str  # the name that the visitor sees
    began_at: datetime
    last_at: datetime  # when the colleague last wrote
    ended_at: datetime | None
    ended_why: str
