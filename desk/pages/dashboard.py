"""The dashboard: how much is asked, how well it is answered, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.charts import columns_per_day
from desk.rendering import render
from sales.database import transaction
from sales.statistics.dashboard import Dashboard, dashboard
from sales.statistics.period import USUAL_DAYS, Period

NONE = "\u2013"
PERIODS = (7, 30, 90)  # days
QUESTIONS = {
    "data_rate": "Data rate",
    "rework": "Rework in the field",
    "loss_sensitivity": "Sensitivity to loss",
    "budget": "Budget or performance",
    "fiber": "Fiber",
    "distance_m": "Length",
}


@dataclass(frozen=True)
class Bar:
    """One row of a chart that is a table: its share of the longest decides its length."""

    label: str
    number: int
    of: int  # what the longest bar stands for
    details: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        return 100 * self.number / self.of if self.of else 0.0


@requires("dashboard")
def show(request: Request) -> Response:
    state = request.app.state
    days = _days(request)
    hours = state.settings.office.hours
    period = Period.last_days(state.clock(), days, ZoneInfo(hours.timezone))
    with transaction(state.engine) as session:
        figures = dashboard(session, period, hours.minutes_between)
    talk, leads = figures.talk, figures.leads
    days_told = talk.conversations.days
    counts = (talk.conversations.counts, talk.messages.counts, leads.opened.counts)
    stars = sorted(figures.stars.counts.items(), reverse=True)
    return render(
        request,
        "dashboard/page.html",
        days=days,
        periods=PERIODS,
        figures=figures,
        is_empty=is_empty(figures),
        talk_chart=columns_per_day(days_told, counts[0], "Conversations per day"),
        lead_chart=columns_per_day(days_told, counts[2], "New leads per day"),
        per_day=list(zip(days_told, *counts, strict=True))[::-1],
        funnel=funnel_bars(figures),
        states=_bars(leads.by_state),
        stars=_bars({f"{number} of 5": count for number, count in stars}),
        percent=percent,
        seconds=seconds,
        minutes=minutes,
    )


def funnel_bars(figures: Dashboard) -> list[Bar]:
    """From the first question to the lead, each by how many conversations got there."""
    flow = figures.funnel
    steps = [
        Bar(QUESTIONS.get(step.question, step.question), step.answered, flow.started,
            (f"{step.asked:,}", f"{step.told_unasked:,}"))
        for step in flow.steps
    ]  # fmt: skip
    return [
        Bar("Began", flow.started, flow.started),
        *steps,
        Bar("Got a recommendation", flow.recommended, flow.started),
        Bar("Became a lead", flow.leads, flow.started),
    ]


def is_empty(figures: Dashboard) -> bool:
    """Whether nothing at all happened."""
    counts = (
        figures.talk.messages.total, figures.leads.opened.total, figures.thumbs.up,
        figures.thumbs.down, figures.stars.total,
    )  # fmt: skip
    return not any(counts)


def percent(part: float, whole: float = 1) -> str:
    """ "12%", "0.4%"; a dash of nothing."""
    if not whole:
        return NONE
    share = 100 * part / whole
    return f"{share:.1f}%" if 0 < share < 10 else f"{share:.0f}%"


def seconds(value: float | None) -> str:
    """ "12 ms", "1.3 s"; a dash for none."""
    if value is None:
        return NONE
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def minutes(value: float | None) -> str:
    """ "12 min", "3 h 5 min"; a dash for none."""
    if value is None:
        return NONE
    whole = round(value)
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60} min"


def _bars(counts: dict[str, int]) -> list[Bar]:
    longest = max(counts.values(), default=0)
    return [Bar(label, count, longest) for label, count in counts.items()]


def _days(request: Request) -> int:
    asked = request.query_params.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else USUAL_DAYS


routes = [Route("/dashboard", show)]
