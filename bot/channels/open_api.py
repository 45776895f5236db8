"""Rasa's own HTTP API, which `rasa run --enable-api` adds: never without a token.

It reads, changes and deletes conversations, and loads models. `fiberbot run` leaves it out.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from rasa.shared.exceptions import RasaException
from sanic import Sanic

CONVERSATION = "/conversations/<conversation_id:path>/tracker"  # one route of many


class OpenApiError(RasaException):
    """Rasa shows the text and ends."""


def refuse_open_api(app: Sanic) -> None:
    """Raises OpenApiError when whoever reaches the port could use the API."""
    for route in app._future_routes:
        if route.uri != CONVERSATION or app.config.get("USE_JWT"):
            continue
        if not _nonlocals(route.handler).get("token"):
            raise OpenApiError(
                "--enable-api lets everybody who reaches the port read and change conversations. "
                "Add --auth-token with a random text (`openssl rand -hex 32`) or --jwt-secret, "
                "or leave --enable-api out."
            )


def _nonlocals(handler: Any) -> Mapping[str, Any]:
    """What the handler's decorator knows; Rasa keeps the token nowhere else."""
    return inspect.getclosurevars(handler).nonlocals
