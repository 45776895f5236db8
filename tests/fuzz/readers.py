"""Everything that reads what a stranger wrote, as functions of one text.

Each may refuse a text in the way it says it does; anything else that it raises is a defect.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from actions import channel, contact, context, products, recommending
from actions.fault_reader import read_fault
from actions.migration_reader import bad_parts, read_migration
from bot.channel_request import read_channel
from bot.channels.admission import TooLongError, admitted
from bot.channels.slack import mrkdwn
from bot.channels.slack.commands import person_id, read_command, read_in_thread
from bot.channels.website import contact_form, incoming
from bot.channels.website.origins import client_address, is_allowed_origin
from bot.channels.website.tokens import BadTokenError, Tokens
from bot.link_budget_request import read_link_budget_request
from bot.nlu.entities import find_entities
from bot.nlu.entities.tokens import tokenise
from bot.nlu.entity_extractor import as_rasa
from bot.nlu.evidence import RULES, Heard
from desk.catalog.fields import as_csv
from desk.pages.snoozing import chosen
from sales.catalog import part_number
from sales.catalog.importer import read_products
from sales.catalog.store import sku_key
from sales.channel_check import check_channel
from sales.channel_described import described_channel, missing, with_facts
from sales.channel_fixes import channel_fixes
from sales.channel_parts import ChannelError
from sales.channel_text import channel_lines, channel_payload
from sales.contact import ContactError, parse_contact, parse_email, parse_phone
from sales.leads.lead import parse_reference
from sales.leads.priority import score
from sales.leads.workflow import TransitionRefusedError
from sales.link_budget import LinkBudgetError
from sales.link_budget_follow_up import Span, goes_on, is_bare_count
from sales.link_budget_reading import QUESTIONS as BUDGET_QUESTIONS
from sales.link_budget_reading import Facts, link_named, query_of, read, with_bare_count
from sales.migration_needs import QUESTIONS as MIGRATION_QUESTIONS
from sales.migration_needs import completed, next_question, problem
from sales.office import Office
from sales.person_name import bare_name, is_name
from sales.questions.question import clean_text, group_key
from sales.reference.files import known_links
from sales.reference.link_details import details_asked, is_yes_no
from sales.reference.names import match_links, names_like_a_link, nearest_links
from sales.rework import triage
from sales.rework_questions import QUESTIONS as FAULT_QUESTIONS
from sales.rework_questions import assumptions, fault_of, in_words

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
TOKENS = Tokens("a secret for the tests, long enough", timedelta(days=30))
HOURS = Office.default().hours
INTENTS = (
    "faq", "ask_link", "inform", "recommend", "search_product", "plan_migration", "rework_triage",
    "channel_check", "link_budget", "ask_price", "compare_feature", "loss_sensitive",
    "nlu_fallback", "out_of_scope",
)  # fmt: skip


@cache
def _links() -> tuple[Any, ...]:
    return tuple(known_links().values())


def _one_of(choices: Any, text: str) -> Any:
    """One of them, always the same for a text."""
    return choices[zlib.crc32(text.encode("utf-8", "replace")) % len(choices)]


def _entities(text: str) -> list[dict[str, Any]]:
    return [as_rasa(entity) for entity in find_entities(text)]


def _values(entities: list[dict[str, Any]]) -> dict[str, list[Any]]:
    values = defaultdict(list)
    for entity in entities:
        values[entity["entity"]].append(entity["value"])
    return values


# With entities: about a millisecond each


def entities(text: str) -> None:
    """Places lie in the text, and values can be kept as JSON."""
    for found in find_entities(text):
        assert 0 <= found.start < found.end <= len(text), found
        json.dumps(found.value, allow_nan=False)


def evidence(text: str) -> None:
    """Every rule by itself, so that the first that fits hides none."""
    values = _values(_entities(text))
    for intent in (_one_of(INTENTS, text), "faq"):
        heard = Heard(text, intent, values, INTENTS)
        for rule in RULES:
            rule(heard)


def described_channels(text: str) -> None:
    """From the words to the drawing and every proposal."""
    said = with_facts({}, read_channel(text, _one_of(("", "trunk", "cord"), text)))
    if missing(said, _links()):
        return
    with suppress(ChannelError):
        check = check_channel(described_channel(said, _links()))
        fixes = channel_fixes(check)
        channel_lines(check, fixes)
        json.dumps(channel_payload(check, fixes), allow_nan=False)


def link_budgets(text: str) -> None:
    """A first message, an answer to a question, and a change to a budget."""
    found, links = _entities(text), _links()
    for asked in ("", _one_of(BUDGET_QUESTIONS, text)):
        reading = read(text, _values(found), Facts(), links, asked)
        again = Facts.of_slot(json.loads(json.dumps(reading.facts.as_slot(), allow_nan=False)))
        reading = read(text, _values(found), again, links, asked)
        with_bare_count(text, reading.facts)
        link = link_named(reading.facts.optic, links)
        with suppress(LinkBudgetError):
            if link:
                query_of(reading.facts, link)
    spans = [Span(e["entity"], e["start"], e["end"]) for e in found]
    goes_on(text, spans, _one_of(INTENTS, text), [["say_link_budget"]])
    is_bare_count(text, spans)
    with suppress(LinkBudgetError):
        read_link_budget_request(text, links)


def migrations(text: str) -> None:
    found = _entities(text)
    for asked in ("", _one_of(MIGRATION_QUESTIONS, text)):
        known = completed(read_migration(text, found, asked), _links())
        json.dumps(known, allow_nan=False)
        problem(known, _links())
        next_question(known)
    bad_parts(text, found)


def follow_ups(text: str) -> None:
    message = {"text": text, "entities": _entities(text), "intent_ranking": []}
    context.is_follow_up(message)
    context.place_chosen(message)
    context.asks_worth(text)
    context.points_at_it(text)
    recommending.bare_rate(text)
    json.dumps(products.query_in(message["entities"], text), allow_nan=False)


# Without: some microseconds each


def words(text: str) -> None:
    for token in tokenise(text):
        assert token.start < token.end
        assert token.tag


def faults(text: str) -> None:
    for asked in ("", _one_of(FAULT_QUESTIONS, text)):
        known = read_fault(text, asked, "scratch")
        triage(fault_of(known))
        assumptions(known)
        in_words(known)


def contacts(text: str) -> None:
    for parse in (parse_contact, parse_email, parse_phone):
        with suppress(ContactError):
            parse(text)


def names(text: str) -> None:
    name = bare_name(text)
    if is_name(name):
        assert name.strip()
    contact.REFUSED.search(text)
    contact.OWN_DATA.search(text)
    contact.BARE_YES.fullmatch(text)


def link_names(text: str) -> None:
    match_links(text, _links())
    names_like_a_link(text)
    nearest_links(text, _links())
    details_asked(text)
    is_yes_no(text)
    channel.DARK.search(text)


def part_numbers(text: str) -> None:
    sku_key(text)
    parse_reference(text)
    for number in (text, f"INX-{text}", f"INX-TRK-{text}"):
        with suppress(part_number.PartNumberError):
            parsed = part_number.parse(number)
            assert part_number.parse(part_number.build(parsed)) == parsed


def admissions(text: str) -> None:
    with suppress(TooLongError):
        assert not admitted(text, frozenset).strip().startswith("/")


def slack_texts(text: str) -> None:
    read_command(text)
    read_in_thread(text)
    person_id(text)
    list(mrkdwn.parts(mrkdwn.to_mrkdwn(text), 300))
    mrkdwn.to_plain(text, "U0BOT")


def web_values(text: str) -> None:
    """What a browser sends besides messages, each value in each place."""
    is_allowed_origin(text, text, ("https://shop.example.com",))
    client_address("203.0.113.7", text, ())
    client_address(text, "", ())
    with suppress(BadTokenError):
        TOKENS.read(text, NOW)
    data = {"message": text, "message_id": text, "session_id": text, "comment": text, "stars": 5,
            "value": text, "form": "contact", "values": {"name": text, "reach": text}}  # fmt: skip
    reads = (incoming.session_request, incoming.uttered, incoming.thumb, incoming.stars)
    for event in reads:
        with suppress(incoming.RefusedError):
            event(data)
    with suppress(incoming.RefusedError):
        contact_form.checked(incoming.contact_values({**data, "message_id": "1"}))


def desk_values(text: str) -> None:
    with suppress(TransitionRefusedError):
        chosen({"until": text}, NOW, HOURS)
    score({"note": text}, text, [text])
    group_key(clean_text(text))


def catalog_cells(text: str) -> None:
    """One text in every cell of a catalog file, as the desk's form would send it."""
    text = text.encode("utf-8", "replace").decode()  # a form's bytes have no half characters
    read_products(as_csv(defaultdict(lambda: text)))


SLOW: dict[str, Callable[[str], None]] = {
    each.__name__: each
    for each in (
        entities,
        evidence,
        described_channels,
        link_budgets,
        migrations,
        follow_ups,
        link_names,
    )
}
FAST: dict[str, Callable[[str], None]] = {
    each.__name__: each
    for each in (words, faults, contacts, names, part_numbers, admissions, slack_texts,
                 web_values, desk_values, catalog_cells)
}  # fmt: skip
READERS = {**SLOW, **FAST}
