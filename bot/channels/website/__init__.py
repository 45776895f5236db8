"""The website: Socket.IO for the chat widget, the widget itself, a demo page, health.

docs/protocol.md says what goes over the wire.
"""

from bot.channels.website.channel import WebsiteChannel

__all__ = ["WebsiteChannel"]
