"""`rasa`, every command of it, without TensorFlow where the pipeline does not use it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.stand_ins import stand_in
from sales.settings import SettingsError, read_env_file

ACTIONS_HOST = "SANIC_HOST"  # where `rasa run actions` listens; Rasa's SDK reads it


def main() -> None:
    """Rasa's own command line. The pipeline is in config.yml, or in a file that is named."""
    read_settings()
    if "actions" in sys.argv[1:]:
        keep_actions_here()
    named = [Path(word) for word in sys.argv[1:] if word.endswith((".yml", ".yaml"))]
    stand_in([Path("config.yml"), *named])
    from rasa.__main__ import main as rasa

    rasa()


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


if __name__ == "__main__":
    main()
