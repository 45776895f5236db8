"""A conversation in the terminal, through the REST channel."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from rich.console import Console

from bot.preparation import PreparationError, prepare
from sales.settings import Settings

START_TIMEOUT_S = 120
ANSWER_TIMEOUT_S = 60


def chat_in_terminal(settings: Settings, console: Console, say: Callable[[str], None]) -> None:
    """Ask and answer until the visitor leaves with Ctrl-D or Ctrl-C."""
    with running_assistant(settings, say) as address:
        console.print("Type your message. A number chooses a button. Ctrl-D leaves.\n")
        sender, buttons = f"terminal-{uuid.uuid4().hex}", list[dict[str, Any]]()
        while (text := _read_line(console)) is not None:
            chosen = _chosen(text, buttons)
            replies = requests.post(
                f"{address}/webhooks/rest/webhook",
                json={"sender": sender, "message": chosen},
                timeout=ANSWER_TIMEOUT_S,
            ).json()
            buttons = _show(replies, console)


@contextmanager
def running_assistant(settings: Settings, say: Callable[[str], None]) -> Iterator[str]:
    """The address of an assistant that answers; starts one for as long as it is needed."""
    address = f"http://{settings.host}:{settings.port}"
    if _answers(address):
        yield address
        return
    prepare(settings, say)
    say("Starting the assistant ...")
    server = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_answers(address, server)
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait_until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while not _answers(address):
        if server.poll() is not None or time.monotonic() > give_up:
            raise PreparationError("The assistant did not start; `make run` shows why.")
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/webhooks/rest/", timeout=1).ok
    except requests.ConnectionError:
        return False


def _read_line(console: Console) -> str | None:
    try:
        return console.input("[bold]you:[/bold] ")
    except (EOFError, KeyboardInterrupt):
        console.print()
        return None


def _chosen(text: str, buttons: list[dict[str, Any]]) -> str:
    number = int(text) if text.strip().isdecimal() and len(text.strip()) == 1 else 0
    return str(buttons[number - 1]["payload"]) if 1 <= number <= len(buttons) else text


def _show(replies: list[dict[str, Any]], console: Console) -> list[dict[str, Any]]:
    buttons: list[dict[str, Any]] = []
    for reply in replies:
        if reply.get("text"):
            console.print(reply["text"], markup=False)
        buttons += reply.get("buttons") or []
    for number, button in enumerate(buttons[:9], start=1):
        console.print(f"  {number}. {button['title']}", markup=False)
    console.print()
    return buttons[:9]
