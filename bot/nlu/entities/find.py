"""From a message to its entities: the one place where the tables come together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.nlu.entities import needs, products, quantities
from bot.nlu.entities.contact import Reference, find_phones, find_references
from bot.nlu.entities.links import link_rules
from bot.nlu.entities.phrases import Lexicon, Match, keep_longest
from bot.nlu.entities.tokens import MAX_CHARS, Token, tokenise

BLANK = "~"  # stands where a part of the message is not to be read again


@dataclass(frozen=True)
class Entity:
    """One fact found in a message, from `start` to `end`; `value` is in its normal form."""

    name: str
    value: Any
    start: int
    end: int


def find_entities(text: str) -> list[Entity]:
    """Every entity in the first MAX_CHARS characters, by place; [] if none.

    Entities of different names may overlap ("400GBASE-DR4" is a link and a data rate); two of
    one name never do.
    """
    text = text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")  # half characters become ?
    references = find_references(text)
    readable = _blank(text, references)
    tokens = tokenise(readable)
    matches = _matches(tokens)
    phones = find_phones(_blank(readable, _claimed(tokens, matches)))
    facts = [_entity(tokens, match) for match in matches]
    facts = [fact for fact in facts if not _overlaps_any(fact, phones)]
    facts += [
        Entity(each.kind, each.value, each.start, each.end) for each in (*references, *phones)
    ]
    return sorted(facts, key=lambda fact: (fact.start, fact.end, fact.name))


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon((*quantities.RULES, *link_rules(), *products.RULES, *needs.RULES))


def _matches(tokens: Sequence[Token]) -> list[Match]:
    found = quantities.one_use_per_number(_lexicon().find(tokens))
    found = products.name_patch_cords(found)
    found += products.second_polarity(tokens, found)
    found += quantities.bare_quantities(tokens, found)
    statements = needs.find_needs(tokens, found)
    found = [match for match in found if not match.kind.startswith("cue:")]
    found = _without_rejected(tokens, [*found, *statements])
    return keep_longest(_without_side_meanings(found))


def _without_rejected(tokens: Sequence[Token], matches: Sequence[Match]) -> list[Match]:
    """Without the OM3 of "it's OM4, not OM3": what is put aside for another of its kind."""
    rejected = [match for match in matches if _is_rejected(tokens, match)]
    kept = [match for match in matches if match not in rejected]
    kinds = {match.kind for match in kept}
    return kept + [match for match in rejected if match.kind not in kinds]


def _is_rejected(tokens: Sequence[Token], match: Match) -> bool:
    before = [token.text for token in tokens[max(0, match.first - 3) : match.first]]
    while before and before[-1] in ("a", "an", "the"):
        before.pop()
    return before[-1:] == ["not"] or before[-2:] in (["instead", "of"], ["rather", "than"])


OUTRANKED = {  # an entity of the first name is dropped where it lies within one of these
    "family": frozenset({"site"}),
    "feature": frozenset({"rework", "loss_sensitivity", "budget", "loss_grade", "family"}),
    "rework": frozenset({"family"}),
}


def _without_side_meanings(matches: Sequence[Match]) -> list[Match]:
    return [match for match in matches if not any(_outranks(other, match) for other in matches)]


def _outranks(other: Match, match: Match) -> bool:
    is_inside = other.first <= match.first and match.end <= other.end
    return is_inside and other.kind in OUTRANKED.get(match.kind, ())


def _entity(tokens: Sequence[Token], match: Match) -> Entity:
    start, end = tokens[match.first].start, tokens[match.end - 1].end
    return Entity(match.kind, match.value, start, end)


def _claimed(tokens: Sequence[Token], matches: Iterable[Match]) -> list[Reference]:
    """Where digits already have a meaning that no phone number would have."""
    kinds = {*quantities.NUMERIC_KINDS, *quantities.NAMES, "data_rate", "connector"} - {"quantity"}
    return [
        Reference(match.kind, None, tokens[match.first].start, tokens[match.end - 1].end)
        for match in matches
        if match.kind in kinds
    ]


def _blank(text: str, parts: Iterable[Reference]) -> str:
    for part in parts:
        text = text[: part.start] + BLANK * (part.end - part.start) + text[part.end :]
    return text


def _overlaps_any(fact: Entity, others: Iterable[Reference]) -> bool:
    return any(fact.start < other.end and other.start < fact.end for other in others)
