"""A person instead of a bot: how to reach us, and the form that makes a lead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, answer_or_none, intent_of, text_of
from actions.shop import shop
from actions.turns import transcript
from sales.contact import ContactError, parse_contact
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from sales.person_name import bare_name, is_name
from sales.settings import Settings

NEED_SLOTS = (
    "data_rate",
    "rework",
    "loss_sensitivity",
    "budget",
    "budget_usd",
    "site",
    "future_upgrades",
    "distance_m",
    "fiber",
    "quantity",
    "product_query",
)
CONTACT_SLOTS = ("contact_name", "contact_reach", "company", "contact_note", "contact_consent")
LONGEST_TEXT = 2_000


class ActionHandOver(SalesAction):
    """Phone and e-mail, in words that fit what the visitor wants, and the offer to be contacted."""

    def name(self) -> str:
        return "action_hand_over"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        dispatcher.utter_message(response=f"say_hand_over_{intent_of(tracker)}")
        return []


class ValidateContactForm(SalesAction):
    """Checks each contact detail; what is unusable is explained and asked again."""

    def name(self) -> str:
        return "validate_contact_form"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        given = tracker.slots_to_validate()
        events: Events = []
        for slot in CONTACT_SLOTS:
            if given.get(slot) is not None:
                events += CHECKS[slot](given[slot], dispatcher, tracker)
        known = {**tracker.slots, **{event["name"]: event["value"] for event in events}}
        missing = (slot for slot in CONTACT_SLOTS if known.get(slot) is None)
        return [*events, SlotSet("requested_slot", next(missing, None))]


def check_name(value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """The name without "my name is"; refused when it is no name."""
    name = bare_name(str(value))
    if not is_name(name):
        dispatcher.utter_message(response="say_bad_name")
        return [SlotSet("contact_name", None)]
    return [SlotSet("contact_name", name)]


def check_reach(value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """E-mail or phone in its normal form; the phone too when the message holds both."""
    try:
        contact = parse_contact(_whole_message_with(str(value), tracker))
    except ContactError as error:
        dispatcher.utter_message(response=error.reply, hint=f" {error.hint}")
        return [SlotSet("contact_reach", None)]
    return [
        SlotSet("contact_reach", contact.email or contact.phone),
        SlotSet("contact_phone", contact.phone),
    ]


def _whole_message_with(value: str, tracker: Tracker) -> str:
    """The latest message when the value was read out of it, else the value alone."""
    local_part, at, _ = value.partition("@")
    text = text_of(tracker)
    return text if local_part in text and at in text else value


def check_text(slot: str) -> Any:
    """Free text, cut to a sensible length; "none" when the visitor skips it."""

    def check(value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        return [SlotSet(slot, str(value).strip()[:LONGEST_TEXT] or "none")]

    return check


def check_consent(value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Only a plain yes is consent."""
    return [SlotSet("contact_consent", "yes" if value == "yes" else "no")]


CHECKS: dict[str, Any] = {
    "contact_name": check_name,
    "contact_reach": check_reach,
    "company": check_text("company"),
    "contact_note": check_text("contact_note"),
    "contact_consent": check_consent,
}


class ActionTakeLead(SalesAction):
    """Commits the lead with everything the conversation knows, and only then confirms."""

    def name(self) -> str:
        return "action_take_lead"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if tracker.get_slot("contact_consent") != "yes":
            dispatcher.utter_message(response="say_no_consent")
            return [SlotSet(slot, None) for slot in (*CONTACT_SLOTS, "contact_phone")]
        office = Settings.from_env().office
        with shop() as session:
            lead = take_lead(session, draft_of(tracker), datetime.now(UTC), office)
        is_known = lead.updated_at > lead.created_at
        dispatcher.utter_message(
            response="say_lead_updated" if is_known else "say_lead_taken",
            name=lead.name,
            reference=lead.reference,
            reach=tracker.get_slot("contact_reach"),
        )
        again = ("contact_note", "contact_consent")  # asked anew for the next request
        return [SlotSet("lead_reference", lead.reference), *(SlotSet(slot, None) for slot in again)]


def draft_of(tracker: Tracker) -> LeadDraft:
    """The lead as the conversation tells it: contact, need, advice, products, transcript."""
    reach = str(tracker.get_slot("contact_reach"))
    is_email = "@" in reach
    need = {slot: answer_or_none(tracker.get_slot(slot)) for slot in NEED_SLOTS}
    return LeadDraft(
        name=str(tracker.get_slot("contact_name")),
        email=reach if is_email else None,
        phone=tracker.get_slot("contact_phone") if is_email else reach,
        company=_unless_skipped(tracker.get_slot("company")),
        note=_unless_skipped(tracker.get_slot("contact_note")),
        consent=True,
        need={slot: value for slot, value in need.items() if value is not None},
        recommendation=tracker.get_slot("recommendation") or {},
        products=tuple(tracker.get_slot("shown_skus") or ()),
        conversation_id=tracker.sender_id,
        transcript=tuple(transcript(tracker)),
        channel=str(tracker.get_latest_input_channel() or "website"),
    )


def _unless_skipped(value: Any) -> str:
    return "" if value in (None, "none") else str(value)
