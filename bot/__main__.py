"""`python -m bot` is `fiberbot`."""

from bot.cli import main

main()
