"""An optic's figures as sentences: first what was asked, then the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sales.reference import link_details as ask
from sales.reference.link_details import LinkQuestion
from sales.reference.values import Link, LinkFiber, fiber_mode, rate_text

MODE_WORDS = {"SM": "single mode", "MM": "multimode"}
# Sentences of a table's notes that speak about its sources rather than about the optic.
_ABOUT_SOURCES = re.compile(r"stored|confirmed|general knowledge|no figure is given", re.IGNORECASE)


def link_answer(link: Link, question: LinkQuestion, sources: Sequence[str]) -> str:
    """The answer as lines: what was asked, the other figures, how sure they are, the source."""
    lead = " ".join(lead_sentences(link, question))
    return "\n".join([lead, "", *fact_lines(link, question), "", f"Source: {'; '.join(sources)}"])


def lead_sentences(link: Link, question: LinkQuestion) -> list[str]:
    """One sentence for each detail asked; the reach when nothing in particular was."""
    fiber = question.fiber or ""
    is_asked_for_mode = question.asks(ask.MODE) and fiber in MODE_WORDS
    if fiber_mode(fiber) not in ("", link.fiber_mode) and not is_asked_for_mode:
        return [_wrong_fiber(link, fiber)]
    question = _of_a_plug(question)
    details = [name for name in question.details if name in _LEADS] or [ask.REACH]
    return [_LEADS[name](link, question) for name in details]


def fact_lines(link: Link, question: LinkQuestion) -> list[str]:
    """Reach and loss per fiber, cabling, light, standard, breakout, notes and caveats."""
    on = [figure for figure in link.fibers if figure.fiber == question.fiber] or list(link.fibers)
    return [
        *(_fiber_line(figure) for figure in on),
        f"- {fibers_text(link.fibers_used)}, {link.connector}, {link.polish}",
        f"- {_wavelengths(link)}, {_lanes(link)}",
        *([] if question.asks(ask.STANDARD) else [f"- {_standard(link)}"]),
        *([] if question.asks(ask.BREAKOUT) else [f"- {_breakout_line(link)}"]),
        *_note_lines(link),
        *([caveat(link)] if link.confidence != "confirmed" else []),
    ]


def distance(metres: float) -> str:
    """100 -> "100 m", 2000 -> "2 km"."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def reach_text(link: Link, fiber: str | None = None) -> str:
    """ "70 m on OM3, 100 m on OM4 and OM5", or only the fiber named."""
    grades: dict[float, list[str]] = {}
    for figure in link.fibers:
        if figure.fiber == fiber or link.on(fiber or "") is None:
            grades.setdefault(figure.reach_m, []).append(figure.fiber)
    return ", ".join(f"{distance(reach)} on {listed(on)}" for reach, on in grades.items())


def listed(names: Sequence[str], last: str = "and") -> str:
    """ "A, B and C"."""
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final


def fibers_text(count: int) -> str:
    return f"{count} fiber{'s' if count != 1 else ''}"


def cabling_text(link: Link) -> str:
    """ "8 fibers, MPO-12, APC polish"."""
    polish = link.polish if "specific" in link.polish else f"{link.polish} polish"
    return f"{fibers_text(link.fibers_used)}, {link.connector}, {polish}"


def has_connector(link: Link, asked: str) -> bool:
    """Whether its module takes that plug: "MPO-16", "LC", or "MPO" for any of them."""
    kind = "MPO" if asked in ("MPO", "MTP") else asked
    return re.search(rf"\b{re.escape(kind)}\b", link.connector) is not None


def breakout_text(link: Link) -> str:
    """ "4 x 100GBASE-DR or 2 x 200G"."""
    return listed([re.sub(r"^(\d+)x", r"\1 x ", name) for name in link.breakout], "or")


def caveat(link: Link) -> str:
    """How far the figures may be trusted, when not all of them were found in a source."""
    if link.confidence == "general-knowledge":
        return "These figures are general knowledge of the standard; check the module's data sheet."
    graded = link.field_confidence
    told = [name for name in (ask.REACH, ask.LOSS, ask.CONNECTOR) if _is_told(link, name)]
    known = [name for name in told if graded.get(name) == "general-knowledge"]
    partly = [name for name in told if graded.get(name) == "partly-confirmed"]
    parts = [
        _graded(known, "general knowledge of the standard"),
        _graded(partly, "partly confirmed"),
    ]
    sure = ", ".join(part for part in parts if part) or "some of this is general knowledge"
    return f"{sure[0].upper()}{sure[1:]}: check the module's data sheet."


def _is_told(link: Link, name: str) -> bool:
    return name != ask.LOSS or any(figure.max_loss_db is not None for figure in link.fibers)


def _graded(names: Sequence[str], grade: str) -> str:
    if not names:
        return ""
    return f"the {listed(names)} {'are' if len(names) > 1 else 'is'} {grade}"


def _fiber_line(figure: LinkFiber) -> str:
    loss = figure.max_loss_db
    told = "channel loss not published" if loss is None else f"channel loss at most {loss:g} dB"
    return f"- {figure.fiber}: up to {distance(figure.reach_m)}, {told}"


def _wavelengths(link: Link) -> str:
    return f"{', '.join(f'{nm:g}' for nm in link.wavelengths_nm)} nm"


def _lanes(link: Link) -> str:
    lanes = link.lanes_per_direction
    count = "1 lane" if lanes == 1 else f"{lanes} lanes"
    return f"{count} of {rate_text(link.lane_rate_gbps)} each way ({link.modulation})"


def _standard(link: Link) -> str:
    clause = f", Clause {link.clause}" if link.clause else ""
    draft = "" if not link.is_draft or "draft" in link.standard else " (draft)"
    provisional = "; its figures are provisional" if link.is_draft else ""
    return f"{link.standard}{draft}{clause}{provisional}"


def _breakout_line(link: Link) -> str:
    return f"Breaks out to {breakout_text(link)}" if link.breakout else "No breakout in my table"


def _note_lines(link: Link) -> list[str]:
    sentences = re.split(r"(?<=\.)\s+", link.notes or "")
    told = [one.rstrip(".") for one in sentences if one and not _ABOUT_SOURCES.search(one)]
    return [f"- {sentence[0].upper()}{sentence[1:]}" for sentence in told]


def _needed_fiber(link: Link) -> str:
    grades = listed([figure.fiber for figure in link.fibers], "or")
    return f"{MODE_WORDS[link.fiber_mode]} ({grades})"


def _wrong_fiber(link: Link, fiber: str) -> str:
    named = MODE_WORDS.get(fiber, fiber)
    needed = _needed_fiber(link)
    return f"No, not on {named}: {link.name} needs {needed}. It reaches {reach_text(link)}."


def _reach(link: Link, question: LinkQuestion) -> str:
    fiber, figure = question.fiber, link.on(question.fiber or "")
    if fiber and figure is None and fiber not in MODE_WORDS:
        return (
            f"My table has no figure for {link.name} on {fiber}, and I don't guess. "
            f"It lists {reach_text(link)}."
        )
    if question.length_m:
        answer = _within(link, question.length_m, [figure] if figure else list(link.fibers))
        return _turned_round(answer) if question.asks(ask.TOO_LONG) else answer
    answer = f"{link.name} reaches {reach_text(link, fiber)}."
    is_asked_on_fiber = question.is_yes_no and fiber and not question.details
    return f"Yes: {answer}" if is_asked_on_fiber else answer


def _within(link: Link, length_m: float, on: Sequence[LinkFiber]) -> str:
    length = distance(length_m)
    enough = [figure for figure in on if figure.reach_m >= length_m]
    if not enough:
        reaches = listed([f"{distance(f.reach_m)} on {f.fiber}" for f in on])
        return f"No: {link.name} reaches {reaches}, not {length}."
    reaches = listed([f"{distance(f.reach_m)} on {f.fiber}" for f in enough])
    losses = [f.max_loss_db for f in enough]
    limit = f"at most {losses[0]:g} dB" if losses[0] is not None else "within the data sheet"
    on_which = "" if len(enough) == len(on) else f", on {listed([f.fiber for f in enough], 'or')}"
    return (
        f"Yes: {link.name} reaches {reaches}, so {length} is within reach{on_which}. "
        f"The loss of the whole channel must stay {limit} too."
    )


def _turned_round(answer: str) -> str:
    """The same answer to "is that too long?"."""
    if answer.startswith("Yes: "):
        return f"No, not too long: {answer.removeprefix('Yes: ')}"
    return f"Yes, too long: {answer.removeprefix('No: ')}"


def _loss(link: Link, question: LinkQuestion) -> str:
    on = [f for f in link.fibers if f.fiber == question.fiber] or list(link.fibers)
    known = [f"{f.max_loss_db:g} dB on {f.fiber}" for f in on if f.max_loss_db is not None]
    if not known:
        return (
            f"My table has no channel loss for {link.name}: it is not published or not confirmed. "
            "The module's data sheet decides."
        )
    return f"The channel loss of {link.name} may be at most {listed(known)}."


def _fibers(link: Link, question: LinkQuestion) -> str:
    answer = f"{link.name} uses {fibers_text(link.fibers_used)}"
    if question.is_yes_no and question.fibers:
        is_so = question.fibers == link.fibers_used
        return f"Yes: {answer}." if is_so else f"No: {answer}, not {question.fibers}."
    return f"{answer}."


def _of_a_plug(question: LinkQuestion) -> LinkQuestion:
    """ "A 12 fiber MPO" is the plug MPO-12: not the count of fibers that the optic uses."""
    name = question.connector or ""
    if not (question.is_yes_no and question.fibers and name.startswith(("MPO", "MTP"))):
        return question
    others = [d for d in question.details if d not in (ask.FIBERS, ask.CONNECTOR)]
    plug = name if "-" in name else f"MPO-{question.fibers}"
    return replace(question, connector=plug, fibers=None, details=(ask.CONNECTOR, *others))


def _dark_positions(link: Link, plug: str) -> str:
    """What an optic of eight fibers leaves unused in an MPO-12."""
    if (link.fibers_used, plug) != (8, "MPO-12"):
        return ""
    return ", 8 of its 12 positions; the middle four stay dark"


def _connector(link: Link, question: LinkQuestion) -> str:
    answer = f"{link.name} uses {link.connector}"
    asked = question.connector
    if not asked or not (question.is_yes_no or asked.startswith("MPO-")):
        return f"{answer}."
    if has_connector(link, asked) and not question.is_yes_no:
        return f"{answer}."
    is_too_few = asked == "MPO-12" and link.fibers_used > 12
    if is_too_few and link.is_parallel and not has_connector(link, asked):
        fibers = fibers_text(link.fibers_used)
        return (
            f"No: {answer} and {fibers}, which a single MPO-12 trunk does not carry. It takes "
            f"{-(-link.fibers_used // 8)} MPO-12 trunks, with {link.polish} at the optic."
        )
    if has_connector(link, asked):
        return f"Yes: {answer}{_dark_positions(link, asked)}."
    return f"No: {answer}, not {asked}."


def _polish(link: Link, question: LinkQuestion) -> str:
    if "specific" in link.polish:
        return f"The polish of {link.name} is {link.polish}: check the module."
    answer = f"{link.name} takes {link.polish} polish"
    if not question.is_yes_no or not question.polish:
        return f"{answer}."
    is_so = question.polish in link.polish.split("/")
    return f"Yes: {answer}." if is_so else f"No: {answer}, not {question.polish}."


def _wavelength(link: Link, _question: LinkQuestion) -> str:
    return f"{link.name} works at {_wavelengths(link)}."


def _standard_of(link: Link, question: LinkQuestion) -> str:
    answer = f"{link.name} is defined by {_standard(link)}."
    if link.status in ("vendor", "msa"):
        answer = f"{link.name} is not an IEEE standard: {_standard(link)}."
    if not question.is_yes_no:
        return answer
    is_ieee = link.status == "published"
    return f"Yes: {answer}" if is_ieee else f"No: {answer}"


def _draft(link: Link, question: LinkQuestion) -> str:
    if link.is_draft:
        answer = f"{link.name} is still a draft ({link.standard}); its figures are provisional."
    else:
        answer = f"{link.name} is not a draft: {_standard(link)}."
    return f"{'Yes' if link.is_draft else 'No'}: {answer}" if question.is_yes_no else answer


def _ratified(link: Link, question: LinkQuestion) -> str:
    if link.status not in ("published", "draft"):
        return _standard_of(link, question)
    answer = _draft(link, LinkQuestion())
    return f"{'No' if link.is_draft else 'Yes'}: {answer}" if question.is_yes_no else answer


def _breakout(link: Link, question: LinkQuestion) -> str:
    if not link.breakout:
        told = f"{link.name} does not break out: {_why_no_breakout(link)}."
        return f"No: {told}" if question.is_yes_no else told
    answer = f"{link.name} breaks out to {breakout_text(link)}."
    if not question.is_yes_no:
        return answer
    rate = question.to_gbps
    if rate and not any(_breaks_to(name, rate) for name in link.breakout):
        return f"No: not to {rate_text(rate)} in my table. {answer}"
    return f"Yes: {answer}"


def _breaks_to(name: str, rate: int) -> bool:
    return re.search(rf"x(?:HDR)?{rate}(?!\d)", name) is not None


def _why_no_breakout(link: Link) -> str:
    if link.lanes_per_direction == 1:
        return "it has a single lane"
    if link.topology == "duplex-wdm":
        return "its lanes share one fiber pair"
    return "my table lists no breakout for it"


def _lanes_of(link: Link, _question: LinkQuestion) -> str:
    return f"{link.name} has {_lanes(link)}."


def _mode(link: Link, question: LinkQuestion) -> str:
    answer = f"{link.name} runs on {_needed_fiber(link)}"
    asked = fiber_mode(question.fiber or "")
    if not question.is_yes_no or not asked:
        return f"{answer}."
    if asked == link.fiber_mode:
        return f"Yes: {answer}."
    return f"No: {answer}, not on {MODE_WORDS[asked]}."


_LEADS: dict[str, Callable[[Link, LinkQuestion], str]] = {
    ask.REACH: _reach,
    ask.LOSS: _loss,
    ask.FIBERS: _fibers,
    ask.CONNECTOR: _connector,
    ask.POLISH: _polish,
    ask.WAVELENGTH: _wavelength,
    ask.STANDARD: _standard_of,
    ask.DRAFT: _draft,
    ask.RATIFIED: _ratified,
    ask.BREAKOUT: _breakout,
    ask.LANES: _lanes_of,
    ask.MODE: _mode,
}
