"""What a visitor says about a migration: today's optic and trunks, fiber, length, target rate.

Which of two rates is today's and which the target is told by the words around them ("from 40G",
"to 400G"); where these say nothing, the lower is today's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

TODAY, TARGET = "today", "target"
KNOWN_RATES = (1, 10, 25, 40, 50, 100, 200, 400, 800, 1_600, 3_200)
NOW = r"(?:\s*(?:'re|'m|'ve)|\s+(?:are|am|have|currently|still|now|today|only))*"
ROLE_WORDS = re.compile(
    r"(?P<target>(?:\bto|\binto|\btowards?|\breach|\bget|\bgo|\bfor|\bsupport|\bcarry|\bwant\w*"
    r"|\bneed|\btarget\w*|\bgoal|\bready|\bhandle|\bdo|\bdeploy|\bnext|\brun|->|=>|\u2192)\b)"
    r"|(?P<today>(?<!can )(?<!could )(?<!will )(?<!should )"
    rf"\b(?:we|i|they|that|which){NOW}\s*(?:run(?:ning)?|use|using|have|got|on|at)\b"
    r"|\bfrom\b|\brunning\b|\busing\b|\bhave\b|\btoday\b|\bcurrent\w*|\bnow\b|\bexisting\b"
    r"|\bour\b|\bmy\b|\breplac\w+|\bmigrat\w+|\bmove\b|\bmoving\b|\bold\b|\bof\b|\bstill\b"
    r"|\bon\b|\bat\b|\bupgrad\w+|\binstalled\b)",
    re.IGNORECASE,
)
TODAY_AFTER = re.compile(
    r"\W*(?:\w+\W+){0,2}?(?:today|now|currently|at the moment|in place|installed)\b", re.IGNORECASE
)
OPTIC = re.compile(
    r"\b(?:\d+(?:\.\d+)?[GT](?:BASE)?[- ]?)?(?:SR|DR|LR|FR|VR|ER|ZR|XR|CR|PLR|BX)\d{1,2}(?:\.\d)?\b"
    r"|\b\d+G?BASE-?\w+\b",
    re.IGNORECASE,
)
BARE_NUMBER = re.compile(r"\D{0,12}(\d{1,5}(?:\.\d+)?)\D{0,8}")
NO_LENGTH = re.compile(
    r"(?<![\d.])-\s?\d+\s?(?:m|km|ft|feet|met\w+)\b"
    r"|(?<![\d.])0+(?:[.,]0+)?\s?(?:m|km|ft|feet|foot|met\w+)\b"
    r"|\bzero (?:met\w+|feet)\b|\b\d{7,}\s?(?:m|met\w+)\b|\b\d{4,}\s?km\b",
    re.IGNORECASE,
)
NO_FIBER = re.compile(r"\b(o[ms])-?\s?([06-9]|\d{2,})\b|\b(os)-?\s?[3-9]\b", re.IGNORECASE)
BARE_TARGET = re.compile(r"\bto (\d{2,4})\b(?!\s?[a-z\d.])", re.IGNORECASE)
NUMBERS = {"two": 2, "three": 3, "four": 4}
TRUNKS = re.compile(
    r"\b(\d|two|three|four)\s+(?:\w+\s+){0,2}?(?:(?:spare|free|mpo\w*+|mtp\w*+)[\s-]*)?(?:\w+\s*)?trunks\b"
    r"(?!\s*(?:to|for)\s+each)",
    re.IGNORECASE,
)
PLANT_SIZES = (8, 12, 16, 24)


@dataclass(frozen=True)
class Mention:
    """An optic or a rate in the text; `rate` is None for a bare "SR4"."""

    start: int
    end: int
    rate: int | None
    optic: str
    role: str = ""


def read_migration(
    text: str, entities: Iterable[dict[str, Any]], asked: str = ""
) -> dict[str, Any]:
    """The facts in the text by slot (`migration_today` ...); {} if none.

    `asked` is the slot of the question that the text answers, "" outside the form.
    """
    found = list(entities)
    mentions = with_roles(text, mentions_of(found), asked)
    facts = {
        "migration_today": today_of(text, found, mentions),
        "migration_fiber": fiber_of(found),
        "migration_length": length_of(text, found, asked),
        "migration_target": target_of(text, mentions),
    }
    facts = {slot: value for slot, value in facts.items() if value}
    if not facts and asked in ("migration_today", "migration_target"):
        facts = bare_rate(text, asked)
    return facts


def target_of(text: str, mentions: Sequence[Mention]) -> int | None:
    """The rate to reach, also the 400 of "go to 400"."""
    rate = next((m.rate for m in mentions if m.role == TARGET and m.rate), None)
    bare = BARE_TARGET.search(text)
    if rate is None and bare and int(bare[1]) in KNOWN_RATES:
        return int(bare[1])
    return rate


def bad_parts(text: str, entities: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What the text gives that cannot be, by slot: a length of 0 m, an OM7, an unknown optic."""
    found = list(entities)
    bad = {}
    if match := NO_LENGTH.search(text):
        bad["migration_length"] = match.group()
    if match := NO_FIBER.search(text):
        bad["migration_fiber"] = match.group().upper()
    spans = [(e["start"], e["end"]) for e in found if e["entity"] == "link" and e.get("end")]
    for match in OPTIC.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in spans):
            bad["migration_today"] = match.group()
            break
    return bad


def mentions_of(entities: Sequence[dict[str, Any]]) -> list[Mention]:
    """The optics and rates by place; a rate that belongs to an optic's name counts once."""
    links = [_mention(e, str(e["value"])) for e in entities if e["entity"] == "link"]
    rates = [
        _mention(e, "")
        for e in entities
        if e["entity"] == "data_rate" and isinstance(e["value"], int | float)
    ]
    free = [
        rate
        for rate in rates
        if not any(link.start < rate.end and rate.start < link.end for link in links)
    ]
    return sorted((*links, *free), key=lambda mention: mention.start)


def _mention(entity: dict[str, Any], optic: str) -> Mention:
    start, end = entity.get("start") or 0, entity.get("end") or 0
    return Mention(start, end, rate_of(optic) if optic else int(entity["value"]), optic)


def rate_of(optic: str) -> int | None:
    """400 for "400GBASE-DR4", 1600 for "1.6TBASE-DR8", None for a bare "SR4"."""
    match = re.match(r"(\d+(?:\.\d+)?)([GT])", optic)
    return round(float(match[1]) * (1_000 if match[2] == "T" else 1)) if match else None


def with_roles(text: str, mentions: Sequence[Mention], asked: str) -> list[Mention]:
    """The mentions, each with its role where the text, the question or their order tells it."""
    told, before = [], 0
    for mention in mentions:
        told.append(replace(mention, role=_told_role(text, mention, before)))
        before = mention.end
    is_answer = len(told) == 1 and asked in ("migration_today", "migration_target")
    if is_answer and not re.search(r"\bto\b|\bfrom\b", text, re.IGNORECASE):
        return [replace(told[0], role=asked.removeprefix("migration_"))]
    return _fill_roles(told)


def _told_role(text: str, mention: Mention, before: int) -> str:
    if TODAY_AFTER.match(text[mention.end : mention.end + 30]):
        return TODAY
    left = text[max(before, mention.start - 30) : mention.start]
    words = list(ROLE_WORDS.finditer(left))
    return (TARGET if words[-1]["target"] else TODAY) if words else ""


def _fill_roles(mentions: list[Mention]) -> list[Mention]:
    """Roles for those the words left open, or gave twice: the lower rate is today's."""
    roles = [mention.role for mention in mentions]
    if len(mentions) == 2 and roles[0] == roles[1] != "" and roles[0] == TARGET:
        roles = ["", TARGET]  # "40G to run 400G": the last one is where it goes
    if len(mentions) >= 2 and TODAY not in roles and TARGET not in roles:
        lower = sorted(mentions, key=lambda mention: mention.rate or 0)
        return [
            replace(mention, role=TARGET if mention == lower[-1] else TODAY) for mention in mentions
        ]
    other = TODAY if TARGET in roles else TARGET
    if len(mentions) == 1 and not roles[0] and mentions[0].optic:
        other = TODAY
    return [replace(m, role=role or other) for m, role in zip(mentions, roles, strict=True)]


def today_of(
    text: str, entities: Sequence[dict[str, Any]], mentions: Sequence[Mention]
) -> dict[str, Any]:
    """Today's optic or rate and what is said of the cabling; {} if nothing."""
    now = next((mention for mention in mentions if mention.role == TODAY), None)
    low = text.lower()
    plug = connector_of(low, entities)
    facts = {
        "optic": now.optic if now else "",
        "rate": now.rate if now else None,
        "connector": plug,
        "has_cassettes": bool(re.search(r"\bcas+et+es?\b", low)),
        "trunks": trunks_of(low),
        "polarity": next(
            (e["value"] for e in entities if e["entity"] == "polarity" and e["value"] in "ABC"), ""
        ),
    }
    return {name: value for name, value in facts.items() if value}


def connector_of(low: str, entities: Sequence[dict[str, Any]]) -> str:
    """The plug of the cabling: LC, or the MPO of the trunks; "" when it is not said."""
    named = [str(e["value"]) for e in entities if e["entity"] == "connector"]
    sized = next((name for name in named if name.startswith("MPO-")), "")
    if sized:
        return sized
    has_mpo = re.search(r"\btrunc?ks?\b|\bmpos?\b|\bmtps?\b|\bcas+et+es?\b", low)
    if has_mpo:
        counts = [e["value"] for e in entities if e["entity"] == "fibers"]
        size = next((count for count in counts if count in PLANT_SIZES), 12)
        return f"MPO-{size}"
    return "LC" if "LC" in named or re.search(r"\bduplex\b", low) else ""


def trunks_of(low: str) -> int:
    """How many trunks are free for one link, 0 when it is not said."""
    match = TRUNKS.search(low)
    if not match:
        return 0
    return NUMBERS.get(match[1], int(match[1]) if match[1].isdigit() else 0)


def fiber_of(entities: Sequence[dict[str, Any]]) -> str:
    """The fiber grade, OS2 for any single mode; "" for "multimode", which leaves the grade open."""
    names = [str(e["value"]) for e in entities if e["entity"] == "fiber"]
    grade = next((name for name in names if name.startswith("OM")), "")
    return grade or ("OS2" if {"SM", "OS1", "OS2"} & set(names) else "")


def length_of(text: str, entities: Sequence[dict[str, Any]], asked: str) -> float | None:
    """The longest run named, in metres; a bare number counts when the length was asked."""
    lengths = [float(e["value"]) for e in entities if e["entity"] == "length_m"]
    is_rate = any(e["entity"] == "data_rate" for e in entities)  # "100G" is no 100 m
    if lengths or is_rate or asked != "migration_length":
        return max(lengths, default=None)
    match = BARE_NUMBER.fullmatch(text.strip())
    return float(match[1]) if match and float(match[1]) > 0 else None


def bare_rate(text: str, asked: str) -> dict[str, Any]:
    """ "400" as an answer to "which rate?"."""
    match = BARE_NUMBER.fullmatch(text.strip())
    rate = float(match[1]) if match else 0
    if rate not in KNOWN_RATES:
        return {}
    return {asked: {"rate": int(rate)} if asked == "migration_today" else int(rate)}
