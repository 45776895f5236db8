"""Passwords: which are good enough, how they are kept, and checking one."""

from __future__ import annotations

import secrets
import string
import unicodedata
from functools import cache
from itertools import pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

FEWEST_CHARACTERS, MOST_CHARACTERS = 12, 256
FEWEST_DIFFERENT = 5
AT_ONCE = 2  # each check takes 64 MB for a moment; more wait, so that a crowd takes no memory
GENERATED_GROUPS, GENERATED_GROUP = 4, 5  # 20 characters, about 99 bits
READABLE = "".join(
    letter for letter in string.ascii_lowercase + string.digits if letter not in "il1o0"
)


class PasswordError(ValueError):
    """The password is not good enough; the text says what would be."""


class Passwords:
    """Argon2id as RFC 9106 recommends for small memory (64 MB, three passes)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = BoundedSemaphore(AT_ONCE)
        self._nobody = _hash_of_nobody(self._hasher)

    def hash(self, password: str) -> str:
        """What to keep in the place of the password."""
        with self._turn:
            return self._hasher.hash(_normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one kept. Without one kept it takes as long, and is not."""
        if len(password) > MOST_CHARACTERS:
            password = ""  # nobody has such a one; the work stays the same
        with self._turn:
            try:
                self._hasher.verify(kept or self._nobody, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def is_dated(self, kept: str) -> bool:
        """Whether the hash was made with less work than today's."""
        return self._hasher.check_needs_rehash(kept)


def check_password(password: str, email: str, name: str) -> None:
    """Raises PasswordError unless the password is long and not easily guessed."""
    folded = _normal(password).casefold()
    if not FEWEST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise PasswordError(
            f"Use {FEWEST_CHARACTERS} to {MOST_CHARACTERS} characters; a few words are easy to "
            "remember."
        )
    if len(set(folded)) < FEWEST_DIFFERENT or _is_run(folded):
        raise PasswordError("Use more different characters, and no run such as 123456 or abcdef.")
    parts = (email, email.partition("@")[0], name)
    if any(part and _bare(folded) == _bare(part.casefold()) for part in parts):
        raise PasswordError("Do not use your name or e-mail address as the password.")
    if _bare(folded) in ("password", "passwordpassword", "letmein", "qwertyuiop"):
        raise PasswordError("This password is one of the first that are guessed.")


def generated_password() -> str:
    """A random password to read out: "k7m3p-xw9fh-…"."""
    groups = (
        "".join(secrets.choice(READABLE) for _ in range(GENERATED_GROUP))
        for _ in range(GENERATED_GROUPS)
    )
    return "-".join(groups)


def _hash_of_nobody(hasher: PasswordHasher) -> str:
    """A hash that no password fits, made with the same work as the others."""
    return _made_once(hasher.time_cost, hasher.memory_cost, hasher.parallelism)


@cache
def _made_once(time_cost: int, memory_cost: int, parallelism: int) -> str:
    return PasswordHasher(time_cost, memory_cost, parallelism).hash(secrets.token_urlsafe())


def _normal(password: str) -> str:
    """The same text however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)


def _bare(text: str) -> str:
    """The text without the digits and marks that people put around a word."""
    return text.strip(string.digits + "!. ")


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})
