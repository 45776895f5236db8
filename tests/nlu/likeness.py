"""Which held-out messages are a training example in other clothes.

Wording is compared, not meaning: another way to say the same is what the held-out messages are for.
Case, apostrophes, British spelling and words that say nothing are dropped; likeness is then the
share of three-letter pieces that two messages have in common (Dice, 0 to 1), which neither the
order of words nor a typo changes much. In our data, pairs from 0.95 on are one sentence with
another article, plural, spelling or order of words; below, a word that matters differs ("what is
a trunk cable" and "what is an MTP trunk cable": 0.90). Messages of fewer than four words are
passed over, since two people do write "what's it cost" and "help pls" alike; the same text in
both places is refused at any length by another test.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

TOO_ALIKE = 0.95
FEWEST_WORDS = 4
SAY_NOTHING = {"a", "an", "the", "is", "so", "please", "pls"}


def near_duplicates(messages: Sequence[str], examples: Sequence[str]) -> list[tuple[str, str]]:
    """(message, its closest example) for every message that is too alike."""
    bare = [_bare(text) for text in messages]
    long = [row for row, text in enumerate(bare) if len(text.split()) >= FEWEST_WORDS]
    found = [_bare(text) for text in examples]
    if not long or not any(found):
        return []
    counter = CountVectorizer(
        analyzer="char_wb", ngram_range=(3, 3), binary=True, lowercase=False, dtype=np.float32
    )
    pieces = counter.fit_transform([*(bare[row] for row in long), *found])
    ours, theirs = pieces[: len(long)], pieces[len(long) :]
    sizes = np.asarray(ours.sum(axis=1)) + np.asarray(theirs.sum(axis=1)).T
    likeness = 2 * (ours @ theirs.T).toarray() / sizes
    return [
        (messages[row], examples[int(closest)])
        for row, scores, closest in zip(long, likeness, likeness.argmax(axis=1), strict=True)
        if scores[closest] >= TOO_ALIKE
    ]


def _bare(text: str) -> str:
    plain = (
        re.sub(r"['\u2019]", "", text.lower()).replace("fibre", "fiber").replace("metre", "meter")
    )
    words = re.findall(r"[a-z]+|\d+", plain)
    return " ".join(word for word in words if word not in SAY_NOTHING)
