"""The outbox rows of a takeover: what goes to the visitor, and what to the lead's thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from sales.office import Routes
from sales.outbox.store import Notification, enqueue
from sales.takeover.takeover import Takeover


def tell_visitor(
    session: Session,
    takeover: Takeover,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> None:
    """Queue "joined", "said" or "left" for the visitor, once for each `key`."""
    _queue(session, takeover, "visitor", kind, key, payload, now)


def pass_on(
    session: Session, takeover: Takeover, message_id: str, text: str, now: datetime, routes: Routes
) -> bool:
    """Queue the visitor's words for the lead's thread, once for each message."""
    payload = {"text": text, "at": now.isoformat(timespec="milliseconds")}
    key = f"visitor:{message_id}"
    return routes.slack and _tell_slack(session, takeover, "visitor_said", key, payload, now)


def tell_thread(
    session: Session, takeover: Takeover, what: str, text: str, now: datetime, routes: Routes
) -> bool:
    """Queue a line for the lead's thread and the card as it is then, once for each `what`."""
    payload = {"text": text, "mention_roles": []}
    if not routes.slack or not _tell_slack(session, takeover, "thread", what, payload, now):
        return False
    return _tell_slack(session, takeover, "lead_card", f"{what}:card", {}, now)


def _tell_slack(
    session: Session,
    takeover: Takeover,
    kind: str,
    what: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> bool:
    key = f"slack:takeover:{takeover.id}:{what}"
    return _queue(session, takeover, "slack", kind, key, payload, now)


def _queue(
    session: Session,
    takeover: Takeover,
    channel: Literal["visitor", "slack"],
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Whether the row is new."""
    streams = {
        "visitor": f"visitor:{takeover.conversation_id}",
        "slack": f"lead:{takeover.lead_id}",
    }
    row = Notification(
        channel, kind, key, streams[channel], payload, takeover.lead_id, takeover.conversation_id
    )
    return enqueue(session, [row], now) > 0
