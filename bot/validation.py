"""`rasa data validate`, where a warning fails too."""

from __future__ import annotations

import subprocess
import sys

from bot.preparation import rasa_environment
from sales.settings import PROJECT

# How Rasa's own complaints look; libraries deprecating each other are something else.
COMPLAINTS = ("rasa/shared/utils/io.py", " WARNING ", " ERROR ")


def main() -> int:
    """0 when Rasa's validation has nothing to say, else 1 with everything it said."""
    command = [sys.executable, "-m", "bot.rasa_command", "data", "validate", "--fail-on-warnings"]
    env = {name: value for name, value in rasa_environment().items() if name != "PYTHONWARNINGS"}
    done = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode == 0 and not any(mark in said for mark in COMPLAINTS):
        print("rasa data validate: no warning")
        return 0
    print(said)
    return 1


if __name__ == "__main__":
    sys.exit(main())
