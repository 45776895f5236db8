"""Finds the rules that can apply by the latest action and intent, instead of trying each of them.

Rasa's RulePolicy holds every rule against the conversation, twice for each message: 1.5 ms with the
rules of this project. Nearly all of them differ in the latest state already.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import State
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

Lookup = dict[str, str]  # a rule, as JSON of its states -> the action it leads to
Place = tuple[str | None, str | None]  # action and intent of a state; None: any


class RuleIndex:
    """Takes the place of a loaded policy's `_get_possible_keys`, and gives the same answers."""

    def __init__(self, policy: RulePolicy) -> None:
        self._policy, self._try_each = policy, policy._get_possible_keys
        self._places: dict[int, dict[Place, list[str]]] = {}
        policy._get_possible_keys = self.possible_keys

    def possible_keys(self, lookup: Lookup, states: list[State]) -> set[str]:
        """The rules that apply to a conversation of these states."""
        if not states:
            return self._try_each(lookup, states)
        action, intent = _place(states[-1])
        places = self._rules_by_place(lookup)
        found = [
            rule
            for place in {(action, intent), (action, None), (None, intent), (None, None)}
            for rule in places.get(place, ())
        ]
        return self._try_each(dict.fromkeys(found, ""), states)

    def _rules_by_place(self, lookup: Lookup) -> dict[Place, list[str]]:
        if id(lookup) not in self._places:  # a policy keeps its lookups
            places: dict[Place, list[str]] = defaultdict(list)
            for rule in lookup:
                latest = self._policy._rule_key_to_state(rule)[-1]
                begins = not latest.get(PREVIOUS_ACTION)  # a conversation, with any intent
                places[(None, None) if begins else _place(latest)].append(rule)
            self._places[id(lookup)] = dict(places)
        return self._places[id(lookup)]


def _place(state: State) -> Place:
    return _named(state, PREVIOUS_ACTION, ACTION_NAME), _named(state, USER, INTENT)


def _named(state: State, part: str, name: str) -> str | None:
    found: Any = (state.get(part) or {}).get(name)
    is_said = isinstance(found, str) and found not in ("", SHOULD_NOT_BE_SET)
    return found if is_said else None
