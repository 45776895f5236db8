"""What a lead's page tells, what can be done there, and what it says when it cannot be done."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads.handling import claim, close
from sales.leads.store import find_lead
from sales.outbox.tables import outbox
from sales.takeover.store import current_of_lead
from sales.team.roles import Member
from tests.integration.desk.conftest import Browser, Clock, Open
from tests.integration.desk.sales_floor import HOUSE, SalesFloor

Desk = Callable[[str], Browser]
Hire = Callable[..., Member]
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def floor(engine: Engine, clock: Clock) -> SalesFloor:
    return SalesFloor(engine, clock())


@pytest.fixture
def rep(at_desk: Desk) -> Browser:
    return at_desk("rep")


@pytest.fixture
def manager(at_desk: Desk) -> Browser:
    return at_desk("manager")


@pytest.fixture
def owner(at_desk: Desk) -> Browser:
    return at_desk("owner")


def page(browser: Browser, lead_id: int = 1) -> str:
    answer = browser.get(f"/leads/{lead_id}")
    assert answer.status_code == 200, answer.text
    return answer.text


def part(html: str, name: str) -> str:
    """The part of a page with this id, up to the next part."""
    return html.split(f'id="{name}"', 1)[1].split('id="lead-', 1)[0]


def said_to_visitor(engine: Engine) -> list[tuple[str, str]]:
    """(kind, text) of what waits for the visitor, oldest first."""
    query = sa.select(outbox.c.kind, outbox.c.payload).where(outbox.c.channel == "visitor")
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(outbox.c.id)).all()
    return [(row.kind, row.payload.get("text", "")) for row in rows]


def state(engine: Engine, lead_id: int = 1) -> str:
    with transaction(engine) as session:
        lead = find_lead(session, str(lead_id))
        assert lead is not None
        return lead.state


# --- what it tells


def test_the_page_tells_who_it_is_what_they_need_and_why(floor: SalesFloor, rep: Browser) -> None:
    floor.lead(phone="+14087967735", note="Quote 48 trunks, please.")

    html = page(rep)

    for told in (
        "Mira Testperson", "Example Networks", "L-000001",
        'href="mailto:visitor1%40example.com?subject=Your%20request%20L-000001"',
        'href="tel:+14087967735">+1 408-796-7735</a>',
        "Quote 48 trunks, please.", "400G", "data center",
        "MTP, because 400G leaves little loss to spare.", "Your link is sensitive to loss",
        "no longer in the catalog", "48 pieces: more than a trial.",
        "Waiting for a rep to claim it.", "asked to be contacted",
    ):  # fmt: skip
        assert told in html, told


def test_the_product_asked_for_reads_like_an_order(floor: SalesFloor, rep: Browser) -> None:
    asked = {"brand": "MTP", "family": "TRK", "fibers": 12, "in_stock": False, "sort": "best"}
    floor.lead(need={"product_query": asked})

    assert "<dt>Asked for</dt><dd>MTP trunk cable, 12 fibers</dd>" in page(rep)
    assert "MTP trunk cable, 12 fibers</span>" in rep.get("/inbox").text


def test_the_conversation_is_read_from_the_record_with_its_authors(
    floor: SalesFloor, rep: Browser
) -> None:
    lead = floor.lead()
    talk = floor.conversation(lead)
    talk.visitor("which connector?").assistant("Which data rate?", ("400G",)).visitor("/400G")
    talk.assistant("Dana has joined.", author="Dana", notice=True)
    talk.assistant("Hello Mira!", author="Dana")

    said = part(page(rep), "lead-conversation")

    assert re.findall(r"bubble-(visitor|bot|colleague|notice)", said) == [
        "visitor", "bot", "visitor", "notice", "colleague",
    ]  # fmt: skip
    assert ">400G</span>" in said  # the button's title, not its payload
    assert "/400G" not in said
    assert "Dana · " in said


def test_without_a_live_conversation_the_one_handed_over_is_shown(
    floor: SalesFloor, rep: Browser
) -> None:
    lines = ({"who": "visitor", "text": "hello there", "at": 1_000.5}, {"who": "bot", "text": "Hi"})
    floor.lead(transcript=lines)

    said = part(page(rep), "lead-conversation")

    assert "hello there" in said
    assert "Assistant" in said


def test_an_earlier_conversation_stays_readable(floor: SalesFloor, rep: Browser) -> None:
    lead = floor.lead(transcript=({"who": "visitor", "text": "last year", "at": 1_000.0},))
    floor.conversation(lead).visitor("today")

    said = part(page(rep), "lead-conversation")

    assert "Earlier conversation (1 line)" in said
    assert said.index("last year") < said.index("today")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"])
def test_what_people_write_stays_text(floor: SalesFloor, rep: Browser, text: str) -> None:
    lead = floor.lead(text, company=text, note=text, products=(text,), need={"site": text})
    floor.conversation(lead).visitor(text).assistant(text, (text,), author=text)
    rep.post("/leads/1/note", text=text)

    assert text not in page(rep)


@pytest.mark.parametrize("address", ["/leads/77", "/leads/77/merge", "/leads/99999999999999999999"])
def test_a_lead_that_is_not_there_is_said_in_words(owner: Browser, address: str) -> None:
    answer = owner.get(address)

    assert answer.status_code == 404
    assert "It may have been erased" in answer.text


# --- what can be done


def test_a_claim_is_told_and_takes_the_clock_away(
    floor: SalesFloor, rep: Browser, engine: Engine
) -> None:
    floor.lead()

    answer = rep.post("/leads/1/claim")
    html = rep.get(answer.headers["location"]).text

    assert state(engine) == "claimed"
    assert "L-000001 is yours." in html
    assert "<strong>Yours</strong>" in html
    assert "<strong>Rep Example</strong> claimed it" in html


def test_who_is_slower_reads_who_was_faster_and_when(
    floor: SalesFloor, rep: Browser, hire: Hire, engine: Engine, clock: Clock
) -> None:
    floor.lead()
    with transaction(engine) as session:
        claim(session, 1, hire("rep", "dana@example.com", "Dana Ruiz"), clock(), HOUSE)

    answer = rep.post("/leads/1/claim")

    assert answer.status_code == 409
    assert "Dana Ruiz was faster and claimed it on Nov 23, 10:00." in answer.text
    assert "Owner: <strong>Dana Ruiz</strong>" in answer.text


def test_a_reply_reaches_the_visitor_once_however_often_it_is_sent(
    floor: SalesFloor, rep: Browser, engine: Engine
) -> None:
    floor.lead()

    for _ in range(3):
        answer = rep.post("/leads/1/reply", text="Hello Mira,\r\nyes we do.", key=KEY)
        assert answer.headers["location"] == "/leads/1"

    assert said_to_visitor(engine) == [("joined", ""), ("said", "Hello Mira,\nyes we do.")]
    assert state(engine) == "contacted"
    html = page(rep)
    assert "You are answering" in html
    assert f'value="{KEY}"' not in html  # the next reply has a key of its own


def test_a_reply_shows_at_once_and_says_that_it_is_on_its_way(
    floor: SalesFloor, rep: Browser, engine: Engine, clock: Clock
) -> None:
    lead = floor.lead()
    floor.conversation(lead).visitor("hello")
    rep.post("/leads/1/reply", text="Hello Mira", key=KEY)

    waiting = part(page(rep), "lead-conversation")
    with engine.begin() as connection:
        connection.execute(sa.update(outbox).values(dead_at=clock()))
    given_up = part(page(rep), "lead-conversation")
    with engine.begin() as connection:  # as the assistant does once it is in the record
        connection.execute(sa.update(outbox).values(dead_at=None, delivered_at=clock()))
    floor.conversation(lead).assistant("Hello Mira", author="Rep Example")
    delivered = part(page(rep), "lead-conversation")

    assert "on its way" in waiting
    assert "not delivered" in given_up
    assert delivered.count("Hello Mira") == 1
    assert "on its way" not in delivered


@pytest.mark.parametrize("key", ["", "x", "a" * 500, "' OR 1=1"])
def test_a_reply_with_a_made_up_key_is_still_sent(
    floor: SalesFloor, rep: Browser, engine: Engine, key: str
) -> None:
    floor.lead()

    rep.post("/leads/1/reply", text="Hello", key=key)

    assert ("said", "Hello") in said_to_visitor(engine)


def test_an_empty_reply_is_refused_in_words(
    floor: SalesFloor, rep: Browser, engine: Engine
) -> None:
    floor.lead()

    answer = rep.post("/leads/1/reply", text="  \x00 ", key=KEY)

    assert answer.status_code == 409
    assert "Write what the visitor should read." in answer.text
    assert said_to_visitor(engine) == []


def test_a_refused_reply_keeps_what_was_written(
    floor: SalesFloor, rep: Browser, engine: Engine, hire: Hire, clock: Clock
) -> None:
    floor.lead()
    with transaction(engine) as session:
        claim(session, 1, hire("rep", "dana@example.com", "Dana Ruiz"), clock(), HOUSE)

    answer = rep.post("/leads/1/note", text="x" * 4_001)
    refused = rep.post("/leads/1/reply", text="A long answer", key=KEY)

    assert "x" * 4_001 in answer.text
    assert refused.status_code == 403
    assert "belongs to Dana Ruiz" in refused.text


def test_the_visitor_is_given_back_to_the_assistant(
    floor: SalesFloor, rep: Browser, engine: Engine
) -> None:
    floor.lead()
    rep.post("/leads/1/reply", text="Hello", key=KEY)

    rep.post("/leads/1/release")

    assert [kind for kind, _ in said_to_visitor(engine)] == ["joined", "said", "left"]
    with transaction(engine) as session:
        assert current_of_lead(session, 1) is None
    assert "gave the visitor back to the assistant" in page(rep)


def test_an_escalation_needs_a_reason_and_keeps_the_chosen_level(
    floor: SalesFloor, rep: Browser
) -> None:
    floor.lead()

    answer = rep.post("/leads/1/escalate", level="manager", reason="   ")

    assert answer.status_code == 409
    assert "Say why, so that the next person need not ask." in answer.text
    assert '<option value="manager" selected>' in answer.text


def test_an_escalation_is_told_with_its_reason(floor: SalesFloor, rep: Browser) -> None:
    floor.lead()

    rep.post("/leads/1/escalate", level="engineer", reason="Custom 144F")
    html = page(rep)

    assert "escalated it to a senior engineer" in html
    assert "Custom 144F" in part(html, "lead-timeline")
    assert "Waiting for a senior engineer to claim it." in html


@pytest.mark.parametrize("level", ["", "rep", "ceo"])
def test_an_escalation_to_nowhere_is_refused(floor: SalesFloor, rep: Browser, level: str) -> None:
    floor.lead()

    assert rep.post("/leads/1/escalate", level=level, reason="Why not").status_code == 409


def test_a_lead_is_won_and_reopened(floor: SalesFloor, rep: Browser, engine: Engine) -> None:
    floor.lead()
    rep.post("/leads/1/claim")

    rep.post("/leads/1/close", outcome="won", reason="24 trunks")
    won = page(rep)
    rep.post("/leads/1/reopen")

    assert "Closed as <strong>won</strong>" in won
    assert "24 trunks" in won
    assert "reopen it first" in won  # instead of the reply box
    assert state(engine) == "claimed"


def test_an_unclaimed_lead_is_not_won_by_anybody(floor: SalesFloor, rep: Browser) -> None:
    floor.lead()

    answer = rep.post("/leads/1/close", outcome="won", reason="By itself")

    assert "Claim L-000001 before it is won." in answer.text
    assert "By itself" in answer.text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"for": "1h"}, "11:00"),
        ({"for": "4h"}, "14:00"),
        ({"for": "day"}, "Nov 24, 08:00"),
        ({"for": "week"}, "Nov 30, 08:00"),
        ({"for": "1h", "until": "2026-11-25T09:30"}, "Nov 25, 09:30"),
    ],
)
def test_a_lead_sleeps_until_a_time_of_the_office(
    floor: SalesFloor, rep: Browser, asked: dict[str, str], told: str
) -> None:
    floor.lead()

    rep.post("/leads/1/snooze", **asked)

    assert f">{told}</time>" in part(page(rep), "lead-timeline")


@pytest.mark.parametrize(
    "asked",
    [{}, {"for": "ever"}, {"until": "soon"}, {"until": "2020-01-01T09:00"},
     {"until": "9999-12-31T23:59"}, {"until": "2026-11-25T09:30+99:00"}],
)  # fmt: skip
def test_a_time_nobody_can_sleep_until_is_refused(
    floor: SalesFloor, rep: Browser, asked: dict[str, str]
) -> None:
    floor.lead()

    assert rep.post("/leads/1/snooze", **asked).status_code == 409


def test_a_rep_hands_on_their_own_lead_only(
    floor: SalesFloor, rep: Browser, hire: Hire, engine: Engine, clock: Clock
) -> None:
    dana = hire("rep", "dana@example.com", "Dana Ruiz")
    floor.lead()
    floor.lead()
    rep.post("/leads/1/claim")
    with transaction(engine) as session:
        claim(session, 2, dana, clock(), HOUSE)

    mine = rep.post("/leads/1/reassign", to=str(dana.id))
    others = rep.post("/leads/2/reassign", to="1")

    assert mine.status_code == 303
    assert "handed it to Dana Ruiz" in page(rep)
    assert others.status_code == 403
    assert "managers and owners" in others.text


@pytest.mark.parametrize("to", ["", "0", "-1", "77", "x", "9" * 30])
def test_a_lead_is_handed_to_nobody_who_is_not_there(
    floor: SalesFloor, manager: Browser, to: str
) -> None:
    floor.lead()

    answer = manager.post("/leads/1/reassign", to=to)

    assert answer.status_code == 409
    assert "Choose a colleague." in answer.text


def test_a_note_stays_inside_the_house(floor: SalesFloor, rep: Browser, engine: Engine) -> None:
    floor.lead()

    rep.post("/leads/1/note", text="Sounds like a reseller.")

    assert "Sounds like a reseller." in part(page(rep), "lead-timeline")
    assert said_to_visitor(engine) == []


def test_a_refusal_for_htmx_is_a_page_that_it_shows(floor: SalesFloor, rep: Browser) -> None:
    floor.lead()
    headers = {"HX-Request": "true", "X-CSRF-Token": rep.token()}

    answer = rep.client.post("/leads/1/escalate", data={"level": "engineer"}, headers=headers)

    assert answer.status_code == 200
    assert "Say why" in answer.text


def test_a_lead_without_a_chat_says_how_else_to_answer(floor: SalesFloor, rep: Browser) -> None:
    floor.lead(conversation_id="")

    html = page(rep)

    assert "use e-mail or phone" in html
    assert 'name="key"' not in html


# --- two leads of one person, and data that must go


def test_a_duplicate_is_found_compared_and_merged(floor: SalesFloor, manager: Browser) -> None:
    floor.lead("Mira Testperson")
    floor.lead("Mira T.", email="mira@example.org")

    found = manager.get("/leads/1/merge?q=mira").text
    compared = manager.get("/leads/1/merge?other=2&q=mira").text
    answer = manager.post("/leads/1/merge?other=2", other="2")

    assert "other=2" in found
    assert "Goes into it: L-000002" in compared
    assert answer.headers["location"] == "/leads/1"
    assert manager.get("/leads/2").headers["location"] == "/leads/1"
    assert manager.get("/leads/2/now").headers["hx-redirect"] == "/leads/1"
    assert "merged L-000002 into it" in page(manager)


@pytest.mark.parametrize("other", ["1", "", "77", "x"])
def test_what_cannot_be_merged_is_refused_in_words(
    floor: SalesFloor, manager: Browser, other: str
) -> None:
    floor.lead()

    answer = manager.post("/leads/1/merge", other=other)

    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_a_person_is_erased_when_the_reference_is_typed(
    floor: SalesFloor, owner: Browser, engine: Engine
) -> None:
    lead = floor.lead()
    floor.conversation(lead).visitor("forget me")

    wrong = owner.post("/leads/1/erase", reference="L-000002")
    assert wrong.status_code == 422
    assert "Nothing was deleted." in wrong.text
    right = owner.post("/leads/1/erase", reference="l-1")

    assert right.headers["location"] == "/inbox"
    assert owner.get("/leads/1").status_code == 404
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one() == 0


def test_all_leads_are_taken_away_as_a_file(
    floor: SalesFloor, manager: Browser, rep: Browser
) -> None:
    floor.lead("=HYPERLINK(1)")
    floor.lead()

    answer = manager.get("/inbox/export")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    assert "attachment" in answer.headers["content-disposition"]
    assert [row["name"] for row in rows] == ["'=HYPERLINK(1)", "Mira Testperson"]
    refused = rep.get("/inbox/export")
    assert refused.status_code == 403
    assert "managers and owners" in refused.text


def test_what_somebody_may_not_do_is_said_where_the_form_would_be(
    floor: SalesFloor, rep: Browser, hire: Hire, engine: Engine, clock: Clock
) -> None:
    floor.lead()
    with transaction(engine) as session:
        claim(session, 1, hire("engineer", name="Eli Okafor"), clock(), HOUSE)

    html = page(rep)

    assert "belongs to Eli Okafor" in html
    assert "/leads/1/merge" not in html
    assert "/leads/1/erase" not in html


def test_somebody_who_left_has_their_name_still(
    floor: SalesFloor, rep: Browser, hire: Hire, engine: Engine, clock: Clock
) -> None:
    gone = hire("engineer", name="Eli Okafor")
    floor.lead()
    with transaction(engine) as session:
        claim(session, 1, gone, clock(), HOUSE)
        close(session, 1, gone, "won", clock(), HOUSE)
        session.execute(sa.text("UPDATE team_members SET is_active = false WHERE role='engineer'"))

    assert "Owner: <strong>Eli Okafor</strong>" in page(rep)


def test_two_people_who_look_at_the_same_lead_see_the_same(
    floor: SalesFloor, rep: Browser, manager: Browser, open_browser: Open
) -> None:
    floor.lead()
    before = manager.get("/leads/1/now").text
    rep.post("/leads/1/claim")

    assert "Owner: <strong>Rep Example" not in before
    assert "Owner: <strong>Rep Example" in manager.get("/leads/1/now").text
