"""What is still to be delivered, and what was given up: look at it and try again."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.pages.forms import row_id_of
from desk.rendering import flash, redirect, render
from sales.database import transaction
from sales.outbox.store import dead_letters, depth, open_notifications, retry, retry_all

logger = logging.getLogger(__name__)
PAGE = 50
LAST_PAGE = 10_000


@requires("outbox")
def outbox_page(request: Request) -> Response:
    page = _number(request.query_params.get("page", ""))
    with transaction(request.app.state.engine) as session:
        dead = dead_letters(session, limit=PAGE + 1, offset=(page - 1) * PAGE)
        waiting = open_notifications(session, limit=PAGE)
        depths = depth(session)
    return render(
        request,
        "outbox.html",
        depths=dict(sorted(depths.items())),
        dead=dead[:PAGE],
        dead_count=sum(counts["dead"] for counts in depths.values()),
        waiting=waiting,
        page=page,
        has_more=len(dead) > PAGE,
    )


@requires("outbox")
def try_again(request: Request) -> Response:
    now = request.app.state.clock()
    row_id = row_id_of(request, "row_id", "There is no such delivery.")
    with transaction(request.app.state.engine) as session:
        is_revived = retry(session, row_id, now)
    if is_revived:
        logger.info("outbox.retried: %s by member %s", row_id, request.state.member.id)
        flash(request, "It is being tried again now.")
    else:
        flash(request, "It is no longer given up: somebody was faster, or it was erased.", "warn")
    return redirect("/outbox")


@requires("outbox")
def try_all_again(request: Request) -> Response:
    with transaction(request.app.state.engine) as session:
        count = retry_all(session, request.app.state.clock())
    logger.info("outbox.retried: all %s by member %s", count, request.state.member.id)
    flash(request, f"{count:,} {'is' if count == 1 else 'are'} being tried again now.")
    return redirect("/outbox")


def _number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal()
    return min(max(int(text[:6]), 1), LAST_PAGE) if is_number else 1


routes = [
    Route("/outbox", outbox_page, methods=["GET"]),
    Route("/outbox/retry-all", try_all_again, methods=["POST"]),
    Route("/outbox/{row_id:int}/retry", try_again, methods=["POST"]),
]
