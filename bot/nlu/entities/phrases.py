"""Finds phrases in a message: tables of patterns on one side, spaCy's matchers on the other.

A pattern is a row of words. `a|b` is a choice, `word?` may be missing, `low-loss` stands for
"low-loss", "low loss" and "lowloss", `NUM` is any number, `UP:cs` the word in capitals, and `*`
one word of any kind, or none. Words are written in their normal spelling or any other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import product
from typing import Any

from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.nlu.entities.tokens import Token, tokenise

NUMBER, ANY, CAPITALS = "NUM", "*", "UP:"

Value = Callable[[Sequence[Token]], Any]


@dataclass(frozen=True)
class Rule:
    """A meaning and the phrases that carry it. A `value` function gets the matched tokens and
    may return None for "not this after all", which also rules out the shorter phrases inside."""

    kind: str
    value: Any
    patterns: tuple[str, ...]


def rule(kind: str, value: Any, *patterns: str) -> Rule:
    return Rule(kind, value, patterns)


@dataclass(frozen=True)
class Match:
    """A phrase found: tokens[first:end] mean `value`."""

    kind: str
    value: Any
    first: int
    end: int


class Lexicon:
    """The phrases of many rules, ready to be found in one pass over a message."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._vocab = Vocab()
        self._phrases = PhraseMatcher(self._vocab)
        self._patterns = Matcher(self._vocab, validate=False)
        self._lock = threading.Lock()  # a spaCy vocabulary is not made for two threads
        for index, each in enumerate(self._rules):
            self._add(str(index), each)

    def _add(self, key: str, each: Rule) -> None:
        rows = [row for pattern in each.patterns for row in expand(pattern)]
        plain = [row for row in rows if not any(_is_special(word) for word in row)]
        special = [row for row in rows if any(_is_special(word) for word in row)]
        if plain:
            self._phrases.add(key, [Doc(self._vocab, words=row) for row in plain])
        if special:
            self._patterns.add(key, [[_element(word) for word in row] for row in special])

    def find(self, tokens: Sequence[Token]) -> list[Match]:
        """All matches in order of place; of two alike in kind that overlap, only the longer."""
        if not tokens:
            return []
        with self._lock:
            spans = self._spans(tokens)
        longest = keep_longest(self._matches(spans, tokens))
        return [match for match in longest if match.value is not None]

    def _spans(self, tokens: Sequence[Token]) -> list[tuple[int, int, int]]:
        zone = getattr(self._vocab, "memory_zone", nullcontext)  # spaCy 3.8: forget new words
        with zone():
            words, tags = [token.text for token in tokens], [token.tag for token in tokens]
            doc = Doc(self._vocab, words=words, tags=tags)
            found = [*self._phrases(doc), *self._patterns(doc)]
            names = self._vocab.strings
            return [(int(names[key]), first, end) for key, first, end in found]

    def _matches(
        self, spans: Iterable[tuple[int, int, int]], tokens: Sequence[Token]
    ) -> Iterator[Match]:
        for index, first, end in spans:
            each = self._rules[index]
            value = each.value(tokens[first:end]) if callable(each.value) else each.value
            yield Match(each.kind, value, first, end)


def keep_longest(matches: Iterable[Match]) -> list[Match]:
    """Of overlapping matches of one kind only the longest (the first of equals), by place."""
    kept: list[Match] = []
    taken: set[tuple[str, int]] = set()
    for match in sorted(matches, key=lambda match: (match.first - match.end, match.first)):
        places = {(match.kind, index) for index in range(match.first, match.end)}
        if taken.isdisjoint(places):
            taken |= places
            kept.append(match)
    return sorted(kept, key=lambda match: (match.first, match.end))


def expand(pattern: str) -> list[list[str]]:
    """Every row of words that a pattern stands for."""
    choices = [list(_choices(word)) for word in pattern.split()]
    rows = [[word for part in combination for word in part] for combination in product(*choices)]
    return [row for row in rows if row]


def _choices(word: str) -> Iterator[tuple[str, ...]]:
    if word.endswith("?") and len(word) > 1:
        word = word[:-1]
        yield ()
    for choice in word.split("|"):
        if _is_special(choice):
            yield (choice,)
            continue
        yield from dict.fromkeys(_words(spelling) for spelling in _spellings(choice))


def _spellings(choice: str) -> tuple[str, ...]:
    """ "low-loss" three ways; a hyphen by itself is just that."""
    if choice.strip("-"):
        return choice, choice.replace("-", " "), choice.replace("-", "")
    return (choice,)


def _words(text: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokenise(text))


def _is_special(word: str) -> bool:
    return word in (NUMBER, ANY) or word.startswith(CAPITALS)


def _element(word: str) -> dict[str, Any]:
    if word == NUMBER:
        return {"TAG": "NUM"}
    if word == ANY:
        return {"TAG": {"IN": ["WORD", "UPPER", "NUM"]}, "OP": "?"}
    if word.startswith(CAPITALS):
        return {"ORTH": word.removeprefix(CAPITALS), "TAG": "UPPER"}
    return {"ORTH": word}
