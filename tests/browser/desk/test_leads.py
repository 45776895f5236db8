"""Leads at the desk in real browsers: claim, answer, escalate, and two people at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, Route, expect

from sales.database import transaction
from sales.leads import handling
from sales.leads.lead import Lead
from sales.takeover.store import current_of_lead
from tests.browser.desk.conftest import Colleague, Desk
from tests.integration.desk.sales_floor import HOUSE

AtDesk = Callable[..., Colleague]
LIVE_MS = 10_000


def lead_page(colleague: Colleague, lead: Lead) -> Page:
    page = colleague.open(f"/leads/{lead.id}")
    expect(page.locator("html[data-is-live]")).to_be_attached(timeout=LIVE_MS)
    return page


def claim_elsewhere(desk: Desk, lead: Lead, who: str) -> None:
    """As Slack would: in another process, past the desk."""
    with transaction(desk.engine) as session:
        handling.claim(session, lead.id, desk.team[who], datetime.now(UTC), HOUSE)


def test_a_claim_shows_without_a_new_page(desk: Desk, at_desk: AtDesk) -> None:
    page = lead_page(at_desk("dana"), desk.floor.lead())
    page.evaluate("window.isSamePage = true")

    page.get_by_role("button", name="Claim", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("is yours.")
    expect(page.locator("#lead-head")).to_contain_text("Yours")
    expect(page.locator("#lead-timeline")).to_contain_text("Dana Ruiz claimed it")
    expect(page.get_by_role("button", name="Claim", exact=True)).to_have_count(0)
    assert page.evaluate("window.isSamePage") is True


def test_a_claim_works_without_scripts(desk: Desk, at_desk: AtDesk) -> None:
    lead = desk.floor.lead()
    page = at_desk("dana", java_script_enabled=False).open(f"/leads/{lead.id}")

    page.get_by_role("button", name="Claim", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("is yours.")


def test_the_keyboard_alone_claims_a_lead(desk: Desk, at_desk: AtDesk) -> None:
    desk.floor.lead("Zoe First")
    lead = desk.floor.lead("Kim Keyboard")
    page = at_desk("dana").open("/inbox?q=Keyboard")
    page.get_by_label("Search").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == f"lead-{lead.id}":
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/leads/{lead.id}")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "claim":
            break
    page.keyboard.press("Enter")

    expect(page.locator("#messages")).to_contain_text("is yours.")
    expect(page.get_by_role("heading", name="Kim Keyboard")).to_be_focused()  # not lost


def test_the_arrow_keys_go_from_lead_to_lead(desk: Desk, at_desk: AtDesk) -> None:
    for name in ("Arrow One", "Arrow Two"):
        desk.floor.lead(name)
    page = at_desk("dana").open("/inbox?q=Arrow")
    links = page.locator("[data-rows] tbody th a")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")

    expect(links.first).to_be_focused()


def test_of_two_who_claim_at_once_one_wins_and_the_other_reads_who(
    desk: Desk, at_desk: AtDesk
) -> None:
    lead = desk.floor.lead()
    dana, rita = (lead_page(at_desk(who), lead) for who in ("dana", "rita"))
    held: list[Route] = []
    for page in (dana, rita):
        page.route("**/claim", lambda route: held.append(route))
        page.get_by_role("button", name="Claim", exact=True).click()
    dana.wait_for_timeout(300)
    assert len(held) == 2  # both are on their way
    for route in held:
        route.continue_()

    def has_won(page: Page) -> bool:
        settled = page.locator("#messages .flash, #lead-head [role=alert]")
        expect(settled.first).to_be_visible()
        return "is yours." in page.locator("#messages").inner_text()

    winners = [page for page in (dana, rita) if has_won(page)]
    assert len(winners) == 1
    loser = rita if winners == [dana] else dana
    name = "Dana Ruiz" if winners == [dana] else "Rita Alvarez"
    expect(loser.get_by_role("alert")).to_contain_text(f"{name} was faster and claimed it on")


def test_a_reply_is_sent_once_though_clicked_twice_and_the_box_is_empty_after(
    desk: Desk, at_desk: AtDesk
) -> None:
    lead = desk.floor.lead()
    page = lead_page(at_desk("dana"), lead)
    box = page.get_by_label("Reply to the visitor")
    box.fill("Hello, shall I quote 48 trunks?")

    page.get_by_role("button", name="Send", exact=True).dblclick()

    expect(page.locator("#messages")).to_contain_text("Sent to the visitor.")
    expect(box).to_have_value("")
    expect(page.locator("#lead-reply")).to_contain_text("You are answering")
    with desk.engine.connect() as connection:
        said = connection.exec_driver_sql(
            "SELECT count(*) FROM outbox WHERE kind = 'said' AND lead_id = ?", (lead.id,)
        ).scalar_one()
    assert said == 1

    page.get_by_role("button", name="Give back to the assistant").click()
    expect(page.locator("#messages")).to_contain_text("The assistant answers the visitor again.")
    with transaction(desk.engine) as session:
        assert current_of_lead(session, lead.id) is None


def test_what_the_visitor_writes_appears_and_a_half_written_reply_stays(
    desk: Desk, at_desk: AtDesk
) -> None:
    lead = desk.floor.lead()
    talk = desk.floor.conversation(lead).visitor("first words")
    page = lead_page(at_desk("dana"), lead)
    box = page.get_by_label("Reply to the visitor")
    box.press_sequentially("Half a rep")

    talk.visitor("Are you still there?")
    claim_elsewhere(desk, lead, "rita")

    expect(page.locator("#lead-conversation")).to_contain_text(
        "Are you still there?", timeout=LIVE_MS
    )
    expect(page.locator("#lead-head")).to_contain_text("Rita Alvarez", timeout=LIVE_MS)
    expect(box).to_have_value("Half a rep")
    expect(box).to_be_focused()
    expect(page.locator("#lead-news")).to_contain_text("Rita Alvarez claimed it")


def test_another_action_leaves_a_half_written_reply_alone(desk: Desk, at_desk: AtDesk) -> None:
    page = lead_page(at_desk("dana"), desk.floor.lead())
    page.get_by_label("Reply to the visitor").fill("Half a reply")

    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("is yours.")

    expect(page.get_by_label("Reply to the visitor")).to_have_value("Half a reply")


def test_an_escalation_without_a_reason_is_refused_beside_the_field(
    desk: Desk, at_desk: AtDesk
) -> None:
    page = lead_page(at_desk("dana"), desk.floor.lead())
    panel = page.locator("#panel-escalate")
    panel.get_by_text("Escalate", exact=True).first.click()
    panel.get_by_label("Why").fill("   ")
    panel.get_by_role("button", name="Escalate").click()

    expect(panel.get_by_role("alert")).to_have_text(re.compile("Say why"))
    expect(panel.get_by_label("Why")).to_have_attribute("aria-invalid", "true")

    panel.get_by_label("Why").fill("Custom 144F")
    panel.get_by_role("button", name="Escalate").click()
    expect(page.locator("#lead-timeline")).to_contain_text("escalated it to a senior engineer")


def test_a_new_lead_appears_in_an_open_inbox(desk: Desk, at_desk: AtDesk) -> None:
    page = at_desk("rita").open("/inbox?view=unclaimed")
    expect(page.locator("html[data-is-live]")).to_be_attached(timeout=LIVE_MS)
    page.get_by_label("Search").fill("half a word")

    lead = desk.floor.lead("Newly Arrived")

    expect(page.get_by_role("link", name="Newly Arrived")).to_be_visible(timeout=LIVE_MS)
    expect(page.get_by_label("Search")).to_have_value("half a word")
    claim_elsewhere(desk, lead, "dana")
    expect(page.get_by_role("link", name="Newly Arrived")).to_have_count(0, timeout=LIVE_MS)


def test_a_claim_in_one_browser_shows_in_another(desk: Desk, at_desk: AtDesk) -> None:
    lead = desk.floor.lead()
    dana, rita = (lead_page(at_desk(who), lead) for who in ("dana", "rita"))

    dana.get_by_role("button", name="Claim", exact=True).click()

    expect(rita.locator("#lead-head")).to_contain_text("Owner: Dana Ruiz", timeout=LIVE_MS)
    expect(rita.get_by_role("button", name="Claim", exact=True)).to_have_count(0)


def test_whoever_has_an_erased_lead_open_is_told_and_led_away(desk: Desk, at_desk: AtDesk) -> None:
    lead = desk.floor.lead()
    rita = lead_page(at_desk("rita"), lead)
    olga = at_desk("olga").open(f"/leads/{lead.id}")
    olga.get_by_role("link", name="Erase on request").click()
    olga.get_by_label(f"Type {lead.reference} to confirm").fill(lead.reference)
    olga.get_by_role("button", name="Erase for good").click()

    expect(olga.locator("#messages")).to_contain_text("has been deleted")
    rita.wait_for_url("**/inbox", timeout=LIVE_MS)
    expect(rita.locator("#messages")).to_contain_text("It may have been erased.")


def test_a_hidden_page_does_not_keep_a_connection(desk: Desk, at_desk: AtDesk) -> None:
    """Browsers allow six to a server: seven open leads would block the desk."""
    colleague = at_desk("dana")
    leads = [desk.floor.lead() for _ in range(8)]
    pages = [colleague.page, *(colleague.page.context.new_page() for _ in leads[1:])]
    for page, lead in zip(pages, leads, strict=True):
        page.goto(f"{desk.address}/leads/{lead.id}")
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
    last = pages[-1]

    last.get_by_role("button", name="Claim", exact=True).click()

    expect(last.locator("#messages")).to_contain_text("is yours.")
