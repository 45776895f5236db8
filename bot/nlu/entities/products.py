"""What a product is and has: brand, connector, fiber, polarity, polish, gender, family, jacket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.nlu.entities.phrases import Match, Rule, rule
from bot.nlu.entities.tokens import Token

BRAND = (
    rule("brand", "MTP", "mtp"),
    rule("brand", "MPO", "mpo"),
)

CONNECTOR = (
    *(
        rule("connector", f"MPO-{size}", f"mpo|mtp|mpo/mtp|mtp/mpo -? {size}", f"{size} -? mpo|mtp")
        for size in (8, 12, 16, 24)
    ),
    *(
        rule("connector", f"MPO-{size}", f"{size} -? fiber|f mpo|mtp connector")
        for size in (8, 12, 16, 24)
    ),
    rule("connector", "LC", "lc", "lcs"),
    rule("connector", "SC", "sc"),
    rule("connector", "MDC", "mdc"),
    rule("connector", "MMC", "mmc", "mmc -? 16|24"),
    rule("connector", "SN", "UP:sn", "sn connector|duplex|uniboot", "lc to sn", "sn to lc"),
    rule("connector", "CS", "UP:cs", "cs connector|duplex|uniboot", "lc to cs", "cs to lc"),
)

FIBER = (
    *(rule("fiber", f"OM{grade}", f"om-{grade}") for grade in (1, 2, 3, 4, 5)),
    *(rule("fiber", f"OS{grade}", f"os-{grade}") for grade in (1, 2)),
    rule("fiber", "SM", "single-mode", "sm", "smf", "mono-mode", "single-mode fiber", "sm fiber"),
    rule("fiber", "SM", "single -? mod"),
    rule("fiber", "MM", "multi -? mod"),
    rule("fiber", "MM", "multi-mode", "mm fiber", "UP:mm", "mmf", "multi-mode fiber"),
)


def polarity(tokens: Sequence[Token]) -> str | None:
    """The letter in "type b", "polarity: A", "B-type"; not the article of "type a message"."""
    letters = [token for token in tokens if token.text in ("a", "b", "c")]
    return letters[-1].text.upper() if letters else None


POLARITY = (
    rule("polarity", polarity, "type|polarity|method -|:|is|= a|b|c", "type|method -? b|c"),
    rule("polarity", polarity, "polarity|method type|method? -? a|b|c", "type -? UP:a"),
    rule("polarity", polarity, "UP:b|UP:c - type", "UP:a|UP:b|UP:c polarity", "b|c polarity"),
    rule("polarity", "A", "typea", "straight-through", "key up to? key down", "type a trunk|cable"),
    rule("polarity", "B", "typeb", "key up to? key up", "reversed polarity", "crossed polarity"),
    rule("polarity", "C", "typec", "pair-flipped", "pairs flipped", "pair-wise flipped"),
    rule("polarity", "U1", "u1", "universal type? 1", "type u1"),
    rule("polarity", "U2", "u2", "universal type? 2", "type u2"),
)
PAIR_WORDS = frozenset({"and", "or", "vs", "versus", "to", "/", ","})


def second_polarity(tokens: Sequence[Token], matches: Sequence[Match]) -> list[Match]:
    """The B in "type A or B"."""
    found = []
    for match in matches:
        place = match.end + 1
        is_pair = place < len(tokens) and tokens[match.end].text in PAIR_WORDS
        if match.kind == "polarity" and is_pair and tokens[place].tag == "UPPER":
            value = tokens[place].text.upper()
            if value in ("A", "B", "C"):
                found.append(Match("polarity", value, place, place + 1))
    return found


def name_patch_cords(matches: Sequence[Match]) -> list[Match]:
    """The same matches, with "patch cord" read by the connector named: an LC cord is an LCP."""
    kinds = {match.kind for match in matches}
    connectors = {match.value for match in matches if match.kind == "connector"}
    family = "LCP" if "LC" in connectors else "VSF" if connectors & SMALL_CONNECTORS else "PAT"
    if "brand" in kinds or family == "PAT":
        return list(matches)
    return [
        replace(match, value=family) if (match.kind, match.value) == ("family", "PAT") else match
        for match in matches
    ]


SMALL_CONNECTORS = frozenset({"SN", "CS", "MDC", "MMC"})

POLISH = (
    rule("polish", "APC", "apc", "angled polish?", "angle polish", "angled physical contact"),
    rule("polish", "UPC", "upc", "ultra polish", "ultra physical contact"),
    rule("polish", "PC", "UP:pc", "flat polish", "pc polish", "physical contact"),
)

GENDER = (
    rule("gender", "M", "male", "males", "pinned", "with pin", "has pin", "UP:m / UP:m", "m - m"),
    rule("gender", "F", "female", "females", "un-pinned", "no pin", "without pin", "pinless"),
    rule("gender", "F", "non-pinned", "not pinned", "UP:f / UP:f", "f - f", "with no|out pin"),
    rule("gender", "X", "field|gender|pin -? changeable|change|swappable|reversible"),
    rule("gender", "X", "changeable gender|pin", "switchable gender|pin", "reversible gender"),
)

MPO = "mpo|mtp"
FAMILY = (
    rule("family", "TRK", "trunk", "trunk cable", f"{MPO} trunk"),
    rule("family", "PAT", "patch -? cord|cable|lead", "patchcord", "jumper", "jumper cable"),
    rule("family", "PAT", f"{MPO} cord|cable|jumper", "patchcords", "patchcable"),
    rule("family", "HRN", "harness", "break-out", "fan-out", "breakout|fanout|harness cable"),
    rule("family", "HRN", "octopus|hydra cable", "splitter cable"),
    rule("family", "HRN", f"{MPO} -? NUM? to|- NUM? x? lc cable|cord|assembly|breakout"),
    rule(
        "family", "CNV", "conversion|converter cable|harness|cord|lead", "conversion", "converter"
    ),
    rule("family", "LCP", "lc patch -? cord|cable|lead", "lc cord|cable|jumper", "lc -|to lc"),
    rule(
        "family", "LCP", "lc duplex|uniboot cord|cable|jumper", "lc duplex|uniboot patch cord|cable"
    ),
    rule("family", "VSF", "sn|cs|mdc|mmc -? 16? duplex|uniboot? patch? cord|cable|jumper"),
    rule("family", "CAS", "cassette", f"{MPO} module", "breakout module", "lgx module"),
    rule(
        "family", "ADP", "adapter", "coupler", "bulkhead", "adapter panel|plate", f"{MPO} coupler"
    ),
    rule(
        "family",
        "ENC",
        "enclosure",
        "patch panel",
        "patchpanel",
        "fiber panel",
        "rack panel",
        "1u|2u|4u * panel|housing|enclosure",
    ),
    rule("family", "ENC", "chassis", "rack mount housing|panel", "fiber shelf|tray"),
    rule("family", "LPB", "loop-back", "loopback plug|module"),
    rule("family", "ATT", "attenuator"),
    rule(
        "family", "CLN", "cleaner", "cleaning kit|pen|tool|stick|sticks|cassette|wipes|swab|swabs"
    ),
    rule(
        "family", "CLN", "one-click", "1 click cleaner", "cleaning supplies|products", "ibc cleaner"
    ),
    rule(
        "family", "INS", "inspection scope|probe|microscope|kit|tip|tips|tool", "microscope", "otdr"
    ),
    rule(
        "family", "INS", "power meter", "light source", "vfl", "visual fault locator", "fiber scope"
    ),
    rule(
        "family",
        "TOL",
        "polarity|pin|gender change? tool|kit",
        "tool kit",
        "field kit",
        "polish kit",
    ),
    rule("family", "TOL", "re-polish kit", "pin|polarity|gender change|changing|swap tool"),
    rule(
        "family",
        "XCV",
        "transceiver",
        "optic|optical module",
        "sfp|qsfp|osfp|qsfp-dd|sfp28|qsfp28 module|optic",
    ),
    rule("family", "SVC", "custom length", "test report", "testing report|service", "kitting"),
    rule("family", "SVC", "labelling", "labeling", "labelling|labeling service"),
)

JACKET = (
    rule("jacket", "OFNP", "ofnp", "plenum", "plenum rated"),
    rule("jacket", "OFNR", "ofnr", "riser", "riser rated"),
    rule("jacket", "LSZH", "lszh", "ls0h", "lsoh", "lsnh", "zero-halogen", "halogen-free"),
    rule("jacket", "LSZH", "low-smoke zero-halogen?", "low-smoke"),
    rule("jacket", "OSP", "osp", "outdoor", "outside-plant", "direct burial", "direct buried"),
    rule("jacket", "IND", "indoor / outdoor", "indoor-outdoor", "indoor and outdoor"),
)

LOSS_GRADE = (
    rule(
        "loss_grade", "STD", "standard loss", "standard grade", "std loss", "standard performance"
    ),
    rule("loss_grade", "LL", "low-loss", "elite", "low insertion loss", "mtp elite", "elite grade"),
    rule(
        "loss_grade", "ULL", "ultra-low -? loss", "ull", "ultra-low insertion loss", "very low loss"
    ),
    rule("loss_grade", "ULL", "ultralow loss", "super low loss", "extra low loss"),
)

SORT = (
    rule(
        "sort", "cheapest", "cheapest", "lowest price|priced", "least expensive", "low price first"
    ),
    rule("sort", "in_stock", "in stock", "in-stock", "available now", "ready to ship", "on hand"),
)


def not_of_two_ends(tokens: Sequence[Token]) -> str | None:
    """ "both" as products; "both ends", "both sides" and "both MTP and MPO" are something else."""
    return None if tokens[-1].text in OTHER_PAIRS else "both"


def not_an_ordinal(_tokens: Sequence[Token]) -> None:
    """ "the second time" is no second product."""
    return


NO_ITEMS = ("time", "question", "thing", "step", "order", "day", "week", "floor", "place")
OTHER_PAIRS = frozenset({"end", "ends", "side", "sides", "mtp", "mpo", "way", "ways"})
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
NUMERALS = {"1": "1 st", "2": "2 nd", "3": "3 rd", "4": "4 th", "5": "5 th"}
THING = "one|option|product|part|item|result|cable|choice"
MENTION = (
    *(
        rule("mention", place, f"the {word} {THING}?", f"{word} {THING}")
        for word, place in (*ORDINALS.items(), ("last", -1))
    ),
    *(
        rule(
            "mention",
            int(digit),
            f"the? {word} {THING}?",
            f"number|option|item|# {digit}",
            f"no . {digit}",
        )
        for digit, word in NUMERALS.items()
    ),
    rule(
        "mention",
        not_an_ordinal,
        *(f"the {word} {other}" for word in ORDINALS for other in NO_ITEMS),
    ),
    rule("mention", "both", "the? first|last two"),
    rule("mention", not_of_two_ends, "both", *(f"both {word}" for word in sorted(OTHER_PAIRS))),
    rule("mention", "both", "both of them", "these|those two", "the two", "the two of them"),
)

FEATURE = (
    rule("feature", "manufacturer", "manufacturer", "manufacturers", "who makes|made|manufactures"),
    rule(
        "feature", "manufacturer", "vendor", "vendors", "made by", "brand owner", "maker", "makers"
    ),
    rule("feature", "tolerance", "tolerance", "tolerances", "precision", "precise", "tighter"),
    rule("feature", "insertion_loss", "insertion-loss", "loss", "attenuation", "il", "signal loss"),
    rule("feature", "manufacturer", "who produces|built|builds", "produced by"),
    rule("feature", "return_loss", "reflects less|more", "reflect less|more"),
    rule("feature", "insertion_loss", "loses less", "lose less", "less light lost"),
    rule("feature", "return_loss", "return-loss", "reflection", "back-reflection", "orl", "rl"),
    rule("feature", "alignment", "alignment", "align", "aligned", "guide pin", "pin alignment"),
    rule("feature", "repolish", "re-polish", "repolish", "polish again", "rework", "repair"),
    rule(
        "feature",
        "durability",
        "durability",
        "durable",
        "lifespan",
        "life-time",
        "last longer",
        "lasts longer",
    ),
    rule(
        "feature",
        "durability",
        "robust",
        "sturdy",
        "sturdier",
        "tougher",
        "rugged",
        "mating cycles",
        "reliability",
    ),
    rule("feature", "application", "application", "use-case", "use-cases", "typical use|uses"),
    rule("feature", "application", "where used", "used for"),
    rule(
        "feature", "cost", "cost", "price", "cheaper", "more|less expensive", "expensive", "cheap"
    ),
    rule("feature", "housing", "housing", "housings", "removable housing", "shell", "clip"),
)

RULES: tuple[Rule, ...] = (
    *BRAND,
    *CONNECTOR,
    *FIBER,
    *POLARITY,
    *POLISH,
    *GENDER,
    *FAMILY,
    *JACKET,
    *LOSS_GRADE,
    *SORT,
    *MENTION,
    *FEATURE,
)
