"""Words of a text search, and the pieces of three letters by which databases index them."""

from __future__ import annotations

import re

GRAM = 3  # letters
NUMBER_WORD = re.compile(r"\d+(\.\d+)?(m|ft)?")  # lengths and counts are no words


def searched_words(text: str) -> list[str]:
    """The words that each must appear, in lower case; numbers are left out."""
    return [word for word in text.lower().split() if not NUMBER_WORD.fullmatch(word)]


def grams(text: str) -> list[str]:
    """Every three letters in a row of the searched words, each once; shorter words have none."""
    words = (word for word in searched_words(text) if word.isprintable())
    pieces = (word[at : at + GRAM] for word in words for at in range(len(word) - GRAM + 1))
    return list(dict.fromkeys(pieces))
