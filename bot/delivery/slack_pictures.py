"""Computed advice as a picture in Slack, below the answer that it belongs to.

The words are there before the picture and do not need it: what goes wrong here is logged, and
that is all.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.delivery.picture import png_of
from bot.delivery.slack_posts import Picture, Posts
from bot.delivery.worker import SendError
from sales.channel_drawing import channel_figure
from sales.figure import Figure
from sales.link_budget_drawing import link_budget_figure

logger = logging.getLogger(__name__)
PATIENCE_S = 20.0  # for all pictures of an answer; the next answer waits behind them
LONGEST_ALT, LONGEST_TITLE = 1_000, 200  # characters
DRAWN: Mapping[str, Callable[[Mapping[str, Any]], Figure]] = {
    "link_budget": link_budget_figure,
    "channel_check": channel_figure,
}
Json = dict[str, Any]


async def share_pictures(
    posts: Posts,
    key: str,
    channel: str,
    thread_ts: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    may_be_there: bool,
) -> int:
    """Puts what the messages have to draw into the thread, once; how many pictures are there."""
    shown = 0
    try:
        async with asyncio.timeout(PATIENCE_S):
            for name, payload in _payloads(key, messages):
                picture = await asyncio.to_thread(_picture, name, payload)
                await posts.share(picture, channel, thread_ts, may_be_there=may_be_there)
                shown += 1
    except SendError as error:
        logger.error("slack.picture_left_out: %s", error)
    except TimeoutError:
        logger.error("slack.picture_left_out: not there after %g s", PATIENCE_S)
    except Exception:  # a fault of ours in the drawing must not bring the words again
        logger.exception("slack.picture_left_out: it could not be drawn")
    return shown


def _payloads(key: str, messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Json]]:
    """What can be drawn, with a file name that is the same at every attempt."""
    for number, message in enumerate(messages):
        custom = message.get("custom") or {}
        kind = str(custom.get("kind"))
        if kind in DRAWN:
            digest = hashlib.sha256(f"{key}:{number}".encode()).hexdigest()[:12]
            yield f"{kind.replace('_', '-')}-{digest}.png", custom


def _picture(name: str, payload: Json) -> Picture:
    figure = DRAWN[payload["kind"]](payload)
    alt = figure.description
    short = alt if len(alt) <= LONGEST_ALT else f"{alt[: LONGEST_ALT - 1]}…"
    return Picture(name, figure.title[:LONGEST_TITLE], short, png_of(figure))
