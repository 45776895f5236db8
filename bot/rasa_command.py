"""`rasa`, every command of it, without TensorFlow where the pipeline does not use it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.preparation import rasa_environment
from bot.stand_ins import stand_in
from sales.settings import Settings, SettingsError, read_env_file, refuse_unsafe

ACTIONS_HOST = "SANIC_HOST"  # where `rasa run actions` listens; Rasa's SDK reads it


def main() -> None:
    """Rasa's own command line. The pipeline is in config.yml, or in a file that is named."""
    os.environ.update(rasa_environment())
    read_settings()
    words = sys.argv[1:]
    if "actions" in words:
        keep_actions_here()
    if words[:1] == ["run"] and words[1:2] != ["actions"]:
        listen_where_told(words)
    named = [Path(word) for word in words if word.endswith((".yml", ".yaml"))]
    stand_in([Path("config.yml"), *named])
    import rasa.core.constants

    rasa.core.constants.DEFAULT_SERVER_INTERFACE = os.environ.get("HOST") or "127.0.0.1"
    from rasa.__main__ import main as rasa_main

    rasa_main()


def read_settings() -> None:
    """Those of `.env`, as for `fiberbot`."""
    try:
        if problem := read_env_file():
            print(problem, file=sys.stderr)
    except SettingsError as error:
        sys.exit(str(error))


def keep_actions_here() -> None:
    """The action server asks nobody who they are, so it is for this machine unless told otherwise.

    Rasa's SDK would listen on every address.
    """
    if not os.environ.get(ACTIONS_HOST):
        os.environ[ACTIONS_HOST] = "127.0.0.1"


def listen_where_told(words: Sequence[str]) -> None:
    """`--interface`, else HOST, else this machine alone; ends where that would be unsafe.

    Rasa would listen on every address.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-i", "--interface")
    if interface := parser.parse_known_args(words)[0].interface:
        os.environ["HOST"] = interface
    try:
        refuse_unsafe(Settings.from_env())
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
