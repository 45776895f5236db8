"""The next likely meaning of a message that read like a follow-up to nothing."""

from __future__ import annotations

from collections.abc import Container

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction
from actions.comparing import ActionCompareFeature
from actions.conversation import ActionFallback
from actions.links import ActionLink
from actions.products import ActionPrice, ActionSearchProducts
from actions.unknown_questions import is_likely

ANSWERS: dict[str, type[SalesAction]] = {
    "search_product": ActionSearchProducts,
    "ask_price": ActionPrice,
    "ask_link": ActionLink,
    "compare_feature": ActionCompareFeature,
}


def answer_otherwise(
    dispatcher: CollectingDispatcher, tracker: Tracker, besides: Container[str]
) -> Events:
    """Answers by the likeliest other intent, or says that nothing was understood."""
    ranking = tracker.latest_message.get("intent_ranking") or []
    for row in ranking:
        if row["name"] in besides or not is_likely(row):
            continue
        if row["name"] == "faq":
            dispatcher.utter_message(response=best_topic(tracker))
            return []
        if row["name"] in ANSWERS:
            return ANSWERS[row["name"]]().answer(dispatcher, tracker)
    return ActionFallback().answer(dispatcher, tracker)


def best_topic(tracker: Tracker) -> str:
    """The name of the response for the likeliest topic, such as "utter_faq/polarity"."""
    selected = (tracker.latest_message.get("response_selector") or {}).get("faq") or {}
    return str(selected["response"]["utter_action"])
