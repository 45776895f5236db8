"""Responses whose figures come from the reference tables, so that a figure lives in one place."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from sales.database import open_engine, transaction
from sales.reference.store import all_figures
from sales.settings import PROJECT, Settings


class SourcedResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's templates: the domain's, and those that actions send (actions/responses.yml).

    Every figure of the tables is a variable, such as {mtp-elite-mm.max}; which exist:
    `sales.reference.store.all_figures`. Named in endpoints.yml.
    """

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain) -> None:
        super().__init__(domain.responses)

    @property
    def responses(self) -> dict[str, Any]:
        """Every response by name. Rasa sets this again when it has loaded the model's domain."""
        return self._responses

    @responses.setter
    def responses(self, of_the_domain: dict[str, Any]) -> None:
        self._responses = {**of_the_domain, **action_responses()}

    def _fill_response(
        self,
        response: dict[str, Any],
        filled_slots: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        known = {**figures(), **(filled_slots or {})}
        filled: dict[str, Any] = super()._fill_response(response, known, **kwargs)
        return filled


@lru_cache(maxsize=1)
def action_responses() -> dict[str, Any]:
    """The responses of actions/responses.yml, by name; read once per process, not to be changed.

    They are not in domain.yml, since Rasa's validation takes a response that no rule names for
    a mistake.
    """
    text = (PROJECT / "actions" / "responses.yml").read_text(encoding="utf-8")
    responses: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)["responses"]
    return responses


@lru_cache(maxsize=1)
def figures() -> dict[str, str]:
    """The figures of the reference tables, read once per process."""
    with transaction(open_engine(Settings.from_env().database_url)) as session:
        return all_figures(session)
