"""Keeping a conversation on its feet: not understood, yes and no, stop, start over."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, AllSlotsReset, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, active_form, intent_of
from actions.migration import back_to_the_plan
from actions.topics import topic_buttons
from actions.turns import last_said, misses_in_a_row, response_name
from actions.unknown_questions import is_likely, keep_question

PERSON_OFFERS = ("say_hand_over_", "utter_contact_details", "say_offer_person", "say_no_products")
# What a guess at an intent looks like on a "did you mean" button.
INTENT_TITLES = {
    "compare_mtp_mpo": "MTP or MPO: the differences",
    "recommend": "Recommend a connector",
    "search_product": "Find a product",
    "ask_link": "Reach and loss of an optic",
    "rework_triage": "Is a damaged connector worth saving?",
    "plan_migration": "Plan a move to a faster rate",
    "link_budget": "Calculate a link budget",
    "channel_check": "Check polarity and pins of a link",
    "request_quote": "Get a quote",
    "talk_to_person": "Talk to a person",
}
CONTACT_ME = {"title": "Have a person contact me", "payload": "/leave_contact"}


class ActionFallback(SalesAction):
    """Not understood, or not our subject: the closest topics, then a rephrase, then a person.

    Inside a form the question is asked again with an example, and from the second time on
    with a way out.
    """

    def name(self) -> str:
        return "action_fallback"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if plan := back_to_the_plan(tracker):
            return plan
        if active_form(tracker):
            ask_again(dispatcher, tracker)
        elif intent_of(tracker) == "out_of_scope":
            dispatcher.utter_message(response="say_out_of_scope")
        else:
            _climb(dispatcher, tracker)
        keep_question(tracker)
        return []


def ask_again(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """An example of an answer to the open question; the form then asks it again."""
    name = f"say_reask_{active_form(tracker)}_{tracker.get_slot('requested_slot')}"
    dispatcher.utter_message(response=name)
    if misses_in_a_row(tracker) >= 1:
        dispatcher.utter_message(response="say_person_or_stop")


def _climb(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    misses = misses_in_a_row(tracker)
    guesses = closest_topics(tracker.latest_message)
    if misses == 0 and guesses:
        dispatcher.utter_message(response="say_did_you_mean", buttons=[*guesses, CONTACT_ME])
    elif misses <= 1:
        dispatcher.utter_message(response="say_rephrase")
    else:
        dispatcher.utter_message(response="say_offer_person")


def closest_topics(message: dict[str, Any], most: int = 3) -> list[dict[str, str]]:
    """Buttons for what the message may have meant, likeliest first; [] when nothing is close.

    Topics and intents compete: both are offered when they were nearly as likely.
    """
    faq = (message.get("response_selector") or {}).get("faq") or {}
    topics = [row for row in faq.get("ranking") or [] if is_likely(row)]
    intents = [row for row in message.get("intent_ranking") or [] if is_likely(row)]
    guesses = [*topics, *(row for row in intents if row["name"] in INTENT_TITLES)]
    buttons: list[dict[str, str]] = []
    for row in sorted(guesses, key=lambda row: -float(row["confidence"])):
        if "name" in row:
            buttons.append({"title": INTENT_TITLES[row["name"]], "payload": f"/{row['name']}"})
        else:
            buttons += topic_buttons([row])
    return buttons[:most]


class ActionAcceptOffer(SalesAction):
    """ "Yes" outside a question: takes up what the bot offered last."""

    def name(self) -> str:
        return "action_accept_offer"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            ask_again(dispatcher, tracker)
            return []
        said = last_said(tracker)
        if any(response_name(message).startswith(PERSON_OFFERS) for message in said):
            return [FollowupAction("contact_form")]
        if asked := _asked_which(said):
            dispatcher.utter_message(response="say_which_meant", buttons=asked)
            return []
        dispatcher.utter_message(response="say_nothing_offered")
        return []


def _asked_which(said: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The buttons of a "did you mean" among these messages."""
    for message in said:
        if response_name(message) in ("say_did_you_mean", "say_which_meant"):
            return list((message.get("data") or {}).get("buttons") or [])
    return []


class ActionDeclineOffer(SalesAction):
    """ "No" outside a question."""

    def name(self) -> str:
        return "action_decline_offer"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            ask_again(dispatcher, tracker)
        else:
            dispatcher.utter_message(response="say_declined")
        return []


class ActionCancel(SalesAction):
    """Stops the questions; what is known stays known."""

    def name(self) -> str:
        return "action_cancel"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        dispatcher.utter_message(response="say_cancelled")
        return [ActiveLoop(None), SlotSet("requested_slot", None)]


class ActionGoOn(SalesAction):
    """ "Continue": the open question is asked again; outside a form it takes an offer up."""

    def name(self) -> str:
        return "action_go_on"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not active_form(tracker):
            return ActionAcceptOffer().answer(dispatcher, tracker)
        dispatcher.utter_message(response="say_going_on")
        return []


class ActionStartOver(SalesAction):
    """Forgets everything the conversation knows."""

    def name(self) -> str:
        return "action_start_over"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        dispatcher.utter_message(response="say_started_over")
        return [AllSlotsReset(), ActiveLoop(None)]
