"""Whether a message goes on about the budget told before: "and with 6 connections?"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sales.link_budget_words import (
    DETAIL,
    DIRECT,
    NOUN_FIRST,
    NOUNS,
    NUMBER,
    PAIR_LOSS,
    SPLICED,
    bare_count,
    count_change,
    count_of,
    unread_length,
)

TOLD = (  # the responses that leave a budget to go on with
    "say_link_budget",
    "say_link_budget_fixes",
    "say_link_budget_fits",
    "say_link_budget_no_fix",
    "say_link_budget_typical",
    "say_reask_link_budget_refused",
)
OTHER_TOPICS = (  # told since, they are what a bare fiber or length goes on about
    "say_link",
    "say_products",
    "say_price",
    "say_product_comparison",
    "say_recommendation",
    "say_ask_",
    "say_reask_",
    "say_cancelled",
    "say_started_over",
)
ANSWERS = ("utter_faq", "say_comparison")  # a fiber named after such goes on about the answer
LONGEST_PAUSE = 6  # turns
LONGEST_QUESTION = 80  # characters

FIXES = re.compile(
    r"\bfix\b|\bfixes\b|\b(?:make|get) (?:it|this|that|the link) (?:to )?(?:pass|work|fit)\b"
    r"|\bwhat (?:would|will|can|could|do i|should i) (?:help|change|do)\b|\bhow .*\bsolve\b"
    r"|\bwhat .*\b(?:pass|fit)\b.*\?|\bwhat are my options\b|\bimprove (?:it|this|that)\b",
    re.I,
)
TYPICAL = re.compile(r"\btypical(?:ly|s)?\b|\baverage\b|\brealistic(?:ally)?\b", re.I)
SWITCH = re.compile(
    r"\b(?:switch\w*|chang\w+|swap\w*|replac\w+) .*\b(?:to|for|with)\b|\binstead\b", re.I
)
COUNTED = re.compile(
    rf"(?:{NUMBER}|without|any|no|more)?\s*x?\s*(?:{DETAIL}[\s-]+){{0,4}}"
    rf"\b(?:{'|'.join(NOUNS.values())})\b",
    re.I,
)
GRADE = re.compile(
    r"\b(?:low|ultra[\s-]?low|lower)[\s-]?loss\b|\belite\b|\bstandard\b|\bgeneric\b|\bgrade\b"
    r"|\bfusion\b|\bmechanical\b",
    re.I,
)
DEFINING = re.compile(  # "what is an MPO connector?" asks about the thing, and changes no count
    rf"\W*(?:(?:and|so|but|ok(?:ay)?|then)\W+)*(?:what(?:'?s|\s+is|\s+are|\s+does)|define|explain)"
    rf"\s+(?:an?\s+|the\s+)?(?:{DETAIL}[\s-]+){{0,4}}(?:{'|'.join(NOUNS.values())})"
    r"(?:\s+(?:mean|exactly|please|actually))*\W*",
    re.I,
)
FILLING = """
a about actually again all also an and any are assume at be better between but by cable cabling
can case cassettes change changed check connection connections connector connectors distance do
does else em enough even ever every everywhere fiber fibre fine fit fits for from get gets go
goes good got grade have hm hmm hold holds how i i'd id if im in instead into is it it's its
just length let let's lets link long longer loss made make maybe me mean meant mm mode more mpo
mtp multimode my new no now of ok okay on one ones only or our over pair pairs pass passes
please pls pro put rather reach really recalculate redo run runs s same say short shorter
single so sorry splice splices still stretch swap switch t take than that that's the them then
there they this to too total try up us use used using very w was we were what what's whats when
will with without work works worst would yes you
add another additional extra fewer further less minus plus remove drop switch swap replace
zero one two three four five six seven eight nine ten eleven twelve
"""
FILLERS = frozenset(FILLING.split())
CASSETTE = re.compile(rf"\b(?:{NOUNS['cassettes']})\b", re.I)
OTHER_THINGS = ("link", "data_rate", "sku", "family", "fibers", "polarity", "email", "phone")
LINK_BUDGET = "link_budget"  # the intent


class Change(NamedTuple):
    """What kind of fact the rest of the message holds."""

    has_joints: bool
    has_length: bool
    has_fiber: bool
    has_number: bool = False  # with nothing said of what it counts

    @property
    def says_something(self) -> bool:
        return self.has_joints or self.has_length or self.has_fiber


class Span(NamedTuple):
    """An entity of the message and where it stands."""

    name: str
    start: int
    end: int


READ = (
    "length_m",
    "fiber",
    "loss_grade",
    "brand",
    "quantity",
    "connector",
    "loss_sensitivity",
    "rework",
)


def asks_for_fixes(text: str) -> bool:
    """ "How can I fix it?", "what would make it pass?"."""
    return FIXES.search(text) is not None


def asks_for_typical(text: str) -> bool:
    """ "Typical instead of worst case?"."""
    return TYPICAL.search(text) is not None


def change_in(text: str, spans: Iterable[Span]) -> Change:
    """The facts of a budget that a message names."""
    names = {span.name for span in spans}
    has_joints = (
        any(count_change(text, noun) for noun in NOUNS)
        or count_of(text, "connections") is not None
        or any(p.search(text) for p in (NOUN_FIRST, SPLICED, PAIR_LOSS, DIRECT, GRADE))
    )
    counted = any(match.group(1) or re.match(r"no|without", match.group(), re.I)
                  for match in COUNTED.finditer(text))  # fmt: skip
    return Change(
        has_joints or counted or "loss_grade" in names,
        "length_m" in names or bool(unread_length(text)),
        "fiber" in names,
        bare_count(text) is not None,
    )


def is_only_facts(text: str, spans: Iterable[Span], also: Iterable[str] = ()) -> bool:
    """Whether nothing but facts of a budget, entities named `also` and filling words are there."""
    read = {*READ, *also}
    rest = text
    for span in spans:
        if span.name in read:
            rest = rest[: span.start] + " " * (span.end - span.start) + rest[span.end :]
    for pattern in (NOUN_FIRST, SPLICED, PAIR_LOSS, COUNTED, GRADE, TYPICAL):
        rest = pattern.sub(" ", rest)
    return {word.lower() for word in re.findall(r"[A-Za-z']+", rest)} <= FILLERS


def goes_on(text: str, spans: Sequence[Span], intent: str, turns: Iterable[Sequence[str]]) -> bool:
    """Whether the message changes the last budget or asks about it.

    `turns` are the names of the responses of the turns before, the latest first.
    """
    since = pause(turns)
    if since is None or text.startswith("/"):
        return False
    if switches_optic(text, spans):
        return True
    if _names_another_thing(text, spans):
        return False
    if (
        asks_for_fixes(text)
        and len(text) < LONGEST_QUESTION
        and (not since or intent == LINK_BUDGET)
    ):
        return True
    if DEFINING.fullmatch(text):
        return False
    if asks_for_typical(text) and is_only_facts(text, spans):
        return True
    change = change_in(text, spans)
    if is_bare_count(text, spans):
        return not since
    if not change.says_something:
        return False
    if intent == LINK_BUDGET:
        return True
    if not is_only_facts(text, spans):
        return False
    is_answer_between = any(name.startswith(ANSWERS) for names in since for name in names)
    return change.has_joints or change.has_length or not is_answer_between


def switches_optic(text: str, spans: Sequence[Span]) -> bool:
    """ "Switch to 400GBASE-SR4": the same link with another optic."""
    names = {span.name for span in spans}
    return (
        "link" in names
        and SWITCH.search(text) is not None
        and is_only_facts(text, spans, ("link", "data_rate"))
    )


def is_bare_count(text: str, spans: Sequence[Span]) -> bool:
    """ "And with 8?": a number, and nothing said of what it counts."""
    change = change_in(text, spans)
    if not change.has_number or change.says_something:
        return False
    return is_only_facts(text, spans) and {span.name for span in spans} <= {"quantity", "connector"}


def _names_another_thing(text: str, spans: Iterable[Span]) -> bool:
    """Another optic, a product, or how to reach somebody."""
    names = {span.name for span in spans} - ({"family"} if CASSETTE.search(text) else set())
    return not names.isdisjoint(OTHER_THINGS)


def pause(turns: Iterable[Sequence[str]]) -> list[Sequence[str]] | None:
    """The turns since the last budget, the latest first; None when it is no longer the topic."""
    since: list[Sequence[str]] = []
    for names in turns:
        if any(name in TOLD for name in names):
            return since
        if len(since) == LONGEST_PAUSE or any(name.startswith(OTHER_TOPICS) for name in names):
            return None
        since.append(names)
    return None
