"""Fuzzing guided by coverage, with Atheris: it keeps the texts that reach new code.

python -m tests.fuzz.coverage_guided READER [-max_total_time=60 ...]

Atheris is not among the project's packages (Linux and macOS only, a build of its own): install it
where this is run. Only our own modules are instrumented.
"""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["bot.nlu.entities", "bot.channel_request", "sales"]):
    from tests.fuzz.readers import READERS

LONGEST = 2_000


def main() -> None:
    name, *options = sys.argv[1:] or [""]
    if name not in READERS:
        raise SystemExit(f"Name a reader: {', '.join(READERS)}.")
    read = READERS[name]

    def one(data: bytes) -> None:
        read(atheris.FuzzedDataProvider(data).ConsumeUnicode(LONGEST))

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
