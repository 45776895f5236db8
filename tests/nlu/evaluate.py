"""Scores the trained assistant on the held-out messages: what would the visitor get?

Prints a table per intent and the confusions: `python -m tests.nlu.evaluate`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HELD_OUT = Path(__file__).parent / "held_out.yml"
REFUSED = ("out_of_scope", "nlu_fallback")
Parse = Callable[[str], Awaitable[dict[str, Any]]]


@dataclass
class Scores:
    """Counts per expected label ("recommend", "faq/what_is_mpo", "out_of_scope")."""

    right: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    misses: list[tuple[str, str, str]] = field(default_factory=list)  # text, expected, got

    def share(self, chosen: Callable[[str], bool]) -> float:
        labels = [label for label in self.total if chosen(label)]
        return sum(self.right[label] for label in labels) / sum(self.total[x] for x in labels)

    @property
    def in_scope(self) -> float:
        return self.share(lambda label: label != "out_of_scope")

    @property
    def refused(self) -> float:
        return self.share(lambda label: label == "out_of_scope")

    @property
    def confidently_wrong(self) -> float:
        """In-scope messages that got another answer, rather than "did you mean"."""
        wrong = [m for m in self.misses if m[1] != "out_of_scope" and m[2] not in REFUSED]
        return len(wrong) / sum(n for label, n in self.total.items() if label != "out_of_scope")


def held_out_messages() -> list[tuple[str, str]]:
    """(text, label) of every held-out message."""
    rows = yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))["nlu"]
    return [
        (line.removeprefix("- ").strip(), row["intent"])
        for row in rows
        for line in row["examples"].splitlines()
        if line.strip()
    ]


def label_of(parsed: dict[str, Any]) -> str:
    """The intent, with its topic for retrieval intents."""
    intent = str(parsed["intent"]["name"])
    chosen = (parsed.get("response_selector") or {}).get(intent, {}).get("response", {})
    return str(chosen.get("intent_response_key") or intent)


async def score(parse: Parse) -> Scores:
    """Parse every held-out message and count."""
    scores = Scores()
    for text, expected in held_out_messages():
        got = label_of(await parse(text))
        is_right = got in REFUSED if expected == "out_of_scope" else got == expected
        scores.total[expected] += 1
        scores.right[expected] += is_right
        if not is_right:
            scores.misses.append((text, expected, got))
    return scores


def report(scores: Scores) -> str:
    """The table per intent, the misses, and the three figures that count."""
    groups: dict[str, list[str]] = defaultdict(list)
    for label in scores.total:
        groups[label.split("/")[0]].append(label)
    lines = [f"{'intent':24} right / all"]
    for name in sorted(groups):
        right = sum(scores.right[label] for label in groups[name])
        lines.append(f"{name:24} {right:5} / {sum(scores.total[x] for x in groups[name])}")
    lines += [
        f"  {got:28} instead of {expected:28} {text}" for text, expected, got in scores.misses
    ]
    lines.append(
        f"in scope right {scores.in_scope:.1%}, out of scope refused {scores.refused:.1%},"
    )
    lines.append(
        f"confidently wrong {scores.confidently_wrong:.1%}, {sum(scores.total.values())} messages"
    )
    return "\n".join(lines)


async def main() -> None:
    from bot.preparation import MODEL, rasa_environment

    os.environ.update(rasa_environment())
    from rasa.core.agent import load_agent

    agent = await load_agent(str(MODEL))
    print(report(await score(agent.parse_message)))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
