"""A tracker that costs what its latest turns cost, however long the conversation is.

Rasa's replays every event for each copy, and again for each policy. No rule and no story looks
further back than a few actions, and no action further than a few turns (actions/turns.py), so
this one keeps those; a few events sum up what was before them.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    ConversationPaused,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

PREDICTED_FROM = 3  # turns; the longest rule has 3 states, and a turn adds two at least
LONGEST_FORM = 80  # events; policies see an open form and what led to it whole, up to so many
KEPT_TURNS = 6  # actions ask about the five before the latest message (actions/context.py)
MOST = 80  # events; one more, and what was before those turns is summed up
WORTHWHILE = 25  # events, at least, to be summed up at once
MOST_IN_FORM = 120  # events; an open form is kept from its beginning up to here
SUMMARY = "summary"  # in the metadata of events that stand for older ones
CHANGES_THE_PAST = {Restarted, SessionStarted, UserUtteranceReverted, ActionReverted}


class RecentTracker(DialogueStateTracker):
    """Behaves as Rasa's does. Slots are copied when they change, not when the tracker is."""

    events: deque[Event]
    slots: dict[str, Slot]
    _seen: dict[tuple[bool, bool], list[State]]  # past states, until the next event

    def __init__(self, sender_id: str, slots: Iterable[Slot] | None, *args: Any, **kwargs: Any):
        super().__init__(sender_id, slots, *args, **kwargs)
        # Where the latest turns began, and the state there; outside short forms: Rasa joins turns.
        self._turns: deque[tuple[int, RecentTracker]] = deque(maxlen=PREDICTED_FROM)
        self._seen = {}
        self._before: RecentTracker | None = None  # the state before the first event
        self._before = self._without_events()

    def copy(self) -> RecentTracker:
        """A tracker of its own in the same state."""
        twin = self._without_events()
        twin.events = self.events.copy()
        twin._turns = self._turns.copy()
        return twin

    def init_copy(self) -> RecentTracker:
        """The tracker before its first event; a tracker without one is that itself."""
        return (self._before or self).for_conversation(self.sender_id)

    def for_conversation(self, sender_id: str) -> RecentTracker:
        """A copy for another conversation."""
        twin = self.copy()
        twin.sender_id = sender_id
        return twin

    def update(self, event: Event, domain: Domain | None = None) -> None:
        """Add the event; where a turn begins, remember the state."""
        if type(event) is UserUttered:
            self._remember_turn()
        elif type(event) in CHANGES_THE_PAST:
            self._turns.clear()
        self._seen = {}
        super().update(event, domain)

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """The states of the latest turns; of all events when those have none for this policy.

        Worked out once for all policies that ask the same, and theirs to change.
        """
        asked = (omit_unset_slots, ignore_rule_only_turns)
        if asked not in self._seen:
            self._seen[asked] = self._past_states(domain, *asked, rule_only_data)
        return [{name: {**part} for name, part in state.items()} for state in self._seen[asked]]

    def _past_states(self, *args: Any) -> list[State]:
        states = super().past_states(*args)
        if states or not self._turns:
            return states
        everything = self.copy()
        everything._turns.clear()
        return DialogueStateTracker.past_states(everything, *args)

    def generate_all_prior_trackers(
        self,
    ) -> Generator[tuple[DialogueStateTracker, bool], None, None]:
        """The tracker before each of the latest actions; before all, while there are few."""
        few = len(self._turns) < PREDICTED_FROM
        began, state = (0, self.init_copy()._for_policies()) if few else self._turns[0]
        latest = state.copy()
        latest._before = state
        latest.events.extend(e for e in islice(self.events, began, None) if state._heeds(e))
        yield from DialogueStateTracker.generate_all_prior_trackers(latest)

    def forget_old_turns(self) -> None:
        """Sum up what is too long ago; the state stays as it is."""
        if len(self.events) <= MOST:
            return
        kept_from = self._kept_from()
        if kept_from < WORTHWHILE:
            return
        before = self.init_copy()
        for event in islice(self.events, kept_from):
            before.update(event)
        summary = _summary(before)
        self.events = deque([*summary, *islice(self.events, kept_from, None)])
        moved = len(summary) - kept_from
        turns = [(began + moved, state) for began, state in self._turns if began >= kept_from]
        self._turns = deque(turns, maxlen=PREDICTED_FROM)

    def own_values(self) -> None:
        """Copy what slots hold, so that changing a value in place changes this tracker only."""
        for name, slot in list(self.slots.items()):
            if isinstance(slot.value, list | dict):
                self._set_slot(name, copy.deepcopy(slot.value))

    def _without_events(self) -> RecentTracker:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.slots = dict(self.slots)
        twin.active_loop = replace(self.active_loop) if self.active_loop else None
        twin.events, twin._turns = deque(), deque(maxlen=PREDICTED_FROM)
        return twin

    def _remember_turn(self) -> None:
        began = self._turns[0][0] if len(self._turns) == PREDICTED_FROM else 0
        if self.active_loop is not None and len(self.events) - began < LONGEST_FORM:
            return
        self._turns.append((len(self.events), self._for_policies()))

    def _for_policies(self) -> RecentTracker:
        """The state without the slots that no policy sees."""
        state = self._without_events()
        state.slots = {name: slot for name, slot in self.slots.items() if slot.has_features()}
        return state

    def _heeds(self, event: Event) -> bool:
        """Whether the event may change what policies see."""
        return type(event) is not SlotSet or event.key in self.slots

    def _kept_from(self) -> int:
        """Where the turns begin that are kept, and a form that is open there; 0: all are."""
        turns = [n for n, event in enumerate(self.events) if type(event) is UserUttered]
        if len(turns) <= KEPT_TURNS:
            return 0 if len(self.events) <= MOST_IN_FORM else len(self.events) - MOST
        kept_from, turn, form_turn = turns[-KEPT_TURNS], 0, None
        for n, event in enumerate(islice(self.events, kept_from)):
            if type(event) is UserUttered:
                turn = n
            elif isinstance(event, ActiveLoop):
                form_turn = turn if event.name else None
        if form_turn is not None and form_turn >= len(self.events) - MOST_IN_FORM:
            return form_turn
        return kept_from

    def _set_slot(self, key: str, value: Any) -> None:
        if key in self.slots:
            self.slots[key] = copy.copy(self.slots[key])
        super()._set_slot(key, value)

    def _reset_slots(self) -> None:
        self.slots = {
            name: copy.copy(slot) if slot.has_been_set else slot
            for name, slot in self.slots.items()
        }
        super()._reset_slots()


def _summary(tracker: DialogueStateTracker) -> list[Event]:
    """Events that lead a new tracker to the state of this one."""
    events: list[Event] = []
    if tracker.active_loop_name:
        events.append(ActiveLoop(tracker.active_loop_name))
    for name, slot in tracker.slots.items():
        if slot.value != slot.initial_value:
            events.append(SlotSet(name, slot.value))
    if tracker.is_paused():
        events.append(ConversationPaused())
    if tracker.latest_action_name:
        events.append(ActionExecuted(tracker.latest_action_name))
    for event in events:
        event.timestamp = tracker.events[-1].timestamp
        event.metadata = {SUMMARY: True}
    return events
