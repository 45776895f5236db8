"""The log: text or JSON, and in both no word of a visitor, no name, address or secret.

Our own lines are written so that they hold none. Of others' libraries only what stands in their
source is told (a constant text, a template without its values) and where it was said. An exception
tells its type, its place and, where that is safe, its cause; never its message, which may quote
what somebody wrote.
"""

from __future__ import annotations

import asyncio
import json
import linecache
import logging
import re
import sqlite3
import sys
import threading
import traceback
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

OURS = ("bot", "actions", "desk", "sales", "__main__")
FACTS = ("channel", "conversation", "outcome", "ms")  # a record may have them as `extra`
EVENT = re.compile(r"([a-z_]+\.[a-z_]+)(?:: |$)")
QUIET_IN_TEXT = ("bot.watch.load",)  # a line for each turn
ASYNCIO = tuple(module.__file__ for module in (asyncio.base_events, asyncio.futures, asyncio.tasks))
LONGEST_CHAIN = 5  # exceptions that caused one another


class Lines(logging.Formatter):
    """One readable line, and the places of an exception below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(told)s")

    def format(self, record: logging.LogRecord) -> str:
        record.told, record.asctime = told(record), self.formatTime(record)
        facts = [f"{name}={value}" for name, value in _facts(record)]
        line = " ".join([self.formatMessage(record), *facts])
        error = _error(record)
        return line if error is None else f"{line}\n{readable(error)}"


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, logger, event, and what else there is."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        text = told(record)
        event = EVENT.match(text)
        line: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event[1] if event else "log",
            "message": text[event.end() :] if event else text,
        }
        line |= dict(_facts(record))
        if (error := _error(record)) is not None:
            line["error"] = [
                {"type": name(one), "cause": cause(one), "places": places(one)}
                for one in chain(error)
            ]
        return json.dumps({key: value for key, value in line.items() if value != ""})


def set_up_logging(log_format: str = "text") -> None:
    """For the process: everything that is logged goes to standard error in this format."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if log_format == "json" else Lines())
    logging.basicConfig(handlers=[handler])
    for name_ in ("actions", "bot", "desk"):
        logging.getLogger(name_).setLevel(logging.INFO)
    for name_ in QUIET_IN_TEXT:
        logging.getLogger(name_).setLevel(logging.INFO if log_format == "json" else logging.WARNING)
    sys.excepthook = _tell_last
    threading.excepthook = lambda end: _tell_last(end.exc_type, end.exc_value, end.exc_traceback)


def only_the_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """structlog's last step, for Rasa: its events carry what visitors wrote, so they go alone."""
    return (str(event.get("event", "")),), {"exc_info": event.get("exc_info")}


def quieten_rasa() -> None:
    """After Rasa configured structlog and Sanic's loggers: they write like everybody else.

    For lines at debug level, which nobody gets, Rasa copies whole conversations: a twentieth of
    the time of a turn. These modules of it copy for nothing else.
    """
    import structlog  # late: the desk has no use for it
    from rasa.core import processor
    from rasa.core.policies import memoization, rule_policy

    for module in (processor, memoization, rule_policy):
        vars(module)["copy"] = SimpleNamespace(deepcopy=lambda value: value)
    structlog.configure(processors=[structlog.stdlib.filter_by_level, only_the_event])
    for name_ in ("sanic.root", "sanic.error", "sanic.access"):
        logging.getLogger(name_).propagate = True


def told(record: logging.LogRecord) -> str:
    """What the record may say."""
    if record.name.split(".")[0] in OURS:
        return record.getMessage()
    first = str(record.msg).partition("\n")[0]
    place = f"{_short(record.pathname)}:{record.lineno}"
    files = ASYNCIO if record.name == "asyncio" else (record.pathname,)  # uvloop has no source
    return f"{first} ({place})" if _is_in_source(first, files) else place


def readable(error: BaseException) -> str:
    """The exception for people, the first cause first."""
    blocks = []
    for one in chain(error):
        why = f": {cause(one)}" if cause(one) else ""
        lines = [f"  {place}" for place in places(one)]
        blocks.append("\n".join(["Traceback, messages left out:", *lines, f"{name(one)}{why}"]))
    return "\n".join(blocks)


def chain(error: BaseException) -> list[BaseException]:
    """The exception and what caused it, the first cause first."""
    found = [error]
    while len(found) < LONGEST_CHAIN:
        last = found[-1]
        before = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if before is None or before in found:
            break
        found.append(before)
    return found[::-1]


def name(error: BaseException) -> str:
    """Its type, with the module where that is not Python's."""
    kind = type(error)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def cause(error: BaseException) -> str:
    """What the operating system or the database says, which quotes nobody; else ""."""
    found = getattr(error, "orig", None) or error
    if isinstance(found, OSError):
        return found.strerror or ""
    if isinstance(found, sqlite3.Error):
        return str(found)
    return str(getattr(found, "pgcode", None) or "")


def places(error: BaseException) -> list[str]:
    """Where it came through, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _facts(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    return ((fact, vars(record)[fact]) for fact in FACTS if fact in vars(record))


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if isinstance(record.exc_info, tuple) else None


def _short(path: str) -> str:
    """From the package on: what stands before tells nothing."""
    parts = Path(path).parts
    for mark in ("site-packages", "python3.11"):
        if mark in parts:
            return "/".join(parts[parts.index(mark) + 1 :])
    return "/".join(parts[-3:])


@lru_cache(maxsize=1_000)
def _is_in_source(text: str, files: tuple[str, ...]) -> bool:
    """Whether the text is a constant of the file that said it, and so nobody's words."""
    return bool(text) and any(text in "".join(linecache.getlines(file)) for file in files)


def _tell_last(
    kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None
) -> None:
    """What nobody caught, in the process's format."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").error("process.failed: %s", kind.__name__, exc_info=error)
