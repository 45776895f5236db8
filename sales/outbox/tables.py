"""Tables of what is to be delivered, what came in from Slack, and who runs a job."""

from __future__ import annotations

import sqlalchemy as sa

from sales.database import Base, UtcTime

outbox = sa.Table(
    "outbox",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),  # slack, email, webhook, visitor
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),  # the idempotency key
    sa.Column("stream", sa.String(200), nullable=False),  # delivered one after the other
    sa.Column("lead_id", sa.Integer),  # no foreign key: some outlive the lead
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("leased_until", UtcTime),  # a worker has it in hand until then
    sa.Column("lease", sa.String(36)),  # which worker
    sa.Column(  # an earlier attempt may have had its effect
        "is_uncertain", sa.Boolean, nullable=False, server_default=sa.false()
    ),
    sa.Column("delivered_at", UtcTime),
    sa.Column("dead_at", UtcTime),  # given up; a person decides
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("receipt", sa.JSON(none_as_null=True)),  # what the receiver answered
    sa.UniqueConstraint("key", name="outbox_key"),
    sqlite_autoincrement=True,
)
sa.Index(
    "outbox_open",
    outbox.c.channel,
    outbox.c.stream,
    outbox.c.id,
    sqlite_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
    postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
)
sa.Index(
    "outbox_dead",
    outbox.c.dead_at,
    sqlite_where=sa.text("dead_at IS NOT NULL"),
    postgresql_where=sa.text("dead_at IS NOT NULL"),
)
sa.Index("outbox_by_delivery", outbox.c.delivered_at)
sa.Index("outbox_by_lead", outbox.c.lead_id)
sa.Index("outbox_by_conversation", outbox.c.conversation_id)

slack_inbox = sa.Table(  # what Slack sent: acknowledged once it is here, worked on after
    "slack_inbox",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("event_key", sa.String(200), nullable=False),  # Slack's event_id, trigger or hash
    sa.Column("message_key", sa.String(200)),  # a message and its mention share it
    sa.Column("kind", sa.String(16), nullable=False),  # event, interaction, command
    sa.Column("stream", sa.String(200), nullable=False),  # worked on one after the other
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("leased_until", UtcTime),
    sa.Column("lease", sa.String(36)),
    sa.Column("is_uncertain", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("done_at", UtcTime),
    sa.Column("error", sa.Text, nullable=False),
    sa.UniqueConstraint("event_key", name="slack_inbox_event"),
    sa.UniqueConstraint("message_key", name="slack_inbox_message"),
    sqlite_autoincrement=True,
)
sa.Index("slack_inbox_open", slack_inbox.c.done_at, slack_inbox.c.due_at, slack_inbox.c.id)

slack_cards = sa.Table(  # the message in the sales channel that stands for a lead
    "slack_cards",
    Base.metadata,
    sa.Column("lead_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("ts", sa.String(32), nullable=False),  # also the thread's
    sa.Column("told_lines", sa.Integer, nullable=False, server_default="0"),  # of the transcript
    sa.UniqueConstraint("channel", "ts", name="slack_cards_message"),
)

job_locks = sa.Table(
    "job_locks",
    Base.metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("until", UtcTime, nullable=False),
)
