"""Carries what the outbox holds to Slack, e-mail, webhooks and the visitor."""
