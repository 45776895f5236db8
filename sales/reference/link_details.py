"""What is asked about an optic: its reach, loss, connector and so on, and whether yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass

REACH, LOSS, FIBERS, CONNECTOR, POLISH = "reach", "loss", "fibers", "connector", "polish"
WAVELENGTH, STANDARD, DRAFT, BREAKOUT = "wavelength", "standard", "draft", "breakout"
LANES, MODE, PRICE = "lanes", "mode", "price"
RATIFIED, TOO_LONG = "ratified", "too_long"

_FIBER = r"fib(?:er|re)"
DETAIL_WORDS = {
    BREAKOUT: r"\bbr[eo]a?k(?:s|ing|en)?[- ]?(?:it )?outs?\b|\bfan(?:s|ned)?[- ]?out\b|\bsplit\w*",
    DRAFT: r"\bdrafts?\b|\bprovisional\b",
    RATIFIED: r"\bratified\b|\bpublished\b|\bapproved\b|\bfinali[sz]ed\b",
    TOO_LONG: r"\btoo (?:long|far)\b",
    STANDARD: r"\bstandards?\b|\bieee\b|\b802\.3\w*|\bclauses?\b|\bmsa\b|\bwho defines\b",
    LOSS: r"(?<!return )(?<!return-)\bloss(?:es|y)?\b|\blose\b|\battenuation\b|\bdb\b|"
    r"\bdecibels?\b|\bpower budget\b|\boptical budget\b",
    POLISH: r"\bpolish\w*|\bapc\b|\bupc\b|\bangled\b|\bflat\b|\bend ?face\b",
    WAVELENGTH: r"\bwave ?lengths?\b|\bnm\b|\bnanomet\w+|\blambdas?\b",
    LANES: r"\blanes?\b|\bmodulation\b|\bpam-?4\b|\bnrz\b",
    FIBERS: rf"\b(?:{_FIBER}s|strands?|cores?)\b|\b{_FIBER} count\b|\bduplex or parallel\b|"
    rf"\b\d+[- ]{_FIBER}\b",
    CONNECTOR: r"\bconn?[ea]ct[eo]rs?\b|\bplugs?\b|\breceptacles?\b|\binterface\b|\bmpo\b|\bmtp\b|"
    r"\b(?:mpo|mtp)-?\d+\b|\blc\b",
    MODE: rf"\bsingle?[- ]?mode?\b|\bmulti[- ]?mode?\b|\bsmf?\b|\bmmf?\b|"
    rf"\b(?:which|what) {_FIBER}\b|"
    rf"\b{_FIBER} types?\b|\b(?:kind|type|sort) of {_FIBER}\b|\b(?:which|what) glass\b",
    REACH: r"\breach\w*|\bhow far\b|\bfar\b|\bdistances?\b|\bhow long\b|\blength\b|\blongest\b|"
    r"\brange\b|\bmax\w* (?:m|met(?:er|re)s?|run)\b|\btoo long\b|"
    r"\bhow many (?:m|km|met(?:er|re)s|kilomet\w+)\b|"
    r"\bspan\b|\bcover\b",
    PRICE: r"\bprices?\b|\bcosts?\b|\bcheap\w*|\bexpensive\b|\bpric(?:ey|ier)\b",
}
_READ = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in DETAIL_WORDS.items()}
_LEADING_IN = r"(?:(?:and|but|so|ok|okay|hi|hello|hey|then|well|please|also)\b\W*)*"
_YES_NO = re.compile(
    rf"^\W*{_LEADING_IN}(?:is|are|was|does|do|did|can|could|will|would|should|may|must|has|have|"
    r"isn't|doesn't|can't)\b",
    re.IGNORECASE,
)
_ALTERNATIVES = re.compile(r"\bor\b", re.IGNORECASE)


@dataclass(frozen=True)
class LinkQuestion:
    """What somebody wants to know about an optic; None and () where it was not said."""

    details: tuple[str, ...] = ()
    fiber: str | None = None
    length_m: float | None = None
    connector: str | None = None
    polish: str | None = None
    fibers: int | None = None
    to_gbps: int | None = None  # of a breakout
    is_yes_no: bool = False

    def asks(self, detail: str) -> bool:
        return detail in self.details


def details_asked(text: str) -> tuple[str, ...]:
    """The details that a text asks for, in the order of their words; () when it names none.

    The kind of fiber in "reach on single mode" is a condition, not a question of its own.
    """
    found = {name: match.start() for name, read in _READ.items() if (match := read.search(text))}
    details = sorted(found, key=lambda name: found[name])
    if len(details) > 1 and MODE in details:
        details.remove(MODE)
    return tuple(details)


def is_yes_no(text: str) -> bool:
    """Whether yes or no answers it: "does it use LC?", not "LC or MPO?"."""
    return _YES_NO.search(text) is not None and not _ALTERNATIVES.search(text)
