"""The topics the assistant can answer, for "did you mean" buttons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from sales.settings import PROJECT

FAQ_FOLDER = PROJECT / "data" / "faq"


@dataclass(frozen=True)
class Topic:
    """One answer in data/faq/: its short title, and a question that asks for it."""

    title: str
    question: str


@lru_cache(maxsize=1)
def topics() -> dict[str, Topic]:
    """Every topic by its key (`what_is_mpo`), read once."""
    found: dict[str, Topic] = {}
    for path in sorted(FAQ_FOLDER.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        questions = {row["intent"]: row["examples"] for row in content["nlu"]}
        for name, variants in content["responses"].items():
            key = name.removeprefix("utter_faq/")
            question = questions[f"faq/{key}"].splitlines()[0].removeprefix("- ")
            found[key] = Topic(variants[0]["metadata"]["title"], question)
    return found


def topic_buttons(ranking: Iterable[dict[str, Any]], most: int = 3) -> list[dict[str, str]]:
    """Buttons for the best-ranked topics; each asks its question as a visitor would type it."""
    keys = [str(row.get("intent_response_key", "")).removeprefix("faq/") for row in ranking]
    known = [topics()[key] for key in keys if key in topics()]
    return [{"title": topic.title, "payload": topic.question} for topic in known[:most]]
