"""What colleagues can ask for in Slack, read from their words. Pure: no database, no Slack.

`read_command` takes everything said to the bot; `read_in_thread` only the few words that are
commands in a lead's thread, where all else goes to the visitor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it queries a database
    from sales.leads.inbox import View

ID = r"(?:l-?)?\d{1,9}"
NUMBER = rf"#?(?P<lead>{ID})\b"
UNITS = r"(?!\s*(?:db|m|km|ft|feet|g|f|%|x|fibers?|meters?|metres?|pieces?|cables?|of)\b)"
LEAD = rf"(?:lead\s+)?{NUMBER}{UNITS}"  # "lost 12 dB" is no lead
PERSON = r"(?P<person><@[A-Z0-9]+(?:\|[^>]*)?>|@?[^\s:,].*?)"
SPAN = r"(?:for\s+)?(?P<count>\d{1,4})\s*(?P<unit>m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
LEVEL = r"(?P<level>(?:an?\s+|the\s+)?(?:senior\s+)?(?:engineer(?:ing|s)?|manage(?:r|rs|ment)))"
UNIT_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
VIEWS: Mapping[str, View] = {
    "mine": "mine", "my": "mine", "unclaimed": "unclaimed", "new": "unclaimed", "open": "open",
    "all": "open", "late": "breached", "breached": "breached", "overdue": "breached",
    "escalated": "escalated", "closed": "closed",
}  # fmt: skip
VIEW = rf"(?P<view>{'|'.join(VIEWS)})"
NOTE = re.compile(r"\s*[*_`]?note[*_`]?\s*:\s*(?P<text>.*)", re.I | re.S)

USAGE = {
    "leads": "leads, leads mine, leads unclaimed, leads late, leads escalated, leads closed",
    "lead": "lead 17",
    "claim": "claim 17",
    "reply": "reply 17 Your cable ships on Monday.",
    "note": "note 17 asked for a discount",
    "release": "release 17",
    "escalate": "escalate 17 to engineering: custom 144F",
    "snooze": "snooze 17 2h",
    "reassign": "reassign 17 to @ann",
    "won": "won 17",
    "lost": "lost 17 bought elsewhere",
    "reopen": "reopen 17",
    "merge": "merge 17 18",
    "find": "find 12F OM4 trunk type B 30 m",
    "budget": "budget 400GBASE-DR4 400 m 4 connections",
}


@dataclass(frozen=True)
class Command:
    """One thing to do. `name` is a key of USAGE, or help, owner (who has it), unclear."""

    name: str
    lead: str = ""  # the reference as typed; "": the lead of the thread, or none
    text: str = field(default="", repr=False)  # a reply, a note, a reason, what to find
    level: str = ""  # engineer or manager; "": the next one
    person: str = field(default="", repr=False)  # <@U123>, or a name
    minutes: int = 0
    view: View = "open"
    other: str = ""  # the lead that goes into `lead`


def read_command(text: str) -> Command | None:
    """The command in a message to the bot; None when it is none, but a question like any other.

    A command that lacks something comes back as `unclear`, with the usage as its text.
    """
    text = _bare(text)
    for pattern, build in GRAMMAR:
        if found := pattern.fullmatch(text):
            return build(found)
    return _unclear(text)


def read_in_thread(text: str) -> Command | None:
    """The command in a message of a lead's thread; None when it is meant for the visitor."""
    if found := NOTE.fullmatch(text):
        return Command("note", text=found["text"].strip())
    text = _bare(text)
    for pattern, build in THREAD_GRAMMAR:
        if found := pattern.fullmatch(text):
            return build(found)
    return None


def help_text() -> str:
    """Every command with an example, for the person who asked."""
    lines = "\n".join(f"• `{usage}`" for usage in USAGE.values())
    return (
        f"**What you can ask me**\n{lines}\n"
        "In a lead's thread everything you write goes to the visitor, except `note: ...` and "
        "`claim`, `release`, `won`, `lost: reason`, `escalate to engineering: reason`, "
        "`snooze 2h`, `reopen`, `reassign to @ann`. Anything else you ask me here is answered "
        "as for a visitor."
    )


def person_id(person: str) -> str | None:
    """The Slack user in <@U123> or <@U123|ann>; None for a name."""
    found = re.fullmatch(r"<@([A-Z0-9]+)(?:\|[^>]*)?>", person)
    return found[1] if found else None


def _bare(text: str) -> str:
    """Without the frills of a chat: blanks, code marks, bold, a slash, a full stop."""
    return text.strip().strip("`*").strip().removeprefix("/fiber ").strip()


def _simple(name: str) -> Callable[[re.Match[str]], Command]:
    """Builds a command from the groups that its pattern has."""

    def build(found: re.Match[str]) -> Command:
        groups = found.groupdict(default="")
        command = Command(
            name,
            lead=groups.get("lead", ""),
            text=groups.get("text", "").strip(),
            level=_level(groups.get("level", "")),
            person=groups.get("person", "").strip().rstrip(".!"),
            view=VIEWS.get(groups.get("view", "").lower(), "open"),
            other=groups.get("other", ""),
        )
        if groups.get("count"):
            unit = groups["unit"][0].lower()
            return replace(command, minutes=int(groups["count"]) * UNIT_MINUTES[unit])
        return command

    return build


def _level(word: str) -> str:
    return "manager" if "manage" in word.lower() else "engineer" if word else ""


def _escalation(found: re.Match[str]) -> Command:
    command = _simple("escalate")(found)
    if not command.level and command.text.lower().startswith("to "):
        return _usage("escalate", "A lead is escalated to engineering or to management. ")
    return command if command.text else _usage("escalate", "Say why. ")


def _merge(found: re.Match[str]) -> Command:
    """ "merge 17 18" and "merge 18 into 17": 17 stays."""
    first, second = found["lead"], found["other"]
    is_into = bool(found["into"])
    return Command("merge", lead=second if is_into else first, other=first if is_into else second)


def _unclear(text: str) -> Command | None:
    """A command's word alone, or with a lead and then something that cannot be read."""
    word, _, rest = text.partition(" ")
    name = {"take": "claim", "assign": "reassign", "unclaim": "release"}.get(
        word.lower().rstrip(":"), word.lower().rstrip(":")
    )
    if name not in USAGE:
        return None
    begins_with_lead = re.match(rf"{LEAD}\b", rest, re.I) and name not in ("find", "budget")
    return _usage(name) if not rest or begins_with_lead else None


def _usage(name: str, why: str = "I could not read that. ") -> Command:
    return Command("unclear", text=f"{why}Write it like this: `{USAGE[name]}`")


Grammar = tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Command]], ...]


def _grammar(*rows: tuple[str, Callable[[re.Match[str]], Command]]) -> Grammar:
    return tuple((re.compile(pattern, re.I | re.S), build) for pattern, build in rows)


SHOW = (
    r"(?:please\s+)?(?:can you\s+)?(?:(?:show|give|list|tell)\s*)?(?:me\s+)?(?:about\s+)?"
    r"(?:all\s+)?"
)
WHAT = r"(?:what(?:['\u2019]?s| is| are)|any|anything|which leads are)\s+(?:the\s+|my\s+)?"
WHO = r"who(?:['\u2019]?s| is| has| owns| took| claimed)?\s+(?:got\s+|on\s+|looking after\s+)?"
TAKE = r"(?:i(?:['\u2019]?ll| will)\s+)?(?:claim|take)|give me(?=\s+lead\b)"
WHY = r"(?:\s*[:,]\s*|\s+because\s+|\s+)"
END = r"\s*[?!.]*"

GRAMMAR = _grammar(
    (rf"(?:help|commands|\?){END}", _simple("help")),
    # One lead
    (rf"(?:{SHOW}|open\s+|see\s+|status of\s+)(?:the\s+)?lead\s+{NUMBER}{END}", _simple("lead")),
    (rf"(?:show(?: me)?|tell me about|what about|status of)\s+{LEAD}{END}", _simple("lead")),
    (rf"{WHO}{LEAD}{END}", _simple("owner")),
    (rf"whose(?: lead)? is {LEAD}{END}", _simple("owner")),
    (rf"is {LEAD} (?:taken|claimed|free|open){END}", _simple("owner")),
    # Lists
    (rf"leads(?:\s+{VIEW})?{END}", _simple("leads")),
    (r"leads\s+(?P<text>[^?]{2,80})", _simple("leads")),
    (rf"{SHOW}(?:the\s+)?(?:{VIEW}\s+)?leads{END}", _simple("leads")),
    (rf"{WHAT}{VIEW}(?:\s+leads?)?(?:\s+right)?(?:\s+now)?{END}", _simple("leads")),
    (r"what (?:leads )?(?:do i have|have i got|is mine|are mine)[?!. ]*",
     lambda _: Command("leads", view="mine")),
    # Changes
    (rf"(?:{TAKE})\s+{LEAD}{END}", _simple("claim")),
    (rf"(?:release|unclaim|hand back)\s+{LEAD}{END}", _simple("release")),
    (rf"(?:won|win|we won|close as won)\s+{LEAD}{END}", _simple("won")),
    (rf"(?:mark|close)\s+{LEAD}\s+(?:as\s+)?won{END}", _simple("won")),
    (rf"{LEAD}\s+is won{END}", _simple("won")),
    (rf"(?:lost|lose|we lost)\s+{LEAD}(?:{WHY}(?P<text>.*))?", _simple("lost")),
    (rf"(?:mark|close)\s+{LEAD}\s+(?:as\s+)?lost(?:{WHY}(?P<text>.*))?", _simple("lost")),
    (rf"reopen\s+{LEAD}{END}", _simple("reopen")),
    (rf"escalate\s+{LEAD}(?:\s+to\s+{LEVEL})?(?:{WHY}(?P<text>.*))?", _escalation),
    (rf"(?:reply|answer|tell)\s+(?:to\s+)?{LEAD}\s*:?\s+(?P<text>.+)", _simple("reply")),
    (rf"note\s+(?:on\s+|for\s+)?{LEAD}\s*:?\s+(?P<text>.+)", _simple("note")),
    (rf"(?:reassign|assign|give|hand)\s+{LEAD}\s+(?:over\s+)?to\s+{PERSON}", _simple("reassign")),
    (rf"snooze\s+{LEAD}\s+{SPAN}{END}", _simple("snooze")),
    (rf"merge\s+{LEAD}\s+(?:(?:(?P<into>into)|and|with|,)\s*)?(?:lead\s+)?(?P<other>{ID}){END}",
     _merge),
    # Look-ups
    (r"(?:find(?!\s+out)|search|look up)(?:\s+me)?:?\s+(?P<text>.+)", _simple("find")),
    (r"(?:link\s+|loss\s+)?budget(?:\s+for|\s+of)?:?\s++(?=.*\d)(?P<text>.*)", _simple("budget")),
)  # fmt: skip

# No lead is named here, and nothing that could be a sentence to the visitor is read.
THREAD_GRAMMAR = _grammar(
    (r"help", _simple("help")),
    (r"(?:claim|take)[.!]*", _simple("claim")),
    (r"release[.!]*", _simple("release")),
    (r"won[.!]*", _simple("won")),
    (r"lost(?:\s*:\s*(?P<text>.*))?", _simple("lost")),
    (r"reopen", _simple("reopen")),
    (rf"escalate(?:\s+to\s+{LEVEL})?\s*(?::\s*(?P<text>.*))?", _escalation),
    (r"reassign\s+to\s+(?P<person><@[A-Z0-9]+(?:\|[^>]*)?>)", _simple("reassign")),
    (rf"snooze\s+{SPAN}", _simple("snooze")),
)  # fmt: skip
