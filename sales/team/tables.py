"""Tables of the team: its members, sign-ins that failed, and sessions that were ended."""

from __future__ import annotations

import sqlalchemy as sa

from sales.database import Base, UtcTime
from sales.team.roles import ROLES

team_members = sa.Table(
    "team_members",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("email_key", sa.Text, nullable=False),  # lower case
    sa.Column("slack_user_id", sa.String(32)),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.Text),  # argon2; NULL: cannot sign in with a password
    sa.Column("session_version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("email_key", name="team_members_email"),
    sa.UniqueConstraint("slack_user_id", name="team_members_slack"),
    sa.CheckConstraint(f"role IN {ROLES}", name="team_members_role"),
    sqlite_autoincrement=True,
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(128), nullable=False),  # a hash of the e-mail or the address
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("sign_in_failures_by_key", "key", "at"),
)

ended_sessions = sa.Table(  # of the desk: signed out, so that a copied cookie is worth nothing
    "ended_sessions",
    Base.metadata,
    sa.Column("key", sa.String(64), primary_key=True),  # a hash of the session's id
    sa.Column("until", UtcTime, nullable=False),  # from then on the session is over anyway
)
