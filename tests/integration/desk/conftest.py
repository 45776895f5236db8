"""The desk on a clean database, a clock that tests turn, and a browser without a screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk.app import create_app
from desk.auth.users import create_user
from sales.database import transaction
from sales.settings import Settings
from sales.team.roles import Member

ADDRESS = "http://127.0.0.1:5006"
PASSWORD = "six fibers in a tube"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
Open = Callable[..., "Browser"]


@dataclass
class Clock:
    """The desk's time."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 18, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Browser:
    """Someone's browser on the desk; it keeps cookies and sends forms with their token."""

    client: TestClient

    def get(self, path: str, **kwargs: Any) -> Response:
        return self.client.get(path, **kwargs)

    def post(self, path: str, **fields: Any) -> Response:
        """Sends a form as a page of this session would; `files` are uploads."""
        files = fields.pop("files", None)
        data = {"csrf_token": self.token(), **fields}
        return self.client.post(path, data=data, files=files)

    def token(self) -> str:
        page = self.client.get("/account", follow_redirects=True).text
        found = TOKEN.search(page)
        assert found, page
        return found[1]

    def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> Response:
        return self.post("/sign-in", email=email, password=password, **fields)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    env = {"VAR_DIR": str(tmp_path / "var"), "DATABASE_URL": database_url}
    return Settings.from_env(env)


@pytest.fixture
def app(settings: Settings, engine: Engine, clock: Clock) -> Starlette:
    return create_app(settings, engine, clock)


@pytest.fixture
def open_browser(app: Starlette) -> Iterator[Open]:
    """Opens browsers; `app` of another one, and where it is thought to be, when that matters."""
    with ExitStack() as stack:

        def open_one(
            other: Starlette = app, address: str = "203.0.113.7", **kwargs: Any
        ) -> Browser:
            options = {"base_url": ADDRESS, "follow_redirects": False, **kwargs}
            client = TestClient(other, client=(address, 50_000), **options)
            return Browser(stack.enter_context(client))

        yield open_one


@pytest.fixture
def browser(open_browser: Open) -> Browser:
    """A browser in which nobody is signed in."""
    return open_browser()


@pytest.fixture
def hire(engine: Engine, clock: Clock) -> Callable[..., Member]:
    """Makes a member with a password: `hire("rep")` is rep@example.com."""

    def hire_one(role: str, email: str = "", name: str = "") -> Member:
        with transaction(engine) as session:
            return create_user(
                session,
                email or f"{role}@example.com",
                name or f"{role.title()} Example",
                role,
                PASSWORD,
                clock(),
            )

    return hire_one


@pytest.fixture
def at_desk(hire: Callable[..., Member], open_browser: Open) -> Callable[[str], Browser]:
    """A browser in which a new member of the role is signed in: `at_desk("rep")`."""

    def signed_in(role: str) -> Browser:
        browser = open_browser()
        member = hire(role)
        answer = browser.sign_in(member.email)
        assert answer.status_code == 303, answer.text
        return browser

    return signed_in
