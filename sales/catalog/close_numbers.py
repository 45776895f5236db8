"""Part numbers that begin like a text, or are nearly it, by their keys (`rows.sku_key`).

What shares the most letters with the text, from its beginning or its end, stands beside it in the
index; so a few steps there find the candidates, however large the catalog is.
"""

from __future__ import annotations

import difflib
import heapq
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.catalog.tables import products

CLOSE_ENOUGH = 0.72  # difflib ratio from which one part number may be a typo of another
CANDIDATES = 400  # part numbers compared letter by letter, from each end
SHORTEST_SHARED = 4  # letters
BESIDE = 2  # neighbours on each side, so that the two which share most are among them


def keys_from(session: Session, key: str, limit: int) -> list[str]:
    """Keys that begin with the text, in their order."""
    column = products.c.sku_key
    query = sa.select(column).where(_begins(column, key)).order_by(column).limit(limit)
    return list(session.execute(query).scalars())


def similar_keys(session: Session, key: str, limit: int) -> list[str]:
    """Keys that begin or end much like the text, the most similar first; [] if none is close."""
    shared = {
        *_sharing(session, products.c.sku_key, key),
        *(found[::-1] for found in _sharing(session, products.c.sku_key_reversed, key[::-1])),
    }
    return closest(key, sorted(shared), limit)


def closest(key: str, candidates: list[str], limit: int) -> list[str]:
    """What `difflib.get_close_matches` finds, in a fraction of its time.

    The longest common subsequence gives a ratio that difflib's never exceeds; so candidates are
    taken by that, until none that is left could be among the best.
    """
    bounds = sorted(((_most_alike(key, other), other) for other in candidates), reverse=True)
    matcher, best = difflib.SequenceMatcher(b=key), list[tuple[float, str]]()
    for bound, other in bounds:
        if bound < CLOSE_ENOUGH or (len(best) == limit and bound < best[0][0]):
            break
        matcher.set_seq1(other)
        ratio = matcher.ratio()
        if ratio >= CLOSE_ENOUGH:
            heapq.heappush(best, (ratio, other))
            if len(best) > limit:
                heapq.heappop(best)
    return [other for _, other in sorted(best, reverse=True)]


def _most_alike(one: str, other: str) -> float:
    """2 * (length of the longest common subsequence) / letters of both (Hyyrö's bit-vectors)."""
    places: dict[str, int] = {}
    for at, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << at
    whole = row = (1 << len(one)) - 1
    for letter in other:
        met = row & places.get(letter, 0)
        row = (row + met | row - met) & whole
    return 2 * (len(one) - row.bit_count()) / (len(one) + len(other))


def _sharing(session: Session, column: Any, key: str) -> list[str]:
    """Up to CANDIDATES keys that share the most first letters with the text.

    At least two of them, unless one shares no more than half of its letters.
    """
    before = sa.select(column).where(column < key).order_by(column.desc()).limit(BESIDE)
    after = sa.select(column).where(column >= key).order_by(column).limit(BESIDE)
    beside = [*session.execute(before).scalars(), *session.execute(after).scalars()]
    lengths = sorted((_shared(key, other) for other in beside), reverse=True)
    of_two = lengths[1] if len(lengths) > 1 else 0
    of_one = min(lengths[0], len(key) // 2) if lengths else 0
    length = min(max(of_one, of_two), len(key) - 1)
    if length < SHORTEST_SHARED:
        return []
    query = sa.select(column).where(_begins(column, key[:length])).order_by(column)
    return list(session.execute(query.limit(CANDIDATES)).scalars())


def _shared(one: str, other: str) -> int:
    """How many first letters are the same."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _begins(column: Any, start: str) -> Any:
    return sa.and_(column >= start, column < start + "~")
