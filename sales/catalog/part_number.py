"""Part numbers: every attribute of a SKU can be read out of its number, or the number is refused.

    INX-<family>-...            separated by dashes, capitals only

    cables     INX-TRK-M4-T12M12MP-PB-LP-010M       TRK PAT HRN CNV LCP VSF
               fiber, ends, polarity, loss grade and jacket, length
    cassettes  INX-CAS-M4-T12F6LCP-PA-L-00          no jacket, no length
    loopbacks  INX-LPB-S2-T12FA-L
    attenuators INX-ATT-S2-LCU-S-05D                05D = 5 dB
    adapters   INX-ADP-MM-T12P-PB-S01               S = SC, D = SC duplex footprint; 01 = ports
    enclosures INX-ENC-1U-4X12-F                    slots X fibers per slot; Empty, Fixed, Sliding
    tools      INX-CLN-MPO12-PEN                    CLN INS TOL: connector, kind
    optics     INX-XCV-QDD-400GDR4                  form factor, link name (GBASE- becomes G)
    services   INX-SVC-LABEL

fiber      M3 M4 M5 = OM3 OM4 OM5, S2 = OS2, MM SM = any of that mode (adapters)
ends       brand letter (T = MTP by US Conec, G = generic MPO; written if an end is an MPO, and only
           then), one or two ends, polish (P = PC, A = APC, U = UPC; that of the MPO)
an end     MPO: [count X] 8, 12, 16 or 24, then gender M (pinned), F (unpinned), C (changeable)
           other: [count] LC, LU (LC uniboot), SN, CS, MD (MDC), MMF or MMM (MMC-16)
           so 24M3X8F is one pinned MPO-24 to three unpinned MPO-8, 12F4LC one MPO-12 to four LC
polarity   PA PB PC U1 U2, PN where none applies; on adapters PA = opposed key, PB = aligned key
grade      S = standard, L = low loss, U = ultra low loss
jacket     P R Z O I = OFNP OFNR LSZH OSP IND, and a T behind it when the cable is armored
length     003M = 3 m, H05 = 0.5 m
tools      MPO12 fits every maker's plug, MTP12 US Conec's alone; also LC SN CS MDC MMC MM SM ALL.
           Behind it the gender (M, F, C; a cleaner without one takes both) and polish (P, A, U).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sales.reference.files import known_links
from sales.reference.values import Link

PREFIX = "INX"
LONGEST_M = 999
CABLES = ("TRK", "PAT", "HRN", "CNV", "LCP", "VSF")
TARGETED = ("CLN", "INS", "TOL")
FIBER_CODES = {"M3": "OM3", "M4": "OM4", "M5": "OM5", "S2": "OS2"}
MODE_CODES = {"MM": "MM", "SM": "SM"}
BRAND_CODES = {"T": "MTP", "G": "MPO"}
GENDER_CODES = {"M": "M", "F": "F", "C": "X", "": ""}
POLISH_CODES = {"P": "PC", "A": "APC", "U": "UPC"}
POLARITY_CODES = {"PA": "A", "PB": "B", "PC": "C", "U1": "U1", "U2": "U2", "PN": "NA"}
GRADE_CODES = {"S": "STD", "L": "LL", "U": "ULL"}
JACKET_CODES = {"P": "OFNP", "R": "OFNR", "Z": "LSZH", "O": "OSP", "I": "IND"}
PLUG_CODES = {
    "LC": "LC-D", "LU": "LC-U", "SN": "SN-D", "CS": "CS-D", "MD": "MDC-D", "MM": "MMC-16",
}  # fmt: skip
FIBERS_PER_CONNECTOR = {
    "MPO-8": 8, "MPO-12": 12, "MPO-16": 16, "MPO-24": 24, "MMC-16": 16,
    "LC-D": 2, "LC-U": 2, "SN-D": 2, "CS-D": 2, "MDC-D": 2,
}  # fmt: skip
TARGETS = {
    "MPO8": "MPO-8", "MPO12": "MPO-12", "MPO16": "MPO-16", "MPO24": "MPO-24",
    "MTP8": "MPO-8", "MTP12": "MPO-12", "MTP16": "MPO-16", "MTP24": "MPO-24",
    "LC": "LC-D", "SN": "SN-D", "CS": "CS-D", "MDC": "MDC-D", "MMC": "MMC-16",
    "MM": "", "SM": "", "ALL": "",
}  # fmt: skip
KINDS = {
    "CLN": ("PEN", "CAS", "STK", "WIP", "FLU", "REF", "KIT"),
    "INS": ("PRB", "MIC", "TIP", "OLS", "OPM", "OTDR", "VFL", "KIT"),
    "TOL": ("PIN", "POL", "PNS", "RPK", "CRP"),
    "SVC": ("LENGTH", "LABEL", "REPORT", "KIT", "REPOLISH", "SURVEY"),
}
FOOTPRINTS = {"S": "SC", "D": "SC duplex"}
MOUNTS = {"E": "empty", "F": "fixed", "S": "sliding"}
FORM_FACTORS = {
    "SFP": "SFP+", "S28": "SFP28", "S56": "SFP56", "QSP": "QSFP+", "Q28": "QSFP28",
    "Q56": "QSFP56", "Q12": "QSFP112", "QDD": "QSFP-DD", "OSF": "OSFP", "OST": "OSFP twin-port",
}  # fmt: skip
TWIN_PORT = "OSFP twin-port"  # two MPO-12 where the single-port module has one MPO-16

_END = r"(?:(?:\d{1,2}X)?(?:8|12|16|24)[MFC]?|\d{0,2}(?:LC|LU|SN|CS|MD|MM[MFC]?))"
_ENDS = re.compile(rf"(?P<brand>[TG])?(?P<near>{_END})(?P<far>{_END})?(?P<polish>[PAU])")
_MPO_END = re.compile(r"(?:(?P<count>\d+)X)?(?P<size>8|12|16|24)(?P<gender>[MFC]?)")
_PLUG_END = re.compile(r"(?P<count>\d*)(?P<plug>LC|LU|SN|CS|MD|MM)(?P<gender>[MFC]?)")
_TARGET = re.compile(
    r"(?P<target>MPO(?:8|12|16|24)|MTP(?:8|12|16|24)|LC|SN|CS|MDC|MMC|MM|SM|ALL)"
    r"(?P<gender>[MFC]?)(?P<polish>[PAU]?)"
)


class PartNumberError(ValueError):
    """The number does not follow the grammar; the text names the part that was not understood."""

    def __init__(self, number: str, reason: str) -> None:
        super().__init__(f"{number!r} is not a part number of ours: {reason}")
        self.number, self.reason = number, reason


@dataclass(frozen=True)
class End:
    """One end of an assembly: `count` equal plugs."""

    connector: str
    gender: str = ""
    count: int = 1

    @property
    def is_mpo(self) -> bool:
        return self.connector.startswith("MPO")

    @property
    def fibers(self) -> int:
        return self.count * FIBERS_PER_CONNECTOR.get(self.connector, 0)


@dataclass(frozen=True)
class PartNumber:
    """Everything a number says. What a family does not write stays at its default."""

    family: str
    fiber: str = ""
    brand: str = ""
    ends: tuple[End, ...] = ()
    polish: str = ""
    polarity: str = "NA"
    loss_grade: str = ""
    jacket: str = ""
    is_armored: bool = False
    length_m: float | None = None
    kind: str = ""  # tool or service kind, footprint, mount or form factor
    attenuation_db: int = 0
    ports: int = 0
    rack_units: int = 0
    slots: int = 0
    fibers_per_slot: int = 0
    link: str = ""

    @property
    def end_a(self) -> End:
        return self.ends[0] if self.ends else End("")

    @property
    def end_b(self) -> End:
        """The far end; of a one-ended part nothing."""
        return self.ends[1] if len(self.ends) > 1 else End("")

    @property
    def fibers(self) -> int | None:
        """Fibers in use: of a breakout those of its legs, of an enclosure its capacity."""
        if self.family == "ENC":
            return self.slots * self.fibers_per_slot
        if self.family == "XCV":
            return _link(self.link).fibers_used
        if self.family == "ADP":
            return self.ports * self.end_a.fibers
        if self.family in TARGETED or not self.ends:
            return None
        if self.family == "ATT" and not self.end_a.is_mpo:
            return 1
        return self.ends[-1].fibers

    @property
    def construction(self) -> str:
        if self.is_armored:
            return "armored"
        if self.family == "TRK":
            return "ruggedised trunk"
        if self.family in ("PAT", "HRN", "CNV"):
            return "3 mm round"
        return "micro 2.0 mm" if self.family in ("LCP", "VSF") else ""

    def facts(self) -> dict[str, Any]:
        """The attributes of a product that its number fixes, by their names in `Product`."""
        return {
            "family": self.family,
            "brand": self.brand,
            "fiber": self.fiber,
            "connector_a": self.end_a.connector,
            "connector_b": self.end_b.connector,
            "gender_a": self.end_a.gender,
            "gender_b": self.end_b.gender,
            "polarity": self.polarity,
            "polish": self.polish,
            "loss_grade": self.loss_grade,
            "jacket": self.jacket,
            "construction": self.construction,
            "length_m": self.length_m,
            "fibers": self.fibers,
        }


def looks_like_ours(number: str) -> bool:
    """Whether the number claims to follow this grammar."""
    return number.startswith(f"{PREFIX}-")


def parse(number: str) -> PartNumber:
    """What a part number says. Raises PartNumberError naming the code it does not know."""
    fields = number.split("-")
    if fields[0] != PREFIX or len(fields) < 3:
        raise PartNumberError(number, f"it must begin {PREFIX}-<family>-.")
    reader = _READERS.get(fields[1])
    if reader is None:
        known = ", ".join(_READERS)
        raise PartNumberError(number, f"family {fields[1]!r} is unknown; use one of {known}.")
    try:
        part = reader(fields[1], fields[2:])
    except _UnreadableError as error:
        raise PartNumberError(number, str(error)) from None
    if build(part) != number:
        raise PartNumberError(number, f"it would be written {build(part)}.")
    return part


def build(part: PartNumber) -> str:
    """The number of a part; `parse` gives the part back."""
    return "-".join((PREFIX, part.family, *_WRITERS[part.family](part)))


class _UnreadableError(ValueError):
    """A field that is not understood; `parse` adds the whole number."""


def _code(codes: Mapping[str, str], code: str, what: str) -> str:
    if code not in codes:
        raise _UnreadableError(
            f"{what} {code!r} is unknown; use one of {', '.join(filter(None, codes))}."
        )
    return codes[code]


def _back(codes: Mapping[str, str], value: str) -> str:
    return next(code for code, known in codes.items() if known == value)


def _take(fields: list[str], names: str) -> list[str]:
    expected = names.split()
    if len(fields) != len(expected):
        shape = "-".join(f"<{name}>" for name in expected)
        raise _UnreadableError(f"after the family it needs {shape}.")
    return fields


def _number(text: str, pattern: str, what: str) -> re.Match[str]:
    match = re.fullmatch(pattern, text, flags=re.ASCII)
    if match is None:
        raise _UnreadableError(f"{what} {text!r} is not understood.")
    return match


def _read_ends(text: str) -> dict[str, Any]:
    match = _ENDS.fullmatch(text)
    if match is None:
        raise _UnreadableError(f"configuration {text!r} is not understood; for example T12M12MP.")
    ends = tuple(_read_end(end) for end in (match["near"], match["far"]) if end)
    has_mpo = any(end.is_mpo for end in ends)
    if has_mpo and not match["brand"]:
        raise _UnreadableError(f"configuration {text!r} needs T (MTP) or G (generic MPO) in front.")
    if match["brand"] and not has_mpo:
        raise _UnreadableError(f"configuration {text!r} has a brand letter but no MPO end.")
    brand = BRAND_CODES[match["brand"]] if match["brand"] else ""
    return {"brand": brand, "ends": ends, "polish": POLISH_CODES[match["polish"]]}


def _read_end(text: str) -> End:
    match = _MPO_END.fullmatch(text)
    if match is not None:
        connector = f"MPO-{match['size']}"
    else:
        match = _PLUG_END.fullmatch(text)
        if match is None:  # _END allows nothing else
            raise _UnreadableError(f"end {text!r} is not understood.")
        connector = PLUG_CODES[match["plug"]]
    return End(connector, GENDER_CODES[match["gender"]], int(match["count"] or 1))


def _write_ends(part: PartNumber) -> str:
    brand = _back(BRAND_CODES, part.brand) if part.brand else ""
    return brand + "".join(map(_write_end, part.ends)) + _back(POLISH_CODES, part.polish)


def _write_end(end: End) -> str:
    gender = _back(GENDER_CODES, end.gender)
    if end.is_mpo:
        count = f"{end.count}X" if end.count > 1 else ""
        return f"{count}{end.connector.removeprefix('MPO-')}{gender}"
    return f"{end.count if end.count > 1 else ''}{_back(PLUG_CODES, end.connector)}{gender}"


def _read_length(text: str) -> float:
    if text == "H05":
        return 0.5
    length = int(_number(text, r"(\d{3})M", "length")[1])
    if not length:
        raise _UnreadableError("length 000M is not a length.")
    return float(length)


def _write_length(length_m: float | None) -> str:
    return "H05" if length_m == 0.5 else f"{int(length_m or 0):03d}M"


def _read_cable(family: str, fields: list[str]) -> PartNumber:
    fiber, ends, polarity, grade, length = _take(fields, "fiber ends polarity grade length")
    match = _number(grade, r"([A-Z])([A-Z])(T?)", "loss grade and jacket")
    return PartNumber(
        family,
        _code(FIBER_CODES, fiber, "fiber"),
        **_read_ends(ends),
        polarity=_code(POLARITY_CODES, polarity, "polarity"),
        loss_grade=_code(GRADE_CODES, match[1], "loss grade"),
        jacket=_code(JACKET_CODES, match[2], "jacket"),
        is_armored=bool(match[3]),
        length_m=_read_length(length),
    )


def _write_cable(part: PartNumber) -> list[str]:
    grade = _back(GRADE_CODES, part.loss_grade) + _back(JACKET_CODES, part.jacket)
    return [
        _back(FIBER_CODES, part.fiber),
        _write_ends(part),
        _back(POLARITY_CODES, part.polarity),
        grade + ("T" if part.is_armored else ""),
        _write_length(part.length_m),
    ]


def _read_cassette(family: str, fields: list[str]) -> PartNumber:
    fiber, ends, polarity, grade, _ = _take(fields, "fiber ends polarity grade 00")
    return PartNumber(
        family,
        _code(FIBER_CODES, fiber, "fiber"),
        **_read_ends(ends),
        polarity=_code(POLARITY_CODES, polarity, "polarity"),
        loss_grade=_code(GRADE_CODES, grade, "loss grade"),
    )


def _write_cassette(part: PartNumber) -> list[str]:
    fiber, polarity = _back(FIBER_CODES, part.fiber), _back(POLARITY_CODES, part.polarity)
    return [fiber, _write_ends(part), polarity, _back(GRADE_CODES, part.loss_grade), "00"]


def _read_loopback(family: str, fields: list[str]) -> PartNumber:
    fiber, ends, grade = _take(fields, "fiber end grade")
    return PartNumber(
        family,
        _code(FIBER_CODES, fiber, "fiber"),
        **_read_ends(ends),
        loss_grade=_code(GRADE_CODES, grade, "loss grade"),
    )


def _write_loopback(part: PartNumber) -> list[str]:
    grade = _back(GRADE_CODES, part.loss_grade)
    return [_back(FIBER_CODES, part.fiber), _write_ends(part), grade]


def _read_attenuator(family: str, fields: list[str]) -> PartNumber:
    fiber, ends, grade, value = _take(fields, "fiber ends grade attenuation")
    return PartNumber(
        family,
        _code(FIBER_CODES, fiber, "fiber"),
        **_read_ends(ends),
        loss_grade=_code(GRADE_CODES, grade, "loss grade"),
        attenuation_db=int(_number(value, r"(\d{2})D", "attenuation")[1]),
    )


def _write_attenuator(part: PartNumber) -> list[str]:
    return [*_write_loopback(part), f"{part.attenuation_db:02d}D"]


def _read_adapter(family: str, fields: list[str]) -> PartNumber:
    mode, ends, polarity, footprint = _take(fields, "mode end polarity footprint")
    match = _number(footprint, r"([A-Z])(\d{2})", "footprint and ports")
    read = _read_ends(ends)
    return PartNumber(
        family,
        _code(MODE_CODES, mode, "mode"),
        brand=read["brand"],
        ends=read["ends"] * 2 if len(read["ends"]) == 1 else read["ends"],
        polish=read["polish"],
        polarity=_code(POLARITY_CODES, polarity, "polarity"),
        kind=_code(FOOTPRINTS, match[1], "footprint"),
        ports=int(match[2]),
    )


def _write_adapter(part: PartNumber) -> list[str]:
    same = len(part.ends) == 2 and part.ends[0] == part.ends[1]
    one = PartNumber(
        "ADP", brand=part.brand, ends=part.ends[:1] if same else part.ends, polish=part.polish
    )
    footprint = f"{_back(FOOTPRINTS, part.kind)}{part.ports:02d}"
    return [part.fiber, _write_ends(one), _back(POLARITY_CODES, part.polarity), footprint]


def _read_enclosure(family: str, fields: list[str]) -> PartNumber:
    height, slots, mount = _take(fields, "height slots mount")
    match = _number(slots, r"(\d{1,2})X(\d{1,3})", "slots")
    return PartNumber(
        family,
        kind=_code(MOUNTS, mount, "mount"),
        rack_units=int(_number(height, r"(\d)U", "height")[1]),
        slots=int(match[1]),
        fibers_per_slot=int(match[2]),
    )


def _write_enclosure(part: PartNumber) -> list[str]:
    slots = f"{part.slots}X{part.fibers_per_slot}"
    return [f"{part.rack_units}U", slots, _back(MOUNTS, part.kind)]


def _read_targeted(family: str, fields: list[str]) -> PartNumber:
    target, kind = _take(fields, "connector kind")
    match = _TARGET.fullmatch(target)
    if match is None:
        raise _UnreadableError(f"connector {target!r} is unknown; for example MPO12 or LC.")
    connector = TARGETS[match["target"]]
    gender = GENDER_CODES[match["gender"]]
    if family == "CLN" and connector.startswith("MPO"):
        gender = gender or "X"
    return PartNumber(
        family,
        match["target"] if match["target"] in MODE_CODES else "",
        brand="MTP" if match["target"].startswith("MTP") else "",
        ends=(End(connector, gender),) if connector else (),
        polish=POLISH_CODES.get(match["polish"], ""),
        kind=_code({name: name for name in KINDS[family]}, kind, "kind"),
    )


def _write_targeted(part: PartNumber) -> list[str]:
    if not part.ends:
        target = part.fiber or "ALL"
    elif part.end_a.is_mpo:
        target = (part.brand or "MPO") + part.end_a.connector.removeprefix("MPO-")
    else:
        target = _back(TARGETS, part.end_a.connector)
    either = part.family == "CLN" and part.end_a.gender == "X"
    gender = "" if either else _back(GENDER_CODES, part.end_a.gender)
    polish = _back(POLISH_CODES, part.polish) if part.polish else ""
    return [target + gender + polish, part.kind]


def link_code(name: str) -> str:
    """How a link is written in a transceiver's number: "400GBASE-DR4" is "400GDR4"."""
    return name.upper().replace("GBASE-", "G").replace("TBASE-", "T").replace("G-", "G")


@lru_cache(maxsize=1)
def _links_by_code() -> dict[str, str]:
    return {link_code(name): name for name in known_links()}


def _link(name: str) -> Link:
    return known_links()[name]


def _read_transceiver(family: str, fields: list[str]) -> PartNumber:
    form = _code(FORM_FACTORS, fields[0], "form factor")
    code = "-".join(fields[1:])
    name = _links_by_code().get(code)
    if name is None:
        raise _UnreadableError(f"link {code!r} is unknown; for example 400GDR4.")
    link = _link(name)
    mpo = re.search(r"MPO-(?:8|12|16|24)\b", link.connector)
    connector = "LC-D" if mpo is None else mpo[0]
    if form == TWIN_PORT and connector == "MPO-16":
        connector = "MPO-12"
    gender = "M" if mpo else ""  # an MPO receptacle in a transceiver carries the pins
    return PartNumber(
        family, link.fiber_mode, ends=(End(connector, gender),), polish=_optic_polish(link),
        kind=form, link=name,
    )  # fmt: skip


def _optic_polish(link: Link) -> str:
    if link.polish == "PC/UPC":
        return "PC"
    return link.polish if link.polish in POLISH_CODES.values() else ""


def _write_transceiver(part: PartNumber) -> list[str]:
    return [_back(FORM_FACTORS, part.kind), link_code(part.link)]


def _read_service(family: str, fields: list[str]) -> PartNumber:
    (kind,) = _take(fields, "kind")
    return PartNumber(family, kind=_code({name: name for name in KINDS["SVC"]}, kind, "service"))


def _write_service(part: PartNumber) -> list[str]:
    return [part.kind]


_READERS: dict[str, Callable[[str, list[str]], PartNumber]] = {
    **dict.fromkeys(CABLES, _read_cable),
    "CAS": _read_cassette,
    "ADP": _read_adapter,
    "ENC": _read_enclosure,
    "LPB": _read_loopback,
    "ATT": _read_attenuator,
    **dict.fromkeys(TARGETED, _read_targeted),
    "XCV": _read_transceiver,
    "SVC": _read_service,
}
_WRITERS: dict[str, Callable[[PartNumber], list[str]]] = {
    **dict.fromkeys(CABLES, _write_cable),
    "CAS": _write_cassette,
    "ADP": _write_adapter,
    "ENC": _write_enclosure,
    "LPB": _write_loopback,
    "ATT": _write_attenuator,
    **dict.fromkeys(TARGETED, _write_targeted),
    "XCV": _write_transceiver,
    "SVC": _write_service,
}
