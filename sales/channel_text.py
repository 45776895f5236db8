"""A channel check in words, for Slack, the record and those who do not see the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sales.channel_check import BROKEN, PASSES, ChannelCheck
from sales.channel_data import channel_drawing_data
from sales.channel_drawing import channel_svg
from sales.channel_fixes import Change, Fix
from sales.channel_names import (
    connector_text,
    joint_name,
    joint_text,
    part_description,
    part_name,
    path_lines,
)
from sales.channel_parts import CONVERSION, Channel, Part
from sales.channel_rules import ENDS, Finding

LOSS_IS_APART = "This is about fit, not loss: check reach and loss with a link budget."


def channel_lines(check: ChannelCheck, fixes: Sequence[Fix] = ()) -> tuple[str, ...]:
    """The answer, every joint, the fiber order, what would help, the sources; a text per line."""
    verdict, *advice = _advice_lines(check, fixes)
    joints = (joint_text(check.channel, joint) for joint in check.joints)
    return (verdict, *joints, *path_lines(check), *advice)


def _advice_lines(check: ChannelCheck, fixes: Sequence[Fix]) -> list[str]:
    """The answer with all but what the drawing shows."""
    sources = dict.fromkeys(finding.source for finding in (*check.failures, *check.questions))
    return [
        verdict_text(check),
        *_assumed(check.channel),
        *fix_lines(check, fixes),
        *(f"Note: {finding_text(check.channel, note)}" for note in check.notes),
        LOSS_IS_APART,
        *([f"Source: {'; '.join(sources)}"] if sources else []),
    ]


def verdict_text(check: ChannelCheck) -> str:
    """ "Yes, ...", "No, ..." with the first reason, or what must be known first."""
    channel = check.channel
    asked = f"{channel.near.name} to {channel.far.name}"
    if check.verdict == PASSES:
        return f"Yes: {asked} works, and every joint fits."
    if check.verdict == BROKEN:
        more = len(check.failures) - 1
        also = f" And {more} more." if more else ""
        first = min(check.failures, key=lambda each: each.aspect != ENDS)
        return f"No: {finding_text(channel, first)}{also}"
    return f"Not known yet: {finding_text(channel, check.questions[0])}"


def finding_text(channel: Channel, finding: Finding) -> str:
    """The finding with where it was met: "Joint 2 (cord 1 to the trunk): ..."."""
    if finding.joint is not None:
        return f"Joint {finding.joint} ({joint_name(channel, finding.joint)}): {finding.text}"
    if finding.part is not None:
        name = part_name(channel, finding.part)
        return f"{name[0].upper()}{name[1:]}: {finding.text}"
    return finding.text


def _assumed(channel: Channel) -> list[str]:
    return [f"Assumed: {'; '.join(channel.assumptions)}"] if channel.assumptions else []


def fix_lines(check: ChannelCheck, fixes: Sequence[Fix]) -> list[str]:
    """What would make it pass, numbered, the smallest change first; [] for none."""
    if not fixes:
        return []
    channel = check.channel
    told = [f"{number}. {fix_text(channel, fix)}" for number, fix in enumerate(fixes, start=1)]
    return ["What would fix it, smallest change first (each checked):", *told]


def fix_text(channel: Channel, fix: Fix) -> str:
    """ "Replace cord 2: Type B instead of Type A"."""
    told = "; ".join(_change_text(channel, change) for change in fix.changes)
    if any(change.after.kind == CONVERSION != change.before.kind for change in fix.changes):
        told += "; the link then takes two MPO-12 trunks"
    return told


def _change_text(channel: Channel, change: Change) -> str:
    name = part_name(channel, change.index)
    new = ", ".join(_property_text(change, what) for what in change.what)
    return f"Replace {name}: {new}"


def _property_text(change: Change, what: str) -> str:
    old, new = change.before, change.after
    if what == "key":
        return f"{new.wiring} key instead of {old.wiring}"
    if what == "polarity":
        return f"{_wiring_text(new.wiring)} instead of {_wiring_text(old.wiring)}"
    if what == "pins":
        return _ends(_pin_word(face.gender) for face in (new.near, new.far) if face.gender)
    if what == "polish":
        return _ends(
            face.polish for face in (new.near, new.far) if face.is_mpo or not _has_mpo(new)
        )
    if what == "connector":
        return _ends(connector_text(face) for face in (new.near, new.far))
    return {"fiber": new.fiber, "jacket": f"{new.jacket} jacket", "kind": f"a {new.kind} cable"}[
        what
    ]


def _has_mpo(part: Part) -> bool:
    return part.near.is_mpo or part.far.is_mpo


def _pin_word(gender: str) -> str:
    return {"M": "pinned", "F": "unpinned", "X": "field changeable"}[gender]


def _ends(words: Iterable[str]) -> str:
    told = [word for word in words if word]
    if len(told) == 2 and told[0] != told[1]:
        return f"{told[0]} toward end A and {told[1]} toward end B"
    return told[0] if len(told) < 2 else f"{told[0]} at both ends"


def _wiring_text(wiring: str) -> str:
    return wiring.replace("-", "-to-") if "-" in wiring else f"Type {wiring}"


def channel_payload(check: ChannelCheck, fixes: Sequence[Fix] = ()) -> dict[str, Any]:
    """The `ChannelCheck` payload of docs/protocol.md: the drawing, and every word of it as text."""
    channel = check.channel
    payload = {
        "kind": "channel_check",
        "title": f"{channel.near.name} to {channel.far.name}",
        "verdict": check.verdict,
        "passes": check.passes,
        "parts": [part_description(channel, index) for index in range(len(channel.parts))],
        **channel_drawing_data(check),
        "order": path_lines(check),
        "note": "\n".join(_advice_lines(check, fixes)),
    }
    return {**payload, "svg": channel_svg(payload)}
