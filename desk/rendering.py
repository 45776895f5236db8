"""Templates: `render` a page, `flash` a message for the next one, `redirect` after a change.

Every template knows `member`, `may(action)`, `csrf_field()`, `csrf`, `flashes`, `navigation`,
`path`, `now`, `static(name)`, and the filters `when` (a time where the office is), `ago`, `count`
and `plural`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from desk.auth import sessions
from sales.settings import Settings
from sales.team.roles import may

FOLDER = Path(__file__).resolve().parent
STATIC_FOLDER = FOLDER / "static"
NAVIGATION = (  # address, name, what one must be allowed to do
    ("/inbox", "Inbox", "view"),
    ("/questions", "Questions", "questions"),
    ("/dashboard", "Dashboard", "dashboard"),
    ("/catalog", "Catalog", "view"),
    ("/team", "Team", "team"),
    ("/outbox", "Outbox", "outbox"),
)
HASH_CHARACTERS = 10


def render(
    request: Request,
    name: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    """A page or a part of one from `desk/templates/<name>`."""
    template = request.app.state.templates.get_template(name)
    html = template.render({**_shared(request), **values})
    return HTMLResponse(html, status_code=status, headers=headers)


def flash(request: Request, text: str, kind: str = "good") -> None:
    """Shows the text once, at the top of the next page. Kinds: good, warn, bad."""
    request.session["flashes"] = [*request.session.get("flashes", []), [kind, text]]


def redirect(address: str) -> Response:
    """To a page of the desk, with GET; what to answer after a change."""
    return RedirectResponse(address, status_code=303)


def template_environment(settings: Settings) -> Environment:
    """Escapes everything; a name that a template misspells is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=static_address, zip=zip)
    environment.filters["when"] = partial(when, zone=settings.office.hours.timezone)
    environment.filters["ago"] = ago
    environment.filters["count"] = "{:,}".format
    environment.filters["plural"] = plural
    return environment


def _shared(request: Request) -> dict[str, Any]:
    member = getattr(request.state, "member", None)
    token = sessions.csrf_token(request)
    return {
        "request": request,
        "path": request.url.path,
        "now": request.app.state.clock(),
        "member": member,
        "may": lambda action: member is not None and may(member, action),
        "navigation": [item for item in NAVIGATION if member and may(member, item[2])],
        "csrf": token,
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf_token" value="{}">').format(
            token
        ),
        "flashes": lambda: request.session.pop("flashes", []),
    }


def static_address(name: str) -> str:
    """The address of a file in desk/static; it changes with the file, so that no cache is old."""
    file = STATIC_FOLDER / name
    if not file.is_file():  # vendor/ before the widget is built
        return f"/static/{name}"
    return f"/static/{name}?v={_hash(file, file.stat().st_mtime_ns)}"


@cache
def _hash(file: Path, _changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:HASH_CHARACTERS]


def when(at: datetime | None, zone: str) -> Markup:
    """A time as a person at the office reads it; "-" for none."""
    if at is None:
        return Markup("-")
    text = f"{at.astimezone(ZoneInfo(zone)):%b %-d, %Y, %H:%M %Z}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), text)


def ago(at: datetime, now: datetime) -> str:
    """ "just now", "5 min ago", "in 3 h", "2 days ago"."""
    gap = abs(now - at)
    if gap < timedelta(minutes=1):
        return "just now"
    if gap < timedelta(hours=1):
        text = f"{gap // timedelta(minutes=1)} min"
    elif gap < timedelta(days=2):
        text = f"{gap // timedelta(hours=1)} h"
    else:
        text = f"{gap.days} days"
    return f"{text} ago" if at < now else f"in {text}"


def plural(number: int, one: str, many: str = "") -> str:
    """ "1 lead", "3,000 leads"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
