"""Reads what is plugged and spliced out of a sentence: counts, grades, losses, odd lengths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sales.link_budget import GENERIC, LC, LOW_LOSS, MPO, SPLICE_KINDS, STANDARD, LinkBudgetError

NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
TIMES = {"once": 1, "twice": 2, "thrice": 3}
NUMBER = rf"(?<![\w.,-])(\d{{1,9}}|a|an|zero|{'|'.join(NUMBERS)})"
IMPOSSIBLE = -1  # a count that is negative or no whole number: the budget refuses it
DETAIL = (
    r"(?:low|ultra|loss|elite|standard|std|grade|generic|mated|connector|connection|patch|extra|more|"
    r"m(?:po|tp)(?:-?\d{1,2})?|lc|duplex|fusion|mechanical|ribbon|mass|in-?line|intermediate|pro)"
)
NOUNS = {
    "connections": (
        r"con+ec[kt]?[ts]?ions?|con+ec?k?t+[oe]rs?|conn?exions?|pairs?|joints?|matings?|panels?"
        r"|couplers?|mtps|mpos"
    ),
    "splices": r"spl[iy]?ces?",
    "cassettes": r"cas+et+e?s?",
}
DETAILS = rf"(?:{DETAIL}[\s-]+)"
# "2 LC" without a noun, but not "1 MTP trunk"
BARE_PLUGS = re.compile(
    rf"(?<![\w.,-])(\d{{1,9}}|{'|'.join(NUMBERS[1:])})\s*(?:x\s*)?{DETAILS}{{0,3}}?"
    r"(lc|m(?:po|tp)(?:-?\d{1,2})?)(?:\s+duplex)?\s*"
    r"(?=$|[,;.?!)&+]|\b(?:and|with|plus|on|over|at|each|in|both|please|pls|now|instead|would|will"
    r"|does|is|ok|more)\b)",
    re.I,
)
MORE, LESS = r"(?:more|extra|another|additional|further)", r"(?:fewer|less)"
ADDED = r"(?:add|plus|adding)"
REMOVED = r"(?:remove|drop|minus|removing|take (?:out|away|off))"
DECIBELS = r"(?:\d++(?:\.\d++)?|\.\d++)"  # never read twice: a flood of digits would take minutes
PAIR_LOSS = re.compile(
    rf"(?:@|\bat|(?<!budget )(?<!limit )\bof|\ba|\beach)\s*({DECIBELS})\s*db\b(?!\s*/)"
    rf"|(?<!\d)({DECIBELS})\s*db\s*(?:each|per|pairs?|con+ec\w+)",
    re.I,
)
NOUN_FIRST = re.compile(rf"\b({'|'.join(NOUNS.values())})\s*[:=]\s*(\d{{1,9}})\b", re.I)
SPLICED = re.compile(
    rf"\bspl[iy]?c(?:ed?|ing|es)?\s+(?:it\s+)?(?:(once|twice|thrice)|{NUMBER}\s+times)\b"
    rf"|\b(once|twice|thrice)\s+splic\w+|(?<![\w.,-])(\d{{1,2}})x?\s+times\s+splic\w+",
    re.I,
)
NO_MORE = re.compile(r"\bwithout\s+(?:any\s+)?(\w+)|\bno\s+(?:more\s+)?(\w+)", re.I)
DIRECT = re.compile(r"\bno (?:patch )?panels?\b|\bpoint.to.point\b|\bplugged (?:in )?direct", re.I)
GRADE_WORDS = {
    r"\bgeneric\b": GENERIC,
    r"\b(standard|std)\b|\b(regular|normal|ordinary) (mtp|mpo|con+ec\w+|pairs?|grade)": STANDARD,
    r"\b(elite|low[\s-]?loss)\b": LOW_LOSS,
}
GRADES_READ = {"STD": STANDARD, "LL": LOW_LOSS, "ULL": LOW_LOSS}
UNIT = r"(?:k?m|kms|met(?:er|re)s?|kilomet(?:er|re)s?|ft|feet|foot|yards?|miles?)"
BAD_LENGTH = re.compile(
    rf"(?:(?<!\S)-|\bminus\s+)\d[\d.,]*+\s*{UNIT}\b|(?<![\w.,])0+(?:\.0+)?\s*{UNIT}\b", re.I
)
ANY_LENGTH = re.compile(rf"(?<![\w.-])(\d[\d.,]*+)\s*{UNIT}\b", re.I)
BARE_NUMBER = re.compile(r"\D{0,12}(?<![-\d.])(\d{1,5}(?:\.\d+)?)\D{0,8}")
OPTIC_LIKE = re.compile(
    r"\b(?:\d+(?:\.\d+)?\s?[GT](?:BASE)?[\s-]?)?[SVDFLEZX]{1,2}R\d{0,2}(?:\.\d)?\b", re.I
)


def count_of(text: str, noun: str) -> int | None:
    """The sum of what is counted: "2 pairs and 1 pair" is 3; None when nothing is.

    IMPOSSIBLE when the count can be none: "-3 pairs", "1.5 pairs".
    """
    if _is_impossible(text, noun):
        return IMPOSSIBLE
    readable = _readable(text)
    pattern = rf"{NUMBER}\s*(?:x\s*)?{DETAILS}{{0,4}}(?:{NOUNS[noun]})\b"
    counts = [number_of(word) for word in re.findall(pattern, readable, re.I)]
    if counts:
        return sum(counts)
    if noun == "splices" and (found := SPLICED.search(text)):
        return number_of(next(group for group in found.groups() if group))
    refused = {word for pair in NO_MORE.findall(text) for word in pair if word}
    if any(re.fullmatch(NOUNS[noun], word, re.I) for word in refused):
        return 0
    return 0 if noun == "connections" and DIRECT.search(text) else None


def _readable(text: str) -> str:
    """With the number before its noun, and "2 LC" as "2 LC pairs"."""
    return BARE_PLUGS.sub(r"\1 \2 pairs ", NOUN_FIRST.sub(r"\2 \1,", text))


def _is_impossible(text: str, noun: str) -> bool:
    odd = r"(?:(?<!\S)-\d[\d.,]*|(?<![\w.,-])\d[\d,]*[.,]\d+)"
    return (
        re.search(rf"{odd}\s*(?:x\s*)?{DETAILS}{{0,4}}(?:{NOUNS[noun]})\b", text, re.I) is not None
    )


class CountChange(NamedTuple):
    """How many more or, below 0, fewer; `plug` is MPO or LC when that is said."""

    by: int
    plug: str


def count_change(text: str, noun: str) -> CountChange | None:
    """ "One more pair", "another pair", "2 fewer pairs"; None when the count is no change.

    "2 pairs and 1 more pair" counts all there is.
    """
    rest, by, plug = _readable(text), 0, ""
    found = False
    for pattern, sign in _changes(NOUNS[noun]):
        for match in pattern.finditer(rest):
            found, by = True, by + sign * number_of(match["count"] or "one")
            plug = plug or _plug_in(match.group())
        rest = pattern.sub(" ", rest)
    return CountChange(by, plug) if found and count_of(rest, noun) is None else None


def _changes(noun: str) -> Iterator[tuple[re.Pattern[str], int]]:
    some, things = NUMBER.replace("(\\d", "(?P<count>\\d"), rf"{DETAILS}{{0,4}}(?:{noun})\b"
    for words, before, sign in ((MORE, ADDED, 1), (LESS, REMOVED, -1)):
        forms = (
            rf"\b{before}\s+(?:{words}\s+)?(?:{some}\s+)?{DETAILS}{{0,2}}(?:{words}\s+)?{things}",
            rf"\b{words}\s+{some}\s+{things}",
            rf"{some}\s*(?:x\s*)?{DETAILS}{{0,2}}?{words}\s+{things}",
            rf"{some}\s*(?:x\s*)?{things}\s+{words}\b",
        )
        yield from ((re.compile(form, re.I), sign) for form in forms)
    yield re.compile(rf"\banother\s+(?P<count>){things}", re.I), 1


def _plug_in(words: str) -> str:
    if re.search(r"\blc\b", words, re.I):
        return LC
    return MPO if re.search(r"\bm(?:po|tp)", words, re.I) else ""


def number_of(word: str) -> int:
    """ "4", "four", "twice" or "a" as a number."""
    word = "no" if word.lower() == "zero" else word.lower()
    if word in NUMBERS:
        return NUMBERS.index(word)
    return int(word) if word.isdigit() else TIMES.get(word, 1)


def grades_named(text: str, read: Iterable[str] = ()) -> list[str]:
    """The grades of pairs, the lossiest first; `read` are the codes found as entities."""
    named = {GRADES_READ[grade] for grade in read if grade in GRADES_READ}
    named |= {grade for word, grade in GRADE_WORDS.items() if re.search(word, text, re.I)}
    return [grade for grade in (GENERIC, STANDARD, LOW_LOSS) if grade in named]


def pair_loss(text: str) -> float | None:
    """A promised loss per pair in dB. Raises LinkBudgetError when several are named."""
    found = {float(a or b) for a, b in PAIR_LOSS.findall(text)}
    if len(found) > 1:
        raise LinkBudgetError("One loss for all pairs, please: the highest of those named.")
    return next(iter(found), None)


def splice_kind(text: str) -> str:
    """The kind of splice that is named, "" for none."""
    return next((kind for kind in SPLICE_KINDS if kind in text.lower()), "")


def plugs_counted(text: str) -> dict[str, int]:
    """The connections by what they are: "2 LC pairs and an MPO pair"; "" where it is not said."""
    pattern = rf"{NUMBER}\s*(?:x\s*)?({DETAILS}{{0,4}}(?:{NOUNS['connections']}))\b"
    counts: dict[str, int] = {}
    for number, words in re.findall(pattern, _readable(text), re.I):
        plug = _plug_in(words)
        counts[plug] = counts.get(plug, 0) + number_of(number)
    return counts


def plug_of(text: str) -> str:
    """What the connections are when the text says so, such as "2 LC pairs"."""
    return next((plug for plug in plugs_counted(text) if plug), "")


def mixed_plugs(text: str) -> dict[str, int]:
    """The counts when both LC and MPO pairs are named, {} otherwise."""
    counts = plugs_counted(text)
    return counts if {LC, MPO} <= counts.keys() else {}


def counts_connectors(text: str) -> bool:
    """Whether plugs are counted where mated pairs may be meant."""
    return re.search(r"\bcon+ec?k?t+[oe]rs\b", text, re.I) is not None


FIBER_LOSS = re.compile(r"\b(?:loss(?:es)?|lose|loses|attenuat\w+|dbs?)\b", re.I)
LINK_WORDS = re.compile(r"\b(?:budgets?|margin|optics?|transceivers?|channel|fit|hold)\b", re.I)
WAVELENGTH = re.compile(r"(?<![\w.])(8[3-9]\d|9[0-5]\d|1[2-6]\d\d)\s*nm\b", re.I)


def asks_fiber_loss(text: str) -> bool:
    """ "What is the loss of 300 m of OM4?": of the fiber, not of a link with its joints."""
    counted = any(count_of(text, noun) is not None for noun in NOUNS)
    return FIBER_LOSS.search(text) is not None and not LINK_WORDS.search(text) and not counted


def wavelengths_named(text: str) -> list[float]:
    """The wavelengths in nm that the text names."""
    return [float(number) for number in WAVELENGTH.findall(text)]


def has_bad_length(text: str) -> bool:
    """A negative length, or none at all ("0 m")."""
    return BAD_LENGTH.search(text) is not None


def unread_length(text: str) -> str:
    """The first length that is written out ("500000 km"), "" for none."""
    found = ANY_LENGTH.search(text)
    return found.group().strip() if found else ""


def bare_number(text: str) -> float | None:
    """ "400" or "about 400" as an answer to "how long?"; None when it is none."""
    found = BARE_NUMBER.fullmatch(text.strip())
    return float(found[1]) if found and float(found[1]) > 0 else None


def bare_count(text: str) -> int | None:
    """ "And with 4?", "make it two" after a budget; None when there is no single number."""
    numbers = list(re.findall(NUMBER + r"(?![\w.,-]*\w)", text, re.I))
    told = [word for word in numbers if word.lower() not in ("a", "an", "no", "one")] or [
        word for word in numbers if word.lower() == "one"
    ]
    is_alone = len(told) == 1 and len(re.findall(r"\d+", text)) <= 1
    return number_of(told[0]) if is_alone else None


def optic_like(text: str) -> str:
    """What is built like the name of an optic ("400GBASE-ZR9"), "" for nothing."""
    found = OPTIC_LIKE.search(text)
    return found.group().strip() if found else ""
