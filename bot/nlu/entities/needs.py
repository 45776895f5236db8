"""What a customer needs: rework, loss, budget, site, upgrades; with "not", "no" and "never".

A topic word ("loss", "repair") means little alone. It becomes a statement through the words of
its own stretch of the sentence: "loss matters" is high sensitivity, "loss isn't critical" low.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.nlu.entities.phrases import Match, Rule, rule
from bot.nlu.entities.spelling import words
from bot.nlu.entities.tokens import Token

UNSAID = ""  # a topic that the words around it have to decide
LOW = "low"  # loss that is low already: needing it says how much it matters

SITES = (
    rule("site", "small_office", "small|home|branch|little -? office|business|company|enterprise"),
    rule("site", "small_office", "office", "small enterprise office", "smb", "small-ish office"),
    rule(
        "site", "central_office", "central office", "telecom", "telco", "carrier", "isp", "headend"
    ),
    rule(
        "site", "central_office", "telecom central office", "service provider", "exchange building"
    ),
    rule("site", "data_center", "data-center", "dc", "dcs", "hyperscale", "hyper-scale", "cloud"),
    rule("site", "data_center", "colo", "co-location", "server room", "server farm", "hpc"),
    rule("site", "data_center", "ai|gpu|hpc|ml cluster|fabric|pod", "spine-leaf", "leaf-spine"),
    rule("site", "data_center", "cloud data-center", "hyperscale data-center", "data hall"),
    rule("site", "backbone", "backbone", "core network", "metro", "long haul", "network backbone"),
    rule("site", "test_lab", "lab", "labs", "test|testing|qa lab|environment|bench|setup|bed"),
    rule("site", "test_lab", "test-bed", "laboratory", "r&d lab"),
    rule("site", "legacy_panel", "legacy|old|existing|older patch? panel|patchpanel"),
    rule("site", "legacy_panel", "legacy equipment|infrastructure|gear|cabling|plant|system"),
    rule("site", "campus", "campus", "university", "school", "hospital", "inter-building"),
    rule("site", "campus", "between buildings", "building to building", "between two buildings"),
)

TIMEFRAME = (
    rule(
        "cue:later", "future", "future-proof", "future-proofing", "future-proofed", "room to grow"
    ),
    rule("cue:later", "future", "future upgrade|growth|expansion|migration|needs", "in the future"),
    rule("cue:later", "future", "upgrade later|soon|eventually|next year|in|to|path|expect|plan"),
    rule("cue:later", "future", "will|to|may|might|plan|can|could|we'll|expect upgrade"),
    rule(
        "cue:later", "future", "plan * upgrade", "expect * upgrade", "upgrade is|isn't plan|expect"
    ),
    rule("cue:later", "future", "grow|expand|scale later|soon", "scale up", "we|we'll will? grow"),
    rule(
        "cue:later", "future", "migrate|migrating|move|moving to NUM g|t", "next year", "long-term"
    ),
    rule("cue:later", "future", "NUM g? later", "in NUM years", "grow to|into", "will|to grow"),
    rule("cue:later", "future", "go|going to NUM g|t later|soon|in|next", "down the road"),
)

RATHER = "instead|rather of|than"
FIX = "re-work|re-polish|repair|fix|fixing|re-terminate"
REWORK = (
    rule("cue:rework", "yes", "re-work", "re-polish", "repair", "re-terminate", "field service"),
    rule(
        "cue:rework", "yes", "field-serviceable", "serviceable", "field servicing", "polish again"
    ),
    rule(
        "cue:rework", "yes", "fix it|them|cords|cables|connector on-site|in", "service in the field"
    ),
    rule("cue:rework", "yes", "fix * in the field", "fix * on-site", "service it|them in|on"),
    rule("cue:rework", "yes", "fix damaged|broken connector|cord|cable|end", "fix connector|end"),
    rule(
        "cue:rework", "yes", "change gender|polarity|pin later|on-site|in", "refurbish", "refinish"
    ),
    rule(
        "cue:rework", "yes", "service the? connector|plugs|ends", "maintenance on the? ends|plugs"
    ),
    rule("cue:rework", "yes", "polish a|the|any? ferrule|ferrules|end|ends|connector", "servicing"),
    rule("cue:rework", "no", "swap the whole|entire", "disposable", "buy a new one", "bin damaged"),
    rule("cue:rework", "no", "we replace them|it|cord|cable", "never touch", "throw-away"),
    rule("cue:rework", "no", "just|simply|rather|would|we'd|we'll|always|usually * replace|swap"),
    rule("cue:rework", "no", "throw|toss them|it|bad|the away|out|cord|cords|cable", "discard"),
    rule(
        "cue:rework", "no", "replace|swap the|a|any? bad|broken|damaged", f"replace {RATHER} {FIX}"
    ),
    rule("cue:rework", "no", f"replace {RATHER} * {FIX}", f"rather replace than {FIX}"),
    rule("cue:rework", "yes", f"{FIX} * {RATHER} * replace", f"rather {FIX} than replace"),
)

LOSS = (
    rule("cue:loss", "tolerant", "loss|losses|attenuation is|are? uncritical", "uncritical * loss"),
    rule("cue:loss", "tolerant", "loss|losses|db is|are? no drama|problem|issue|concern|worry"),
    rule(
        "cue:loss",
        "tolerant",
        "loss|losses|attenuation * not|don't|won't|wouldn't bother|hurt|worry",
    ),
    rule("cue:loss", "high", "no|little|hardly|tight|thin|slim * margin|headroom", "margin * thin"),
    rule(
        "cue:loss", "high", "lowest * attenuation|reflection", "max|maximum 0.35", "margin * tight"
    ),
    rule("cue:loss", "high", "every|each|half a? db", "only low-loss", "lossy joints would"),
    rule("cue:loss", "tolerant", "plenty|lots|enough|loads|lot of margin|headroom|db"),
    rule(
        "cue:loss", "tolerant", "db to burn|spare", "live with higher|more|some loss", "normal loss"
    ),
    rule("cue:loss", "tolerant", "take|tolerate|stand|handle some|more|higher loss|attenuation"),
    rule(
        "cue:loss", "tolerant", "whatever loss", "no special|strict|particular loss", "not bothered"
    ),
    rule("cue:loss", UNSAID, "loss", "losses", "insertion-loss", "return-loss", "db", "decibel"),
    rule("cue:loss", UNSAID, "reflection", "back-reflection", "attenuation", "signal loss|quality"),
    rule("cue:loss", UNSAID, "loss|link|power|optical|db -? budget", "loss performance", "signal"),
    rule("cue:loss", LOW, "low-loss", "ultra-low -? loss", "low insertion loss"),
    rule(
        "cue:loss",
        "high",
        "every|each|any db|decibel|tenth|bit of a?",
        "lowest loss",
        "loss budget tight",
    ),
    rule(
        "cue:loss", "high", "loss|reflection -? sensitive", "lowest * insertion loss", "zero loss"
    ),
    rule("cue:loss", "high", "minimal|minimum|minimize|minimise|least|no loss", "loss -? critical"),
    rule(
        "cue:loss",
        "tolerant",
        "loss|reflection -? tolerant|insensitive",
        "insensitive to loss|reflection",
    ),
    rule("cue:loss", "tolerant", "some|more|higher|extra loss is? fine|ok|okay|acceptable"),
)

BUDGET = (
    rule("cue:budget", UNSAID, "budget", "cost", "price", "money", "spending", "spend", "expense"),
    rule(
        "cue:budget",
        "tight",
        "on a budget",
        "on? a? tight|limited|small|low|shoestring budget",
        "budget tight|limited",
    ),
    rule("cue:budget", "tight", "cheap|cheaply|inexpensive|economical|affordable as possible"),
    rule("cue:budget", "tight", "as cheap|cheaply|inexpensive|economical as possible|we"),
    rule("cue:budget", "tight", "low|lowest|lower|minimal|minimum -? cost|price", "low-budget"),
    rule(
        "cue:budget", "tight", "cost|price|budget -? sensitive|conscious|constrained|limited|driven"
    ),
    rule("cue:budget", "tight", "keep|hold|bring|get|drive * cost|price|it down|low|cheap"),
    rule("cue:budget", "tight", "save money", "saving money", "limited funds", "cost|price first"),
    rule(
        "cue:budget",
        "tight",
        "can't spend|afford much|more|a",
        "little|not much money",
        "shoestring",
    ),
    rule(
        "cue:budget", "tight", "cheap", "economical", "inexpensive", "affordable", "budget friendly"
    ),
    rule("cue:budget", "tight", "cost|price effective", "budget option|choice|pick|solution"),
    rule(
        "cue:budget",
        "tight",
        "cost|price * before|over|above|than performance|quality",
        "cost|price|money * * than|over|before * * performance|quality",
    ),
    rule(
        "cue:budget",
        "tight",
        "low cost * more * than * performance|quality",
        "money is short|tight",
    ),
    rule(
        "cue:budget",
        "tight",
        "save wherever",
        "cut cost",
        "tiny|little|small|minimum budget|spend|money",
    ),
    rule(
        "cue:budget", "tight", "hardly|little any? money", "nothing expensive", "cheaper the better"
    ),
    rule("cue:budget", "performance", "pay for quality", "quality first", "pay|spend more for|now"),
    rule(
        "cue:budget",
        "performance",
        "value|quality over * cost|price",
        "best there is",
        "premium is fine",
    ),
    rule(
        "cue:budget", "performance", "stretch the budget", "expensive is fine|ok", "money is fine"
    ),
    rule("cue:budget", "balanced", "balanced", "balance of|between", "middle ground|of the road"),
    rule("cue:budget", "balanced", "mid-range", "good value", "value for money", "best value"),
    rule(
        "cue:budget",
        "balanced",
        "moderate|reasonable|average|medium|normal|fair|ok budget|price|cost",
    ),
    rule("cue:budget", "balanced", "in between", "somewhere in the middle", "bit of both"),
    rule("cue:budget", "performance", "performance -? first", "performance over|before price|cost"),
    rule("cue:budget", "performance", "performance matter|is", "best|maximum|max|top performance"),
    rule("cue:budget", "performance", "performance", "high-end", "top quality", "best quality"),
    rule(
        "cue:budget",
        "performance",
        "quality|reliability|performance over|before|above cost|price|money",
    ),
    rule(
        "cue:budget", "performance", "no budget limit|cap|constraint|constraints|ceiling|concerns?"
    ),
    rule(
        "cue:budget",
        "performance",
        "money|price|cost|budget is? no object|issue|concern|problem|limit",
    ),
    rule(
        "cue:budget",
        "performance",
        "whatever it costs",
        "flexible|open|unlimited|generous|big budget",
    ),
    rule("cue:budget", "performance", "budget is flexible|open|unlimited|generous|big"),
    rule("cue:budget", "performance", "price|cost|money|budget is secondary", "happy to pay more"),
    rule(
        "cue:budget", "performance", "willing to pay more", "don't mind pay|paying|spending more?"
    ),
)

CARES = (
    rule(
        "cue:cares", True, "matter", "critical", "important", "crucial", "vital", "count", "counts"
    ),
    rule(
        "cue:cares", True, "key", "sensitive", "concern", "concerns", "concerned", "worry", "must"
    ),
    rule("cue:cares", True, "priority", "essential", "tight", "problem"),
    rule("cue:cares", True, "issue", "limited", "constrained", "strict", "careful", "a lot", "low"),
    rule("cue:cares", True, "can't tolerate|afford|accept|have|stand|allow|take", "every", "small"),
    rule("cue:cares", True, "minimal", "big deal", "factor", "low as possible"),
    rule(
        "cue:cares", False, "tolerate", "tolerant", "can tolerate|accept|live|handle", "insensitive"
    ),
    rule("cue:cares", False, "don't care|mind", "who cares", "is|are|be fine|ok|okay|acceptable"),
    rule("cue:cares", False, "ignore", "irrelevant", "unimportant", "no object", "secondary"),
    rule(
        "cue:cares", False, "plenty of", "flexible", "open", "unlimited", "generous", "not much of"
    ),
)

WANTS = (rule("cue:wants", True, "need", "require", "want", "looking for", "must have", "prefer"),)

DOUBT = (
    rule("cue:doubt", True, "not sure", "unsure", "don't know", "no idea", "maybe", "wonder if"),
    rule("cue:doubt", True, "not certain", "depends", "undecided", "can't say", "wondering"),
)

NEGATION = (
    rule(
        "cue:not",
        True,
        "not",
        "no",
        "never",
        "none",
        "without",
        "nor",
        "neither",
        "nothing",
        "hardly",
    ),
    rule("cue:not", True, "don't", "isn't", "won't", "can't", "haven't", "hasn't", "shouldn't"),
    rule("cue:not", True, "instead of", "rather than", "no need", "rarely", "unlikely", "nobody"),
    rule("cue:not", True, "needn't", "less", "unnecessary", "zero", "doubt"),
)

RULES: tuple[Rule, ...] = (
    *SITES,
    *TIMEFRAME,
    *REWORK,
    *LOSS,
    *BUDGET,
    *CARES,
    *WANTS,
    *DOUBT,
    *NEGATION,
)

ENTITY = {
    "cue:rework": "rework",
    "cue:loss": "loss_sensitivity",
    "cue:budget": "budget",
    "cue:later": "timeframe",
}
CLAUSE_ENDS = frozenset({",", ".", ";", "!", "?", ":", "but", "however", "though", "although"})
JOINTS = frozenset({"and", "plus", "with", "so", "because", "since", "while", "&", "yet", "as"})
ALTERNATIVES = frozenset({"or", "nor", "/", "and", "&", "-"})
QUESTION_WORDS = frozenset(
    words(
        "what which why how can could does do did when where who what's whats how's who's "
        "where's is are"
    )
)
FILLERS = frozenset({"ok", "okay", "and", "so", "hi", "hello", "well", "then", "also"})
FIRST_PERSON = frozenset(words("i i'd i'll i'm i've me my our us we we'd we'll we're we've"))
OPPOSITE = {"tight": "performance", "balanced": None, "performance": None}


@dataclass(frozen=True)
class Clause:
    """A stretch of the message between two commas or stops, and what was found in it."""

    first: int
    end: int
    is_question: bool


def find_needs(tokens: Sequence[Token], matches: Sequence[Match]) -> list[Match]:
    """The statements in a message: its own entities for rework, loss, budget and upgrades."""
    found: list[Match] = []
    for clause in _clauses(tokens):
        cues = [match for match in matches if clause.first <= match.first < clause.end]
        if not clause.is_question:
            found += _statements(tokens, clause, cues)
    return _without_contradictions(found)


def _clauses(tokens: Sequence[Token]) -> Iterator[Clause]:
    first = 0
    for index in range(len(tokens) + 1):
        mark = tokens[index].text if index < len(tokens) else "."
        if mark not in CLAUSE_ENDS:
            continue
        if index > first:
            yield Clause(first, index, _is_question(tokens[first:index], mark))
        first = index + 1


def _is_question(tokens: Sequence[Token], mark: str) -> bool:
    """True when someone asks rather than tells: "can MTP be re-polished", not "what we need is"."""
    said = [token.text for token in tokens]
    if not FIRST_PERSON.isdisjoint(said):
        return False
    opening = [word for word in said[:3] if word not in FILLERS][:2]
    is_denial = opening[1:] == ["not"]  # "does not matter"
    return mark == "?" or (bool(opening) and opening[0] in QUESTION_WORDS and not is_denial)


def _statements(tokens: Sequence[Token], clause: Clause, cues: Sequence[Match]) -> Iterator[Match]:
    topics = [cue for cue in cues if cue.kind in ENTITY and not _is_loss_budget(cue, cues)]
    if any(
        cue.kind == "cue:doubt" for cue in cues
    ):  # "maybe 400G later" is an upgrade all the same
        topics = [cue for cue in topics if cue.kind == "cue:later"]
    previous: Match | None = None
    for number, topic in enumerate(topics):
        later = topics[number + 1].first if number + 1 < len(topics) else clause.end
        earlier = topics[number - 1].end if number else clause.first
        stretch = _stretch(tokens, topic, earlier, later)
        value = _value(topic, [cue for cue in cues if _is_within(cue, stretch)], clause.end)
        if previous is not None and _continues(tokens, previous, topic):
            value = previous.value
        if value is not None:
            previous = Match(ENTITY[topic.kind], value, topic.first, topic.end)
            yield previous


def _is_loss_budget(cue: Match, cues: Sequence[Match]) -> bool:
    """True for the "budget" of "loss budget", which is no money."""
    losses = (other for other in cues if other.kind == "cue:loss")
    return cue.kind == "cue:budget" and any(_overlap(cue, other) for other in losses)


def _stretch(tokens: Sequence[Token], topic: Match, earlier: int, later: int) -> tuple[int, int]:
    """The words that speak about a topic: up to its neighbours, or to an "and" or "so"."""
    first = topic.first
    while first > earlier and tokens[first - 1].text not in JOINTS:
        first -= 1
    end = topic.end
    while end < later and tokens[end].text not in JOINTS:
        end += 1
    return first, end


def _is_within(cue: Match, stretch: tuple[int, int]) -> bool:
    return stretch[0] <= cue.first and cue.end <= stretch[1]


def _continues(tokens: Sequence[Token], previous: Match, topic: Match) -> bool:
    """True for the second topic of "no rework or repair": it shares the first one's fate."""
    between = [token.text for token in tokens[previous.end : topic.first]]
    same = previous.kind == ENTITY[topic.kind]
    return same and len(between) <= 2 and bool(between) and ALTERNATIVES.issuperset(between)


def _value(topic: Match, cues: Sequence[Match], end: int) -> Any:
    around = [cue for cue in cues if cue.end <= topic.first or cue.first >= topic.end]
    cares = [cue for cue in around if cue.kind == "cue:cares"]
    negations = [cue for cue in around if cue.kind == "cue:not"]
    negations = [cue for cue in negations if not any(_overlap(cue, other) for other in cares)]
    feelings = [cue.value for cue in cares]
    if topic.value == LOW and any(cue.kind == "cue:wants" for cue in around):
        feelings.append(True)
    if not feelings and any(cue.end == end > topic.end for cue in negations):
        feelings.append(True)  # "loss matters but cost doesn't"
    return _DECIDE[topic.kind](topic.value, feelings, len(negations) % 2 == 1)


def _overlap(one: Match, other: Match) -> bool:
    return one.first < other.end and other.first < one.end


def _rework(value: str, cares: Sequence[bool], negated: bool) -> str | None:
    if False in cares:
        return None
    return {"yes": "no", "no": "yes"}[value] if negated else value


def _loss(value: str, cares: Sequence[bool], negated: bool) -> str | None:
    if value in (UNSAID, LOW) and not cares:
        return None
    is_high = value != "tolerant" and False not in cares
    return "high" if is_high != negated else "low"


def _budget(value: str, cares: Sequence[bool], negated: bool) -> str | None:
    if not value and not cares:
        return None
    if False in cares and value in (UNSAID, "tight"):
        return "performance"
    value = value or "tight"
    return OPPOSITE[value] if negated else value


def _later(value: str, _cares: Sequence[bool], negated: bool) -> str | None:
    return None if negated else value


_DECIDE: dict[str, Any] = {
    "cue:rework": _rework,
    "cue:loss": _loss,
    "cue:budget": _budget,
    "cue:later": _later,
}


def _without_contradictions(found: Sequence[Match]) -> list[Match]:
    """One statement per need: where two disagree the later one counts, as in speech."""
    last = {match.kind: match for match in found}
    return sorted(last.values(), key=lambda match: match.first)
