"""Runs the trained components one after another: Dask's scheduling takes longer than they do."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner

from bot.rule_index import RuleIndex


class InOrder(DaskGraphRunner):
    """Does what Rasa's runner does; the order for a target is worked out once."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        """Takes over the components that `loaded` has loaded."""
        self.__dict__.update(loaded.__dict__)
        self._orders: dict[tuple[str, ...], list[str]] = {}
        for node in self._instantiated_nodes.values():
            if isinstance(node._component, RulePolicy):
                RuleIndex(node._component)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """What the targets give out; `inputs` stand in for nodes of their names."""
        wanted = tuple(targets or self._graph_schema.target_names)
        given = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._order(wanted):
            if name not in given:
                needs = self._graph_schema.nodes[name].needs.values()
                given[name] = self._instantiated_nodes[name](*(given[need] for need in needs))
        return dict(given[name] for name in wanted)

    def _order(self, targets: tuple[str, ...]) -> list[str]:
        if targets not in self._orders:
            nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
            graph = {name: list(node.needs.values()) for name, node in nodes.items()}
            self._orders[targets] = list(TopologicalSorter(graph).static_order())
        return self._orders[targets]
