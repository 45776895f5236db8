"""The rules that the index finds are those that Rasa finds by trying each of them."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.policies.rule_policy import RulePolicy

from bot.rule_index import Lookup
from tests.conversations.talk import Visitor

TALKS = (
    ("hello", "what is the difference between MTP and MPO?", "and polarity type B?", "bye"),
    ("help me choose", "400G", "what is polarity?", "no rework", "why do you ask?", "start over"),
    ("can somebody call me?", "stop", "show me 12 fiber OM4 trunks of 10 m", "the second one"),
    ("does 100GBASE-SR4 work over 80 m of OM4?", "and with 2 splices?", "qwzrx blub", "/restart"),
)


@pytest.mark.parametrize("talk", TALKS, ids=[talk[0] for talk in TALKS])
def test_every_turn_finds_the_same_rules(
    talk: tuple[str, ...], agent: Agent, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = rule_policy(agent)
    by_index, found = policy._get_possible_keys, []

    def both(lookup: Lookup, states: list[Any]) -> set[str]:
        keys = by_index(lookup, states)
        assert keys == RulePolicy._get_possible_keys(policy, lookup, states)
        found.append(keys)
        return keys

    monkeypatch.setattr(policy, "_get_possible_keys", both)
    for text in talk:
        visitor.says(text)

    assert sum(map(bool, found)) >= len(talk)  # and that is not nothing


def rule_policy(agent: Agent) -> RulePolicy:
    nodes = agent.processor.graph_runner._instantiated_nodes.values()
    (found,) = (node._component for node in nodes if isinstance(node._component, RulePolicy))
    return found
