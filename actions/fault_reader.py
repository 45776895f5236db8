"""What a visitor says about a damaged connector: symptom, damage, part, ferrule, what was tried.

The values are those of sales/rework_rules.py; "unsure" means that nobody has looked.
"""

from __future__ import annotations

import re

from sales.rework_questions import SCRATCHED, UNSURE

NOUNS = (
    r"damages?|defects?|scratch\w*|dirt\w*|dust|cracks?|chips?|pits?|debris|contamination|marks?"
)
NEGATED = re.compile(
    rf"\b(?:no|not|without|nor|neither|isn'?t|never)\s+(?:\w+\s+){{0,2}}?(?:{NOUNS})\b"
)
NOT_LOOKED = re.compile(
    r"\b(?:not|haven'?t|hasn'?t|didn'?t|never|no one|nobody)\b[\w\s']{0,12}?"
    r"\b(?:look\w*|inspect\w*|check\w*)\b"
    r"|\b(?:no|without an?|don'?t have an?|don'?t own an?)\s+(?:\w+\s+){0,2}"
    r"(?:micro)?(?:scope|probe)s?\b"
    r"|\b(?:can'?t|cannot)\s+(?:\w+\s+){0,1}(?:look|see|inspect)\b"
)
SOUND = re.compile(
    r"\b(?:looks?|looked|seems?|is|are|were|was|faces?)\s+(?:\w+\s+){0,2}?"
    r"(?:clean|fine|ok|okay|good|perfect|spotless|flawless|intact)\b"
    r"|\bnothing\s+(?:visible|wrong|to see|there)\b|\bspotless\b|\b(?:clean|fine) under the\b"
)
NOT_SOUND = re.compile(r"\b(?:not|n't|never|isn'?t)\s+(?:\w+\s+){0,1}(?:clean|fine|ok|good)\b")
BROKEN = r"(?:crack\w*|crakc\w*|craked|broken?|broke|snapp\w*|damag\w*|smash\w*|split|nick\w*)"
BENT = rf"(?:bent|missing|lost|crooked|loose|gone|stuck|fell out|came out|{BROKEN})"
HOUSING = r"(?:housing|latch|clip|body|shell|tab|boot|sleeve)"
DAMAGES = tuple(
    (damage, re.compile(pattern))
    for damage, pattern in (
        (
            "cable kinked or crushed",
            r"\bkink\w*|\bcrush\w*|\bsquash\w*|\bpinched\b|\b(?:ran|run|rolled|drove) over\b"
            r"|\bcable (?:is |was |got )?(?:cut|folded|bent)",
        ),
        (
            "bent or missing pin",
            rf"\b{BENT}\s+(?:\w+\s+){{0,2}}?pins?\b|\bpins?\s+(?:\w+\s+){{0,3}}?{BENT}\b"
            r"|\bpin\s+(?:\w+\s+){0,2}?off\b",
        ),
        (
            "broken housing",
            rf"\b{BROKEN}\s+(?:\w+\s+){{0,1}}?{HOUSING}\b"
            rf"|\b{HOUSING}\s+(?:\w+\s+){{0,3}}?(?:{BROKEN}|missing|off)\b",
        ),
        (
            "ferrule damage",
            rf"\b(?:{BROKEN}|chip\w*)\s+(?:\w+\s+){{0,2}}?ferr?ule?s?\b"
            rf"|\bferr?ule?s?\s+(?:\w+\s+){{0,4}}?(?:{BROKEN}|chip\w*)\b",
        ),
        (
            "shattered fiber",
            r"\bshatter\w*|\b(?:broken|smashed)\s+(?:fib(?:er|re)s?|glass)\b"
            r"|\b(?:fib(?:er|re)s?|glass)\s+(?:is |are |was )?(?:broken|gone|smashed)\b",
        ),
        ("bond line crack", r"\bbond\s?line\b"),
        ("crack", r"\bcrack\w*|\bcrakc\w*|\bcraked\b"),
        ("fiber recessed", r"\brecess\w*|\bsunk(?:en)?\b|\bundercut\b|\bpistoned\b"),
        ("fiber protrudes", r"\bprotru\w*|\bstick(?:s|ing) out\b"),
        ("edge chip", r"\bchip(?:s|ped|ping)?\b"),
        ("pit in the core", r"\bpit(?:s|ted|ting)?\b|\bcrater\w*|\bburn(?:t|ed)?\b"),
        (
            "film",
            r"\bfilm\b|\bresidue\b|\boil\w*|\bgreas\w*|\bsmear\w*|\bsmudg\w*|\bfingerprint\w*",
        ),
        (
            "dirt",
            r"\bdirt\w*|\bdust\w*|\bcontamina\w*|\bdebris\b|\blint\b|\bparticles?\b|\bfilthy\b"
            r"|\bgrim[ey]\w*|\bspecks?\b|\bdity\b",
        ),
    )
)
SCRATCH = re.compile(r"\bs?cra[t]?ch\w*|\bgouge\w*")
OFF_CORE = re.compile(
    r"\bcladding\b|\boutside\b|\bnot\b[\w\s]{0,15}\bcore\b|\b(?:off|beside|next to|away from)\b"
    r"[\w\s]{0,8}\bcore\b"
)
ON_CORE = re.compile(r"\bcore\b|\bacross\b|\bthrough the (?:fib|mid|cent)\w*|\bcent(?:er|re)\b")

MANY = r"(?:one|two|three|four|five|six|some|several|a few|single|\d{1,2}|a)"
OUT = r"(?:dark|dead|fail\w*|down|bad|out|missing|no light|lost|not working|doesn'?t work|gone)"
STRANDS = r"(?:fib(?:er|re)s?|lanes?|channels?|strands?)"
SYMPTOMS = tuple(
    (symptom, re.compile(pattern))
    for symptom, pattern in (
        ("fails at 1550 only", r"\b1550\b"),
        (
            "some lanes fail",
            rf"\b{MANY}\s+(?:of\s+)?(?:\w+\s+){{0,3}}?{STRANDS}\b[\w\s]{{0,20}}?\b{OUT}\b"
            rf"|\blanes?\s+(?:\d++\s*)?(?:\w+\s+){{0,2}}?{OUT}\b",
        ),
        (
            "intermittent",
            r"\bintermit\w*|\bflap\w*|\bcomes and goes\b|\bon and off\b|\bnow and then\b",
        ),
        ("high reflectance", r"\breflect\w*|\breturn loss\b|\borl\b"),
        (
            "high loss",
            r"\bhigh(?:er)?\b[\w\s]{0,12}\blos+\b|\blos+ (?:is|went|too|of|got)\b|\blossy\b"
            r"|\btoo much los+\b|\battenuation\b|\blow (?:rx|power|light|receive)\b|\bweak\b"
            r"|\d\s?db\b",
        ),
        ("no light", r"\bno (?:light|signal|link)\b|\bdark\b|\bdead\b|\blink (?:is )?down\b"),
    )
)
PLACES = tuple(
    (place, re.compile(pattern))
    for place, pattern in (
        ("trunk", r"\btrunc?ks?\b|\bbackbone\b|\bin the ceiling\b|\bpermanent link\b|\briser\b"),
        ("cassette", r"\bcas+et+es?\b"),
        ("transceiver", r"\btrans[ce]+i?e?ivers?\b|\b(?:q|o)?sfp\w*\b|\boptics?\b"),
        (
            "cord",
            r"\bcords?\b|\bjumpers?\b|\bpatch\s?(?:lead|cable|cord)\w*|\bharness\w*|\bbreakout\b",
        ),
    )
)
CLEANED = re.compile(
    r"\bclean(?:ed|t)\b|\bafter (?:\w+\s+){0,2}cleaning\b|\bcleaning (?:did|does|has)\s?n[o']?t\b"
    r"|\bwiped\b|\bcleaning .{0,20}(?:no|not|without) (?:help|effect|success|luck)\b"
)
NOT_CLEANED = re.compile(
    r"\b(?:not|n't|never|haven'?t|hasn'?t|wasn'?t|didn'?t|nobody)\s+(?:\w+\s+){0,2}clean\w*"
    r"|\bun-?cleaned\b|\bbefore cleaning\b"
)


def read_fault(text: str, asked: str = "", damage: str = "") -> dict[str, str]:
    """The facts in the text by slot (`fault_damage` ...); {} if none.

    `asked` is the slot of the question that the text answers, "" outside a form; `damage` is
    what is known already, so that "across the core" tells where a scratch runs.
    """
    low = text.lower().replace("\u2019", "'")
    found = {
        "fault_damage": read_damage(low) or (damage == SCRATCHED and scratch_place(low)) or "",
        "fault_place": _earliest(low),
        "fault_ferrule": read_ferrule(low, asked),
        "fault_cleaned": read_cleaned(low),
        "fault_symptom": next((name for name, words in SYMPTOMS if words.search(low)), ""),
    }
    return {slot: value for slot, value in found.items() if value}


def read_damage(low: str) -> str:
    """What is wrong with the end; "none" for a sound face, "" when it is not said."""
    if NOT_LOOKED.search(low):
        return UNSURE
    rest = NEGATED.sub(" ", low)
    named = next((name for name, words in DAMAGES if words.search(rest)), "")
    if named and named not in ("dirt", "film"):
        return named
    if SCRATCH.search(rest):
        return scratch_place(rest) or SCRATCHED
    if named:
        return named
    is_sound = rest != low or (SOUND.search(low) and not NOT_SOUND.search(low))
    return "none" if is_sound else ""


def scratch_place(low: str) -> str:
    """The damage that a scratch is by the place named, "" when none is."""
    if OFF_CORE.search(low):
        return "scratch outside the core"
    return "scratch in the core" if ON_CORE.search(low) else ""


def _earliest(low: str) -> str:
    found = [(match.start(), place) for place, words in PLACES if (match := words.search(low))]
    return min(found)[1] if found else ""


def read_ferrule(low: str, asked: str = "") -> str:
    """ "mtp", "mpo" (generic) or "lc". "MPO" alone may be either kind, unless that was asked."""
    has_mtp, has_mpo = re.search(r"\bmtps?\b", low), re.search(r"\bmpos?\b", low)
    is_generic = re.search(
        r"\b(?:generic|unbranded|no.?name|non.?mtp|not (?:an? )?mtp|other brand)\b", low
    )
    if is_generic or (has_mpo and not has_mtp and asked == "fault_ferrule"):
        return "mpo"
    if has_mtp and not has_mpo:
        return "mtp"
    return "lc" if re.search(r"\b(?:lc|sc|fc|st)\b", low) and not has_mpo and not has_mtp else ""


def read_cleaned(low: str) -> str:
    """ "yes" or "no" where the text says whether it was cleaned, else ""."""
    if NOT_CLEANED.search(low):
        return "no"
    return "yes" if CLEANED.search(low) else ""
