"""Notifications that are never lost: written with the change, delivered later."""
