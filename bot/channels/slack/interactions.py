"""What colleagues press and fill in on lead cards, carried out once.

While Slack waits: `opens_modal` (open it with views.open within three seconds) and `modal_errors`
(answer the request with them). Afterwards, off the inbox: `work_on`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.channels.slack import modals
from bot.channels.slack.lead_card import CLAIM, DESK, ESCALATE, RELEASE, REOPEN, REPLY, SNOOZE
from sales.database import transaction
from sales.leads import handling
from sales.leads.workflow import LeadActionError
from sales.office import Office
from sales.outbox.store import Notification, enqueue
from sales.takeover.takeover import NoConversationError
from sales.team.roles import Member, NotAllowedError
from sales.team.store import member_by_slack

OURS = "lead."  # how the action ids of cards and the callback ids of forms begin
MONDAY = 0
Json = dict[str, Any]
Finish = Callable[[Session], None]


class UnknownMemberError(ValueError):
    """Somebody in the channel who is not on the team."""

    def __init__(self, slack_user_id: str) -> None:
        super().__init__(
            "I do not know you yet, so I cannot do that for you. Ask the owner to add you: "
            f'`fiberbot team add "Your Name" you@example.com --slack {slack_user_id}`'
        )


class UnreadableError(ValueError):
    """A card of an older version, or something that is no card."""

    def __init__(self) -> None:
        super().__init__("I could not read that; use `lead 17` and such to act on a lead.")


REFUSALS = (LeadActionError, NotAllowedError, NoConversationError, UnknownMemberError,
            UnreadableError)  # fmt: skip


def is_about_lead(payload: Json) -> bool:
    """Whether a button of a card was pressed, or a form behind one was sent."""
    return _name(payload).startswith(OURS)


def opens_modal(payload: Json) -> Json | None:
    """The form to open for a button that asks something first; None for all other buttons."""
    name = _name(payload)
    if payload.get("type") != "block_actions" or name not in modals.TITLES:
        return None
    try:
        return modals.modal(name, int(payload["actions"][0]["value"]), _channel(payload))
    except (KeyError, ValueError):
        return None


def modal_errors(payload: Json) -> Json | None:
    """The answer to a form that lacks something, which then stays open; None when it is fine."""
    if payload.get("type") != "view_submission" or not is_about_lead(payload):
        return None
    try:
        problems = modals.problems(_submission(payload))
    except UnreadableError:
        return None
    return {"response_action": "errors", "errors": problems} if problems else None


def work_on(engine: Engine, payload: Json, finish: Finish, now: datetime, office: Office) -> None:
    """Does what was asked for, in one transaction with `finish`, which closes the inbox row.

    What is refused changes nothing; the person reads why, and only they do.
    """
    try:
        with transaction(engine) as session:
            act(session, payload, now, office)
            finish(session)
    except REFUSALS as error:
        with transaction(engine) as session:
            tell(session, payload, str(error), now)
            finish(session)


def act(session: Session, payload: Json, now: datetime, office: Office) -> None:
    """Changes the lead as its button or form says. Raises one of REFUSALS."""
    name = _name(payload)
    if name == DESK or opens_modal(payload):
        return  # the browser or the form has opened; nothing is to be done yet
    user = str(payload["user"]["id"])
    actor = member_by_slack(session, user)
    if actor is None:
        raise UnknownMemberError(user)
    if payload["type"] == "view_submission":
        _submitted(session, payload, actor, now, office)
    else:
        _pressed(session, name, payload, actor, now, office)


def tell(session: Session, payload: Json, text: str, now: datetime) -> None:
    """Queues words that only the person who pressed or sent something reads."""
    channel, user = _channel(payload), str(payload["user"]["id"])
    if not channel:
        return
    told = {"channel": channel, "user": user, "thread_ts": None, "text": text}
    key = f"slack:told:{payload.get('trigger_id') or _name(payload)}"
    enqueue(session, [Notification("slack", "ephemeral", key, f"slack:{channel}:", told)], now)


def snoozed_until(choice: str, now: datetime, office: Office) -> datetime:
    """In an hour; or when the office opens next, tomorrow or next week at the earliest."""
    if choice == "hour":
        return now + timedelta(hours=1)
    local = now.astimezone(ZoneInfo(office.hours.timezone))
    days = 1 if choice == "tomorrow" else 7 - local.weekday() + MONDAY
    midnight = datetime.combine(local.date() + timedelta(days=days), datetime.min.time())
    first_minute = office.hours.add_minutes(midnight.replace(tzinfo=local.tzinfo), 1)
    return first_minute - timedelta(minutes=1)


def _pressed(
    session: Session, name: str, payload: Json, actor: Member, now: datetime, office: Office
) -> None:
    lead_id, choice = _chosen(payload)
    if name == CLAIM:
        handling.claim(session, lead_id, actor, now, office)
    elif name == RELEASE:
        handling.release(session, lead_id, actor, now, office)
    elif name == REOPEN:
        handling.reopen(session, lead_id, actor, now, office)
    elif name == SNOOZE:
        until = snoozed_until(choice, now, office)
        handling.snooze(session, lead_id, actor, until, now, office)
    else:
        raise UnreadableError


def _submitted(
    session: Session, payload: Json, actor: Member, now: datetime, office: Office
) -> None:
    sent = _submission(payload)
    if sent.action == REPLY:
        key = f"slack:view:{sent.view_id}"
        handling.reply(session, sent.lead_id, actor, sent.text, key, now, office)
    elif sent.action == ESCALATE:
        handling.escalate(session, sent.lead_id, actor, sent.level, sent.text, now, office)
    else:
        outcome = cast(Literal["won", "lost"], sent.action.removeprefix(OURS))
        handling.close(session, sent.lead_id, actor, outcome, now, office, sent.text)


def _submission(payload: Json) -> modals.Submission:
    try:
        sent = modals.submission(payload)
    except (KeyError, TypeError, ValueError):
        raise UnreadableError from None
    if sent.action not in modals.TITLES:
        raise UnreadableError
    return sent


def _chosen(payload: Json) -> tuple[int, str]:
    """The lead, and what was picked in a menu."""
    action = payload["actions"][0]
    value = str((action.get("selected_option") or action).get("value") or "")
    lead_id, _, choice = value.partition(":")
    if not lead_id.isdecimal():
        raise UnreadableError
    return int(lead_id), choice


def _name(payload: Json) -> str:
    """The action_id that was pressed, or the callback_id of the form that was sent."""
    if payload.get("type") == "view_submission":
        return str(payload["view"].get("callback_id") or "")
    actions = payload.get("actions") or [{}]
    return str(actions[0].get("action_id") or "")


def _channel(payload: Json) -> str:
    """Where the card is; "" for a form that does not say."""
    if payload.get("type") != "view_submission":
        return str((payload.get("channel") or {}).get("id") or "")
    try:
        return _submission(payload).channel
    except UnreadableError:
        return ""
