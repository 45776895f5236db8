"""Where a lead stands and what may happen to it next. No database here."""

from __future__ import annotations

LEVELS = ("rep", "engineer", "manager")  # who looks after it, lowest first
PRIORITIES = ("low", "normal", "high")
