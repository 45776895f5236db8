"""`rasa`, every command of it, without TensorFlow where the pipeline does not use it."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.stand_ins import stand_in


def main() -> None:
    """Rasa's own command line. The pipeline is in config.yml, or in a file that is named."""
    named = [Path(word) for word in sys.argv[1:] if word.endswith((".yml", ".yaml"))]
    stand_in([Path("config.yml"), *named])
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
