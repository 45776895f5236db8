"""What could not be delivered waits for a manager, who tries it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.outbox.store import (
    Notification,
    dead_letters,
    enqueue,
    failed,
    lease_due,
    open_notifications,
)
from tests.integration.desk.conftest import Browser, Clock

Desk = Callable[[str], Browser]


@pytest.fixture
def dead(engine: Engine, clock: Clock) -> list[int]:
    """Two e-mails that were given up."""
    with transaction(engine) as session:
        enqueue(
            session,
            [
                Notification("email", "lead_new", f"email:{n}", f"email:{n}", {"to": "SECRET"}, n)
                for n in (1, 2)
            ],
            clock(),
        )
        for delivery in lease_due(session, ["email"], clock(), 30, 9, "test"):
            failed(session, delivery.id, clock(), "550 relaying denied", is_permanent=True)
        return sorted(entry.id for entry in dead_letters(session))


def test_given_up_notifications_are_listed_with_the_reason_and_without_content(
    at_desk: Desk, dead: list[int]
) -> None:
    page = at_desk("manager").get("/outbox").text

    assert page.count("550 relaying denied") == 2
    assert '<a href="/leads/1">L-1</a>' in page
    assert "2 given up" in page
    assert "SECRET" not in page


def test_one_is_tried_again(at_desk: Desk, dead: list[int], engine: Engine) -> None:
    browser = at_desk("manager")

    browser.post(f"/outbox/{dead[0]}/retry")

    assert "It is being tried again now." in browser.get("/outbox").text
    with transaction(engine) as session:
        assert [entry.id for entry in dead_letters(session)] == [dead[1]]
        assert [entry.id for entry in open_notifications(session)] == [dead[0]]


def test_what_is_gone_already_is_told_so(at_desk: Desk, dead: list[int]) -> None:
    browser = at_desk("manager")
    browser.post(f"/outbox/{dead[0]}/retry")

    browser.post(f"/outbox/{dead[0]}/retry")

    assert "somebody was faster" in browser.get("/outbox").text


def test_all_are_tried_again(at_desk: Desk, dead: list[int], engine: Engine) -> None:
    browser = at_desk("owner")

    browser.post("/outbox/retry-all")

    assert "2 are being tried again now." in browser.get("/outbox").text
    with transaction(engine) as session:
        assert dead_letters(session) == []


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999", "٣"])
def test_odd_page_numbers_do_no_harm(at_desk: Desk, page: str) -> None:
    assert at_desk("manager").get("/outbox", params={"page": page}).status_code == 200


def test_a_number_that_no_delivery_has_is_not_found(at_desk: Desk) -> None:
    assert at_desk("manager").post(f"/outbox/{'9' * 30}/retry").status_code == 404
