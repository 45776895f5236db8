"""How the assistant does: metrics, logs, health, its load, and how it ends."""
