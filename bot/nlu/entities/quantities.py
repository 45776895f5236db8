"""Numbers with a unit: data rates, lengths, fiber counts, money, pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.nlu.entities.phrases import Match, Rule, rule
from bot.nlu.entities.tokens import Token

KNOWN_RATES = frozenset({1, 8, 10, 16, 25, 32, 40, 50, 56, 64, 100, 128, 200, 400, 800, 1600, 3200})
MOST_FIBERS, LONGEST_M, MOST_DOLLARS, MOST_PIECES = 6_912, 200_000, 10**8, 100_000
FEWEST_DOLLARS = 100  # of a budget without a currency

GIGA, TERA = "g|gbase", "t|tbase"  # spelling.py maps "gig", "Gbps", "terabit" and the like
BARE_MONEY = "bare_money"  # "budget 5000": an amount unless the number has another unit
METERS = {
    "m": 1.0,
    "meter": 1.0,
    "km": 1_000.0,
    "kms": 1_000.0,
    "kilometer": 1_000.0,
    "kilometers": 1_000.0,
    "kilometre": 1_000.0,
    "kilometres": 1_000.0,
    "cm": 0.01,
    "foot": 0.3048,
    "'": 0.3048,
    "yard": 0.9144,
    "yards": 0.9144,
    "yd": 0.9144,
    "mile": 1_609.344,
    "miles": 1_609.344,
}
SUFFIXES = {"k": 1_000, "grand": 1_000, "m": 1_000_000, "mil": 1_000_000, "mio": 1_000_000}


def _number(tokens: Sequence[Token]) -> float:
    return next((token.number for token in tokens if token.number is not None), 0.0)


def gigabits(tokens: Sequence[Token]) -> int | None:
    """ "400G" → 400, "1.6T" → 1600; None for a number that is no data rate."""
    scale = 1_000 if any(token.text in TERA.split("|") for token in tokens) else 1
    rate = round(_number(tokens) * scale, 3)
    return int(rate) if rate in KNOWN_RATES else None


def meters(tokens: Sequence[Token]) -> float | None:
    unit = next((token for token in tokens if token.text in METERS), None)
    if unit is None or (unit.text == "'" and not unit.is_glued):
        return None
    length = round(_number(tokens) * METERS[unit.text], 2)
    return length if 0 < length <= LONGEST_M else None


def fiber_count(tokens: Sequence[Token]) -> int | None:
    count = _number(tokens)
    unit = tokens[-1]
    if unit.text in ("f", "c") and not (unit.is_glued or unit.is_upper):
        return None
    return int(count) if 1 <= count <= MOST_FIBERS and count == int(count) else None


def dollars(tokens: Sequence[Token]) -> int | None:
    number = next(index for index, token in enumerate(tokens) if token.number is not None)
    suffix = tokens[number + 1].text if number + 1 < len(tokens) else ""
    amount = (tokens[number].number or 0) * SUFFIXES.get(suffix, 1)
    return round(amount) if 1 <= amount <= MOST_DOLLARS else None


def bare_dollars(tokens: Sequence[Token]) -> int | None:
    """ "budget 20k", "budget 5000"; a budget of 3.0 is one of loss, in decibels."""
    amount = dollars(tokens)
    return amount if amount is not None and amount >= FEWEST_DOLLARS else None


def thousands(tokens: Sequence[Token]) -> int | None:
    """ "20k" alone is money: nothing else here comes in thousands."""
    return dollars(tokens) if tokens[1].is_glued and _number(tokens) >= 1 else None


def pieces(tokens: Sequence[Token]) -> int | None:
    count = _number(tokens)
    return int(count) if 1 <= count <= MOST_PIECES and count == int(count) else None


def several(tokens: Sequence[Token]) -> int | None:
    """ "10 of them"; "one of them" is a choice, not a count."""
    count = pieces(tokens)
    return count if count != 1 else None


def pieces_after_x(tokens: Sequence[Token]) -> int | None:
    """ "x 10" and "x10"; not the x of "2x400G"."""
    return pieces(tokens) if not tokens[0].is_glued else None


FORM_FACTORS = {  # those that name one data rate
    "sfp28": 25,
    "sfp +": 10,
    "sfp56": 50,
    "qsfp +": 40,
    "qsfp28": 100,
    "qsfp56": 200,
    "qsfp112": 400,
    "qsfp-dd800": 800,
    "edr": 100,
    "hdr": 200,
    "ndr": 400,
    "xdr infiniband|ib": 800,
    "infiniband|ib xdr": 800,
}

RULES: tuple[Rule, ...] = (
    rule(
        "data_rate",
        gigabits,
        f"NUM -? {GIGA}",
        f"NUM -? {TERA}",
        "NUM -? g|t / s|sec",
    ),
    *(rule("data_rate", rate, name) for name, rate in FORM_FACTORS.items()),
    rule("length_m", meters, f"NUM -? {'|'.join(METERS)}"),
    rule(
        "fibers",
        fiber_count,
        "NUM -? fiber|strand|core|count|fo|ct|f",
        "NUM -? fiber|strand count",
    ),
    rule(
        "budget_usd",
        dollars,
        "$ NUM",
        "$ NUM k|m|mil|grand",
        "us $ NUM k?",
        "usd NUM k?",
        "NUM dollar|buck|grand",
        "NUM k|grand dollar|buck",
        "NUM $",
        "NUM k $",
    ),
    rule(
        BARE_MONEY,
        bare_dollars,
        "budget is|of|:|=|around|about|under|up|max|- to? NUM",
        "budget is|of|:|=|around|about|under|up|max|- to? NUM k",
        "budget NUM",
        "budget NUM k",
        "NUM budget",
        "NUM k budget",
    ),
    rule("budget_usd", thousands, "NUM k"),
    rule(
        "quantity",
        pieces,
        "NUM piece|unit|ea|each|nos",
        "qty|quantity|pieces :|of|=? NUM",
        "qty|quantity is NUM",
    ),
    rule(
        "quantity", several, "NUM of them|those|these|each|it|the", "NUM of|x ~"
    ),  # ~: a part number
    rule("quantity", pieces_after_x, "x NUM"),
)

# A number may be used once: the first of these to claim it keeps it. Names ("SR4", "OM5") come
# before all; a data rate may well be part of one.
NUMERIC_KINDS = ("budget_usd", "length_m", "fibers", "quantity", BARE_MONEY)
NAMES = frozenset({"link", "fiber"})
QUALIFIERS = frozenset({"brand", "connector", "fiber", "link", "data_rate", "fibers", "length_m",
                        "polarity", "polish", "gender", "jacket", "loss_grade"})  # fmt: skip
LEGS = frozenset({"LC", "SC", "SN", "CS", "MDC", "MMC"})  # "4xLC" are a harness's ends
OWNERS = frozenset({"my", "our", "your", "the", "an", "this", "about", "on", "of", "for"})
ASKING = frozenset({"need", "want", "order", "buy", "take", "get", "purchase", "require"})


def one_use_per_number(matches: Sequence[Match]) -> list[Match]:
    """The matches without those whose number another one has claimed; see NUMERIC_KINDS."""
    taken = {place for match in matches if match.kind in NAMES for place in _places(match)}
    kept = [match for match in matches if match.kind not in NUMERIC_KINDS]
    rates = {place for match in matches if match.kind == "data_rate" for place in _places(match)}
    for kind in NUMERIC_KINDS:
        taken |= rates if kind == BARE_MONEY else set()
        for match in matches:
            if match.kind == kind and taken.isdisjoint(_places(match)):
                taken |= _places(match)
                kept.append(replace(match, kind="budget_usd") if kind == BARE_MONEY else match)
    return sorted(kept, key=lambda match: (match.first, match.end))


def _places(match: Match) -> set[int]:
    return set(range(match.first, match.end))


def bare_quantities(tokens: Sequence[Token], matches: Sequence[Match]) -> list[Match]:
    """Counts without a unit: "25 MPO trunks", "10x cassettes", "we need 10"."""
    used = {index for match in matches for index in range(match.first, match.end)}
    found = []
    for index, token in enumerate(tokens):
        value = pieces([token]) if token.number is not None and index not in used else None
        if value is not None and _counts_products(tokens, index, matches):
            found.append(Match("quantity", value, index, index + 1))
    return found


def _counts_products(tokens: Sequence[Token], index: int, matches: Sequence[Match]) -> bool:
    after, before = index + 1, tokens[index - 1] if index else None
    if tokens[index].number == 1 or (before and before.text in ("x", "to")):
        return False
    if before and before.tag in ("WORD", "UPPER") and tokens[index].is_glued:
        return False  # the 4 of "mc4 connectors"
    if after == len(tokens) or tokens[after].text in (".", "!", "?", ","):
        return _is_asked_for(tokens, index)
    if tokens[after].text == "x":
        after += 1
        if any(match.first == after and _is_leg(match) for match in matches):
            return False
    return _leads_to_product(tokens, after, matches)


def _is_leg(match: Match) -> bool:
    """What a count with an x stands for inside one product: "4xLC", "4x100G"."""
    return match.value in LEGS or match.kind == "data_rate"


def _is_asked_for(tokens: Sequence[Token], index: int) -> bool:
    """True for "we need 10"; not for "about my order 10482"."""
    asks = index > 0 and tokens[index - 1].text in ASKING
    return asks and not (index > 1 and tokens[index - 2].text in OWNERS)


def _leads_to_product(tokens: Sequence[Token], place: int, matches: Sequence[Match]) -> bool:
    """True when only qualifiers ("OM4", "12-fiber") stand between `place` and a product word."""
    while place < len(tokens):
        here = [match for match in matches if match.first == place]
        ends = [match.end for match in here if match.kind in QUALIFIERS]
        if any(match.kind == "family" for match in here):
            return True
        if not ends and tokens[place].text not in ("-", "connector", "cable"):
            return False
        if tokens[place].text == "connector" and not ends:
            return True
        place = max(ends, default=place + 1)
    return False
