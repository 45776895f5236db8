"""A colleague's browser on the desk of a real server: cookies, and forms with their token."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import requests

from desk.auth.users import create_user
from sales.database import transaction
from tests.integration.sales.company import Company

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PASSWORD = "six fibers in a tube"
OWNER = "olga.owner@fiber-house.com"


class DeskBrowser:
    """Nobody is signed in until `sign_in`."""

    def __init__(self, firm: Company) -> None:
        self._address = f"http://127.0.0.1:{firm.server.desk_port}"
        self.session = requests.Session()

    def get(self, path: str, **kwargs: object) -> requests.Response:
        return self.session.get(self._address + path, timeout=20, **kwargs)  # type: ignore[arg-type]

    def post(self, path: str, **fields: str) -> requests.Response:
        found = TOKEN.search(self.get("/account").text)
        assert found, "a page without a form"
        data = {"csrf_token": found[1], **fields}
        return self.session.post(self._address + path, data, timeout=20, allow_redirects=False)

    def sign_in(self, email: str = OWNER, password: str = PASSWORD) -> requests.Response:
        return self.post("/sign-in", email=email, password=password)


def owner_at_desk(firm: Company) -> DeskBrowser:
    """The owner, hired when there is none, and signed in."""
    with transaction(firm.engine) as session:
        query = "SELECT count(*) FROM team_members WHERE role = 'owner'"
        if not session.connection().exec_driver_sql(query).scalar():
            create_user(session, OWNER, "Olga Owner", "owner", PASSWORD, datetime.now(UTC))
    browser = DeskBrowser(firm)
    assert browser.sign_in().status_code == 303
    return browser
