"""Custom actions inside the server: no second process, no HTTP hop, no open action port."""

from __future__ import annotations

import json
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.loop_guard import FALLBACK
from bot.watch import metrics

LEADS = {"say_lead_taken": "new", "say_lead_updated": "known"}  # said once a lead is committed


def _is_valid(_action: RemoteAction, _result: dict[str, Any]) -> bool:
    """rasa_sdk has checked the events already; Rasa's check of them by JSON schema takes 30 ms."""
    return True


class InProcessActions(EndpointConfig):
    """An action endpoint that calls rasa_sdk's executor instead of a server.

    Does what `rasa run actions` does with a request, and answers in the same format.
    """

    def __init__(self, package: str = "actions") -> None:
        super().__init__(url="in-process:", selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        RemoteAction._validate_action_result = _is_valid

    async def request(
        self, method: str = "post", subpath: str | None = None, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Run the action that `kwargs["json"]` asks for.

        Raises ClientResponseError 400 when the action rejects its execution, as the action
        server's answer would.
        """
        try:
            result: dict[str, Any] | None = await self._executor.run(kwargs["json"])
        except ActionExecutionRejection as rejection:
            body = {"error": rejection.message, "action_name": rejection.action_name}
            raise ClientResponseError(400, rejection.message, json.dumps(body)) from rejection
        _count(str(kwargs["json"].get("next_action")), result or {})
        return result


def _count(action: str, result: dict[str, Any]) -> None:
    if action == FALLBACK:
        metrics.fallbacks.inc()
    for said in result.get("responses") or []:
        if kind := LEADS.get(str(said.get("response"))):
            metrics.leads.labels(kind).inc()
