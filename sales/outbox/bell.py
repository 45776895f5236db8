"""Tells the workers of this process that something was committed for them, without a wait.

A bell, not a mailbox: whoever hears it looks into the database. Other processes hear nothing and
find the row when they next look.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

Callback = Callable[[], None]
_listeners: list[Callback] = []
_lock = Lock()


def listen(callback: Callback) -> Callback:
    """Have `callback` called at every ring, in the thread that rings; gives what ends that.

    The callback must be quick and must not raise; ending twice is fine.
    """
    with _lock:
        _listeners.append(callback)

    def unlisten() -> None:
        with _lock:
            if callback in _listeners:
                _listeners.remove(callback)

    return unlisten


def ring() -> None:
    """Call everybody who listens; from any thread."""
    with _lock:
        listeners = tuple(_listeners)
    for callback in listeners:
        callback()
