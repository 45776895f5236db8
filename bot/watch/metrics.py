"""What is counted, for Prometheus. No label holds what visitors say or who they are."""

from __future__ import annotations

import platform
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SHORT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

ANSWERED, REPEATED, KEPT = "answered", "repeated", "kept"  # kept: for a colleague who has it
FAILED, TOO_LONG, BUSY = "failed", "too_long", "busy"
OUTCOMES = (ANSWERED, REPEATED, KEPT, FAILED, TOO_LONG, BUSY)
CHANNELS = ("website", "slack", "rest")

turns = Counter(
    "fiberbot_turns", "Messages of visitors, by what became of them.",
    ["channel", "outcome"], registry=REGISTRY,
)  # fmt: skip
turn_seconds = Histogram(
    "fiberbot_turn_seconds", "From a message's arrival to its saved answer, waiting included.",
    ["channel"], buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
wait_seconds = Histogram(
    "fiberbot_turn_wait_seconds", "How much of that the message waited for its turn.",
    buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
fallbacks = Counter(
    "fiberbot_fallbacks", "Messages that the assistant did not understand.", registry=REGISTRY
)
leads = Counter(
    "fiberbot_leads", "Leads that visitors left: new, or more of one known already.",
    ["kind"], registry=REGISTRY,
)  # fmt: skip
deliveries = Counter(
    "fiberbot_deliveries", "Attempts to deliver a notification.",
    ["target", "outcome"], registry=REGISTRY,
)  # fmt: skip
queue_length = Gauge(
    "fiberbot_queue_length", "Messages that wait for their turn.", registry=REGISTRY
)
turns_in_hand = Gauge(
    "fiberbot_turns_in_hand", "Messages taken in and not answered yet.", registry=REGISTRY
)
connections = Gauge(
    "fiberbot_connections", "Open connections of the website chat.", registry=REGISTRY
)
draining = Gauge("fiberbot_draining", "1 from the signal to stop until the end.", registry=REGISTRY)
loop_lag_seconds = Histogram(
    "fiberbot_event_loop_lag_seconds", "How late the event loop comes to a timer.",
    buckets=SHORT_SECONDS, registry=REGISTRY,
)  # fmt: skip
build = Info("fiberbot_build", "What runs.", registry=REGISTRY)


def tell_build(model_digest: str) -> None:
    """Versions, and which model: the first characters of what it was trained from."""
    build.info(
        {
            "version": version("fiberbot"),
            "rasa": version("rasa"),
            "python": platform.python_version(),
            "model": model_digest[:12],
        }
    )


def begin_at_zero() -> None:
    """Every series is there before anything happened, so that a rate sees the first event."""
    for channel in CHANNELS:
        turn_seconds.labels(channel)
        for outcome in OUTCOMES:
            turns.labels(channel, outcome)
    for kind in ("new", "known"):
        leads.labels(kind)
    for target in ("slack", "email", "webhook", "visitor"):
        for outcome in ("delivered", "failed", "dead"):
            deliveries.labels(target, outcome)
