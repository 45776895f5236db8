"""What a visitor on the website can rely on, in a real browser against the real assistant."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sales.settings import PROJECT
from tests.browser.chat import ANSWER_TIMEOUT_MS, Chat
from tests.browser.conftest import watch

IMAGES = PROJECT / "docs" / "images"
PHONE = {"width": 390, "height": 844}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def picture(page: Page, name: str) -> None:
    """Keep a screenshot for the README when asked to: KEEP_SCREENSHOTS=1."""
    if os.environ.get("KEEP_SCREENSHOTS"):
        page.wait_for_timeout(600)  # motion has come to rest
        page.screenshot(path=IMAGES / f"{name}.png")


def accessible(page: Page) -> None:
    page.wait_for_timeout(400)  # a fading element has no contrast yet
    found = Axe().run(page, context="fiber-chat", options=WCAG)
    assert found.violations_count == 0, found.generate_report()


def test_the_first_question_is_answered_below_it(chat: Chat) -> None:
    accessible(chat.page)
    picture(chat.page, "widget-launcher")
    chat.open()
    accessible(chat.page)
    picture(chat.page, "widget-open")

    chat.ask("what's the difference between MTP and MPO?", "Ferrule tolerance")

    accessible(chat.page)
    picture(chat.page, "widget-comparison")
    said = chat.log.inner_text()
    assert said.index("what's the difference") < said.index("Ferrule tolerance")


def test_a_recommendation_ends_in_product_cards(chat: Chat) -> None:
    chat.open()
    chat.ask("which connector should I choose?", "Which data rate")
    chat.press("400G")
    chat.sees("serviceable")
    chat.press("No, we replace")
    chat.sees("sensitive to loss")
    chat.press("Yes, every dB counts")
    chat.sees("What weighs more")
    chat.press("Long-term performance")
    chat.sees("INX-TRK-")

    expect(chat.log.get_by_text("$").first).to_be_visible()
    expect(chat.log.get_by_text("in stock").first).to_be_visible()
    accessible(chat.page)
    chat.log.get_by_text("INX-TRK-").first.scroll_into_view_if_needed()
    picture(chat.page, "widget-products")


def test_a_used_quick_reply_cannot_be_pressed_again(chat: Chat) -> None:
    chat.open()
    chat.ask("which connector should I choose?", "Which data rate")
    chat.press("100G")
    chat.sees("serviceable")

    expect(chat.log.get_by_role("button", name="100G", exact=True)).to_be_disabled()


def test_a_wrong_address_is_explained_at_its_field_and_a_right_one_makes_a_lead(
    chat: Chat,
) -> None:
    chat.open()
    chat.say("I would like to be contacted")
    form = chat.log.get_by_role("form").last
    form.get_by_label("Name").fill("Mira Testperson")
    form.get_by_label("E-mail or phone").fill("mira.testperson@")
    form.get_by_role("checkbox").check()
    form.get_by_role("button", name="Send to sales").click()
    reach = form.get_by_label("E-mail or phone")
    expect(reach).to_have_attribute("aria-invalid", "true")
    expect(reach).to_be_focused()
    accessible(chat.page)
    picture(chat.page, "widget-form")

    reach.fill("mira.testperson@example.com")
    form.get_by_role("button", name="Send to sales").click()

    chat.sees("L-0000")
    with sa.create_engine(f"sqlite:///{chat.server.folder / 'server.db'}").connect() as connection:
        row = connection.execute(sa.text("SELECT name, email FROM leads")).one()
    assert tuple(row) == ("Mira Testperson", "mira.testperson@example.com")


def test_a_reload_keeps_the_conversation(chat: Chat) -> None:
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")
    chat.page.reload()
    if chat.launcher.is_visible():
        chat.launcher.click()

    chat.sees("transmit fiber")
    assert chat.count("what is polarity?") == 1


def test_a_second_tab_shows_the_same_conversation(chat: Chat) -> None:
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")
    other = Chat(chat.page.context.new_page(), chat.server)
    other.visit()
    if other.launcher.is_visible():
        other.launcher.click()
    other.sees("transmit fiber")
    other.ask("what is a cassette?", "six LC duplex")

    chat.sees("six LC duplex")
    assert chat.count("what is a cassette?") == 1


def test_a_server_killed_and_restarted_loses_nothing_and_doubles_nothing(chat: Chat) -> None:
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")
    chat.server.stop(signal.SIGKILL)
    chat.say("what is return loss?")
    expect(chat.widget.get_by_text("Reconnecting").first).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
    picture(chat.page, "widget-reconnecting")
    accessible(chat.page)
    chat.server.start()

    chat.sees("Higher is better")
    assert chat.count("what is return loss?") == 1
    assert chat.count("Higher is better") == 1
    assert chat.count("what is polarity?") == 1


def test_a_server_killed_in_the_middle_of_a_message_answers_it_once_when_it_is_back(
    chat: Chat,
) -> None:
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")
    chat.say("what is return loss?")
    chat.server.stop(signal.SIGKILL)
    chat.server.start()

    chat.sees("Higher is better")
    assert chat.count("what is return loss?") == 1
    assert chat.count("Higher is better") == 1


def test_a_draft_survives_a_reload(chat: Chat) -> None:
    chat.open()
    chat.box.fill("half a question about")
    chat.page.wait_for_timeout(600)
    chat.page.reload()
    if chat.launcher.is_visible():
        chat.launcher.click()

    expect(chat.box).to_have_value("half a question about")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>window.hacked = 1</script>",
        "<img src=x onerror='window.hacked = 1'>",
        "[press me](javascript:window.hacked=1)",
        "**bold** <b onmouseover='window.hacked=1'>x</b>",
    ],
)
def test_what_a_visitor_writes_stays_text(chat: Chat, hostile: str) -> None:
    chat.open()
    chat.say(hostile)

    expect(chat.log.get_by_text(hostile, exact=True)).to_be_visible()
    assert chat.page.evaluate("window.hacked") is None


def test_markup_in_the_catalog_renders_as_text(chat: Chat) -> None:
    title = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>Cord"
    engine = sa.create_engine(f"sqlite:///{chat.server.folder / 'server.db'}")
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE products SET title = :title WHERE sku = 'INX-CLN-MPO12-PEN'"),
            {"title": title},
        )
    chat.open()
    chat.ask("need an mpo cleaning pen", "INX-CLN-MPO12-PEN")

    expect(chat.log.get_by_text(title).first).to_be_visible()
    assert chat.page.evaluate("window.hacked") is None


def test_the_keyboard_alone_is_enough(chat: Chat) -> None:
    page = chat.page
    chat.launcher.focus()
    page.keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    page.keyboard.type("what is a trunk?")
    page.keyboard.press("Enter")
    chat.sees("8 to 288 fibers")
    page.keyboard.press("Escape")

    expect(chat.launcher).to_be_focused()
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")


def test_a_phone_gets_the_whole_screen(chat: Chat) -> None:
    chat.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    chat.open()
    chat.ask("12 fiber OM4 MTP trunk type B, 10 m", "INX-TRK-M4")

    chat.page.wait_for_timeout(400)  # it has grown to its size
    panel = chat.widget.get_by_role("dialog").bounding_box()
    assert panel is not None
    assert {name: round(panel[name]) for name in PHONE} == PHONE  # type: ignore[literal-required]
    assert chat.box.evaluate("box => parseFloat(getComputedStyle(box).fontSize)") >= 16
    accessible(chat.page)
    picture(chat.page, "widget-phone")


def test_dark_mode_is_as_readable(browser: Browser, server: object) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": 1280, "height": 860})
    page = context.new_page()
    errors = watch(page)
    chat = Chat(page, server)  # type: ignore[arg-type]
    chat.visit()
    chat.open()
    chat.ask("what's the difference between MTP and MPO?", "Ferrule tolerance")

    accessible(page)
    picture(page, "widget-dark")
    assert errors == []
    context.close()


def test_nothing_is_loaded_from_anywhere_else(chat: Chat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.visit()
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")

    here = re.compile(rf"^(https?|wss?)://127\.0\.0\.1:{chat.server.port}/|^(data|blob):")
    assert asked
    assert [url for url in asked if not here.match(url)] == []


def test_the_widget_survives_a_page_that_replaces_its_body(chat: Chat) -> None:
    chat.page.evaluate("document.body.innerHTML = '<main>another page</main>'")

    expect(chat.widget).to_have_count(1)
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")


def test_a_person_is_always_in_reach(chat: Chat) -> None:
    chat.open()
    chat.widget.get_by_role("button", name="Talk to a person").first.click()

    expect(chat.widget.get_by_role("link", name=re.compile("796-7735")).first).to_be_visible()
    expect(chat.widget.get_by_role("link", name=re.compile("sales@")).first).to_be_visible()
    accessible(chat.page)


def test_the_conversation_can_be_downloaded_and_begun_anew(chat: Chat, tmp_path: Path) -> None:
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")
    chat.widget.get_by_role("button", name="More options").click()
    with chat.page.expect_download() as download:
        chat.widget.get_by_role("button", name="Download transcript").click()
    download.value.save_as(tmp_path / "chat.txt")
    chat.widget.get_by_role("button", name="More options").click()
    chat.widget.get_by_role("button", name="Start over").click()
    accessible(chat.page)
    chat.widget.get_by_role("alertdialog").get_by_role("button", name="Start over").click()

    expect(chat.log.get_by_text("transmit fiber")).to_have_count(0)
    assert "transmit fiber" in (tmp_path / "chat.txt").read_text(encoding="utf-8")


def test_a_thumb_and_a_rating_are_stored(chat: Chat) -> None:
    chat.open()
    chat.ask("what is polarity?", "transmit fiber")
    chat.widget.get_by_role("button", name="Helpful answer", exact=True).last.click()
    expect(chat.widget.get_by_text("Thank you").first).to_be_visible()
    chat.widget.get_by_role("button", name="More options").click()
    chat.widget.get_by_role("button", name="Rate this chat").click()
    chat.widget.get_by_role("radio", name="4 stars of 5").check(force=True)
    chat.widget.get_by_role("button", name="Send rating").click()

    expect(chat.widget.get_by_text("Thank you for your rating.")).to_be_visible()
