"""Every optic of the table is answered with its own figures, and with what was asked first."""

from __future__ import annotations

import pytest

from sales.reference.files import known_links
from sales.reference.link_details import LinkQuestion, details_asked, is_yes_no
from sales.reference.link_search import LinkConditions, links_that_meet, needs_text
from sales.reference.link_text import distance, link_answer
from sales.reference.values import Link

LINKS = list(known_links().values())
BY_NAME = {link.name: link for link in LINKS}
every_link = pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)


def first_line(link: Link, asked: str, **said: object) -> str:
    question = LinkQuestion(details_asked(asked), is_yes_no=is_yes_no(asked), **said)  # type: ignore[arg-type]
    return link_answer(link, question, ["a source"]).splitlines()[0]


@every_link
@pytest.mark.parametrize("asked", ["how far can {} go?", "{} reach", "max distance of {}"])
def test_the_reach_leads_with_every_grade_of_the_table(link: Link, asked: str) -> None:
    answer = first_line(link, asked.format(link.name))

    assert answer.startswith(f"{link.name} reaches ")
    for figure in link.fibers:
        assert distance(figure.reach_m) in answer
        assert figure.fiber in answer


@every_link
def test_on_a_fiber_grade_only_its_own_reach_leads(link: Link) -> None:
    for figure in link.fibers:
        answer = first_line(link, f"{link.name} reach on {figure.fiber}", fiber=figure.fiber)

        assert answer == f"{link.name} reaches {distance(figure.reach_m)} on {figure.fiber}."


@every_link
@pytest.mark.parametrize("asked", ["channel loss of {}", "how many dB can {} lose?"])
def test_the_loss_is_the_table_s_or_said_to_be_missing(link: Link, asked: str) -> None:
    answer = first_line(link, asked.format(link.name))
    losses = [figure.max_loss_db for figure in link.fibers if figure.max_loss_db is not None]

    assert all(f"{loss:g} dB" in answer for loss in losses)
    assert bool(losses) != ("no channel loss" in answer)


@every_link
def test_fibers_connector_and_polish_are_the_table_s(link: Link) -> None:
    assert f"uses {link.fibers_used} fibers" in first_line(link, f"how many fibers for {link.name}")
    assert link.connector in first_line(link, f"which connector does {link.name} use")
    assert link.polish in first_line(link, f"polish of {link.name}")


@every_link
def test_apc_is_a_question_of_yes_or_no(link: Link) -> None:
    answer = first_line(link, f"does {link.name} need APC?", polish="APC")

    if "specific" in link.polish:
        assert "check the module" in answer
    else:
        assert answer.startswith("Yes: " if link.polish == "APC" else "No: ")


@every_link
@pytest.mark.parametrize("asked", ["can {} break out?", "does {} breakout"])
def test_breakout_is_yes_with_the_table_s_or_no(link: Link, asked: str) -> None:
    answer = first_line(link, asked.format(link.name))

    assert answer.startswith("Yes: " if link.breakout else "No: ")
    assert all(name.partition("x")[2] in answer for name in link.breakout)


@every_link
def test_light_standard_and_lanes_are_the_table_s(link: Link) -> None:
    light = first_line(link, f"wavelength of {link.name}")

    assert all(f"{nm:g}" in light for nm in link.wavelengths_nm)
    assert link.standard in first_line(link, f"which standard defines {link.name}")
    assert link.modulation in first_line(link, f"how many lanes has {link.name}")


@every_link
def test_drafts_and_weak_figures_are_called_so(link: Link) -> None:
    answer = link_answer(link, LinkQuestion(), ["a source"])
    is_draft = first_line(link, f"is {link.name} a draft?")

    assert is_draft.startswith("Yes: " if link.is_draft else "No: ")
    assert ("provisional" in answer) >= link.is_draft
    assert ("check the module's data sheet" in answer) == (link.confidence != "confirmed")


def test_a_question_turned_round_gets_its_answer_turned_round() -> None:
    draft, standard = BY_NAME["1.6TBASE-DR8"], BY_NAME["400GBASE-DR4"]

    assert first_line(draft, "is it ratified?").startswith("No: ")
    assert first_line(standard, "is it ratified?").startswith("Yes: ")
    assert first_line(standard, "is 600 m too long?", length_m=600).startswith("Yes, too long: ")
    assert first_line(standard, "is 400 m too long?", length_m=400).startswith("No, not too long")


@every_link
def test_single_mode_is_a_question_of_yes_or_no(link: Link) -> None:
    answer = first_line(link, f"is {link.name} single mode?", fiber="SM")

    assert answer.startswith("Yes: " if link.fiber_mode == "SM" else "No: ")


@every_link
def test_a_length_is_within_reach_or_not(link: Link) -> None:
    for figure in link.fibers:
        fits = first_line(link, "does it reach?", fiber=figure.fiber, length_m=figure.reach_m)
        too_far = first_line(link, "does it?", fiber=figure.fiber, length_m=figure.reach_m + 1)

        assert fits.startswith("Yes: ")
        assert too_far.startswith("No: ")


@every_link
def test_the_other_kind_of_fiber_is_refused(link: Link) -> None:
    other = "OS2" if link.fiber_mode == "MM" else "OM4"

    assert first_line(link, f"{link.name} on {other}", fiber=other).startswith(
        f"No, not on {other}"
    )


def test_optics_are_found_by_what_they_must_meet() -> None:
    mpo_16 = links_that_meet(LINKS, LinkConditions(connector="MPO-16"))

    assert {link.name for link in mpo_16} == {
        link.name for link in LINKS if link.family == "ethernet" and "MPO-16" in link.connector
    }
    assert len(mpo_16) == 7
    assert links_that_meet(LINKS, LinkConditions(rates=(25,), fiber="OM5")) == [
        BY_NAME["25GBASE-SR"]
    ]


def test_a_length_that_nothing_reaches_says_so_with_the_closest_and_another_fiber() -> None:
    wanted = LinkConditions(rates=(800,), fiber="OM4", length_m=200)
    found = links_that_meet(LINKS, wanted)
    others = links_that_meet(LINKS, LinkConditions(rates=(800,)))

    text = needs_text(found, wanted, is_yes_no=False, on_other_fiber=others)

    assert text.startswith("Nothing in my table does 800G over 200 m of OM4.")
    assert "Too short: 800GBASE-SR8 (100 m) and 800GBASE-VR8 (50 m)." in text
    assert "On another fiber: " in text
