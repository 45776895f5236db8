"""Slack: visitors by direct message and mention, colleagues by command, card and thread.

The channel that Rasa serves is in `channel`; docs/slack.md says how to connect it. Nothing is
imported here: deliveries use the texts and blocks without the channel.
"""
