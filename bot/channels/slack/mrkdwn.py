"""Between our texts and Slack's: Markdown becomes mrkdwn, and what people write becomes plain."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

LINK = re.compile(r"\[([^\]\n]+)\]\(((?:https?://|mailto:|tel:)[^\s)]+)\)")
BOLD = re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*")
HEADING = re.compile(r"^#{1,6}\s++(.*\S)\s*$", re.MULTILINE)
BULLET = re.compile(r"^(\s*)[-*]\s+", re.MULTILINE)
REFERENCE = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")  # a link, a channel, a person


def to_mrkdwn(markdown: str) -> str:
    """The text with bold, links, headings and lists as Slack writes them, the rest as it is."""
    text = escape(markdown)
    text = HEADING.sub(r"**\1**", text)
    text = BULLET.sub(r"\1• ", text)
    text = BOLD.sub(r"*\1*", text)
    return LINK.sub(lambda link: f"<{link[2]}|{link[1].replace('|', '¦')}>", text)


def escape(text: str) -> str:
    """The text with the three characters that Slack gives a meaning written out.

    Nobody can be pinged by it: a mention needs its angle brackets.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_plain(text: str, own_id: str = "") -> str:
    """What a person typed: without mentions of `own_id`, links as they read, entities as signs.

    Mentions of other people stay as <@U123>; commands name colleagues by them.
    """
    own = f"@{own_id}" if own_id else ""

    def written(found: re.Match[str]) -> str:
        return "" if own and found[1] == own else _written(found[1], found[2] or "")

    return html.unescape(REFERENCE.sub(written, text)).replace("\u00a0", " ").strip()


def _written(target: str, label: str) -> str:
    if target.startswith("@"):
        return f"<{target}>"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    if target.startswith(("mailto:", "tel:")):
        return label or target.partition(":")[2]
    return target if not label else label if label in target else f"{label} ({target})"


def parts(text: str, longest: int) -> Iterator[str]:
    """The text in pieces of at most `longest` characters, cut where a paragraph, line or word ends.

    Nothing for a blank text.
    """
    rest = text.strip()
    while len(rest) > longest:
        end = _end_of_part(rest, longest)
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()
    if rest:
        yield rest


def _end_of_part(text: str, longest: int) -> int:
    """Where to cut: never inside <a link> or &amp;, and not so early that little is said."""
    for end_of in ("\n\n", "\n", " "):
        end = text.rfind(end_of, longest // 2, longest)
        if end > 0 and not _is_inside_link(text, end):
            return end
    end = longest
    for opened, closed in (("<", ">"), ("&", ";")):
        start = text.rfind(opened, max(0, end - 12) if opened == "&" else 0, end)
        if start > 0 and closed not in text[start:end]:
            end = start
    return end


def _is_inside_link(text: str, place: int) -> bool:
    return text.rfind("<", 0, place) > text.rfind(">", 0, place)
