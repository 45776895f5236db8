"""What the house decided: hours, how fast a lead must be claimed, and who is told. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from sales.business_hours import BusinessHours

HOUSE_SLA_MINUTES: Mapping[str, int] = {"low": 120, "normal": 30, "high": 15}  # house rules
HOUSE_GRACE_MINUTES = 15  # house rule
HOUSE_TAKEOVER_MINUTES = 30  # house rule
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True)
class Routes:
    """Where news about leads goes."""

    slack: bool = False
    email: bool = False
    webhooks: tuple[str, ...] = field(default=(), repr=False)  # addresses may hold a secret


@dataclass(frozen=True)
class SlaPolicy:
    """Business minutes until a lead must be claimed, by priority: "low", "normal", "high"."""

    minutes: Mapping[str, int] = field(default_factory=lambda: dict(HOUSE_SLA_MINUTES))
    grace_minutes: int = HOUSE_GRACE_MINUTES  # from the reminder to the next level


@dataclass(frozen=True)
class Office:
    """Everything about the house that a lead's handling depends on."""

    hours: BusinessHours
    sla: SlaPolicy
    routes: Routes
    takeover_minutes: int  # a colleague silent for so long hands the visitor back
    desk_url: str  # without a slash at the end; "": the desk has no public address

    @classmethod
    def default(cls) -> Office:
        """Monday to Friday, 8 to 17 in California, house rules, and nobody is told."""
        hours = BusinessHours("America/Los_Angeles", MONDAY_TO_FRIDAY, time(8), time(17))
        return cls(hours, SlaPolicy(), Routes(), HOUSE_TAKEOVER_MINUTES, "")

    def deadline(self, start: datetime, priority: str) -> datetime:
        """When a lead of this priority must have been claimed."""
        return self.hours.add_minutes(start, self.sla.minutes[priority])

    def page_of(self, lead_id: int) -> str | None:
        """The lead's page in the desk, or None when the desk has no public address."""
        return f"{self.desk_url}/leads/{lead_id}" if self.desk_url else None


HOUSE = Office.default()
