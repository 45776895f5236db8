"""Backups: one file with the database and the kept secrets, made while the assistant runs."""
