"""The file of settings: `.env` in the project's folder, read before the environment is."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, MutableMapping
from io import StringIO
from pathlib import Path

from sales.settings.reader import PROJECT, SettingsError

ENV_FILE = "ENV_FILE"  # names another file, or none
NONE = "none"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|WEBHOOK_URLS")
SECRET_VALUE = re.compile(r"://[^/\s]*:[^/\s]+@")  # a password in an address
OTHERS_READ = stat.S_IRGRP | stat.S_IROTH


def read_env_file(env: MutableMapping[str, str] = os.environ, folder: Path = PROJECT) -> str:
    """Add what the file sets and the environment does not, not even as blank.

    What to warn of, or "". Raises SettingsError for a file or a line that cannot be read; neither
    text holds what stands in the file. Nothing in a value is expanded: a $ is a $.
    """
    file = _file(env, folder)
    if file is None:
        return ""
    found = dict(_settings_in(file, _text_of(file)))
    for name, value in found.items():
        env.setdefault(name, value)
    has_secrets = any(_is_secret(name, value) for name, value in found.items())
    if has_secrets and os.name == "posix" and file.stat().st_mode & OTHERS_READ:
        return f"{file} holds secrets and others on this machine can read it: chmod 600 {file}"
    return ""


def _file(env: MutableMapping[str, str], folder: Path) -> Path | None:
    named = (env.get(ENV_FILE) or "").strip()
    if named == NONE:
        return None
    file = Path(named).absolute() if named else folder / ".env"
    if file.exists():
        return file
    if named:
        raise SettingsError(
            f"{ENV_FILE} names {file}, which is not there; name a file of settings, or set "
            f"{ENV_FILE}={NONE}."
        )
    return None


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{file}, line {line}: this is no UTF-8; save it as UTF-8.") from error
    except OSError as error:
        raise SettingsError(
            f"{file} cannot be read ({error.strerror}); make it a file that the user who runs the "
            f"assistant may read, or set {ENV_FILE}={NONE}."
        ) from error


def _settings_in(file: Path, text: str) -> Iterator[tuple[str, str]]:
    from dotenv.parser import parse_stream  # only where there is a file

    for binding in parse_stream(StringIO(text)):
        given = binding.original.string
        line = binding.original.line + given[: len(given) - len(given.lstrip())].count("\n")
        if binding.key is None and not binding.error:
            continue  # blank, or a comment
        if binding.key is None or binding.value is None or not NAME.fullmatch(binding.key):
            raise SettingsError(f"{file}, line {line}: write NAME=value, or # before a comment.")
        if "\n" in binding.value or "\0" in binding.value:
            raise SettingsError(
                f"{file}, line {line}: the value of {binding.key} goes on in the next line; close "
                "its quotation mark."
            )
        yield binding.key, binding.value


def _is_secret(name: str, value: str) -> bool:
    return bool(value and (SECRET_NAME.search(name) or SECRET_VALUE.search(value)))
