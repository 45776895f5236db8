"""What a colleague finds in the inbox, in which order, and how they find more."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads import handling
from sales.leads.lead import Lead
from sales.team.roles import Member
from tests.integration.desk.conftest import Browser, Clock
from tests.integration.desk.sales_floor import HOUSE, SalesFloor

Desk = Callable[[str], Browser]
Hire = Callable[..., Member]
NAME = re.compile(r'<a id="lead-\d+"[^>]*>([^<]*)</a>')


@pytest.fixture
def floor(engine: Engine, clock: Clock) -> SalesFloor:
    return SalesFloor(engine, clock())


@pytest.fixture
def rep(at_desk: Desk) -> Browser:
    return at_desk("rep")


def names(browser: Browser, address: str = "/inbox") -> list[str]:
    return NAME.findall(browser.get(address).text)


def claim(engine: Engine, lead: Lead, member: Member, clock: Clock) -> None:
    with transaction(engine) as session:
        handling.claim(session, lead.id, member, clock(), HOUSE)


def test_each_view_holds_what_its_name_says(
    engine: Engine, floor: SalesFloor, rep: Browser, hire: Hire, clock: Clock
) -> None:
    eli = hire("engineer")
    with transaction(engine) as session:
        me = Member(1, "Rep Example", "rep@example.com", "rep", None, True, 0)
        for name in ("Mine", "Waiting", "Overdue", "Handed up", "Done"):
            floor.lead(name, minutes_ago=300 if name == "Overdue" else 1)
        handling.claim(session, 1, me, clock(), HOUSE)
        handling.escalate(session, 4, eli, "manager", "Too big for me", clock(), HOUSE)
        handling.close(session, 5, eli, "lost", clock(), HOUSE, "Spam")

    assert names(rep, "/inbox?view=mine") == ["Mine"]
    assert set(names(rep, "/inbox?view=unclaimed")) == {"Waiting", "Overdue", "Handed up"}
    assert names(rep, "/inbox?view=breached") == ["Overdue"]
    assert names(rep, "/inbox?view=escalated") == ["Handed up"]
    assert names(rep, "/inbox?view=closed") == ["Done"]
    assert set(names(rep)) == {"Mine", "Waiting", "Overdue", "Handed up"}


def test_the_most_urgent_lead_is_on_top(
    engine: Engine, floor: SalesFloor, rep: Browser, hire: Hire, clock: Clock
) -> None:
    taken = floor.lead("Taken", minutes_ago=200)
    floor.lead("Later", need={})
    floor.lead("Soon")
    floor.lead("Late", minutes_ago=200)
    claim(engine, taken, hire("engineer"), clock)

    assert names(rep) == ["Late", "Soon", "Later", "Taken"]


@pytest.mark.parametrize(
    "search",
    ["mira", "TESTPERSON", "visitor1@example", "example networks", "L-000001", "l-1", "1",
     "(408) 796-7735", "+1 408 796 7735", "cln-mpo12", "mira networks", "Ångström"],
)  # fmt: skip
def test_a_lead_is_found_by_what_a_colleague_remembers(
    floor: SalesFloor, rep: Browser, search: str
) -> None:
    floor.lead("Mira Testperson", phone="+14087967735", note="Ångström lab")
    floor.lead("Somebody Else", company="Other", products=(), email="else@example.org")

    answer = rep.get("/inbox", params={"q": search})

    assert NAME.findall(answer.text) == ["Mira Testperson"]


@pytest.mark.parametrize("search", ["%", "_", "zzz", "\x00", "'; DROP TABLE leads", "99999999999"])
def test_a_search_without_a_hit_says_so(floor: SalesFloor, rep: Browser, search: str) -> None:
    floor.lead()

    answer = rep.get("/inbox", params={"q": search})

    assert answer.status_code == 200
    if search != "\x00":  # nothing is left of it, so everything is shown
        assert "Nothing found" in answer.text


def test_a_closed_lead_found_from_another_view_is_pointed_to(
    engine: Engine, floor: SalesFloor, rep: Browser, hire: Hire, clock: Clock
) -> None:
    lead = floor.lead()
    with transaction(engine) as session:
        handling.close(session, lead.id, hire("manager"), "lost", clock(), HOUSE)

    page = rep.get("/inbox", params={"q": "mira"}).text

    assert "view=closed&amp;q=mira" in page
    assert "closed (1)" in page


def test_an_empty_inbox_says_what_will_come(rep: Browser) -> None:
    assert "appear here as soon as visitors leave them" in rep.get("/inbox").text


def test_a_row_tells_need_priority_owner_and_how_late_it_is(
    floor: SalesFloor, rep: Browser
) -> None:
    floor.lead(minutes_ago=60)

    row = rep.get("/inbox").text

    for told in ("400G, 48 pieces, data center", "high", "nobody", "30 min late", "Claim L-000001"):
        assert told in row


def test_more_than_a_page_goes_on_the_next_one(floor: SalesFloor, rep: Browser) -> None:
    for number in range(52):
        floor.lead(f"Visitor {number:02}", minutes_ago=number)

    first, second = names(rep), names(rep, "/inbox?view=open&page=2")

    assert (len(first), len(second)) == (50, 2)
    assert not set(first) & set(second)


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "999999999999"])
def test_a_page_that_cannot_be_is_no_error(floor: SalesFloor, rep: Browser, page: str) -> None:
    assert rep.get("/inbox", params={"page": page}).status_code == 200


def test_claiming_from_the_inbox_goes_back_to_the_same_list(
    floor: SalesFloor, rep: Browser
) -> None:
    floor.lead()

    answer = rep.post("/leads/1/claim", back="/inbox?view=unclaimed&q=mira")

    assert answer.headers["location"] == "/inbox?view=unclaimed&q=mira"
    assert "L-000001 is yours." in rep.get("/inbox?view=mine").text


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example/inbox", "/inboxes"])
def test_a_form_cannot_send_a_colleague_elsewhere(
    floor: SalesFloor, rep: Browser, back: str
) -> None:
    floor.lead()

    assert rep.post("/leads/1/claim", back=back).headers["location"] == "/leads/1"


def test_what_a_visitor_calls_themselves_stays_text(floor: SalesFloor, rep: Browser) -> None:
    floor.lead("<script>alert(1)</script>", company='"><img src=x>', need={}, note="<b>bold</b>")

    page = rep.get("/inbox").text

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_times_are_those_of_the_office(floor: SalesFloor, rep: Browser, engine: Engine) -> None:
    floor.lead()
    with engine.begin() as connection:
        due = "2026-11-23T18:30:00+00:00"
        found = connection.execute(sa.text("SELECT due_at FROM leads")).scalar_one()
    assert str(found).startswith("2026-11-23 ")

    assert f'datetime="{due}"' in rep.get("/inbox").text
    assert ">10:30</time>" in rep.get("/leads/1").text  # Pacific time


def test_a_sleeping_lead_is_not_late(
    engine: Engine, floor: SalesFloor, rep: Browser, hire: Hire, clock: Clock
) -> None:
    lead = floor.lead()
    with transaction(engine) as session:
        manager = hire("manager")
        until = clock() + timedelta(days=2)
        handling.snooze(session, lead.id, manager, until, clock(), HOUSE)
    clock.pass_by(hours=6)
    browser = rep

    assert names(browser, "/inbox?view=breached") == []
    assert "asleep for 42 h" in browser.get("/inbox").text
