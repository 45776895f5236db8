"""The widget as a visitor uses it: by what is read and pressed, not by how it is built."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.integration.server import Server

ANSWER_TIMEOUT_MS = 15_000


@dataclass
class Chat:
    """The demo page with the chat in it."""

    page: Page
    server: Server

    def visit(self) -> None:
        self.page.goto(f"http://127.0.0.1:{self.server.port}/webhooks/website/demo")

    @property
    def widget(self) -> Locator:
        return self.page.locator("fiber-chat")

    @property
    def launcher(self) -> Locator:
        return self.widget.get_by_role("button", name="Open chat")

    @property
    def log(self) -> Locator:
        return self.widget.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.widget.get_by_role("textbox", name="Your message")

    def open(self) -> Chat:
        self.launcher.click()
        expect(self.box).to_be_focused()
        return self

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def ask(self, text: str, answer: str) -> None:
        """Say something and wait until the answer shows."""
        self.say(text)
        self.sees(answer)

    def press(self, name: str) -> None:
        """Press the newest button of that name in the conversation."""
        self.log.get_by_role("button", name=name, exact=True).last.click()

    def sees(self, text: str) -> None:
        expect(self.log.get_by_text(text).last).to_be_visible(timeout=ANSWER_TIMEOUT_MS)

    def count(self, text: str) -> int:
        return self.log.get_by_text(text).count()
