"""Writes messages as nobody should: ours with slips, numbers, odd characters, payloads, floods.

Everything is drawn from the `Random` given, so that a number names a message, and hypothesis can
make a smaller one of it.
"""

# ruff: noqa: RUF001  it is what such characters look like that is tried here

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from bot.nlu.entities.spelling import MAGNITUDES, NUMBER_WORDS, SPELLINGS
from sales.settings import PROJECT

LONGEST_MESSAGE = 2_000
EXAMPLE = re.compile(r"^\s+- (.+)$", re.MULTILINE)
MARKED = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")  # [OM4](fiber) → OM4
OTHER_WORDS = """
    MTP MPO LC SC OM3 OM4 OM5 OS2 SR4 DR4 LR4 FR4 SR8 400GBASE-DR4 100GBASE-SR4 10GBASE-SR
    40G-BiDi 800G-2xFR4 IB-NDR-SR4 32GFC-SW QSFP28 QSFP-DD OSFP sfp+ MPO-12 MPO-16 MTP-24
    INX-TRK-MTP12F-OM4-B-10M INX-CLN-ALL-PEN INX-XCV-Q28-100GSR4 L-000001 type a b c male
    female pinned unpinned key up down straight crossed trunk cord patch cassette harness
    adapter panel splice spliced twice no without not instead of rather than from to and
    or with both ends each per pair loss dB margin low elite standard generic plenum LSZH
    riser universal upgrade migrate replace what why how if which cheap cheapest price
    stock quote discount scratch dirty cracked fiber dark lanes dead cleaned never repair
    swap Q4 urgent budget link my name is yes no stop skip restart please call me another
    one more fewer same again it they
"""
WORDS = (
    *SPELLINGS, *SPELLINGS.values(), *NUMBER_WORDS, *MAGNITUDES,
    *OTHER_WORDS.split(),
)  # fmt: skip
NUMBERS = (
    "0", "-1", "1", "2", "4", "12", "0.5", "1.5", ".5", "0,5", "1,234", "1,234.56", "1e9", "1e999",
    "0x1F", "007", "999999999", "9999999999999999999999", "-0", "3.", "1.2.3", "1/0", "½", "²",
    "٣", "１２", "Ⅻ", "१२", "NaN", "inf", "٤٠٠", "𝟜", "-50", "+5",
)  # fmt: skip
UNITS = (
    "m", "km", "ft", "feet", "mm", "miles", "yards", "G", "Gbps", "GbE", "T", "Tb", "dB", "dB/km",
    "nm", "x", "%", "$", "USD", "k", "pcs", "pairs", "fibers", "f", "core", "connections",
    "splices",
)  # fmt: skip
ODD = (
    "\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\u2060", "\ufeff", "\u0301", "\u0336",
    "\u00a0", "\u2028", "\u3000", "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\ud800", "\udfff",
    "\U0001f4a9", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U000e0041", "\uffff", "\u0130",
    "\u0131", "ß", "ﬁ", "K", "ſ", "é", "中", "ש", "ع", "\u0e01\u0e34", "\t", "\r\n", "§", "§0",
    "~",
)  # fmt: skip
HOSTILE = (
    "/greet", "/restart", '/inform{"data_rate": 400}', "/faq/what_is_mpo", "/", "//",
    '/affirm{"a":', "EXTERNAL: 1", "_mood_", "{name}", "{{7*7}}", "${7*7}", "{0.__class__}",
    "{fact.x}", "%s%n%d", "' OR 1=1 --", "'; DROP TABLE events; --", "\\'; --", "a%' _",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</p><!--",
    "[x](javascript:alert(1))", "![](http://x)", "`~~~`", "**bold**", "<@U0BOT>", "<!channel>",
    "<http://a|b>", "&lt;&#0;&amp;", "=1+1", "@SUM(A1)", "|", "../../etc/passwd", "C:\\con", "\\",
    "\\u0000", "\n\n\n", "", " ", "a@b", "ana@example.com", "x@[127.0.0.1]", '"a b"@example.com',
    "@@@@", "a@b@c", "+1 408 796 7735", "(408) 796-7735", "+999999999999999999", "00000000",
    "408-796-7735 x12345", "INX-", "INX-TRK-", "inx-zzz-1-1-1", "L-999999999", "400GBASE-",
    "GBASE-DR4", "OM9", "MPO-13", "SR99", "2x2x2x", "4x4xLC", "->", "=>", "dr4dr4", "cass" * 5,
    "not not not", "and and", "to from to", "((((", "))))", "-----", "?", "!?",
)  # fmt: skip
JSON_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, 1e308, "", "x", "\x00", "\ud800", [], {}, [[]], {"": ""},
)  # fmt: skip


@cache
def examples() -> tuple[str, ...]:
    """What the assistant was trained with, as typed."""
    files = [*sorted((PROJECT / "data").glob("faq/*.yml")), PROJECT / "data" / "nlu.yml"]
    found = (each for path in files for each in EXAMPLE.findall(path.read_text(encoding="utf-8")))
    return tuple(MARKED.sub(r"\1", each) for each in found)


def message(random: Random) -> str:
    """A message of any kind, at most as long as a visitor's may be."""
    return random.choice(KINDS)(random)[:LONGEST_MESSAGE]


def near(random: Random) -> str:
    """A sentence of ours with a few slips in it."""
    text = random.choice(examples())
    for _ in range(random.randrange(4)):
        text = random.choice(SLIPS)(random, text)
    return text


def phrase(random: Random) -> str:
    """Our words and numbers in no order."""
    glue = random.choice((" ", " ", " ", ", ", "", "-", " and ", ". "))
    return glue.join(_word(random) for _ in range(random.randint(1, 14)))


def mixed(random: Random) -> str:
    """Two halves that do not belong together."""
    return near(random)[: random.randint(1, 60)] + _any_part(random) + phrase(random)


def odd(random: Random) -> str:
    """Characters that nobody types."""
    return "".join(_any_part(random) for _ in range(random.randint(1, 8)))


def wild(random: Random) -> str:
    """Characters of all planes, half of surrogates included."""
    return "".join(chr(random.randrange(0x110000)) for _ in range(random.randint(1, 40)))


def flood(random: Random) -> str:
    """A few characters over and over."""
    part = "".join(_any_part(random) for _ in range(random.randint(1, 3))) or "a"
    times = random.choice((10, 40, LONGEST_MESSAGE)) // len(part) + 1
    return (part * times)[: LONGEST_MESSAGE - 3] + random.choice(("", "!", "\x00", " 4m"))


def as_json(random: Random) -> str:
    """JSON where words are expected."""
    return json.dumps(json_value(random, 3))


KINDS: tuple[Callable[[Random], str], ...] = (
    near, near, near, near, phrase, phrase, phrase, phrase, mixed, mixed, odd, wild, as_json,
)  # fmt: skip


def json_value(random: Random, depth: int) -> Any:
    """A value of the wrong type, or of the wrong depth."""
    if depth == 0 or random.random() < 0.4:
        values = (*JSON_VALUES, random.choice(HOSTILE), random.choice(WORDS))
        return deepcopy(random.choice(values))  # who gets it may put something into it
    if random.random() < 0.5:
        return [json_value(random, depth - 1) for _ in range(random.randrange(4))]
    names = ("message", "sender", "text", "session_id", "type", "values", "", "\x00", "user", "id")
    return {random.choice(names): json_value(random, depth - 1) for _ in range(random.randrange(4))}


def _word(random: Random) -> str:
    kind = random.random()
    if kind < 0.6:
        return random.choice(WORDS)
    if kind < 0.9:
        space = random.choice(("", " ", "-"))
        return random.choice(NUMBERS) + space + random.choice(UNITS)
    return _any_part(random)


def _any_part(random: Random) -> str:
    return random.choice(random.choice((WORDS, NUMBERS, UNITS, ODD, HOSTILE)))


def _cut(random: Random, text: str) -> str:
    start = random.randrange(len(text) + 1)
    return text[:start] + text[start + random.randint(1, 4) :]


def _put(random: Random, text: str) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + _any_part(random) + text[place:]


def _swap(random: Random, text: str) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def _say_twice(random: Random, text: str) -> str:
    start = random.randrange(len(text) + 1)
    return text + text[start : start + random.randint(1, 30)]


def _in_other_case(random: Random, text: str) -> str:
    return random.choice((str.upper, str.lower, str.title, str.swapcase))(text)


SLIPS = (_cut, _put, _put, _swap, _say_twice, _in_other_case)

# For hypothesis, which makes a failing one smaller.
messages = st.randoms(use_true_random=False).map(message)
floods = st.randoms(use_true_random=False).map(flood)
