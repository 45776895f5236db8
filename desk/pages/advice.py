"""Why a visitor was recommended what they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sales.advisor import Recommendation, Requirements, recommend
from sales.leads.lead import Lead
from sales.leads.need_wording import UNSURE

Json = Any
TRUE, FALSE = ("yes", "high", "future"), ("no", "low")


def reasons_of(lead: Lead) -> Recommendation | None:
    """The recommendation with its reasons, as the advisor gives them; None when there is none.

    A lead keeps the verdict only. None as well when today's rules come to another verdict.
    """
    if not lead.recommendation:
        return None
    advice = recommend(_requirements(lead.need))
    return advice if advice.verdict == lead.recommendation.get("verdict") else None


def sources_of(advice: Recommendation | None) -> list[str]:
    """Where the reasons come from, each source once."""
    reasons = (*advice.reasons_for, *advice.reasons_against) if advice else ()
    return list(dict.fromkeys(reason.source for reason in reasons))


def _requirements(need: Mapping[str, Json]) -> Requirements:
    known = {name: value for name, value in need.items() if value not in (None, "", UNSURE)}
    return Requirements(
        data_rate_gbps=known.get("data_rate"),
        rework=_truth(known.get("rework")),
        loss_sensitive=_truth(known.get("loss_sensitivity")),
        budget=known.get("budget"),
        site=known.get("site"),
        future_upgrades=_truth(known.get("future_upgrades")),
        distance_m=known.get("distance_m"),
        fiber=known.get("fiber"),
    )


def _truth(said: Json) -> bool | None:
    return said in TRUE if said in (*TRUE, *FALSE) else None
