"""The same assistant on stock Rasa: a project folder written from ours, for Rasa's own commands.

Same intents, slots, forms, examples, rules, stories, answers and custom actions. Pipeline and
policies are those that Rasa takes by default (its `default_config.yml`), with two additions that
the same work needs:

- FiberEntityExtractor comes last. Rasa's default learns entities from marked examples; ours are
  not marked, so without it stock Rasa could search no product and calculate no link.
- The responses of the actions, and the figures in all responses, stand in the domain: at run time
  Rasa's own templates have nothing to look up.

The action endpoint has `selective_domain`, as ours: otherwise Rasa sends the whole domain with
every call.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from benchmarks.errors import BenchmarkError
from bot.preparation import rasa_environment
from sales.settings import PROJECT

EXTRACTOR = "bot.nlu.entity_extractor.FiberEntityExtractor"
EXAMPLE_FILES = ("data/nlu.yml", "data/faq/*.yml")
PLAIN_FILES = ("data/rules.yml", "data/stories.yml")
KEPT = PROJECT / "var" / "benchmarks"  # trained models of the stock assistant
MODEL_NAME = "stock.tar.gz"
Yaml = dict[str, Any]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where it is built: 25,000 lines
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Epochs:
    """How long the components learn; Rasa's default is 100 for each."""

    understanding: int = 100  # DIETClassifier
    answers: int = 100  # ResponseSelector, one for all retrieval intents as Rasa's default has it
    policies: int = 100  # TEDPolicy and UnexpecTEDIntentPolicy


@dataclass(frozen=True)
class Lesson:
    """What the served model learns: which part of the examples, and for how long."""

    every: int  # of each topic's examples
    epochs: Epochs


# The speed of a turn does not depend on the epochs; on all examples 100 would take hours.
SERVED = Lesson(1, Epochs(understanding=5, answers=10, policies=10))
QUICK = Lesson(10, Epochs(understanding=20, answers=30, policies=10))


def default_config(epochs: Epochs) -> Yaml:
    """Rasa's default pipeline and policies as its package has them, and our entity extractor."""
    file = files("rasa.engine.recipes.config_files") / "default_config.yml"
    config = _parsed(file.read_text(encoding="utf-8"))
    by_name = {
        "DIETClassifier": epochs.understanding,
        "ResponseSelector": epochs.answers,
        "TEDPolicy": epochs.policies,
        "UnexpecTEDIntentPolicy": epochs.policies,
    }
    for row in (*config["pipeline"], *config["policies"]):
        if row["name"] in by_name:
            row["epochs"] = by_name[row["name"]]
    config["pipeline"].append({"name": EXTRACTOR})
    return config | {"assistant_id": "stock-rasa"}


def write_project(folder: Path, config: Yaml, figures: Mapping[str, str], every: int = 1) -> int:
    """The stock assistant's files; of each topic's examples the first and every `every`th.

    Returns how many examples there are.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    domain = _parsed((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    said = _parsed((PROJECT / "actions" / "responses.yml").read_text(encoding="utf-8"))
    domain["responses"] |= said["responses"]
    _write(folder / "domain.yml", with_figures(domain, figures))
    _write(folder / "config.yml", config)
    _write(folder / "credentials.yml", {"rest": None})
    for path in _found(PLAIN_FILES):
        shutil.copyfile(path, folder / "data" / path.name)
    return sum(_copy_examples(path, folder / "data", figures, every) for path in _examples())


def write_endpoints(folder: Path, action_port: int) -> Path:
    """Rasa's SQL tracker store on SQLite, and the action server on its port."""
    path = folder / "endpoints.yml"
    url = f"http://127.0.0.1:{action_port}/webhook"
    store = {"type": "SQL", "dialect": "sqlite", "db": str(folder / "conversations.db")}
    action = {"url": url, "selective_domain": True}
    _write(path, {"action_endpoint": action, "tracker_store": store})
    return path


def with_figures(value: Any, figures: Mapping[str, str]) -> Any:
    """The YAML value with `{name}` replaced in its texts wherever `figures` has the name."""
    if isinstance(value, str):
        return re.sub(
            r"(?<!\{)\{([^{}]+)\}(?!\})",
            lambda found: figures.get(found[1], found[0]),
            value,
        )
    if isinstance(value, list):
        return [with_figures(each, figures) for each in value]
    if isinstance(value, dict):
        return {key: with_figures(each, figures) for key, each in value.items()}
    return value


def thinned(examples: str, every: int) -> list[str]:
    """The first example of the block and every `every`th after it."""
    lines = [line[2:].strip() for line in examples.splitlines() if line.startswith("- ")]
    return lines[::every]


def thin_out(folder: Path, every: int) -> int:
    """Leave of each topic's examples in a project folder the first and every `every`th."""
    paths = [path for pattern in EXAMPLE_FILES for path in sorted(folder.glob(pattern))]
    return sum(_copy_examples(path, path.parent, {}, every) for path in paths)


def train(folder: Path, say: Say) -> Path:
    """Train with `rasa train` in the project folder; returns the model."""
    command = [sys.executable, "-m", "rasa", "train", "--fixed-model-name", MODEL_NAME]
    log = folder / "train.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=folder, env=environment(), stdout=output, stderr=output, check=False
        )
    model = folder / "models" / MODEL_NAME
    if done.returncode != 0 or not model.is_file():
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise BenchmarkError(f"`rasa train` failed in {folder}. The end of what it said:\n{end}")
    say(f"trained: {model.stat().st_size / 1e6:.0f} MB")
    return model


def served_model(figures: Mapping[str, str], lesson: Lesson, say: Say) -> Path:
    """The stock assistant, trained; kept in var/, as it takes a while."""
    KEPT.mkdir(parents=True, exist_ok=True)
    config = default_config(lesson.epochs)
    kept = KEPT / f"stock-{digest(config, lesson.every)}.tar.gz"
    if kept.is_file():
        say(f"stock Rasa was trained before: {kept.relative_to(PROJECT)}")
        return kept
    folder = KEPT / "training"
    shutil.rmtree(folder, ignore_errors=True)
    examples = write_project(folder, config, figures, lesson.every)
    say(
        f"stock Rasa learns {examples:,} examples in {lesson.epochs.understanding} epochs, once; "
        f"this takes many minutes ({folder.relative_to(PROJECT)}/train.log)"
    )
    train(folder, say).replace(kept)
    shutil.rmtree(folder)
    return kept


def digest(config: Yaml, every: int) -> str:
    """Short digest of everything that the stock model is trained from."""
    total = hashlib.sha256(json.dumps([config, every], sort_keys=True).encode())
    inputs = [PROJECT / "domain.yml", PROJECT / "actions" / "responses.yml"]
    for path in (*inputs, *_examples(), *_found(PLAIN_FILES)):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


def environment() -> dict[str, str]:
    """For Rasa's commands outside the project folder: our packages can be imported there."""
    return {**rasa_environment(), "PYTHONPATH": str(PROJECT)}


def _examples() -> list[Path]:
    return _found(EXAMPLE_FILES)


def _found(patterns: tuple[str, ...]) -> list[Path]:
    return [path for pattern in patterns for path in sorted(PROJECT.glob(pattern))]


def _copy_examples(path: Path, folder: Path, figures: Mapping[str, str], every: int) -> int:
    content = _parsed(path.read_text(encoding="utf-8"))
    count = 0
    for row in content.get("nlu", []):
        lines = thinned(row["examples"], every)
        row["examples"] = "".join(f"- {line}\n" for line in lines)
        count += len(lines)
    if "responses" in content:
        content["responses"] = with_figures(content["responses"], figures)
    _write(folder / path.name, content)
    return count


def _parsed(text: str) -> Yaml:
    content: Yaml = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader, both of them
    return content


def _write(path: Path, content: Yaml) -> None:
    text = yaml.dump(content, Dumper=DUMPER, allow_unicode=True, sort_keys=False, width=10_000)
    path.write_text(text, encoding="utf-8")
