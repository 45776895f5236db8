"""Reads "SR4 to SR4, type B trunk female-female, type A cords both ends" as facts of a channel.

The message is cut where people pause or join ("," "with" "to" "and"); each piece is about the
part it names, or goes on about the part before. What the facts mean: sales/channel_described.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.nlu.entities import find_entities
from bot.nlu.entities.tokens import normal_word
from sales.channel_described import FAR, FITTING, NEAR, NO, SIDES, YES

END, TRUNK, CORD, CABLE, CASSETTE, ADAPTER, HARNESS = (
    "end", "trunk", "cord", "cable", "cassette", "adapter", "harness",
)  # fmt: skip
LINK = "link"
MARK = "\u00a7"  # stands, with its number, for an optic's name
NOUNS = {
    LINK: rf"{MARK}\d+",
    CASSETTE: r"(?:(?:mpo|mtp|lc|breakout|lgx|hd) )?cassette|(?:mpo|mtp|lc) module",
    HARNESS: r"harness|(?:breakout|fanout)(?: cable)?|octopus(?: cable)?",
    TRUNK: r"trunk(?: cable)?|backbone(?: cable)?",
    CORD: r"(?:patch[ -]?)?(?:cord|lead)|patch[ -]?cable|jumper(?: cable)?|patchcord|patches",
    ADAPTER: r"(?:bulkhead )?adapter|coupler|bulkhead|adaptor|mating sleeve",
    CABLE: r"cable",
    END: r"transceivers?|optic|optical modules?|modules?|ports?|nics?",
}
TOWARD = r"(?:toward|towards|facing)"
INNER, OUTER = "(?:trunk|panel|adapter|cassette)", "(?:optic|transceiver|port|module|switch)"
ATTRIBUTES = {
    "duplex": r"a[ -]?(?:to|/|-)[ -]?[ab]\b|aa\b|ab\b(?= (?:cord|duplex|lc))",
    "wiring": r"(?:typ|type|polarity|method|version)[ -:]*([abc])\b|\b([abc])-type\b"
    r"|\b([bc]) type\b(?! [abc]\b)"
    r"|\b([abc]) polarity|(straight[ -]?through|straight(?! into| to)|(?<!a )crossed|crossover"
    r"|reversed|flipped|pair[ -]?flipped|roll(?:ed)?[ -]?over)|\b(u1|u2)\b|(universal)",
    "gender": r"(un[ -]?pinned|non[ -]?pinned|not pinned|female|femal|femail|without (?:the )?pin"
    r"|no (?:guide )?pin|pinless|f(?=/|-[fm]\b)|(?<=/)f\b|(?<=[fm]-)f\b|ff\b)"
    r"|(male|pinned|(?:with|has|have) (?:guide )?pin|m(?=/|-[fm]\b)|(?<=/)m\b|(?<=[fm]-)m\b|mm\b"
    r"(?= trunk| cord| cable))",
    "polish": r"\b(apc|angled|angle polish)\b|\b(upc)\b|\b(pc|flat)\b",
    "connector": r"\b(?:mpo|mtp)[ -]*(8|12|16|24)\b|\b(8|12|16|24)[ -]*(?:fiber|f|strand|core)\b"
    r"|\bbase[ -]*(8|12|16|24)\b|\b(lc|duplex)\b",
    "fiber": r"\b(om[ -]?[1-5]|os[ -]?[12])\b|\b(single[ -]?mode|smf?|multi[ -]?mode|mmf)\b",
    "jacket": r"\b(ofnp|plenum)\b|\b(ofnr|riser)\b|\b(lszh|ls0h|low[ -]smoke)\b",
    "key": r"key[ -]?(?:up|down)[ -]*(?:to |/|and )?[ -]*key[ -]?(?:up|down)|up[ -/](?:to )?up"
    r"|up[ -/](?:to )?down|aligned(?:[ -]key)?|opposed(?:[ -]key)?|key up|key down",
    "legs": r"(?<![\w-])(\d{1,2}) ?x? ?(?:lc )?(?:duplex )?(?:leg|lc)\b",
    "face": rf"(?:{TOWARD} )?(?:the )?{INNER}[ -](?:side|end)|{TOWARD} (?:the )?{INNER}"
    rf"|((?:{TOWARD} )?(?:the )?{OUTER}[ -](?:side|end)|{TOWARD} (?:the )?{OUTER})",
    "cage": r"\b(qsfp[ -]?dd|qsfp(?:28|56|112)?\+?|osfp|sfp(?:28|56)?\+?|mpo port|mtp port"
    r"|mpo transceiver|mpo optic|parallel optic)\b",
    "side": r"\b(one|near|left|first|this) (?:end|side)\b"
    r"|\b(other|far|right|second|opposite|another)(?: (?:end|side|one))?\b"
    r"|\b(both|each|either|all|two)\b|\bend ([ab])\b",
}
BREAK = re.compile(
    r"[,;?!\n]|\.(?= |$)|\b(?:with|and|to|into|in|between|through|via|then|plus|from"
    r"|on(?! (?:one|both|each|either|all|the|this|end))|using|over|"
    r"has|is|are|for|vs|but|if)\b|->|\u2192| - |\+(?= )"
)
NO_TRUNK = re.compile(
    r"\b(?:no|without(?: an?y?| the)?) trunk\b|\bdirect(?:ly)? (?:connect\w*|attach\w*|link)"
    r"|back[ -]to[ -]back|\bdirect(?:ly)?\W*$"
)
CORD_OR_CABLE = r"\b(?:cord|jumper|cable|lead)\b"
ONE_CORD = re.compile(
    r"\b(?:a|an|one|just a|only one|single) (?:single )?(?:(?!trunk|cassette)[\w-]+ ){0,4}"
    rf"{CORD_OR_CABLE}(?! (?:at|on) )"
)
SERIES = re.compile(  # two trunks, one after the other
    r"\b(?:2|two|3|three|several)(?: (?!cord|jumper|cassette)[\w-]+){0,4} trunks?\b.*"
    r"\b(?:series|row|concatenat\w*|daisy|back[ -]to[ -]back|one after|end to end|"
    r"cascad\w*|chain\w*)"
    r"|\btrunk (?:to|into) (?:a |another |the )?(?:second |other )?trunk\b"
)
REPLACING = re.compile(  # one cord of those that are there; the rest stays
    r"\b(?:replac|swap|chang|exchang|switch)\w*\b|^\W*(?:(?:and|but|ok|so) )*(?:what )?if\b"
)
ONE_OF_THE_CORDS = re.compile(
    r"\b(?:just |only )?(?:one|1|a single|a)(?: of (?:the|my|those))? "
    r"((?:type [abc] |mpo |mtp |patch )*)"
    r"(cord|jumper|patch cord)\b(?! (?:at|on)\b)"
)
NO_CASSETTE = re.compile(r"\b(?:no|without(?: any| the)?) cassette\b")
NO_CORDS = re.compile(
    r"\b(?:no|without(?: any| the)?) (?:patch )?(?:cord|jumper)"
    r"|trunk (?:goes |plugs |plugged |runs )?(?:straight|directly|direct) in"
    r"|(?:plug|put|connect|stick|insert|use)\b.{0,40}\btrunk\b.{0,40}\b(?:in|into)\b"
    r"|trunk\b.{0,20}\b(?:straight|directly) (?:in|into|to)\b"
)
ONE_CORD_IN = re.compile(
    r"(?:plug|put|connect|stick|insert)\b(?:(?!trunk).){0,40}\b(?:cord|jumper|cable)\b"
    r"(?:(?!trunk).){0,30}\b(?:in|into|to)\b"
)
WHICH_CORDS = re.compile(
    r"\b(?:which|what) (?:type of |kind of |polarity |mpo |mtp |patch |lc |duplex )*"
    r"(?:cord|jumper|patch)|(?:choose|pick|recommend|suggest)\b.*(?:for me|cord)|that fits?$"
)
SPACE = re.compile(r"\b(plenum|riser) (?:space|ceiling|shaft|area|run|room)\b")
ONLY_LETTERS = re.compile(r"\W*(?:an? )?([abc])(?:\W+(?:(?:and|then|or)\W*)?([abc]))?\W*", re.I)
LETTER_NOUN = re.compile(
    r"\b(?:(?<=[Aa]n )|(?<=type )|(?<=one )|(?<=two )|(?<=with )|(?<=and )|(?<=[,;] )|(?<=\d ))A"
    r"(?= (?:trunk|cord|jumper|patch|cable|cassette|at |on ))"
    r"|(?<![-/])(?<!to )\b[BbC](?= (?:trunk|cord|jumper|patch|cable|cassette"
    r"|at (?:the|one)|on (?:the|one)))"
)
LETTER_AFTER = re.compile(
    r"\b(trunk|cords?|jumpers?|cassettes?):? ([ABCbc])\b(?! (?:trunk|cord|jumper|cassette))"
)
ONE_EACH = re.compile(  # "one A and one B", "one type A, the other type B"
    r"\bone (?:is |cord )?(?:an? )?(?:type[ -]?)?([ABC]|[abc])(?: (?:cord|jumper|patch[ -]?cord))?"
    r"(?:\W+(?:and\W+)?|\W+but\W+)(?:the )?(?:one|other|second)(?: one)? (?:is |cord )?(?:an? )?"
    r"(?:type[ -]?)?([ABC]|[abc])\b(?: (?:cord|jumper|patch[ -]?cord))?s?",
    re.IGNORECASE,
)
LETTER_ALONE = re.compile(
    r"(?<!type )(?<!end )\b[ABCbc](?= (?:at|on|and|for|both)\b)"
    r"|(?<!type )\ba(?= (?:at|on|and|both)\b)|(?<=and |oth )[ABCabc]\b(?! \w+ (?:cord|trunk|cable))"
)
GENDERS = {1: "F", 2: "M"}
POLISHES = {1: "APC", 2: "UPC", 3: "PC"}
TWO_GENDERS = re.compile(
    r"\b(female|male|unpinned|pinned) (?:to|and|/) (female|male|unpinned|pinned)\b"
)
JACKETS = {1: "OFNP", 2: "OFNR", 3: "LSZH"}


@dataclass
class Piece:
    """A stretch about one part: its nouns, and what it says, each a list in order."""

    noun: str = ""
    said: dict[str, list[str]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)


def read_channel(text: str, about: str = "") -> dict[str, str]:
    """What the text says about a channel; {} when nothing.

    `about` is the part that was asked about ("trunk", "cord"): what names no part is said of it.
    """
    return dict(_Reader(text, about).facts())


class _Reader:
    def __init__(self, text: str, about: str) -> None:
        self._about = about
        self._links: list[str] = []
        self._raw = text
        self._text = self._normal(text)

    def _normal(self, text: str) -> str:
        text = text.replace(MARK, " ")
        text = ONE_EACH.sub(r"type \1 cord at one end and type \2 cord at the other end", text)
        text = LETTER_AFTER.sub(r"\1 type \2", text)
        text = LETTER_NOUN.sub(lambda match: f"type {match[0]}", text)
        if self._about in (TRUNK, CORD):
            text = LETTER_ALONE.sub(lambda match: f"type {match[0]}", text)
        for entity in reversed([e for e in find_entities(text) if e.name == LINK]):
            self._links.insert(0, text[entity.start : entity.end])
            text = f"{text[: entity.start]} {MARK} {text[entity.end :]}"
        numbers = iter(range(len(self._links)))
        text = re.sub(MARK, lambda _: f"{MARK}{next(numbers)}", text)
        text = re.sub(r"type type", "type", text.lower().replace("\u2013", "-"))
        text = TWO_GENDERS.sub(r"\1-\2", text)
        text = re.sub(r"[a-z']{3,}", lambda match: normal_word(match[0]), text)
        return re.sub(r"\s+", " ", text)

    def facts(self) -> Iterator[tuple[str, str]]:
        text = self._text
        if REPLACING.search(text):
            text = ONE_OF_THE_CORDS.sub(r"\1\2 at one end", text)
        letters = ONLY_LETTERS.fullmatch(self._raw)
        if letters and self._about in (TRUNK, CORD):
            yield from _letters(self._about, [each.upper() for each in letters.groups() if each])
            return
        yield from self._wholes(text)
        if re.search(NO_CASSETTE, text):
            yield CASSETTE, NO
        if self._has_no_trunk(text):
            yield TRUNK, NO
        if ONE_CORD_IN.search(text) and CASSETTE not in text:
            yield TRUNK, NO
        text = re.sub(
            r"\b(?:no|without(?: any?| the)?) (?:trunk|cassette|(?:patch )?cord)", " ", text
        )
        text = SPACE.sub(" ", text)
        ends: list[tuple[str, str]] = []
        before = self._about
        met: set[str] = set()
        last: dict[str, list[str]] = {}
        for piece in _pieces(text):
            _keep_to_its_end(piece, last)
            last = piece.said
            if "key" in piece.said and not piece.noun:
                piece.noun = ADAPTER
            if piece.noun in met and piece.noun in (CORD, ADAPTER):
                piece.said.setdefault("side", [FAR])  # the second one on the way
            met.add(piece.noun)
            for link in piece.links:
                ends.append(("optic", self._links[int(link)]))
            part = piece.noun or before
            before = part or before
            if piece.links and (not piece.noun or piece.noun == END):
                part, before = END, END
            yield from _facts_of(part, piece, ends, self._about)
        yield from _ends(ends, text)

    @staticmethod
    def _has_no_trunk(text: str) -> bool:
        if REPLACING.search(text):
            return bool(NO_TRUNK.search(text))
        if re.search(r"\btrunk", NO_TRUNK.sub("", text)):
            return False
        is_single = ONE_CORD.search(text) and len(re.findall(CORD_OR_CABLE, text)) == 1
        return bool(NO_TRUNK.search(text) or is_single)

    def _wholes(self, text: str) -> Iterator[tuple[str, str]]:
        """What is said of the channel rather than of one part."""
        if NO_CORDS.search(text):
            yield "cords", NO
        elif WHICH_CORDS.search(text):
            yield "cords", FITTING
        if match := SPACE.search(text):
            yield "space", match[1]
        if SERIES.search(text):
            yield "trunk.series", YES


def _letters(part: str, letters: list[str]) -> Iterator[tuple[str, str]]:
    if part == TRUNK:
        yield "trunk", YES
        yield "trunk.wiring", letters[0]
        return
    for side, letter in zip(SIDES, (letters * 2)[:2], strict=True):
        yield f"cord.{side}.wiring", letter


def _pieces(text: str) -> list[Piece]:
    """The text cut into pieces, each with its noun and what it says."""
    found: list[Piece] = []
    for stretch in _stretches(text):
        found += _split_at_nouns(stretch)
    return found


def _keep_to_its_end(piece: Piece, before: dict[str, list[str]]) -> None:
    """ "The cord at end B, type A" is about end B; "A at one end and B" about the other one."""
    side = before.get("side", [])
    if piece.noun or "side" in piece.said or not side or side[-1] == "both":
        return
    goes_on = not before.keys() & piece.said.keys()
    piece.said["side"] = [side[-1] if goes_on else FAR if side[-1] == NEAR else NEAR]


Mark = tuple[int, int, str, str]  # where it begins and ends, what it is, its value


def _stretches(text: str) -> list[list[Mark]]:
    marks = _marks(text)
    taken = [(start, end) for start, end, _, _ in marks]
    stretches: list[list[Mark]] = []
    last = 0
    cuts = [m for m in BREAK.finditer(text) if not any(s <= m.start() < e for s, e in taken)]
    for end in [*(cut.start() for cut in cuts), len(text) + 1]:
        inside = [mark for mark in marks if last <= mark[0] < end]
        if inside:
            stretches.append(inside)
        last = end
    return stretches


def _marks(text: str) -> list[Mark]:
    """Every noun and every property in the text; of those that overlap the first and longest."""
    found: list[Mark] = []
    for name, pattern in NOUNS.items():
        for match in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", text):
            found.append((match.start(), match.end(), f"noun:{name}", match[0]))
    for name, pattern in ATTRIBUTES.items():
        for match in re.finditer(rf"(?<![a-z])(?:{pattern})", text):
            found.append((match.start(), match.end(), name, _value(name, match)))
    rank = list(ATTRIBUTES)
    found.sort(key=lambda m: (m[0], -(m[1] - m[0]), rank.index(m[2]) if m[2] in rank else -1))
    kept: list[Mark] = []
    for mark in found:
        overlaps = kept and mark[0] < kept[-1][1]
        is_inside_noun = overlaps and kept[-1][2].startswith("noun:") and mark[2] == "connector"
        if not overlaps or is_inside_noun:
            kept.append(mark)
    return kept


def _value(name: str, match: re.Match[str]) -> str:
    group = match.lastindex or 0
    word = match[group]
    if name == "wiring":
        return _wiring(word)
    if name == "duplex":
        return "A-A" if re.sub(r"[^ab]|to", "", word) in ("aa", "aa") else "A-B"
    if name == "connector":
        return f"MPO-{word}" if word.isdigit() else "LC"
    if name == "fiber":
        bare = re.sub(r"[ -]", "", word)
        return bare.upper() if bare[-1].isdigit() else "SM" if bare.startswith("s") else "MM"
    if name == "key":
        return "aligned" if _is_aligned(word) else "opposed"
    if name == "side":
        return {1: "near", 2: "far", 3: "both"}.get(group) or (NEAR if word == "a" else FAR)
    if name == "face":
        return "outer" if group else "inner"
    tables = {"gender": GENDERS, "polish": POLISHES, "jacket": JACKETS}
    return tables[name][group] if name in tables else word


def _wiring(word: str) -> str:
    if len(word) <= 2:
        return word.upper()
    if word.startswith("universal"):
        return "U2"
    if word.startswith("pair"):
        return "C"
    return "A" if word.startswith("straight") else "B"


def _is_aligned(word: str) -> bool:
    return word.startswith("aligned") or word.count("up") == 2


def _split_at_nouns(stretch: list[Mark]) -> list[Piece]:
    """One piece for each noun. "Type A trunk type B cord": what stands before a noun is its own."""
    pieces = [Piece()]
    of_parts = (name for _, _, name, _ in stretch if name not in ("noun:link", "noun:end"))
    leads = not next(of_parts, "noun:").startswith("noun:")
    for _, _, name, value in stretch:
        current = pieces[-1]
        if not name.startswith("noun:"):
            if leads and current.noun and name != "side":
                pieces.append(Piece())
            pieces[-1].said.setdefault(name, []).append(value)
            continue
        noun = name.removeprefix("noun:")
        if noun == LINK:
            current.links.append(value.removeprefix(MARK))
            noun = END
        if current.noun and (current.noun, noun) != (END, END) and noun != END:
            pieces.append(Piece())
        if noun != END or not pieces[-1].noun:
            pieces[-1].noun = noun
    return pieces


def _facts_of(
    part: str, piece: Piece, ends: list[tuple[str, str]], about: str
) -> Iterator[tuple[str, str]]:
    said = piece.said
    for cage in said.get("cage", ()):
        is_lc = cage.startswith("sfp")
        if not piece.links:
            ends.append(("connector", "LC" if is_lc else "MPO-12"))
    if said.get("cage") and part in ("", CORD, TRUNK) and not piece.noun:
        part = END
    reader = READERS.get(part)
    if reader is None:
        yield from _unassigned(said, about)
    elif part == END:
        yield from _end(piece, ends)
    else:
        yield from reader(said, piece)
    if "key" in said and part != ADAPTER:
        yield from _adapter(said, piece)


def _end(piece: Piece, ends: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    said = piece.said
    if not piece.links and "cage" not in said:
        ends.extend(("connector", each) for each in dict.fromkeys(said.get("connector", ())))
    if "polish" in said:
        ends.append(("polish", said["polish"][-1]))
    if "fiber" in said:
        yield "fiber", said["fiber"][-1]
    if "wiring" in said:
        yield TRUNK + ".wiring", said["wiring"][-1]


def _ends(found: list[tuple[str, str]], text: str) -> Iterator[tuple[str, str]]:
    """The first optic is at end A, the second at end B; one alone leaves end B open."""
    sides: list[dict[str, str]] = []
    for what, value in found:
        if what in ("optic", "connector") and (not sides or what in sides[-1]):
            sides.append({})
        elif what == "connector" and "optic" in sides[-1]:
            sides[-1].setdefault("connector", value)
            continue
        if not sides:
            sides.append({})
        sides[-1][what] = value
    if len(sides) == 1 and re.search(r"\b(?:both|each|either|two)\b", text):
        sides.append(sides[0])
    for side, told in zip(SIDES, sides, strict=False):
        for what, value in told.items():
            yield f"{side}.{what}", value


def _sides_of(said: dict[str, list[str]]) -> tuple[str, ...]:
    named = said.get("side", ["both"])[-1]
    return SIDES if named == "both" else (named,)


def _trunk(said: dict[str, list[str]], piece: Piece) -> Iterator[tuple[str, str]]:
    if piece.noun or said.keys() & {"wiring", "gender", "connector", "polish", "fiber", "jacket"}:
        yield TRUNK, YES
    for name in ("wiring", "polish", "fiber", "jacket", "connector"):
        if name in said and said[name][-1] != "LC":
            yield f"{TRUNK}.{name}", said[name][-1]
    genders = said.get("gender", [])
    sides = _sides_of(said)
    for index, side in enumerate(sides):
        if genders:
            yield f"{TRUNK}.{side}.gender", genders[min(index, len(genders) - 1)]


def _cord(said: dict[str, list[str]], piece: Piece) -> Iterator[tuple[str, str]]:
    wirings = said.get("duplex") or said.get("wiring") or []
    genders = said.get("gender", [])
    for index, side in enumerate(_sides_of(said)):
        if wirings:
            yield f"cord.{side}.wiring", wirings[min(index, len(wirings) - 1)]
        for name in ("polish", "fiber", "connector"):
            if name in said:
                yield f"cord.{side}.{name}", said[name][-1]
        faces = said.get("face") or (["outer", "inner"] if genders else [])
        for place, face in enumerate(faces if genders else ()):
            yield f"cord.{side}.{face}", genders[min(place, len(genders) - 1)]
    if "duplex" in said and "connector" not in said:
        for side in SIDES:
            yield f"cord.{side}.connector", "LC"


def _cable(said: dict[str, list[str]], piece: Piece) -> Iterator[tuple[str, str]]:
    """A cable without further name: the one between the two optics."""
    if not said.keys() & {"wiring", "gender", "connector", "polish"}:
        return
    yield from _cord({key: value for key, value in said.items() if key != "side"}, piece)


def _cassette(said: dict[str, list[str]], piece: Piece) -> Iterator[tuple[str, str]]:
    yield CASSETTE, YES
    for name in ("wiring", "gender", "fiber", "polish"):
        if name in said:
            yield f"{CASSETTE}.{name}", said[name][-1]
    for connector in said.get("connector", ()):
        if connector != "LC":
            yield f"{CASSETTE}.connector", connector


def _adapter(said: dict[str, list[str]], piece: Piece) -> Iterator[tuple[str, str]]:
    keys = said.get("key", [])
    for index, side in enumerate(_sides_of(said)):
        if keys:
            yield f"{ADAPTER}.{side}.key", keys[min(index, len(keys) - 1)]


def _harness(said: dict[str, list[str]], piece: Piece) -> Iterator[tuple[str, str]]:
    yield HARNESS, YES
    for name in ("wiring", "gender", "polish", "legs", "fiber"):
        if name in said:
            yield f"{HARNESS}.{name}", said[name][-1]
    for connector in said.get("connector", ()):
        if connector != "LC":
            yield f"{HARNESS}.connector", connector


def _unassigned(said: dict[str, list[str]], about: str) -> Iterator[tuple[str, str]]:
    """What was said before any part was named."""
    for name in ("fiber", "polish"):
        if name in said:
            yield name, said[name][-1]
    if "wiring" in said:
        yield f"{TRUNK}.wiring", said["wiring"][-1]
    for connector in said.get("connector", ()):
        if connector == "LC":
            yield f"{NEAR}.connector", connector
        else:
            yield f"{TRUNK}.connector", connector
    if "gender" in said:
        for side in SIDES:
            yield f"{TRUNK}.{side}.gender", said["gender"][-1]


READERS = {
    END: lambda said, piece: iter(()),
    TRUNK: _trunk,
    CORD: _cord,
    CABLE: _cable,
    CASSETTE: _cassette,
    ADAPTER: _adapter,
    HARNESS: _harness,
}
