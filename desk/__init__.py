"""The desk: the web app of the people who sell. It imports `sales` and bot.record, never Rasa."""
