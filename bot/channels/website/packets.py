"""A WebSocket that hands on nothing but packets of Engine.IO.

Engine.IO reads a frame outside its error handling: one that is none ends in a traceback, and the
session stays until its next ping would have been due.
"""

from __future__ import annotations

import logging
from typing import Any

from engineio import packet  # type: ignore[import-untyped]
from engineio.async_drivers.sanic import WebSocket  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)
CLOSE = str(packet.CLOSE)


class PacketSocket(WebSocket):
    """What is no packet is read as the client's goodbye."""

    async def wait(self) -> Any:
        """The next frame. Called by Engine.IO."""
        frame = await super().wait()
        try:
            packet.Packet(encoded_packet=frame)
        except (ValueError, IndexError, RecursionError) as error:
            logger.info("packet.refused: %s", type(error).__name__)
            return CLOSE
        return frame
