"""The desk as `fiberbot desk` runs it, with colleagues and leads, and people at real browsers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page
from sqlalchemy.engine import Engine

from desk.auth.users import create_user
from desk.rendering import STATIC_FOLDER
from sales.catalog.importer import import_products
from sales.catalog.sample import SAMPLE_FILE
from sales.database import open_engine, transaction
from sales.migrate import upgrade_database
from sales.settings import PROJECT
from sales.team.roles import Member
from tests.browser.conftest import watch
from tests.integration.desk.conftest import PASSWORD
from tests.integration.desk.sales_floor import SalesFloor
from tests.integration.server import START_TIMEOUT_S, STOP_TIMEOUT_S, free_port

TEAM = {
    "dana": ("Dana Ruiz", "rep"),
    "rita": ("Rita Alvarez", "rep"),
    "eli": ("Eli Okafor", "engineer"),
    "mo": ("Mo Lindqvist", "manager"),
    "olga": ("Olga Petrova", "owner"),
}


@dataclass
class Desk:
    """A running desk and its database, which the assistant or Slack may change meanwhile."""

    port: int
    engine: Engine
    team: dict[str, Member]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def floor(self) -> SalesFloor:
        """Makes leads now. Each has contacts that no other test's lead has."""
        now = datetime.now(UTC)
        return SalesFloor(self.engine, now, made=int(now.timestamp() * 1_000))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Builds what the pages load first, when it is missing."""
    if not (STATIC_FOLDER / "vendor" / "htmx.min.js").is_file():
        subprocess.run([str(PROJECT / "deploy" / "widget.sh")], check=True)
    folder = tmp_path_factory.mktemp("desk")
    url = f"sqlite:///{folder / 'desk.db'}"
    upgrade_database(url)
    engine = open_engine(url)
    import_products(engine, SAMPLE_FILE)
    desk = Desk(free_port(), engine, _hire(engine))
    process = _start(desk, url, folder)
    yield desk
    process.terminate()
    assert process.wait(timeout=STOP_TIMEOUT_S) == 0, (folder / "desk.log").read_text()
    engine.dispose()


def _hire(engine: Engine) -> dict[str, Member]:
    with transaction(engine) as session:
        return {
            short: create_user(
                session, f"{short}@example.com", name, role, PASSWORD, datetime.now(UTC)
            )
            for short, (name, role) in TEAM.items()
        }


def _start(desk: Desk, url: str, folder: Path) -> subprocess.Popen[bytes]:
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "VAR_DIR": str(folder),
        "DESK_PORT": str(desk.port),
        "BUSINESS_HOURS": "00:00-23:59",  # deadlines are near, whenever the tests run
        "BUSINESS_DAYS": "mon-sun",
        "BUSINESS_HOLIDAYS": "none",
    }
    with (folder / "desk.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "desk"], env=env, stdout=log, stderr=log
        )
    give_up = time.monotonic() + START_TIMEOUT_S
    while not _answers(desk):
        told = (folder / "desk.log").read_text()
        assert process.poll() is None, f"the desk ended:\n{told}"
        assert time.monotonic() < give_up, f"the desk did not start:\n{told}"
        time.sleep(0.1)
    return process


def _answers(desk: Desk) -> bool:
    try:
        return requests.get(f"{desk.address}/health", timeout=1).ok
    except requests.RequestException:
        return False


@dataclass
class Colleague:
    """Somebody at a browser, signed in."""

    page: Page
    desk: Desk

    def open(self, path: str) -> Page:
        self.page.goto(self.desk.address + path)
        return self.page


@pytest.fixture
def at_desk(browser: Browser, desk: Desk) -> Iterator[Callable[..., Colleague]]:
    """`at_desk("dana")` is Dana at a browser of her own; fails when a page logs an error."""
    errors: list[str] = []
    with ExitStack() as stack:

        def come(who: str, **options: Any) -> Colleague:
            shown = {"viewport": {"width": 1280, "height": 860}, **options}
            context = browser.new_context(**shown)
            stack.callback(context.close)
            page = context.new_page()
            errors.extend(found := watch(page))
            stack.callback(lambda: errors.extend(found))
            colleague = Colleague(page, desk)
            sign_in(colleague, who)
            return colleague

        yield come
    assert errors == []


def sign_in(colleague: Colleague, who: str, password: str = PASSWORD) -> None:
    page = colleague.open("/sign-in")
    page.get_by_label("E-mail").fill(f"{who}@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
