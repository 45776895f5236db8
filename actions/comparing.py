"""MTP against MPO, from the comparisons table."""

from __future__ import annotations

from collections.abc import Iterable

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, entity_values
from actions.payloads import brands_payload
from actions.shop import shop
from sales.reference.store import comparison_rows, source_titles

INTRO = (
    "MTP is US Conec's enhanced brand of MPO: it mates with any MPO, with tighter tolerances and a "
    "removable housing."
)


class ActionCompareMtpMpo(SalesAction):
    """The whole comparison, one line per feature."""

    def name(self) -> str:
        return "action_compare_mtp_mpo"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        with shop() as session:
            rows = comparison_rows(session)
            sources = source_titles(session, dict.fromkeys(s for row in rows for s in row.sources))
        lines = "\n".join(f"- **{row.title}**: MTP: {row.mtp}. MPO: {row.mpo}." for row in rows)
        source = "; ".join(sources)
        dispatcher.utter_message(
            response="say_comparison",
            intro=INTRO,
            rows=lines,
            source=source,
            json_message=brands_payload(rows, INTRO, f"Source: {source}"),
        )
        return []


class ActionCompareFeature(SalesAction):
    """Single rows: "which one has lower loss?", "and return loss?"."""

    def name(self) -> str:
        return "action_compare_feature"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        return say_features(dispatcher, entity_values(tracker, "feature"))


def say_features(dispatcher: CollectingDispatcher, features: Iterable[str]) -> Events:
    """These rows of the comparison; a choice of all when none of them is a row."""
    with shop() as session:
        rows = {row.feature: row for row in comparison_rows(session)}
        sources = {r.feature: "; ".join(source_titles(session, r.sources)) for r in rows.values()}
    asked = [rows[name] for name in dict.fromkeys(features) if name in rows]
    for row in asked:
        dispatcher.utter_message(
            response="say_comparison_row",
            feature=row.title,
            mtp=row.mtp,
            mpo=row.mpo,
            verdict=row.verdict,
            source=sources[row.feature],
        )
    if not asked:
        buttons = [feature_button(row.feature, row.title) for row in rows.values()]
        dispatcher.utter_message(response="say_which_feature", buttons=buttons)
    return []


def feature_button(feature: str, title: str) -> dict[str, str]:
    """A button that asks for one row of the comparison."""
    return {"title": title, "payload": f'/compare_feature{{"feature": "{feature}"}}'}
