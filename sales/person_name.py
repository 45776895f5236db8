"""Whether what somebody typed can be the name of a person."""

from __future__ import annotations

import re

INTRODUCTION = re.compile(
    r"^(?:hi|hello|hey)?[\s,!]*(?:my name(?:'s| is)|i am|i'm|im|this is|it's|its|call me)\s+", re.I
)
NAME = re.compile(r"^[^\W\d_][^\d@<>/\\{}\[\]|]{0,79}$")
NO_NAME = re.compile(  # said to us, rather than being called so
    r"^(?:yes|yeah|yep|no|nope|ok|okay|sure)\b|\b(?:me|my|you|your|please|agree|consent|contact|"
    r"someone|somebody|human|person|want|need|what|how)\b",
    re.IGNORECASE,
)
MOST_WORDS_IN_A_NAME, MOST_SMALL_WORDS = 6, 3  # the second: without a capital after the first
NO_NAMES = {"hi", "hello", "hey", "thanks", "thank you", "bye", "ok", "okay", "yes", "no", "sure"}


def bare_name(text: str) -> str:
    """The name without "my name is" and what stands around it."""
    return INTRODUCTION.sub("", text).strip(" .,!\n\t")


def is_name(text: str) -> bool:
    """Whether the text can be a person's name: letters, few words, capitals in a long one."""
    words = text.split()
    if NO_NAME.search(text):
        return False
    if not NAME.match(text) or text.lower() in NO_NAMES or len(words) > MOST_WORDS_IN_A_NAME:
        return False
    return len(words) <= MOST_SMALL_WORDS or any(word[0].isupper() for word in words[1:])
