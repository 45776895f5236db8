"""What the operator sees of a process, how much it takes on at once, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from sales.settings.reader import Reader

LONGEST_STOP_S = 600


@dataclass(frozen=True)
class WatchSettings:
    """Logs, metrics, limits of load."""

    log_format: str  # text or json
    metrics_token: str = field(repr=False)  # "": /metrics answers this machine only
    turns_waiting: int  # beyond it visitors are asked to wait
    shutdown_s: int  # for what is in hand when the process is told to stop


def watch_settings(env: Reader) -> WatchSettings:
    """As the environment has it."""
    return WatchSettings(
        log_format=env.choice("LOG_FORMAT", ("text", "json"), "text"),
        metrics_token=env.secret("METRICS_TOKEN"),
        turns_waiting=env.number("TURNS_WAITING", 100),
        shutdown_s=env.number("SHUTDOWN_SECONDS", 20, LONGEST_STOP_S),
    )
