"""How many inputs a run makes, which, and what is told of one that breaks something.

FUZZ_INPUTS: how many in all (default 100,000). FUZZ_SEED: a number that names the run (default 0,
"new" for one that was never made). The same two make the same inputs.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

USUAL_INPUTS = 100_000
INPUTS = int(os.environ.get("FUZZ_INPUTS") or USUAL_INPUTS)
_GIVEN = os.environ.get("FUZZ_SEED") or "0"
SEED = secrets.randbelow(10**9) if _GIVEN == "new" else int(_GIVEN)
MOST_TRIES = 2_000  # to make a failing text smaller
Check = Callable[[str], object]


def share(of_usual: int) -> int:
    """How many inputs a test makes in this run, of which it makes `of_usual` in a usual one."""
    return max(1, of_usual * INPUTS // USUAL_INPUTS)


def draws(topic: str, count: int) -> Iterator[Random]:
    """One source of chance for each input: what input 17 is does not depend on the others."""
    return (chance(f"{topic}:{number}") for number in range(share(count)))


def chance(topic: str) -> Random:
    """The same for a topic in every run with the same seed."""
    return Random(f"{SEED}:{topic}")  # noqa: S311  for tests


def survives(topic: str, count: int, write: Callable[[Random], str], check: Check) -> None:
    """Every text passes the check, or the smallest one found that breaks it is told."""
    for number, random in enumerate(draws(topic, count)):
        text = write(random)
        try:
            check(text)
        except Exception as error:  # noqa: BLE001  whatever it is: the input has to be told
            small = smaller(text, check, type(error))
            pytest.fail(
                f"FUZZ_SEED={SEED} FUZZ_INPUTS={INPUTS}, {topic} number {number}: "
                f"{small!r} gives {error_of(check, small)!r} (it was {text!r})"
            )


def smaller(text: str, check: Check, kind: type[BaseException]) -> str:
    """A shorter text that breaks the check in the same way."""
    tries, size = 0, max(1, len(text) // 2)
    while size and tries < MOST_TRIES:
        start = 0
        while start < len(text) and tries < MOST_TRIES:
            tries += 1
            without = text[:start] + text[start + size :]
            if isinstance(error_of(check, without), kind):
                text = without
            else:
                start += size
        size //= 2
    return text


def error_of(check: Callable[[Any], object], value: Any) -> BaseException | None:
    """What the check raises, None when it passes."""
    try:
        check(value)
    except Exception as error:  # noqa: BLE001  it is handed on
        return error
    return None
