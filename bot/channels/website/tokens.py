"""Who a visitor is: a signed token from the server, which alone names the conversation."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

ALGORITHM = "HS256"
LONGEST_TOKEN = 1_000  # characters; ours have about 190
CONVERSATION = re.compile(r"web-[0-9a-f]{32}")


class BadTokenError(ValueError):
    """The token is not ours, not whole, or too old."""


@dataclass(frozen=True)
class Token:
    """The right to read and write one conversation until `expires_at`."""

    text: str = field(repr=False)
    conversation_id: str
    issued_at: datetime
    expires_at: datetime
    is_by_another_secret: bool = False  # one that is accepted while secrets are changed

    def is_due_for_renewal(self, now: datetime) -> bool:
        """Whether more than half of its life is over, or its secret is going out of use."""
        is_old = now - self.issued_at > (self.expires_at - self.issued_at) / 2
        return is_old or self.is_by_another_secret


class Tokens:
    """Issues tokens and reads them back, also those signed with `also`, the secret before this."""

    def __init__(self, secret: str, life: timedelta, also: str = "") -> None:
        self._secret, self._life, self._also = secret, life, also

    def begin(self, now: datetime) -> Token:
        """A token for a new conversation."""
        return self.issue(f"web-{uuid.uuid4().hex}", now)

    def issue(self, conversation_id: str, now: datetime) -> Token:
        """A fresh token for a conversation whose visitor is known."""
        issued_at = now.replace(microsecond=0)
        expires_at = issued_at + self._life
        claims = {"sub": conversation_id, "iat": issued_at, "exp": expires_at}
        text = jwt.encode(claims, self._secret, algorithm=ALGORITHM)
        return Token(text, conversation_id, issued_at, expires_at)

    def read(self, text: object, now: datetime) -> Token:
        """The token, when this server or one with the same secret issued it and it still holds.

        Raises BadTokenError.
        """
        if not isinstance(text, str) or len(text) > LONGEST_TOKEN:
            raise BadTokenError("A token is text.")
        token = self._read_signed(text)
        if token.expires_at <= now:
            raise BadTokenError("The token has expired.")
        return token

    def _read_signed(self, text: str) -> Token:
        try:
            return self._decode(text, self._secret)
        except BadTokenError:
            if not self._also:
                raise
            return replace(self._decode(text, self._also), is_by_another_secret=True)

    def _decode(self, text: str, secret: str) -> Token:
        options: Any = {"require": ["sub", "iat", "exp"], "verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(text, secret, algorithms=[ALGORITHM], options=options)
            issued, expires = (datetime.fromtimestamp(claims[n], UTC) for n in ("iat", "exp"))
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError, OSError) as error:
            raise BadTokenError("The token is not one of ours.") from error
        if not isinstance(claims["sub"], str) or not CONVERSATION.fullmatch(claims["sub"]):
            raise BadTokenError("The token names no conversation of the website.")
        return Token(text, claims["sub"], issued, expires)
