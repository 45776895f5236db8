"""What the assistant did not know: say what it is, or that it is no question for us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.pages.forms import printable, text_of
from desk.pages.topics import known_topics
from desk.pages.training_file import training_file
from desk.rendering import flash, redirect, render
from sales.database import transaction
from sales.questions.question import QuestionError
from sales.questions.store import (
    assign,
    count_groups,
    dismiss,
    grouped_questions,
    reopen,
    training_examples,
)
from sales.questions.tables import STATUSES
from sales.team.store import all_members

PAGE_SIZE = 25
NAMES = {"open": "Open", "assigned": "Assigned", "dismissed": "Dismissed"}
EMPTY = {
    "open": "The assistant has known everything it was asked, or you have decided on all of it.",
    "assigned": "Nothing has been assigned yet.",
    "dismissed": "Nothing has been dismissed.",
}


@requires("questions")
def show(request: Request) -> Response:
    return _page(request)


@requires("questions")
def assign_group(request: Request) -> Response:
    """To a suggested topic (the button pressed) or one that was typed."""
    form = request.state.form
    topic = text_of(form, "topic") or text_of(form, "other")
    if topic not in known_topics():
        text = (
            f"There is no topic {topic!r}; choose one of the list." if topic else "Choose a topic."
        )
        return _page(request, (_key(request), text))

    def decide(session: Session) -> int:
        return assign(session, _key(request), topic, request.state.member.id, _now(request))

    return _decided(request, decide, f"assigned to {topic}")


@requires("questions")
def dismiss_group(request: Request) -> Response:
    def decide(session: Session) -> int:
        return dismiss(session, _key(request), request.state.member.id, _now(request))

    return _decided(request, decide, "dismissed")


@requires("questions")
def reopen_group(request: Request) -> Response:
    def decide(session: Session) -> int:
        return reopen(session, _key(request), request.state.member.id, _now(request))

    return _decided(request, decide, "open again")


@requires("questions")
def export(request: Request) -> Response:
    """The assigned ones as training examples."""
    with transaction(request.app.state.engine) as session:
        examples = training_examples(session)
    name = f"desk-questions-{request.app.state.clock():%Y-%m-%d}.yml"
    return Response(
        training_file(examples),
        media_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _key(request: Request) -> str:
    """Which group of questions the address names."""
    key: str = request.path_params["group"]
    return printable(key)


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.clock()
    return now


def _decided(request: Request, decide: Callable[[Session], int], what: str) -> Response:
    try:
        with transaction(request.app.state.engine) as session:
            count = decide(session)
    except QuestionError as error:
        return _page(request, (_key(request), str(error)))
    asked = "The question is" if count == 1 else f"{count:,} questions are"
    flash(request, f"{asked} {what}.")
    return redirect(_address(text_of(request.state.form, "status"), _page_of(request)))


def _page(request: Request, refused: tuple[str, str] = ("", "")) -> Response:
    """`refused` is the group that could not be decided on, and why."""
    form = getattr(request.state, "form", {})
    status = text_of(form, "status") or request.query_params.get("status", "")
    status, page = status if status in STATUSES else STATUSES[0], _page_of(request)
    with transaction(request.app.state.engine) as session:
        groups = grouped_questions(session, status, PAGE_SIZE + 1, (page - 1) * PAGE_SIZE)
        counts = count_groups(session)
        names = {member.id: member.name for member in all_members(session)}
    code = 409 if refused[1] and "HX-Request" not in request.headers else 200
    return render(
        request,
        "questions/page.html",
        status=code,
        shown=status,
        groups=groups[:PAGE_SIZE],
        counts=counts,
        names=NAMES,
        empty=EMPTY[status],
        people=names,
        topics=known_topics(),
        page=page,
        has_more=len(groups) > PAGE_SIZE,
        address=_address,
        refused_group=refused[0],
        refused_text=refused[1],
    )


def _page_of(request: Request) -> int:
    given = text_of(getattr(request.state, "form", {}), "page")
    text = given or request.query_params.get("page", "")
    return int(text[:6]) if text.isascii() and text[:6].isdecimal() and int(text[:6]) else 1


def _address(status: str, page: int = 1) -> str:
    told = {"status": status, "page": page}
    shown = {name: value for name, value in told.items() if value not in ("", STATUSES[0], 1)}
    return f"/questions?{urlencode(shown)}" if shown else "/questions"


routes = [
    Route("/questions", show),
    Route("/questions/export", export),
    Route("/questions/{group}/assign", assign_group, methods=["POST"]),
    Route("/questions/{group}/dismiss", dismiss_group, methods=["POST"]),
    Route("/questions/{group}/reopen", reopen_group, methods=["POST"]),
]
