"""What counts as the same question, and what is known about a group of them. No database here."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

NOT_UNDERSTOOD, OUT_OF_SCOPE = KINDS = ("not_understood", "out_of_scope")
LONGEST_TEXT = 2_000  # characters; the channels admit no more
LONGEST_TOPIC = 64
TOPIC = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)?")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2060\ud800-\udfff]")  # PostgreSQL takes no NUL
NOT_A_WORD = re.compile(r"[^\w+.%°\"']+|(?<!\d)\.|\.(?!\d)")  # keeps "1.6T", "DR4+"
POLITE = frozenset({"hi", "hello", "hey", "please", "pls", "thanks", "thx"})


class QuestionError(ValueError):
    """The questions cannot be decided on like that; the text is for the colleague who tried."""


class NoSuchGroupError(QuestionError):
    def __init__(self) -> None:
        super().__init__("There are no such questions any more. Load the list again.")


class TopicError(QuestionError):
    def __init__(self, topic: str) -> None:
        super().__init__(
            f"{topic[:LONGEST_TOPIC]!r} is no topic. Write an intent, such as ask_link,"
            " or an answer's topic, such as faq/return_loss."
        )


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that say the same, and what was decided about them."""

    group_key: str
    count: int  # how often it was asked
    conversations: int  # in how many conversations
    first: datetime
    latest: datetime
    texts: tuple[str, ...] = field(repr=False)  # up to five wordings, the latest first
    kinds: tuple[str, ...]
    guesses: tuple[str, ...]  # the topics that came closest, the most frequent first
    status: str  # open, assigned or dismissed
    topic: str | None = None
    decided_by: int | None = None  # a team member
    decided_at: datetime | None = None


def clean_text(text: str) -> str:
    """The text without what cannot be stored or seen, at most LONGEST_TEXT characters."""
    return UNPRINTABLE.sub("", text).strip()[:LONGEST_TEXT].rstrip()


def normal_text(text: str) -> str:
    """The text without case, punctuation and politeness: "Hi, is it RED?" is "is it red"."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = NOT_A_WORD.sub(" ", folded).split()
    return " ".join(word for word in words if word not in POLITE) or folded.strip()


def group_key(text: str) -> str:
    """64 characters, the same for texts that say the same; tells nothing about the text."""
    return hashlib.sha256(normal_text(text).encode("utf-8", "replace")).hexdigest()


def checked_topic(topic: str) -> str:
    """The name of an intent or of an answer's topic. Raises TopicError."""
    topic = topic.strip()
    if len(topic) > LONGEST_TOPIC or not TOPIC.fullmatch(topic):
        raise TopicError(topic)
    return topic
