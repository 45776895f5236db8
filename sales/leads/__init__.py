"""Leads: people who asked to be contacted. Rules in `lead`, rows in `store`, CSV in `export`."""
