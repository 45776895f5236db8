"""Custom actions: thin adapters from Rasa's events and slots to the sales core."""
