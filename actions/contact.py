"""A person instead of a bot: how to reach us, and the form that makes a lead."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import (
    Events,
    SalesAction,
    answer_or_none,
    entity_values,
    intent_of,
    text_of,
)
from actions.shop import shop
from actions.turns import QUESTION, has_just_begun, said_in, transcript
from sales.clock import database_now
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
FORM = "contact_form"
FREE_TEXTS = ("company", "contact_note")
ASKING = ("faq", "compare_mtp_mpo", "compare_feature", "ask_link", "smalltalk", "ask_price")
REFUSED = re.compile(
    r"\b(?:don'?t|do not|not|never|refuse to|withdraw my|no)\s+(?:\w+\s+){0,2}?"
    r"(?:consent|agree|permission)\b|\b(?:don'?t|do not|never)\s+(?:you\s+)?"
    r"(?:keep|save|store|contact|call)\b",
    re.IGNORECASE,
)
OWN_DATA = re.compile(
    r"\bmy (?:\w+ )?(?:data|details|info\w*|address|number)\b|\bpersonal (?:data|details)\b|"
    r"\bprivacy\b|\bgdpr\b|\bdata protection\b",
    re.IGNORECASE,
)
BARE_YES = re.compile(
    r"\W*(?:(?:yes|yeah|yep|ok|okay|sure|fine|go on|go ahead|please|i (?:do )?(?:agree|consent))"
    r"\W*)+",
    re.IGNORECASE,
)
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
        begins = has_just_begun(tracker, FORM)
        asked = "" if begins else tracker.get_slot("requested_slot") or ""
        given = dict(tracker.slots_to_validate())
        if asked in CONTACT_SLOTS and not is_filled_in(tracker) and not is_answered(tracker):
            if REFUSED.search(text_of(tracker)):
                return [SlotSet("contact_consent", "no"), SlotSet("requested_slot", None)]
            if detour := told_besides(dispatcher, tracker, asked, given):
                return detour
        if not is_filled_in(tracker) and (asked == "contact_name" or begins):
            if name := introduced_name(tracker, given):
                given["contact_name"] = name
            elif not begins and given.get("contact_reach"):
                given.pop("contact_name", None)
        events: Events = []
        if "contact_name" not in given and tracker.slots_to_validate().get("contact_name"):
            events.append(SlotSet("contact_name", None))
        for slot in CONTACT_SLOTS:
            if given.get(slot) is not None:
                events += CHECKS[slot](given[slot], dispatcher, tracker)
        known = {**tracker.slots, **{event["name"]: event["value"] for event in events}}
        missing = (slot for slot in CONTACT_SLOTS if known.get(slot) is None)
        return [*events, SlotSet("requested_slot", next(missing, None))]


def is_filled_in(tracker: Tracker) -> bool:
    """Whether the latest message is a contact form with fields (website, Slack), not words."""
    return any(entity_values(tracker, slot) for slot in CONTACT_SLOTS)


def is_answered(tracker: Tracker) -> bool:
    """Whether the latest message has had an answer already, and the form only asks again."""
    for event in reversed(tracker.events):
        if event.get("event") in ("user", "bot"):
            return bool(event["event"] == "bot")
    return False


def told_besides(
    dispatcher: CollectingDispatcher, tracker: Tracker, asked: str, given: dict[str, Any]
) -> Events:
    """What is to happen with a message that answers nothing; [] for an answer.

    A question about the data is answered here, any other by the rules; a bare "yes" to a question
    for words is asked again.
    """
    text, intent = text_of(tracker), intent_of(tracker)
    empty = [SlotSet(asked, None)]
    if OWN_DATA.search(text) and (QUESTION.search(text) or asked == "contact_consent"):
        dispatcher.utter_message(response="say_contact_data")
        return [*empty, SlotSet("requested_slot", asked)]
    if asked not in FREE_TEXTS or given.get(asked) is None:
        return []
    if BARE_YES.fullmatch(text) or text == "/affirm":
        dispatcher.utter_message(response=f"say_reask_{FORM}_{asked}")
        return [*empty, SlotSet("requested_slot", asked)]
    is_question = intent in ASKING and QUESTION.search(text)
    return [*empty, ActionExecutionRejected(FORM)] if is_question else []


def introduced_name(tracker: Tracker, given: dict[str, Any]) -> str:
    """The name beside an address ("Ann Lee, ann@lee.org"), or after "my name is"; "" for none."""
    text = text_of(tracker)
    reach = str(given.get("contact_reach") or "")
    rest = " ".join(word for word in re.split(r"[\s,;/]+", text) if "@" not in word)
    if reach and "@" not in reach:
        rest = re.sub(r"[+(]*\d[\d\s().+-]{5,}", " ", rest)
    rest = re.sub(
        r"\b(?:and |my )?e-?mail(?: is)?\b|\bphone\b|[.:]+$", " ", rest, flags=re.I
    ).strip()
    name = bare_name(rest)
    is_told = name != rest or (bool(reach) and all(word[:1].isupper() for word in name.split()))
    return name if is_told and is_name(name) else ""


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
            draft = draft_of(tracker, said_in(session, tracker))
            lead = take_lead(session, draft, database_now(session), office)
        is_known = lead.updated_at > lead.created_at
        dispatcher.utter_message(
            response="say_lead_updated" if is_known else "say_lead_taken",
            name=lead.name,
            reference=lead.reference,
            reach=tracker.get_slot("contact_reach"),
        )
        again = ("contact_note", "contact_consent")  # asked anew for the next request
        return [SlotSet("lead_reference", lead.reference), *(SlotSet(slot, None) for slot in again)]


def draft_of(tracker: Tracker, said: list[dict[str, Any]]) -> LeadDraft:
    """The lead as the conversation tells it: contact, need, advice, products, what was said."""
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
        transcript=tuple(transcript(said)),
        channel=str(tracker.get_latest_input_channel() or "website"),
    )


def _unless_skipped(value: Any) -> str:
    return "" if value in (None, "none") else str(value)
