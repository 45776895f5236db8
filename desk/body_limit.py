"""How much a request may carry. Whoever reads more of it gets an error that has a page.

A request that tells its length in two ways is refused: a proxy may believe the other one.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TWO_LENGTHS = "The length is told in two ways."
TOO_LARGE = "What was sent is larger than the {limit} that this page takes."


class BodyLimit:
    """`usual` bytes, and more for some paths. (Starlette's own limit answers in two words.)"""

    def __init__(self, app: ASGIApp, usual: int, larger: Mapping[str, int]) -> None:
        self._app, self._usual, self._larger = app, usual, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            refusal = PlainTextResponse(TWO_LENGTHS, 400, {"Connection": "close"})
            await refusal(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._usual)
        declared = headers.get("content-length", "")
        is_declared_too_large = declared.isdecimal() and int(declared) > limit
        read = 0

        async def limited() -> Message:
            nonlocal read
            if is_declared_too_large:
                raise HTTPException(413, too_large(limit))
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413, too_large(limit))
            return message

        await self._app(scope, limited, send)


def too_large(limit: int) -> str:
    """What to tell the person, in kB or MB."""
    text = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1_000} kB"
    return TOO_LARGE.format(limit=text)
