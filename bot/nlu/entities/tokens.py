"""Splits a message into words and numbers, in one spelling, with their places in the text.

Letters and digits always part ("OM4" → "om" "4", "150ft" → "150" "ft"), numbers in words become
digits ("twelve" → "12"), and frequent misspellings are put right, so that a pattern needs to be
written only once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from bot.nlu.entities.spelling import FUZZY_WORDS, MAGNITUDES, NUMBER_WORDS, SPELLINGS

MAX_CHARS, MAX_TOKENS = 2_000, 500  # the rest of a longer message is not read
LARGEST_NUMBER = 10**9
MOST_CORRECTIBLE = 16  # letters; nothing longer is a misspelling of ours

_PIECE = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,9})?(?![0-9])"  # 20,000.50
    r"|[0-9]{1,9},[0-9]{1,2}(?=\s?k?m(?![a-df-su-z]))"  # 0,5 m
    r"|[0-9]+(?:\.[0-9]+)?"
    r"|\.[0-9]+"
    r"|(?<=[0-9])[xX\u00d7](?=[A-Za-z0-9])"  # the x of 4xLC
    r"|[^\W\d_]+(?:'[^\W\d_]{1,3})?"
    r"|[^\w\s\u00ae\u2122]"
)
# Typographic quotes and dashes become plain ones; a long dash separates, as a semicolon does.
_PLAIN_MARKS = str.maketrans("\u2019\u2018`\u00b4\u2013\u2011\u2014", "''''--;")


@dataclass(frozen=True)
class Token:
    """One word, number or mark. `text` is its normal form; `start`, `end` lie in the message."""

    text: str
    start: int
    end: int
    number: float | None = None
    is_upper: bool = False
    is_glued: bool = False  # no space before it

    @property
    def tag(self) -> str:
        if self.number is not None:
            return "NUM"
        if not self.text[0].isalpha():
            return "MARK"
        return "UPPER" if self.is_upper else "WORD"


def tokenise(message: str) -> list[Token]:
    """The words, numbers and marks of the message, up to MAX_CHARS and MAX_TOKENS."""
    message = message[:MAX_CHARS].translate(_PLAIN_MARKS)
    return list(_join_numbers(_read(message)))


def _read(message: str) -> list[Token]:
    pieces = islice(_PIECE.finditer(message), MAX_TOKENS)
    return [_token(match, message) for match in pieces]


def _token(match: re.Match[str], message: str) -> Token:
    raw, start = match.group(), match.start()
    is_glued = start > 0 and not message[start - 1].isspace()
    number = _digits(raw) if raw[0] in ".0123456789" and raw != "." else None
    text = _spell_number(number) if number is not None else normal_word(raw.lower())
    is_upper = raw.isupper() and number is None
    return Token(text, start, match.end(), number, is_upper, is_glued)


def _digits(raw: str) -> float | None:
    if "," in raw and len(raw) - raw.rindex(",") <= 3:
        raw = raw.replace(",", ".")  # a decimal comma
    if len(raw) > 15:
        return None
    return float(raw.replace(",", ""))


def _spell_number(number: float) -> str:
    return f"{number:.10g}" if number % 1 else str(int(number))


@lru_cache(maxsize=4_096)
def normal_word(word: str) -> str:
    """The spelling that the patterns use for a lower-case word."""
    if word in SPELLINGS:
        return SPELLINGS[word]
    if len(word) < 6 or len(word) > MOST_CORRECTIBLE or word in FUZZY_WORDS:
        return word
    found = _corrections().get(word)
    near = (_corrections().get(shorter) for shorter in _without_one_letter(word))
    found = found or next((fixed for fixed in near if fixed), word)
    return SPELLINGS.get(found, found)


@lru_cache(maxsize=1)
def _corrections() -> dict[str, str]:
    """Every distinctive word of ours, whole and short of a letter: one slip away is near enough."""
    table = {shorter: word for word in FUZZY_WORDS for shorter in _without_one_letter(word)}
    return table | {word: word for word in FUZZY_WORDS}


def _without_one_letter(word: str) -> Iterator[str]:
    return (word[:index] + word[index + 1 :] for index in range(len(word)))


def _join_numbers(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens, with each number in words ("four hundred", "20 thousand") as one number."""
    index = 0
    while index < len(tokens):
        end = _end_of_number(tokens, index)
        yield _merge(tokens[index:end]) if end > index else tokens[index]
        index = max(index + 1, end)


def _end_of_number(tokens: Sequence[Token], start: int) -> int:
    """Where a number that begins with a word, or has a magnitude after it, ends; else `start`."""
    if not (_is_number_word(tokens[start]) or _has_magnitude(tokens, start)):
        return start
    end = start + 1
    while end < len(tokens):
        step = 2 if tokens[end].text in ("and", "-") else 1
        if end + step > len(tokens) or not _goes_on(tokens[end - 1 : end + step]):
            break
        end += step
    return end


def _is_number_word(token: Token) -> bool:
    return token.text in NUMBER_WORDS or token.text in MAGNITUDES


def _has_magnitude(tokens: Sequence[Token], index: int) -> bool:
    follows = index + 1 < len(tokens) and tokens[index + 1].text in MAGNITUDES
    return tokens[index].number is not None and follows


def _goes_on(tokens: Sequence[Token]) -> bool:
    """True for "four hundred", "hundred (and) forty", "twenty-four"; not for "ten twelve"."""
    before, after = tokens[0], tokens[-1]
    link = tokens[1].text if len(tokens) == 3 else ""
    if after.text in MAGNITUDES:
        return not link
    if after.text not in NUMBER_WORDS:
        return False
    if before.text in MAGNITUDES:
        return link != "-"
    is_tens = NUMBER_WORDS.get(before.text, 0) >= 20
    return is_tens and link != "and" and 0 < NUMBER_WORDS[after.text] < 10


def _merge(tokens: Sequence[Token]) -> Token:
    total = current = 0.0
    for token in tokens:
        size = MAGNITUDES.get(token.text, 1)
        if size == 1:
            current += token.number if token.number is not None else NUMBER_WORDS.get(token.text, 0)
        elif size < 1_000:
            current = max(1.0, current) * size
        else:
            total, current = total + max(1.0, current) * size, 0.0
    value = min(total + current, LARGEST_NUMBER)
    first, last = tokens[0], tokens[-1]
    return Token(_spell_number(value), first.start, last.end, value, False, first.is_glued)
