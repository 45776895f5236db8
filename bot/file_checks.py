"""Files that somebody has edited or damaged, found before anything starts, and told by name."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

PIECE = 1 << 20  # bytes
OBJECTS = ("credentials.yml", "endpoints.yml", "config.yml", "domain.yml", "responses.yml")
DAMAGE = (OSError, EOFError, tarfile.TarError, zlib.error)  # as unpacking tells of it
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FileError(ValueError):
    """A file cannot be used; the text names it and says what to do."""


def refuse_malformed_yaml(files: Iterable[Path]) -> None:
    """Raises FileError for the first file that is no YAML, with its line; missing ones pass."""
    for file in files:
        if file.suffix == ".yml" and file.is_file():
            _read(file)


def refuse_damaged_model(model: Path) -> None:
    """Raises FileError when the trained model is not as training wrote it."""
    try:
        with gzip.open(model) as packed:
            while packed.read(PIECE):
                pass
        with tarfile.open(model) as archive:
            is_whole = bool(archive.getnames())
    except (*DAMAGE, ValueError) as error:
        raise FileError(_damaged(model)) from error
    if not is_whole:
        raise FileError(_damaged(model))


def _read(file: Path) -> None:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader)  # noqa: S506  a safe one
    except UnicodeDecodeError as error:
        raise FileError(f"{file} is no text in UTF-8; restore it, or save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise FileError(
            f"{file}{place}: this is no YAML ({error.problem}). Put it right, or restore the file."
        ) from error
    except yaml.YAMLError as error:
        raise FileError(f"{file} is no YAML ({error}). Restore the file.") from error
    if file.name in OBJECTS and not isinstance(content, dict):
        raise FileError(f"{file} has no `name: value` lines. Put it right, or restore the file.")


def _damaged(model: Path) -> str:
    return f"{model} is damaged; `make train` makes it anew."
