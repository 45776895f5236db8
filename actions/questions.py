"""The questions of the forms, and why each is asked."""

from __future__ import annotations

from abc import abstractmethod

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction


class AskForSlot(SalesAction):
    """Asks one question of a form; the words are the response `say_ask_<form>_<slot>`."""

    @property
    @abstractmethod
    def form(self) -> str:
        """The form that asks."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """The slot that the answer fills."""

    def name(self) -> str:
        return f"action_ask_{self.form}_{self.slot}"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        dispatcher.utter_message(response=f"say_ask_{self.form}_{self.slot}")
        return []


class AskDataRate(AskForSlot):
    form, slot = "recommendation_form", "data_rate"


class AskRework(AskForSlot):
    form, slot = "recommendation_form", "rework"


class AskLossSensitivity(AskForSlot):
    form, slot = "recommendation_form", "loss_sensitivity"


class AskBudget(AskForSlot):
    form, slot = "recommendation_form", "budget"


class AskFiber(AskForSlot):
    form, slot = "recommendation_form", "fiber"


class AskDistance(AskForSlot):
    form, slot = "recommendation_form", "distance_m"


class AskContactName(AskForSlot):
    form, slot = "contact_form", "contact_name"


class AskContactReach(AskForSlot):
    form, slot = "contact_form", "contact_reach"


class AskCompany(AskForSlot):
    form, slot = "contact_form", "company"


class AskContactNote(AskForSlot):
    form, slot = "contact_form", "contact_note"


class AskContactConsent(AskForSlot):
    form, slot = "contact_form", "contact_consent"


class ActionWhyAsk(SalesAction):
    """ "Why do you ask?", for the question that is open."""

    def name(self) -> str:
        return "action_why_ask"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        asked = tracker.get_slot("requested_slot") or "nothing"
        dispatcher.utter_message(response=f"say_why_{asked}")
        return []
