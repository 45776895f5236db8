"""Scores the trained assistant on the held-out messages: what would the visitor get?

Prints a table per topic (the weakest first), the pairs that were confused, every miss, and the
figures that count: `python -m tests.nlu.evaluate`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HELD_OUT = Path(__file__).parent / "held_out.yml"
ALSO_RIGHT = Path(__file__).parent / "also_right.yml"
OUT_OF_SCOPE = "out_of_scope"
REFUSED = (OUT_OF_SCOPE, "nlu_fallback")
Parse = Callable[[str], Awaitable[dict[str, Any]]]


@dataclass
class Scores:
    """Counts per expected label ("recommend", "faq/what_is_mpo", "out_of_scope")."""

    right: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    strictly: int = 0  # right without counting another answer that serves just as fully
    misses: list[tuple[str, str, str]] = field(default_factory=list)  # text, expected, got

    def add(self, text: str, expected: str, got: str, also: Collection[str] = ()) -> None:
        """Count one message; the answers `also` serve it just as fully."""
        is_expected = got in REFUSED if expected == OUT_OF_SCOPE else got == expected
        is_right = is_expected or got in also
        self.strictly += is_expected and expected != OUT_OF_SCOPE
        self.total[expected] += 1
        self.right[expected] += is_right
        if not is_right:
            self.misses.append((text, expected, got))

    def share(self, chosen: Callable[[str], bool]) -> float:
        labels = [label for label in self.total if chosen(label)]
        return sum(self.right[label] for label in labels) / sum(self.total[x] for x in labels)

    @property
    def in_scope(self) -> float:
        return self.share(lambda label: label != OUT_OF_SCOPE)

    @property
    def refused(self) -> float:
        return self.share(lambda label: label == OUT_OF_SCOPE)

    @property
    def confidently_wrong(self) -> float:
        """In-scope messages that got another answer, rather than "did you mean"."""
        wrong = [m for m in self.misses if m[1] != OUT_OF_SCOPE and m[2] not in REFUSED]
        return len(wrong) / in_scope_count(self)

    @property
    def confusions(self) -> list[tuple[tuple[str, str], int]]:
        """((expected, got), how often), the most frequent first."""
        return Counter((expected, got) for _, expected, got in self.misses).most_common()


def held_out_messages() -> list[tuple[str, str]]:
    """(text, label) of every held-out message."""
    rows = yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))["nlu"]
    return [
        (line.removeprefix("- ").strip(), row["intent"])
        for row in rows
        for line in row["examples"].splitlines()
        if line.strip()
    ]


def also_right() -> dict[str, list[str]]:
    """By message: the answers besides the expected one that serve it just as fully."""
    found: dict[str, list[str]] = yaml.safe_load(ALSO_RIGHT.read_text(encoding="utf-8"))
    return found


def label_of(parsed: dict[str, Any]) -> str:
    """The intent, with its topic for retrieval intents."""
    intent = str(parsed["intent"]["name"])
    chosen = (parsed.get("response_selector") or {}).get(intent, {}).get("response", {})
    return str(chosen.get("intent_response_key") or intent)


async def score(parse: Parse) -> Scores:
    """Parse every held-out message and count."""
    scores, others = Scores(), also_right()
    for text, expected in held_out_messages():
        scores.add(text, expected, label_of(await parse(text)), others.get(text, ()))
    return scores


def report(scores: Scores) -> str:
    """The topics, the confusions, the misses, and the figures that count."""
    lines = [f"{'topic':36} right / all"]
    for label in sorted(scores.total, key=lambda x: (scores.right[x] / scores.total[x], x)):
        right, total = scores.right[label], scores.total[label]
        lines.append(f"{label:36} {right:5} / {total:3} {right / total:7.1%}")
    lines += ["", "confusion pairs (got instead of expected, times)"]
    for (expected, got), times in scores.confusions:
        lines.append(f"  {got:34} instead of {expected:34} {times}")
    lines += ["", "misses"]
    for text, expected, got in scores.misses:
        lines.append(f"  {got:34} instead of {expected:34} {text}")
    lines += ["", *_summary(scores)]
    return "\n".join(lines)


def in_scope_count(scores: Scores) -> int:
    return sum(n for label, n in scores.total.items() if label != OUT_OF_SCOPE)


def _summary(scores: Scores) -> list[str]:
    shares = [scores.right[label] / scores.total[label] for label in scores.total]
    return [
        f"in scope right          {scores.in_scope:6.1%}",
        f"  the expected answer   {scores.strictly / in_scope_count(scores):6.1%}",
        f"mean over the topics    {sum(shares) / len(shares):6.1%}",
        f"out of scope refused    {scores.refused:6.1%}",
        f"confidently wrong       {scores.confidently_wrong:6.1%}",
        f"messages, topics        {sum(scores.total.values())}, {len(scores.total)}",
    ]


async def main() -> None:
    from bot.preparation import MODEL, rasa_environment

    os.environ.update(rasa_environment())
    from rasa.core.agent import load_agent

    print(f"Loading {MODEL.name} ...", file=sys.stderr)
    agent = await load_agent(str(MODEL))
    print(report(await score(agent.parse_message)))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
