"""Finds what a message says about products and needs. Plain code: knows nothing of Rasa."""

from bot.nlu.entities.find import Entity, find_entities

__all__ = ["Entity", "find_entities"]
