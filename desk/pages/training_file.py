"""Assigned questions as a file of training examples that Rasa reads. No database here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

HEAD = """\
# What visitors asked and colleagues assigned at the desk. Read every line before you train:
# remove what names a person. Then move the lines to their intents in data/, or keep this file in
# data/ as it is, and run `make train`.
version: "3.1"

nlu:
"""
MARKS = re.compile(r"[\[\]{}]")  # Rasa would read what stands in them as entities


def training_file(examples: Mapping[str, Sequence[str]]) -> str:
    """Rasa's training data in YAML, each topic with its examples."""
    parts = [_intent(topic, texts) for topic, texts in examples.items()]
    return HEAD + ("\n".join(parts) if parts else "[]\n")


def _intent(topic: str, texts: Sequence[str]) -> str:
    lines = (" ".join(MARKS.sub(" ", text).split()) for text in texts)
    told = "".join(f"    - {line}\n" for line in dict.fromkeys(lines) if line)
    return f"- intent: {topic}\n  examples: |\n{told}"
