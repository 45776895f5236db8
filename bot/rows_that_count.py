"""The rows of a long conversation that a tracker is made of: the latest, and what set its state.

Words and actions of long ago count no more (bot/recent_tracker.py), and they are nearly all that a
conversation consists of. Of slots, the value that was set last counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import ujson
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from sqlalchemy.orm import Session

EVENTS = SQLTrackerStore.SQLEvent.__table__
LATEST = 150  # rows; more than a tracker keeps of events
LEAVE_NO_STATE = (
    UserUttered, BotUttered, ActionExecuted, ActionExecutionRejected,
    DefinePrevUserUtteredFeaturization,
)  # fmt: skip
START_OVER = {Restarted.type_name, SessionStarted.type_name}
TAKE_BACK = {UserUtteranceReverted.type_name, ActionReverted.type_name}
COLUMNS = (EVENTS.c.id, EVENTS.c.type_name, EVENTS.c.data)
ITS_ROWS = EVENTS.c.sender_id == sa.bindparam("conversation")
LATEST_FROM = (
    sa.select(EVENTS.c.id).where(ITS_ROWS).order_by(EVENTS.c.id.desc()).offset(LATEST - 1).limit(1)
)
FIRST_TURN = sa.select(sa.func.min(EVENTS.c.id)).where(
    ITS_ROWS,
    EVENTS.c.id >= LATEST_FROM.scalar_subquery(),
    EVENTS.c.type_name == UserUttered.type_name,
)
BEFORE = (
    sa.select(*COLUMNS)
    .where(ITS_ROWS, EVENTS.c.id < sa.bindparam("first"))
    .where(EVENTS.c.type_name.not_in([kind.type_name for kind in LEAVE_NO_STATE]))
    .order_by(EVENTS.c.id)
)
LATER = (
    sa.select(*COLUMNS).where(ITS_ROWS, EVENTS.c.id >= sa.bindparam("first")).order_by(EVENTS.c.id)
)


def rows_that_count(session: Session, conversation_id: str) -> list[Any] | None:
    """Rows (id, type_name, data) that lead to the conversation's state; None: only all of them do.

    That is when it is short, when a form was open where the latest begin, and when something was
    taken back before.
    """
    asked: dict[str, Any] = {"conversation": conversation_id}
    asked["first"] = session.execute(FIRST_TURN, asked).scalar()
    if asked["first"] is None:
        return None
    before = _state(session.execute(BEFORE, asked).all())
    if before is None:
        return None
    return [*before, *session.execute(LATER, asked)]


def _state(rows: Sequence[Any]) -> list[Any] | None:
    """Those of the rows that still count after the last of them."""
    slots: dict[str, Any] = {}
    others, loop = list[Any](), None
    for row in rows:
        if row.type_name in TAKE_BACK:
            return None
        if row.type_name in START_OVER:
            slots, others, loop = {}, [row], None
        elif row.type_name == AllSlotsReset.type_name:
            slots = {}
        elif row.type_name == SlotSet.type_name:
            slots[ujson.loads(row.data)["name"]] = row
        elif row.type_name == ActiveLoop.type_name:
            loop = ujson.loads(row.data)["name"]
        else:
            others.append(row)
    return None if loop else [*others, *slots.values()]
