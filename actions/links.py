"""Reach, fibers, connector and loss of optics, from the link table."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.base import Events, SalesAction, entity_values, first_entity, text_of
from actions.migration import back_to_the_plan
from actions.shop import shop
from actions.turns import last_said, response_name
from sales.reference.store import find_link, links_for_rate, links_like, source_titles
from sales.reference.values import Link, fiber_mode

MOST_SHOWN = 6


class ActionLink(SalesAction):
    """ "How far can 400GBASE-DR4 go?", "SR4 on OM4", "100G over OM4"."""

    def name(self) -> str:
        return "action_link"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if plan := back_to_the_plan(tracker):
            return plan
        with shop() as session:
            asked = first_entity(tracker, "link")
            links = links_meant(session, tracker)
            sources = {link.name: source_titles(session, link.sources) for link in links[:1]}
        if len(links) == 1:
            link = links[0]
            facts = facts_of(link, first_entity(tracker, "fiber"), sources[link.name])
            dispatcher.utter_message(response="say_link", facts=facts)
            return [SlotSet("last_link", link.name)]
        if links:
            buttons = [{"title": link.name, "payload": link_payload(link)} for link in links]
            buttons = buttons[:MOST_SHOWN]
            fiber = first_entity(tracker, "fiber") or ""
            lines = [reach_line(link, fiber) for link in links if link.on(fiber)]
            if lines:
                dispatcher.utter_message(
                    response="say_links", lines="\n".join(lines), buttons=buttons
                )
            else:
                dispatcher.utter_message(response="say_which_link", buttons=buttons)
        elif asked:
            dispatcher.utter_message(response="say_unknown_link", asked=asked)
        else:
            dispatcher.utter_message(response="say_ask_which_link")
        return []


def follows_up_on_a_link(tracker: Tracker) -> bool:
    """Whether the bot has just told a link's figures and the message names a fiber, no product."""
    was_told = any(response_name(message) == "say_link" for message in last_said(tracker))
    names = {entity["entity"] for entity in tracker.latest_message.get("entities", [])}
    return was_told and "fiber" in names and not names & {"family", "connector", "sku", "length_m"}


def links_meant(session: Session, tracker: Tracker) -> list[Link]:
    """The links a message means: by name, else by data rate, narrowed by the fiber it names.

    A message that names neither goes on about the link before.
    """
    rates = entity_values(tracker, "data_rate")
    name = first_entity(tracker, "link")
    if name is None and not rates and follows_up_on_a_link(tracker):
        name = tracker.get_slot("last_link")
    if name:
        exact = find_link(session, name) or (rates and find_link(session, f"{rates[0]}G {name}"))
        return [exact] if exact else links_like(session, name)
    found = links_for_rate(session, rates[0]) if rates else links_like(session, text_of(tracker))
    mode = fiber_mode(first_entity(tracker, "fiber") or "")
    return [link for link in found if not mode or link.fiber_mode == mode]


def reach_line(link: Link, fiber: str) -> str:
    """ "- 100GBASE-SR4: up to 100 m on OM4"."""
    figure = link.on(fiber)
    return f"- {link.name}: up to {distance(figure.reach_m)} on {fiber}" if figure else ""


def link_payload(link: Link) -> str:
    """What a button for one link sends."""
    return f'/ask_link{{"link": "{link.name}"}}'


def facts_of(link: Link, fiber: str | None, sources: list[str]) -> str:
    """Reach and loss per fiber, connector, standard, caveat and source, as lines of text."""
    on = [figure for figure in link.fibers if figure.fiber == fiber] or list(link.fibers)
    lines = [f"**{link.name}** ({link.rate_gbps}G)"]
    for figure in on:
        loss = figure.max_loss_db
        told = (
            f"channel loss at most {loss:g} dB"
            if loss is not None
            else "channel loss not published"
        )
        lines.append(f"- {figure.fiber}: up to {distance(figure.reach_m)}, {told}")
    lines.append(f"- {link.fibers_used} fibers, {link.connector}, {link.polish}")
    lines.append(f"- {link.standard}{', a draft' if link.is_draft else ''}")
    if link.breakout:
        lines.append(f"- Breaks out to {', '.join(link.breakout)}")
    if fiber and fiber_mode(fiber) and fiber_mode(fiber) != link.fiber_mode:
        needed = "single mode" if link.fiber_mode == "SM" else "multimode"
        lines.insert(1, f"Not on {fiber}: it needs {needed}.")
    if link.confidence != "confirmed":
        lines.append(caveat(link))
    return "\n".join([*lines, "", f"Source: {'; '.join(sources)}"])


def distance(metres: float) -> str:
    """100 -> "100 m", 2000 -> "2 km"."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def caveat(link: Link) -> str:
    """How far the figures may be trusted, when not all of them were found in a source."""
    if link.confidence == "general-knowledge":
        return "These figures are general knowledge of the standard; check the module's data sheet."
    return "Some of these figures are general knowledge; check the module's data sheet."
