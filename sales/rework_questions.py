"""What still has to be asked about a fault: only what would change the advice."""

from __future__ import annotations

from collections.abc import Mapping

from sales.rework import Triage, triage
from sales.rework_rules import CORD, DAMAGES, LC, MPO, PLACES, Fault

UNSURE = "unsure"  # asked, and not known
SCRATCHED = "scratch"  # a damage whose place decides and is not known yet
ANSWERS: dict[str, tuple[str, ...]] = {  # in the order of the questions
    "fault_damage": (*DAMAGES, UNSURE),
    "fault_place": PLACES,
    "fault_cleaned": ("yes", "no"),
    "fault_ferrule": ("mtp", "mpo", "lc"),
    "fault_symptom": ("high loss", "some lanes fail", "no light", "intermittent"),
}
QUESTIONS = tuple(ANSWERS)
Known = Mapping[str, str | None]


def fault_of(known: Known) -> Fault:
    """The fault as the rules read it; what is missing or not known takes the usual case."""
    said = {
        slot: value for slot, value in known.items() if value and value not in (UNSURE, SCRATCHED)
    }
    ferrule = said.get("fault_ferrule", "")
    return Fault(
        symptom=said.get("fault_symptom") or "",
        ferrule=LC if ferrule == "lc" else MPO,
        damage=said.get("fault_damage") or "",
        place=said.get("fault_place") or CORD,
        is_mtp={"mtp": True, "mpo": False}.get(ferrule),
        was_cleaned=said.get("fault_cleaned") == "yes",
    )


def next_question(known: Known) -> str | None:
    """The first thing not known yet that decides; None when the advice stands. At most three."""
    missing = (slot for slot in QUESTIONS if known.get(slot) in (None, "", SCRATCHED))
    return next((slot for slot in missing if decides(slot, known)), None)


def decides(slot: str, known: Known) -> bool:
    """Whether the possible answers lead to different advice."""
    if slot == "fault_damage":
        return known.get("fault_symptom") != "fails at 1550 only"
    outcomes = {
        _outcome(slot, triage(fault_of({**known, slot: answer}))) for answer in ANSWERS[slot]
    }
    return len(outcomes) > 1


def _outcome(slot: str, found: Triage) -> object:
    """What has to differ: the part for the place, the reason for the symptom, else the action."""
    if slot == "fault_place":
        return found.action, tuple(option.text for option in found.options)
    return found.rule.id if slot == "fault_symptom" else found.action


def assumptions(known: Known) -> tuple[str, ...]:
    """What was taken for granted where the answer mattered and was not known; whole sentences."""
    told = []
    if known.get("fault_place") == UNSURE and decides("fault_place", known):
        told.append("I took the part for a patch cord; a trunk or a cassette may pay to repair.")
    if known.get("fault_ferrule") == UNSURE:
        told.append("Whether it is an MTP is open: the print on the plug or the order tells.")
    if known.get("fault_cleaned") == UNSURE:
        told.append("I took it that it has not been cleaned yet.")
    return tuple(told)


def in_words(known: Known) -> str:
    """The fault in a line, for the person who is told about it."""
    fault = fault_of(known)
    plug = {"mtp": "MTP", "mpo": "generic MPO", "lc": "LC"}.get(known.get("fault_ferrule") or "")
    place = fault.place if known.get("fault_place") in PLACES else ""
    parts = (
        " ".join(filter(None, (plug, place))),
        "face looks sound" if fault.damage == "none" else fault.damage,
        fault.symptom,
        "cleaned already" if fault.was_cleaned else "",
    )
    return ", ".join(part for part in parts if part)
