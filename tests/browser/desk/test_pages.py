"""Every page of the desk: who gets in, what it says, and that everybody can read and use it."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sales.catalog.sample import SAMPLE_FILE
from sales.database import transaction
from sales.feedback.store import rate_answer, rate_conversation
from sales.questions.store import record_unknown
from sales.settings import PROJECT
from tests.browser.conftest import watch
from tests.browser.desk.conftest import Colleague, Desk, sign_in

AtDesk = Callable[..., Colleague]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
IMAGES = PROJECT / "docs" / "images"
PAGES = (
    "/inbox", "/inbox?view=closed", "/inbox?q=nobody", "/leads/1", "/leads/2", "/leads/1/merge",
    "/leads/1/merge?other=2", "/leads/1/erase", "/questions", "/questions?status=assigned",
    "/dashboard", "/dashboard?days=90", "/catalog", "/catalog/import", "/team", "/outbox",
    "/account", "/nowhere",
)  # fmt: skip


@pytest.fixture(scope="module")
def busy_desk(desk: Desk) -> Desk:
    """Leads, a conversation, questions and ratings, so that no page is empty."""
    now = datetime.now(UTC)
    lead = desk.floor.lead("Mira Testperson", minutes_ago=90, note="Quote 48 trunks, please.")
    talk = desk.floor.conversation(lead).visitor("which connector for 400G?")
    talk.assistant("How long is the link?", ("up to 100 m", "longer")).visitor("/longer")
    talk.assistant("Dana has joined.", author="Dana", notice=True)
    talk.assistant("Hello Mira, I am looking it up.", author="Dana")
    desk.floor.lead("Jonas Beck", company="Nordlicht Cloud GmbH", need={}, recommendation=None)
    with transaction(desk.engine) as session:
        for text in ("do you ship to Canada?", "Do you ship to canada", "red cables?"):
            record_unknown(session, "c", text, "not_understood", ["faq/what_is_mpo"], now)
        rate_answer(session, lead.conversation_id, 1, "down", now)
        rate_conversation(session, lead.conversation_id, 4, "", now)
    return desk


def picture(page: Page, name: str) -> None:
    """Keep a screenshot for the README when asked to: KEEP_SCREENSHOTS=1."""
    if os.environ.get("KEEP_SCREENSHOTS"):
        page.screenshot(path=IMAGES / f"{name}.png")


def accessible(page: Page) -> None:
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(busy_desk: Desk, browser: Browser, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 860})  # type: ignore[arg-type]
    colleague = Colleague(context.new_page(), busy_desk)
    accessible(colleague.open("/sign-in"))
    sign_in(colleague, "olga")
    for path in PAGES:
        page = colleague.open(path)
        for details in page.locator("main details").all():
            details.evaluate("one => one.open = true")
        accessible(page)
        if path in ("/inbox", "/leads/1", "/dashboard", "/questions"):
            picture(page, f"desk-{path.strip('/').replace('/', '-')}-{scheme}")
    context.close()


@pytest.mark.parametrize("path", ["/sign-in", *PAGES])
def test_a_narrow_phone_scrolls_down_only(busy_desk: Desk, at_desk: AtDesk, path: str) -> None:
    colleague = at_desk("olga", viewport={"width": 320, "height": 640})
    if path == "/nowhere":  # its status is logged by the browser
        return
    page = colleague.open(path)
    for details in page.locator("main details").all():
        details.evaluate("one => one.open = true")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_wrong_password_is_said_and_the_right_one_opens_the_inbox(
    desk: Desk, browser: Browser
) -> None:
    context = browser.new_context()
    colleague = Colleague(context.new_page(), desk)
    sign_in(colleague, "mo", "not the password at all")
    expect(colleague.page.get_by_role("alert")).to_contain_text("is not right")
    expect(colleague.page.get_by_label("E-mail")).to_have_value("mo@example.com")

    sign_in(colleague, "mo")

    expect(colleague.page.get_by_role("heading", name="Inbox")).to_be_visible()
    context.close()


@pytest.mark.parametrize("path", ["/team", "/outbox", "/questions", "/inbox/export"])
def test_a_rep_is_told_who_may_open_a_page(desk: Desk, browser: Browser, path: str) -> None:
    context = browser.new_context()
    colleague = Colleague(context.new_page(), desk)
    sign_in(colleague, "dana")

    page = colleague.open(path)

    expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
    expect(page.get_by_text("Only ")).to_be_visible()
    context.close()


def test_an_import_with_mistakes_changes_nothing_and_names_the_cells(
    desk: Desk, at_desk: AtDesk, tmp_path: Path
) -> None:
    file = tmp_path / "catalog.csv"
    with SAMPLE_FILE.open(encoding="utf-8", newline="") as sample:
        product = next(csv.DictReader(sample)) | {"stock": "many"}
    with file.open("w", encoding="utf-8", newline="") as changed:
        writer = csv.DictWriter(changed, product)
        writer.writeheader()
        writer.writerow(product)
    page = at_desk("mo").open("/catalog/import")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_role("heading", name="The file has mistakes")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="stock")
    expect(row.first).to_contain_text("many")
    accessible(page)


def test_a_question_is_assigned_and_taken_back(busy_desk: Desk, at_desk: AtDesk) -> None:
    page = at_desk("eli").open("/questions")
    group = page.get_by_role("listitem").filter(has_text="red cables?")
    group.get_by_label("Another topic").fill("no_such_topic")
    group.get_by_role("button", name="Assign", exact=True).click()
    expect(group.get_by_role("alert")).to_contain_text("There is no topic")

    group.get_by_role("button", name="Assign to what is mpo").click()
    expect(page.locator("#messages")).to_contain_text("assigned to faq/what_is_mpo")
    expect(group).to_have_count(0)

    page.get_by_role("link", name="Assigned").click()
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export training examples").click()
    assert "red cables?" in Path(download.value.path()).read_text(encoding="utf-8")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#messages")).to_contain_text("open again")


def test_nothing_is_loaded_from_anywhere_else(busy_desk: Desk, at_desk: AtDesk) -> None:
    colleague = at_desk("olga")
    asked: list[str] = []
    colleague.page.on("request", lambda request: asked.append(request.url))
    for path in ("/inbox", "/leads/1", "/questions", "/dashboard"):
        colleague.open(path)

    assert asked
    assert [url for url in asked if not url.startswith((busy_desk.address, "data:"))] == []


def test_the_pages_log_no_errors(busy_desk: Desk, browser: Browser) -> None:
    context = browser.new_context()
    colleague = Colleague(context.new_page(), busy_desk)
    errors = watch(colleague.page)
    sign_in(colleague, "olga")
    for path in PAGES:
        if path != "/nowhere":
            colleague.open(path)

    assert errors == []
    context.close()
