"""How a conversation is named in logs."""

from __future__ import annotations

import hashlib

OURS = "web-"  # followed by random digits: they tell nothing
DIGITS = 16


def conversation_name(conversation_id: str | None) -> str:
    """The id where it is random; else a hash, as a client of REST may have put in a name."""
    if not conversation_id:
        return "none"
    if conversation_id.startswith(OURS):
        return conversation_id
    return f"#{hashlib.sha256(conversation_id.encode()).hexdigest()[:DIGITS]}"
